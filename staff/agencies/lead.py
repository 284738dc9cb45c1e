"""A lead's pages: how much there is and how long it has waited, without a name; and one case, with a written reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.errors import MalformedError
from staff.agencies import forms, looking
from staff.agencies.desk import Desk
from staff.agencies.views import desk, kept
from staff.agencies.words import day_and_time, refusal
from staff.answers import see_other
from staff.cases import drafting
from staff.cases.forms.acts import STAGE_LABELS
from staff.cases.hand import Hand
from staff.cases.stages import Stage
from staff.cases.summary import Summary
from staff.cases.telling import tell
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Card
from staff.folders.folder import OWN_KINDS
from staff.insiders.canaries import alarms
from staff.insiders.shown import told
from staff.insiders.ways import waiting
from staff.office import office, person, row

lead = Blueprint("lead", __name__, url_prefix="/load")
AGES = ((7, "under en vecka"), (30, "under en månad"), (90, "under tre månader"), (36_500, "längre"))
NOBODY = "ingen"


@dataclass(frozen=True)
class Load:
    """Hold what a lead sees of one open case: nothing in it says whose it is."""

    id: str
    holder: str
    stage: int
    age: int
    still: int
    waiting: str
    overdue: bool
    aimless: bool
    protected: bool


def summary_of(card: Card) -> Summary | None:
    """Read a card's summary, if it is a case's."""
    try:
        return Summary.decode(card.summary) if card.summary else None
    except MalformedError:
        return None


def loads(at: Desk) -> list[Load]:
    """List the open cases of the team, those that have stood still longest first."""
    session = row()
    session.shelf.refresh(at.casebook, session.keys, at.person)
    found = [_load(at, name, one) for name, one in session.shelf.made(summary_of).items() if one and one.position.open]
    return sorted(found, key=lambda one: -one.still)


def _load(at: Desk, name: bytes, one: Summary) -> Load:
    return Load(
        id=name.hex(),
        holder=one.holder or NOBODY,
        stage=int(one.position.stage),
        age=_days(at.now, one.opened_at),
        still=_days(at.now, one.changed_at),
        waiting=one.waiting,
        overdue=bool(one.overdue(at.today)),
        aimless=one.aimless,
        protected=one.protected,
    )


def _days(now: datetime, then: datetime | None) -> int:
    return max(0, (now - (then or datetime.fromtimestamp(0, UTC))) // timedelta(days=1))


@lead.get("")
def show() -> ResponseReturnValue:
    """Show load and waiting by coordinator, stage and age."""
    found = loads(desk())
    stages = [(int(stage), STAGE_LABELS[stage]) for stage in Stage]
    cells = Counter((one.holder, one.stage) for one in found)
    holders = sorted({one.holder for one in found})
    return render_template(
        "staff/agencies_load.html",
        lines=found,
        stages=stages,
        holders=[(who, [cells[who, number] for number, _ in stages], _sum(found, who)) for who in holders],
        ages=_ages(found),
        waiting=Counter(one.waiting for one in found if one.waiting).most_common(),
        notes=row().notes.take(),
        now=office().now(),
        notices=told(office(), row(), person()),
        to_sign=waiting(office(), row(), person()),
        alarms=alarms(Hand(office(), row(), person())),
    )


def _sum(found: list[Load], who: str) -> tuple[int, int, int]:
    own = [one for one in found if one.holder == who]
    return len(own), sum(one.overdue for one in own), sum(one.aimless for one in own)


def _ages(found: list[Load]) -> list[tuple[str, int]]:
    counted, below = [], 0
    for limit, name in AGES:
        counted.append((name, len([one for one in found if below <= one.age < limit])))
        below = limit
    return counted


@lead.get("/<folder:folder>")
def read(folder: bytes) -> ResponseReturnValue:
    """Ask for a reason; once it is written down, show the case for half an hour."""
    at = desk()
    if folder not in {bytes.fromhex(one.id) for one in loads(at)}:
        raise UnknownFolderError
    try:
        found = looking.read(at, folder)
    except RefusedActError:
        context = {"kept": kept(folder, "look"), "notes": row().notes.take()}
        return render_template("staff/agencies_look.html", found=None, folder=folder, **context)
    casework = at.programme.casework
    shown = [entry for entry in reversed(found.folder.trusted) if entry.kind not in OWN_KINDS]
    items = [(tell(entry, casework), entry.who, day_and_time(entry.when)) for entry in shown]
    notes = row().notes.take()
    return render_template("staff/agencies_look.html", found=found.state, items=items, folder=folder, notes=notes)


@lead.post("/<folder:folder>")
def look(folder: bytes) -> ResponseReturnValue:
    """Write down why this case is read; the case's people see it the same day."""
    at, parts = desk(), office()
    where = drafting.place(folder, "others-look")
    if folder not in {bytes.fromhex(one.id) for one in loads(at)}:
        raise UnknownFolderError
    try:
        looking.look(at, folder, forms.words(request.form, "reason"))
        parts.drafts.drop(at.person, where)
    except RefusedActError as error:
        drafting.keep(parts.drafts, at.person, where, drafting.Draft.read(request.form), at.now)
        row().notes.add("others_refused", text=refusal(error.reason))
    return see_other(url_for("lead.read", folder=folder))
