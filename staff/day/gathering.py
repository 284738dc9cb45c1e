"""Read the words that a session searches in: of cases, and of the submissions that they name with their threads.

A few hundred at a time, in the background after unlocking and by whoever searches first; afterwards only what has
changed. Never read here: the real name, since opening it is an act of its own that the audit shows, and old keys.
"""

import logging
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy.orm import Session

from crypto.errors import Error
from crypto.opening.casebook import Place, open_value
from staff.casebook import Casebook
from staff.day.index import Doc, Index
from staff.folders import Keys
from staff.folders.folder import OWN_KINDS
from staff.folders.skim import Skimmed, skim, skim_entry
from staff.inbox import keys as inbox_keys
from staff.inbox import store
from staff.inbox.entries import FORM
from staff.inbox.listing import Listing
from staff.inbox.row import Row
from staff.inbox.unsealing import read_content
from staff.inbox.upgrade import CONTENT
from staff.person import Person

CHUNK = 200
SHUT = OWN_KINDS | {"real_name"}
NO_WORDS = frozenset({"holder", "id", "ids", "once", "question", "seen", "submission", "task", "to"})
HEX = frozenset("0123456789abcdef")
Versions = Mapping[bytes, int]
ThreadRows = Mapping[bytes, Sequence[Row]]

log = logging.getLogger("utvag.staff")


def threads_of(listing: Listing) -> dict[bytes, tuple[Row, ...]]:
    """Say for each submission that this person can read which belong to its thread."""
    return {row.id: one.rows for one in listing.requests(listing.batch) for row in one.rows}


def gather(index: Index, casebook: Casebook, keys: Keys, cases: Versions, threads: ThreadRows, person: Person) -> None:
    """Read whatever is new or changed, to the end; `cases` gives every case that is read, with its version."""
    with index.lock:
        index.cases.keep_only(cases.keys())
    for some in _chunks([row for row in cases if index.cases.get(row).version != cases[row]]):
        _read_cases(index, casebook, keys, {row: cases[row] for row in some})
    with index.lock:
        wanted = {one.id: one.version for link in index.cases.links() for one in threads.get(link, ()) if one.version}
        index.submissions.keep_only(wanted.keys())
    for some in _chunks([row for row in wanted if index.submissions.get(row).version != wanted[row]]):
        _read_submissions(index, casebook, {row: wanted[row] for row in some}, person)


def _read_cases(index: Index, casebook: Casebook, keys: Keys, wanted: Versions) -> None:
    held = keys.held()
    with index.lock, casebook.read() as session:
        found = skim(session, held, [row for row in wanted if row in held])
        docs = {row: case_doc(wanted[row], (one for _, one in some)) for row, some in groupby(found, itemgetter(0))}
        for row, version in wanted.items():
            index.cases.put(row, docs.get(row, Doc(version)))


def _read_submissions(index: Index, casebook: Casebook, wanted: Versions, person: Person) -> None:
    with index.lock, casebook.read() as session:
        member = person.member_tag(person.identity.box_public)
        words = {one.id: words_of(session, one, person) for one in store.granted(session, list(wanted), member)}
        for row, version in wanted.items():
            index.submissions.put(row, Doc(version, words.get(row, "")))


def words_of(session: Session, granted: store.Granted, person: Person) -> str:
    """Read what somebody sent and what was written about it; nothing of what this person cannot open."""
    try:
        key = inbox_keys.accept(granted, person)
        content = open_value(key, Place(CONTENT, granted.id), store.content(session, granted.id) or b"")
    except Error:
        return ""
    submission = read_content(content).submission
    answers = submission.answers.values() if submission else ()
    parts = [part for one in answers for part in ([one] if isinstance(one, str) else one)]
    for number, sealed in sorted(store.entries(session, granted.id).items()):
        entry = skim_entry(key, Place(FORM.table, granted.id, number), sealed)
        parts += _said(entry) if entry else ()
    return "\n".join(parts).casefold()


def case_doc(version: int, entries: Iterable[Skimmed]) -> Doc:
    """Make a case's text of its entries, and list the submissions that it names now."""
    parts: list[str] = []
    links: dict[bytes, None] = {}
    for entry in entries:
        row = entry.fields.get("submission", "")
        named = bytes.fromhex(row) if len(row) == 32 and set(row) <= HEX else b""
        if entry.kind == "linked" and named:
            links[named] = None
        elif entry.kind == "unlinked":
            links.pop(named, None)
        parts += _said(entry)
    return Doc(version, "\n".join(parts).casefold(), tuple(links))


def _said(entry: Skimmed) -> list[str]:
    if entry.kind in SHUT:
        return []
    return [text for name, text in entry.fields.items() if name not in NO_WORDS]


def _chunks(rows: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def in_background(
    index: Index, casebook: Casebook, keys: Keys, cases: Versions, threads: ThreadRows, person: Person
) -> None:
    """Begin to read beside the request, once in a session; it ends early if the session is locked meanwhile.

    The person's key is held until it ends, as a long request would hold it: seconds at the most.
    """
    if index.building:
        return
    index.building = True
    there = weakref.ref(index)

    def run() -> None:
        try:
            for some in _chunks(list(cases)):
                live = there()
                if live is None:
                    return
                _read_cases(live, casebook, keys, {row: cases[row] for row in some if live.cases.get(row).version < 0})
            if (live := there()) is not None:
                gather(live, casebook, keys, cases, threads, person)
        except Exception as error:  # noqa: BLE001  # whoever searches reads on and meets it there; its class is logged
            log.error("the search could not be prepared: %s", type(error).__name__)

    threading.Thread(target=run, name="search", daemon=True).start()
