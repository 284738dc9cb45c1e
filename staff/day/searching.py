"""Search as the pages ask for it: the index brought up to date, the search in the audit, then what was found."""

from staff.accounts.session import Row as Session
from staff.day.cases import on_shelf
from staff.day.gathering import gather, in_background, threads_of
from staff.day.pages import listed
from staff.office import Office
from staff.person import Person


def prepare(session: Session, person: Person, parts: Office) -> None:
    """Begin to read what a search will look through, beside the request, once in a session."""
    if parts.background and not session.day.index.building:
        threads, cases = threads_of(session.listing), _versions(session)
        in_background(session.day.index, parts.casebook, session.keys, cases, threads, person)


def search_for(words: str, session: Session, person: Person, parts: Office) -> None:
    """Look for words in every case that the person may read, or show all again if there are none.

    That somebody has searched, and how many cases were found, is in the audit before anything is shown; what they
    looked for is nowhere but in the session's memory.
    """
    day = session.day
    if not words:
        day.search, day.found = "", None
        return
    session.listing.refresh(parts.casebook, person)
    session.shelf.refresh(parts.casebook, session.keys, person)
    rows = threads_of(session.listing)
    gather(day.index, parts.casebook, session.keys, _versions(session), rows, person)
    threads = {row: tuple(one.id for one in thread) for row, thread in rows.items()}
    found = day.index.find(words, listed(on_shelf(session.shelf)), threads)
    with parts.casebook.write() as writing:
        parts.audit.about_me(writing, person, "searched", parts.now(), {"cases": str(len(found))})
    day.search, day.found = words, frozenset(found)


def _versions(session: Session) -> dict[bytes, int]:
    return {case.id: case.version for case in on_shelf(session.shelf)}
