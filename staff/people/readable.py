"""Which cases a key could read, as far as whoever asks holds them: said by the cases themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.opening.members import Member
from staff.cases.hand import Hand
from staff.day.cases import on_shelf
from staff.folders.folder import mark
from staff.people.renewing import told


@dataclass(frozen=True)
class Readable:
    """Hold the names for work of the cases that a key could read."""

    names: Sequence[str] = ()


NONE = Readable()


def cases(hand: Hand, member: Member) -> Readable:
    """List the cases whose key was ever given to a member and is held by whoever asks; a row of the audit says so.

    What the entries say is not proven: a case too many is looked at, none is missing that an honest entry names.
    """
    hand.session.shelf.refresh(hand.parts.casebook, hand.session.keys, hand.person)
    known = {case.id: case.summary.working for case in on_shelf(hand.session.shelf)}
    wanted = mark(member.box_public)
    rows = [
        row
        for row, entries in told(hand, list(known))
        if any(wanted in one.fields.get("to", "").split() for one in entries)
    ]
    found = sorted(known[row] for row in rows)
    with hand.parts.casebook.write() as session:
        said = {"who": member.name, "n": str(len(found))}
        hand.parts.audit.about_me(session, hand.person, "listed", hand.now, said)
    return Readable(found)
