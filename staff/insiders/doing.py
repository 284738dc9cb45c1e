"""Do what two have signed: give a file, or erase before time; that it is used is written in the act's own commit."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from staff.agencies.desk import Beside, Case, Desk
from staff.cases.hand import Hand
from staff.entry import Entry
from staff.erasure import acts as erasing
from staff.erasure import archiving
from staff.insiders import files, four
from staff.insiders.files import File, desk_of
from staff.insiders.four import Board, Standing
from staff.insiders.ways import board_of

TWO_SIGNED = "two_signed"


def fetch(hand: Hand, row: bytes) -> File:
    """Give the file that two have signed for, once.

    The file is made first: an order is not used up by a file that could not be made, or is not the one that was signed
    for. Raises RefusedActError as `files.fetched` and `four.spendable` do.
    """
    board = _board(hand)
    standing = four.spendable(board, row, four.EXPORT)
    file = files.fetched(hand, standing)
    _note(hand, row, file)
    return file


def erase(hand: Hand, row: bytes) -> None:
    """Erase before time what two have signed for; the protocol names both. Raises as `erase` and `spendable` do."""
    board = _board(hand)
    standing = four.spendable(board, row, four.ERASE)

    def used() -> Callable[[Session], None]:
        return four.spend(board, row, four.ERASE)

    signed = erasing.Signed(standing.order.fields.get("number", ""), names(standing), used)
    erasing.erase_early(_erasing(hand), standing.order.subject, signed)


def names(standing: Standing) -> str:
    """Give the names of both who signed."""
    second = standing.second.name if standing.second else ""
    return f"{standing.asker.name}, {second}"


def signed_entry(standing: Standing, desk: Desk) -> Entry:
    """Make the entry that tells the case of what two have signed."""
    fields = standing.order.fields
    said = {"act": standing.order.act, "what": fields.get("what", ""), "reason": fields.get("why", "")}
    return desk.entry(TWO_SIGNED, **said, names=names(standing))


def _note(hand: Hand, row: bytes, file: File) -> None:
    """Use the order up, say so in the case and, of a file for the archive, in the ledger: all in one commit.

    Else a process that dies between them would leave an order that is used, and a case that may not be erased.
    """
    board, desk, beside = _board(hand), desk_of(hand), Beside()
    standing = four.spendable(board, row, four.EXPORT)
    archived = standing.order.fields["what"] == files.ARCHIVE

    def decide(found: Case) -> list[Entry]:
        writes = [four.spend(board, row, four.EXPORT)]
        if archived:
            writes.append(archiving.kept(_erasing(hand), found.folder, file.data, file.version))

        def write(session: Session) -> None:
            for one in writes:
                one(session)

        beside.write = write
        return [signed_entry(standing, desk)]

    desk.write(standing.order.subject, decide, "exported", beside)


def _board(hand: Hand) -> Board:
    return board_of(hand.parts, hand.session, hand.person)


def _erasing(hand: Hand) -> erasing.Desk:
    return erasing.Desk(hand.parts, hand.session, hand.person)
