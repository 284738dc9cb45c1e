"""Items in words, as they leave the case: title and named lines, fixed at the moment when they are copied."""

from collections.abc import Iterable

from crypto.errors import Error
from crypto.submission import Submission
from programme.casework import Casework
from staff.agencies.desk import Desk
from staff.agencies.items import Item
from staff.cases.sources import NOT_DRAWN
from staff.cases.telling import tell
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownRequestError
from staff.inbox import record as records
from staff.inbox.page import answers
from staff.inbox.record import Record

Lines = list[tuple[str, str]]
SUBMISSION = "Förfrågan"
REAL_NAME = "Riktigt namn"
INWARD = frozenset({"ask", NOT_DRAWN})  # a question among colleagues; why something is not a relative's any more


def title(item: Item, casework: Casework) -> str:
    """Name an item."""
    if item.submission:
        return SUBMISSION
    return REAL_NAME if item.kind == "real_name" else tell(_entry(item), casework).title


def lines(item: Item, casework: Casework) -> Lines:
    """Put an entry of the case in words; the real name stands in them, since it was chosen by itself."""
    if item.kind == "real_name":
        return [("", item.fields.get("name", ""))]
    return [(name, words) for name, words, _typed in tell(_entry(item), casework).lines if words]


def _entry(item: Item) -> Entry:
    fields = {name: words for name, words in item.fields.items() if name not in INWARD}
    return Entry(item.who, item.when, item.kind, fields)


def words_of(desk: Desk, item: Item) -> Lines:
    """Put an item in words; a submission's are opened with the person's own key to it.

    That it was opened to leave the case stands in its own rows of the audit before a word of it is given. Raises
    RefusedActError("unopened").
    """
    if not item.submission:
        return lines(item, desk.programme.casework)
    record = _record(desk, item)
    records.note(desk.casebook, [record], desk.person, desk.reading, desk.now)
    return [(name, words) for name, words, _own in answers(_submission(desk, record))]


def refuse_unopened(desk: Desk, chosen: Iterable[Item]) -> None:
    """Raise RefusedActError("unopened") if a submission among the chosen does not open for this person."""
    for item in chosen:
        if item.submission:
            _submission(desk, _record(desk, item))


def opens(desk: Desk, item: Item) -> bool:
    """Tell whether an item opens for this person: an entry that was read does, a submission may be shut or gone."""
    try:
        refuse_unopened(desk, [item])
    except RefusedActError:
        return False
    return True


def _record(desk: Desk, item: Item) -> Record:
    try:
        return records.read(desk.casebook, bytes.fromhex(item.submission), desk.person)
    except (Error, UnknownRequestError, ValueError) as error:
        raise RefusedActError("unopened") from error


def _submission(desk: Desk, record: Record) -> Submission:
    try:
        return Submission.decode(records.content(desk.casebook, record))
    except Error as error:
        raise RefusedActError("unopened") from error
