"""The town's people, for coordinators and leads: who works here, who is waiting, and what leads do about it.

Other acts on one person stand at /people/<member>.
"""

from collections.abc import Callable

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.opening.members import LEAD, fingerprint
from staff.accounts import fresh
from staff.accounts.invitations import JOIN, RENEW, Invitation
from staff.answers import see_other
from staff.cases.drafting import Draft, keep, load
from staff.cases.forms.base import one_line
from staff.errors import RefusedActError
from staff.office import office, person, row
from staff.people import joining
from staff.people.finding import find, former, lines, member_id
from staff.people.joining import INSIDE, INVITED, Wish
from staff.people.leaving import unsigned
from staff.people.words import PLACE, REFUSALS, ROLES
from staff.welcome.secrecy import of_town
from staff.welcome.views import day_in_words

people = Blueprint("people", __name__, url_prefix="/people")


@people.get("")
def show() -> ResponseReturnValue:
    """Show who works here and who is waiting."""
    parts, who = office(), person()
    draft, waiting = load(parts.drafts, who, PLACE), joining.waiting(who)
    agencies = parts.settings.programme.casework.agencies.agencies
    return render_template(
        "staff/people.html",
        lines=lines(who),
        invited=[one for one in parts.invitations.all(parts.today()) if one.municipality == who.municipality],
        digits=_digits,
        asked={one.id for one in waiting},
        waiting=waiting,
        lead=who.member.role == LEAD,
        unsigned=[(member_id(who, one), one.name) for one in unsigned(parts, who)] if who.member.role == LEAD else [],
        counts=joining.counts(who),
        roles=[(role, ROLES[role]) for role in (INVITED if agencies else INSIDE)],
        town=_town(who.municipality),
        gone=former(who),
        sworn=[(one, day_in_words(one.when)) for one in of_town(parts, who)] if who.member.role == LEAD else [],
        roles_for=lambda member: [(role, ROLES[role]) for role in joining.roles_for(member)],
        agencies=agencies,
        draft={name: texts[0] for name, texts in draft.fields.items() if texts} if draft else {},
        enrol_at=f"{parts.settings.origin}{url_for('enrol.show')}",
        notes=row().notes.take(),
        ROLES=ROLES,
        now=parts.now(),
    )


def _town(municipality: str) -> str:
    found = office().settings.programme.municipality(municipality)
    return found.name if found else municipality


def _digits(one: Invitation) -> str:
    return fingerprint(one.member) if one.member else ""


@people.post("/invite")
def invite() -> ResponseReturnValue:
    """Invite somebody; the code stands on the next page, once."""
    fresh.demand(url_for("people.show"))
    parts, who, form = office(), person(), request.form
    wish = Wish(one_line(form.get("name", ""))[:300], form.get("role", "")[:40], form.get("agency", "")[:100])
    try:
        code = joining.invite(who, wish)
    except RefusedActError as error:
        keep(parts.drafts, who, PLACE, Draft.read(form), parts.now())
        return _refused(error)
    parts.drafts.drop(who, PLACE)
    row().notes.add("code", code=code, who=wish.name, why=JOIN)
    return _done()


@people.post("/invitations/<request:invitation>/agree")
def agree(invitation: bytes) -> ResponseReturnValue:
    """Sign, as the one who compared the digits, that an invited person be let in."""
    return _act("agreed", lambda: joining.agree(person(), invitation, request.form.get("seen", "")[:60]))


@people.post("/invitations/<request:invitation>/withdraw")
def withdraw(invitation: bytes) -> ResponseReturnValue:
    """Take an invitation back."""
    return _act("withdrew", lambda: joining.withdraw(person(), invitation))


@people.post("/orders/<request:order>/second")
def second(order: bytes) -> ResponseReturnValue:
    """Sign as the second what another has asked for."""
    return _act("seconded", lambda: joining.second(person(), order))


@people.post("/orders/<request:order>/drop")
def drop(order: bytes) -> ResponseReturnValue:
    """Take back what nobody has signed as the second."""
    return _act("dropped", lambda: joining.drop(person(), order))


@people.post("/<request:member>/role")
def change_role(member: bytes) -> ResponseReturnValue:
    """Sign, as the first, that a colleague have another role."""
    found, role = find(person(), member), request.form.get("role", "")[:40]
    return _act("agreed", lambda: joining.change_role(person(), found, role))


@people.post("/<request:member>/sessions")
def end_sessions(member: bytes) -> ResponseReturnValue:
    """End a colleague's sessions at once: this asks for nothing first, since it may be urgent and does no harm."""
    count = joining.end_sessions(person(), find(person(), member))
    row().notes.add("ended", count=str(count))
    return _done()


@people.post("/<request:member>/renew")
def renew(member: bytes) -> ResponseReturnValue:
    """Give a colleague whose phone is lost a code for a new second factor; it stands on the next page, once."""
    fresh.demand(url_for("people.show"))
    found = find(person(), member)
    try:
        code = joining.renew(person(), found)
    except RefusedActError as error:
        return _refused(error)
    row().notes.add("code", code=code, who=found.name, why=RENEW)
    return _done()


def _act(kind: str, act: Callable[[], object]) -> ResponseReturnValue:
    fresh.demand(url_for("people.show"))
    try:
        act()
    except RefusedActError as error:
        return _refused(error)
    row().notes.add(kind)
    return _done()


def _refused(error: RefusedActError) -> ResponseReturnValue:
    row().notes.add("people_refused", text=REFUSALS.get(error.reason, REFUSALS["busy"]))
    return _done()


def _done() -> ResponseReturnValue:
    return see_other(url_for("people.show"))
