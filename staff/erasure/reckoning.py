"""Open a case that is to go, or to the archive: what its entries say counts, whatever its summary said."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from staff.accounts.session import Row
from staff.agencies import handover, transfer
from staff.agencies.acts import ACTS as DEALT
from staff.agencies.steps import dealings
from staff.cases import drafting
from staff.cases.stages import Erasure as Standing
from staff.cases.state import CaseState, fold
from staff.cases.words import FORMS
from staff.erasure.falling import Subject
from staff.erasure.subjects import day_of, mark, tied_to
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Folder, store
from staff.inbox import draft as reply
from staff.office import Office
from staff.person import Person

COUNTED = "erasure"  # the word in the audit: the case was opened to be erased


@dataclass(frozen=True)
class Reckoned:
    """Hold what is to go as it stands: `version` is the folder's (0: no folder), `places` those of its drafts."""

    subject: Subject
    version: int = 0
    places: tuple[str, ...] = field(default=(), repr=False)


def reckon(parts: Office, session: Row, person: Person, listed: Subject) -> Reckoned:
    """Open what is to go, which the audit says first; raises UnknownFolderError, and RefusedActError("copies")."""
    if listed.of != "case":
        card = session.shelf.get(listed.id)
        return Reckoned(listed, card.version if card else 0, tuple(map(reply.place, listed.parts)))
    folder = parts.folders.read(session.keys, listed.id, person, parts.now(), what=COUNTED)
    state = fold(folder.trusted)
    found = case_of(session, folder, state)
    copies = tuple(_copies(parts, session, person, folder.id, state))
    places = (*_places(folder, copies), *map(reply.place, found.parts))
    return Reckoned(replace(found, copies=copies), folder.version, places)


def case_of(session: Row, folder: Folder, state: CaseState) -> Subject:
    """Make the subject of an opened case: when it was closed, and which requests belong to it, stands inside."""
    times = {} if state.position.open else {"closed": state.closed_at, "changed": state.changed_at}
    days = {clock: day_of(when) for clock, when in times.items() if when}
    parts = with_it(session, {bytes.fromhex(row) for row in state.links})
    shut = state.position.erasure is Standing.HELD
    tied = tied_to(session.listing.requests(session.listing.batch)).get(folder.id, [])
    return Subject(folder.id, "case", state.working, days, parts, shut, mark=mark(folder.version, tied))


def with_it(session: Row, linked: set[bytes]) -> tuple[bytes, ...]:
    """Give every submission of the threads that are linked: versions and what was written since go with the first."""
    threads = [session.listing.find(row) for row in linked]
    return tuple(sorted(linked | {row.id for thread in threads if thread for row in thread.rows}))


def _copies(parts: Office, session: Row, person: Person, case: bytes, state: CaseState) -> Iterator[bytes]:
    """List the hand-overs and transfers that were made of a case and still stand.

    Each is opened, so that nobody can have another folder destroyed by naming it in a case. RefusedActError("copies")
    if one does not open for this person: a colleague who holds its key may erase the case, and no copy is left behind.
    """
    held = dealings(state)
    named = [bytes.fromhex(one) for one in (*held.handed, *held.transferred) if _is_id(one)]
    with parts.casebook.read() as asked:
        standing = store.versions(asked, named)
    for row in standing:
        try:
            found = parts.folders.peek(session.keys, row, person)
        except UnknownFolderError as error:
            raise RefusedActError("copies") from error
        members = person.papers.members
        made_of = {handover.fold(found.trusted, members).case, transfer.fold(found.trusted, members).case}
        if case.hex() in made_of:
            yield row


def _is_id(text: str) -> bool:
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


def _places(folder: Folder, copies: tuple[bytes, ...]) -> Iterator[str]:
    """Name every place at which somebody may have a draft about a case: each form, for each thing it may be about."""
    about = {"", *(one.fields.get("id", "") for one in folder.trusted)}
    for name in FORMS:
        yield from (drafting.place(folder.id, name, one) for one in about)
    for row in (folder.id, *copies):
        yield from (drafting.place(row, f"others-{name}") for name in DEALT)
