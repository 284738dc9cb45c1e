"""Do what two have signed: give a file, or erase before time; that it is used is written in the act's own commit."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from staff.agencies import exporting
from staff.agencies.desk import Beside, Case, Desk
from staff.cases.hand import Hand
from staff.documents import extracting
from staff.entry import Entry
from staff.erasure import acts as erasing
from staff.erasure.archiving import archived_file
from staff.errors import UnknownFolderError
from staff.insiders import four
from staff.insiders.four import Board, Standing
from staff.insiders.ways import board_of

TWO_SIGNED = "two_signed"
File = tuple[str, bytes]


def fetch(hand: Hand, row: bytes) -> File:
    """Give the file that two have signed for, once, as (name for work, PDF).

    The file is made first: an order is not used up by a file that could not be made. Raises RefusedActError as the
    file's own rules do, and as `four.spendable`.
    """
    board = _board(hand)
    standing = four.spendable(board, row, four.EXPORT)
    kind, _, name = standing.order.fields.get("what", "").partition(":")
    desk, case = desk_of(hand), standing.order.subject
    if kind == "archive":
        data = archived_file(erasing.Desk(hand.parts, hand.session, hand.person), case, lambda: _note(board, desk, row))
        return "arkiv", data
    makers: dict[str, Callable[[], File]] = {
        "paper": lambda: exporting.paper(desk, case, name),
        "extract": lambda: _extract(desk, case, name),
    }
    if kind not in makers:
        raise UnknownFolderError
    file = makers[kind]()
    _note(board, desk, row)
    return file


def erase(hand: Hand, row: bytes) -> None:
    """Erase before time what two have signed for; the protocol names both. Raises as `erase` and `spendable` do."""
    board = _board(hand)
    standing = four.spendable(board, row, four.ERASE)

    def used() -> Callable[[Session], None]:
        return four.spend(board, row, four.ERASE)

    signed = erasing.Signed(standing.order.fields.get("number", ""), names(standing), used)
    erasing.erase_early(erasing.Desk(hand.parts, hand.session, hand.person), standing.order.subject, signed)


def desk_of(hand: Hand) -> Desk:
    """Give what an act on a case towards others needs."""
    parts = hand.parts
    return Desk(parts.casebook, parts.folders, hand.session.keys, hand.person, parts.settings.programme, hand.now)


def names(standing: Standing) -> str:
    """Give the names of both who signed."""
    second = standing.second.name if standing.second else ""
    return f"{standing.asker.name}, {second}"


def signed_entry(standing: Standing, desk: Desk) -> Entry:
    """Make the entry that tells the case of what two have signed."""
    fields = standing.order.fields
    said = {"act": standing.order.act, "what": fields.get("what", ""), "reason": fields.get("why", "")}
    return desk.entry(TWO_SIGNED, **said, names=names(standing))


def _extract(desk: Desk, case: bytes, name: str) -> File:
    found = extracting.read(desk, case, name)
    return found.working, found.paper.pdf()


def _note(board: Board, desk: Desk, row: bytes) -> None:
    """Use the order up, and say so in the case, in one commit."""
    beside = Beside()
    standing = four.spendable(board, row, four.EXPORT)

    def decide(_found: Case) -> list[Entry]:
        beside.write = four.spend(board, row, four.EXPORT)
        return [signed_entry(standing, desk)]

    desk.write(standing.order.subject, decide, "exported", beside)


def _board(hand: Hand) -> Board:
    return board_of(hand.parts, hand.session, hand.person)
