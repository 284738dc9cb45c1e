"""Save a form of a case: read, refuse or write, and lose nothing either way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from staff.agencies.desk import Desk
from staff.agencies.reach import follow
from staff.cases import opening, shutting
from staff.cases.drafting import Draft, Faults, keep, place
from staff.cases.forms import acts, stages
from staff.cases.forms.base import EntryForm, Typed, clean
from staff.cases.hand import Hand, team_of
from staff.cases.model import CaseState
from staff.cases.phrases import said_day
from staff.cases.sources import marked
from staff.cases.state import fold
from staff.cases.summary import summarise
from staff.cases.words import form_class
from staff.cases.writing import written
from staff.entry import Entry, Read
from staff.errors import RefusedActError, StaffError
from staff.folders import Folder
from staff.inbox.acts import read_seen
from staff.office import Office

MOVES = frozenset({"forward", "back", "close", "reopen"})
# What two people may change at once: the kinds of entries that make a form out of date. The rest only adds.
SAME = {
    "move": MOVES,
    "close": MOVES,
    "reopen": MOVES,
    "card": frozenset({"contact"}),
    "rename": frozenset({"renamed"}),
    "real": frozenset({"real_name"}),
    "wait": frozenset({"waiting"}),
    "schedule": frozenset({"seeded"}),
}
HEX = frozenset("0123456789abcdef")
WHY = 500  # characters of a reason


class FaultsError(StaffError):
    """Say what must be mended in a form before it can be saved."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("faults")
        self.faults = faults


@dataclass(frozen=True)
class Wish:
    """Hold a posted form: its name, what was typed, and the newest entry that its page knew."""

    name: str
    posted: MultiDict[str, str]

    @property
    def seen(self) -> int:
        """Give the number of the newest entry that the page knew."""
        return read_seen(self.posted)

    @property
    def once(self) -> str:
        """Give the id that the page drew for this saving, or nothing."""
        found = self.posted.get("once", "")
        return found if len(found) == 12 and set(found) <= HEX else ""

    @property
    def about(self) -> str:
        """Name what the form is about within the case, where there may be several."""
        return self.posted.get("about", "") or self.posted.get("question", "") or self.posted.get("id", "")


def form_for(
    name: str, state: CaseState, parts: Office, now: datetime, names: Sequence[str] = ()
) -> type[EntryForm] | None:
    """Give the form of a name as it fits the case now; None if there is none. `names` are those of the team."""
    if name == "move":
        return acts.moves(state.position)
    if name == "protect":
        return acts.protecting(names)
    if name == "follow_up":
        open_ones = [task for task in state.open_tasks if task.kind == "follow_up"]
        return stages.following([(task.id, said_day(task.due, now.date()) or task.title) for task in open_ones])
    return form_class(name, parts.settings.programme.casework)


def save(hand: Hand, folder: bytes, wish: Wish) -> set[str]:
    """Write what a form says, and give the names of others who wrote since the page was shown.

    On a refusal everything typed is kept as a draft with what must be mended, and the error is raised again:
    FaultsError, or RefusedActError with who came first.
    """
    others: set[str] = set()

    def decide(found: Folder) -> Sequence[Entry]:
        others.update(one.entry.who for one in since(found, wish.seen, hand.person.name))
        return entries_of(found, wish, hand)

    with keeping(hand, place(folder, wish.name, wish.about), wish):
        hand.parts.folders.append(hand.session.keys, folder, hand.person, decide, summarise, hand.now)
    return others - {""}


def guarded(hand: Hand, folder: bytes, wish: Wish) -> set[str]:
    """Shut a case to all but the named, or open it again, as the form says; what was made of it follows."""
    programme = hand.parts.settings.programme
    with keeping(hand, place(folder, wish.name), wish):
        shutting.protect(hand, folder, _typed(acts.protecting(team_of(hand.person)), wish))
        desk = Desk(hand.parts.casebook, hand.parts.folders, hand.session.keys, hand.person, programme, hand.now)
        follow(desk, desk.peek(folder).state)
    return set()


def open_case(hand: Hand, posted: MultiDict[str, str], row: bytes | None) -> bytes:
    """Open a case from a posted form, and from a request if one is named; gives its id."""
    wish = Wish("new", posted)
    with keeping(hand, place(None, "new", row.hex() if row else ""), wish):
        return opening.create(hand, _typed(acts.new_case(team_of(hand.person)), wish), row)


@contextmanager
def keeping(hand: Hand, where: str, wish: Wish) -> Iterator[None]:
    """Keep what was typed if saving it is refused, and drop the draft once it is saved."""
    try:
        yield
    except FaultsError as error:
        keep(hand.parts.drafts, hand.person, where, Draft.read(wish.posted, error.faults), hand.now)
        raise
    except RefusedActError as error:
        keep(hand.parts.drafts, hand.person, where, Draft.read(wish.posted, (("", error.reason),), error.who), hand.now)
        raise
    hand.parts.drafts.empty(hand.person, where, hand.now, wish.posted.get("turn", ""))


def _typed(form: type[EntryForm], wish: Wish) -> Typed:
    """Read a form, or raise FaultsError."""
    filled = form.read(wish.posted)
    faults = filled.faults()
    if faults:
        raise FaultsError(tuple(faults))
    return filled.typed()


def entries_of(found: Folder, wish: Wish, hand: Hand) -> list[Entry]:
    """Make the entries of a posted form for the case as it stands; nothing if this very form was saved already."""
    if wish.once and any(one.entry.fields.get("id") == wish.once and one.trusted for one in found.entries):
        return []
    state = fold(found.trusted)
    form = form_for(wish.name, state, hand.parts, hand.now)
    if form is None:
        raise RefusedActError("gone")
    typed = _typed(form, wish)
    refuse_unseen(found, wish, hand.person.name)
    first, *rest = written(wish.name, typed, state, hand.desk(found.next_number(), wish.once))
    why = clean(wish.posted.get("drawn_why", ""))[:WHY]
    return [marked(first, wish.posted.get("drawn", ""), why, state), *rest]


def refuse_unseen(found: Folder, wish: Wish, me: str) -> None:
    """Tell of the same thing saved by somebody else since the page was shown, before this is laid on top of it."""
    kinds = SAME.get(wish.name)
    for one in reversed(list(since(found, wish.seen, me))):
        entry = one.entry
        same = entry.kind in kinds if kinds else entry.kind == "form" and entry.fields.get("form") == wish.name
        measured = wish.name == entry.kind == "measure" and entry.fields.get("id") == wish.posted.get("id")
        if same or measured:
            raise RefusedActError("meanwhile", entry.who)


def since(found: Folder, seen: int, me: str) -> list[Read]:
    """List what others have written since a page was shown."""
    return [one for one in found.entries if one.number > seen and one.trusted and one.entry.who != me]
