"""The audit's questions to the casebook: the head of the chain, rows by tag, rows by number."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from crypto.opening.auditing import START, row_tag
from staff.models import AuditHead, AuditRow

NEAR = 32  # how many of a subject's rows are asked for at once
FAR = tuple(2**power for power in range(6, 31))
BATCH = 500
ASKED = 8000  # values of one question


class Stored(NamedTuple):
    """Hold one row as it stands in the table."""

    number: int
    day: int
    tag: bytes
    sealed: bytes
    own: bytes
    head: bytes


COLUMNS = (AuditRow.number, AuditRow.day, AuditRow.tag, AuditRow.sealed, AuditRow.own, AuditRow.head)


def head(session: Session) -> tuple[int, bytes]:
    """Give the number and the head after the newest row."""
    found = session.execute(select(AuditHead.number, AuditHead.head).where(AuditHead.id == 1)).one_or_none()
    return (found[0], found[1]) if found else (0, START)


def move_head(session: Session, after: int, number: int, to: bytes) -> bool:
    """Move the end of the chain; False if somebody else wrote since it was read."""
    change = update(AuditHead).where(AuditHead.id == 1, AuditHead.number == after)
    return session.connection().execute(change.values(number=number, head=to)).rowcount == 1


def take_turn(session: Session) -> None:
    """Wait until nobody else writes to the chain; the turn lasts until the caller's commit.

    Whoever is to write several things takes it first: two writers then never wait for each other in a circle.
    """
    session.execute(update(AuditHead).where(AuditHead.id == 1).values(number=AuditHead.number))


def add(session: Session, *rows: Stored) -> None:
    """Add rows."""
    session.execute(insert(AuditRow), [row._asdict() for row in rows])


def newest_k(session: Session, key: bytes) -> int:
    """Give the highest k that a subject's rows have, asking a few at a time; 0 if there are none.

    A gap, where somebody cut rows out, does not hide what comes after it within the rows asked for at once.
    """
    top = _highest(session, key, range(1, NEAR + 1))
    if top < NEAR:
        return top
    reached = max(top, _highest(session, key, FAR))
    step = max(reached // NEAR, 1)
    while True:
        found = _highest(session, key, range(reached + step, reached + step * (NEAR + 1), step))
        if found:
            reached = found
        elif step == 1:
            return reached
        else:
            step = max(step // NEAR, 1)


def newest_ks(session: Session, keys: Sequence[bytes]) -> dict[bytes, int]:
    """Give the highest k of each of many subjects, as `newest_k` does."""
    found = dict.fromkeys(keys, 0)
    tags = {row_tag(key, k): (key, k) for key in found for k in range(1, NEAR + 1)}
    asked = list(tags)
    for start in range(0, len(asked), ASKED):
        some = asked[start : start + ASKED]
        for tag in session.scalars(select(AuditRow.tag).where(AuditRow.tag.in_(some))):
            key, k = tags[tag]
            found[key] = max(found[key], k)
    return {key: newest_k(session, key) if k == NEAR else k for key, k in found.items()}


def of_tags(session: Session, tags: Sequence[bytes]) -> list[Stored]:
    """Fetch rows by their tags."""
    return [Stored(*row) for row in session.execute(select(*COLUMNS).where(AuditRow.tag.in_(tags)))]


def rows(session: Session, after: int = 0) -> Iterator[Stored]:
    """Walk the chain in order, a bounded number of rows in memory."""
    while True:
        found = session.execute(
            select(*COLUMNS).where(AuditRow.number > after).order_by(AuditRow.number).limit(BATCH)
        ).all()
        yield from (Stored(*row) for row in found)
        if len(found) < BATCH:
            return
        after = found[-1][0]


def heads(session: Session, numbers: Iterable[int]) -> dict[int, bytes]:
    """Give the head after each of these rows."""
    found = session.execute(select(AuditRow.number, AuditRow.head).where(AuditRow.number.in_(list(numbers))))
    return dict(found.all())


def newest(session: Session, before: int, limit: int) -> list[Stored]:
    """Fetch rows with lower numbers than `before`, newest first."""
    chosen = select(*COLUMNS).where(AuditRow.number < before).order_by(AuditRow.number.desc()).limit(limit)
    return [Stored(*row) for row in session.execute(chosen)]


def _highest(session: Session, key: bytes, ks: Iterable[int]) -> int:
    tags = {row_tag(key, k): k for k in ks}
    found = session.scalars(select(AuditRow.tag).where(AuditRow.tag.in_(tags)))
    return max((tags[tag] for tag in found), default=0)
