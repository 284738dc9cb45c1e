"""Where an act that needs two signatures is asked for or, once both are there, done; and which orders one may see."""

from collections.abc import Iterator
from contextlib import suppress

from flask import url_for

from crypto.errors import MalformedError
from staff.accounts.session import Row
from staff.errors import UnknownFolderError
from staff.folders import Card
from staff.insiders import four
from staff.insiders.four import Board, Line, Standing
from staff.office import Office
from staff.person import Person


def board_of(parts: Office, session: Row, person: Person) -> Board:
    """Give what asking and signing needs."""
    return Board(parts.folders, session.keys, person, parts.now())


def read_card(card: Card) -> Line | None:
    """Read a card, if it is an order's."""
    if not (card.summary or b"").startswith(b'["%b"' % four.KIND.encode()):
        return None
    with suppress(MalformedError):
        return Line.decode(card.summary or b"")
    return None


def listed(parts: Office, session: Row, person: Person) -> list[tuple[bytes, Line]]:
    """List the orders that the person may see, the newest first; nothing of it is proven."""
    session.shelf.refresh(parts.casebook, session.keys, person)
    made = session.shelf.made(read_card).items()
    found = [(row, one) for row, one in made if one is not None]
    return sorted(found, key=lambda pair: (-pair[1].asked_at, pair[0]))


def own(parts: Office, session: Row, person: Person, act: str, subject: bytes) -> Iterator[Standing]:
    """Give the person's own orders of an act on a subject that can still be signed or used."""
    board = board_of(parts, session, person)
    for row, line in listed(parts, session, person):
        if (line.act, line.subject) == (act, subject.hex()):
            with suppress(UnknownFolderError):
                standing = four.peek(board, row)
                if standing.live(parts.now()) and standing.asker == person.member:
                    yield standing


def waiting(parts: Office, session: Row, person: Person) -> int:
    """Count the orders of others that wait for this person's signature, by what their summaries say."""
    if person.member not in four.may_sign(person.papers.members, person.municipality):
        return 0
    oldest = (parts.now() - four.LASTS).timestamp()
    found = [one for _, one in listed(parts, session, person) if one.status == four.ASKED and one.asked_at > oldest]
    return sum(one.asker != person.name for one in found)


def way(parts: Office, session: Row, person: Person, case: bytes, what: str) -> str:
    """Give the address at which a file of a case is asked for, or fetched once two have signed."""
    for standing in own(parts, session, person, four.EXPORT, case):
        if standing.order.fields.get("what") == what:
            return url_for("orders.read", folder=standing.folder)
    return url_for("orders.new", act=four.EXPORT, case=case.hex(), what=what)
