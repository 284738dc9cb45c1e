"""Items in words, as they leave the case: title and named lines, fixed at the moment when they are copied."""

from crypto.submission import Submission
from programme.casework import Casework
from staff.agencies.desk import Desk
from staff.agencies.items import Item
from staff.cases.sources import NOT_DRAWN
from staff.cases.telling import tell
from staff.entry import Entry
from staff.inbox import record as records
from staff.inbox.page import answers

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
    """Put an item in words; a submission's are opened with the person's own key to it."""
    if not item.submission:
        return lines(item, desk.programme.casework)
    record = records.read(desk.casebook, bytes.fromhex(item.submission), desk.person)
    submission = Submission.decode(records.content(desk.casebook, record))
    return [(name, words) for name, words, _own in answers(submission)]
