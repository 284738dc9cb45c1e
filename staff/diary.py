"""The register that the law asks for: day, number and kind of each document of a team, and nothing else.

In clear, since it must be shown to whoever asks, also when no key is at hand (domain.md, "What the law asks").
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from staff.models import Numbered


class Kind(IntEnum):
    """Say what sort of document a line stands for."""

    REQUEST = 1
    CASE = 2
    SENT = 3
    RECEIVED = 4
    DOCUMENTS = 5


class Line(NamedTuple):
    """Hold one line of the register; `day` counts from 1970."""

    number: int
    day: int
    kind: int


def enter(session: Session, team: bytes, day: int, kind: Kind) -> int:
    """Write the team's next line and give its number, in the caller's write transaction.

    The trap: call it after an audit row was written in the same transaction. That row's turn at the head of the chain
    keeps two writers from drawing the same number on a database that lets both in.
    """
    return enter_all(session, team, [day], kind)


def enter_all(session: Session, team: bytes, days: Sequence[int], kind: Kind) -> int:
    """Write a line for each of these days, as `enter` does, and give the last one's number."""
    last = session.scalar(select(func.max(Numbered.number)).where(Numbered.team == team)) or 0
    rows = [{"team": team, "number": last + place, "day": day, "kind": int(kind)} for place, day in enumerate(days, 1)]
    if rows:
        session.execute(insert(Numbered), rows)
    return last + len(rows)


def lines(session: Session, team: bytes) -> list[Line]:
    """List a team's register in the order of its numbers."""
    one = Numbered
    found = session.execute(select(one.number, one.day, one.kind).where(one.team == team).order_by(one.number))
    return [Line(*row) for row in found]
