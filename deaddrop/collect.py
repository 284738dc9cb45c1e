"""The staff app's half of the dead drop: copy, and erase only what has been kept."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine, delete, func, select

from crypto import envelope
from deaddrop.schema import BEATS, empty_log, envelopes, told, writing

BATCH = 500
MOST_PORTALS = 100  # that are listened to, should somebody write more names
_TABLE = envelopes(envelope.PLACES.start)  # the columns are the same for every number of places


@dataclass(frozen=True, slots=True)
class Waiting:
    """Hold one row as it lies in the dead drop. `intact`: its id is the hash of its bytes."""

    id: bytes
    team_tag: bytes
    epoch: int
    day: int
    sealed: bytes
    intact: bool


class Collect:
    """Collect envelopes in three steps that may die between any two: copy, let the caller commit, erase.

    Copying again gives the same rows again; the caller knows an id that it has seen. So nothing is lost or doubled.
    Each step raises UnavailableError if the store is away.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def waiting(self, limit: int = BATCH) -> list[Waiting]:
        """Copy at most `limit` rows, in no order that tells when they came. Damaged ones are given too, and marked."""
        with told("not read"), self._engine.connect() as connection:
            rows = connection.execute(select(_TABLE).order_by(_TABLE.c.id).limit(limit)).all()
        return [Waiting(**row._mapping, intact=envelope.envelope_id(row.sealed) == row.id) for row in rows]

    def count(self) -> int:
        """Count what waits."""
        with told("not read"), self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(_TABLE)).scalar_one()

    def oldest(self) -> int | None:
        """Give the day (since 1970) of what has waited longest; None if nothing does."""
        with told("not read"), self._engine.connect() as connection:
            found: int | None = connection.execute(select(func.min(_TABLE.c.day))).scalar_one()
        return found

    def heard(self) -> dict[str, int]:
        """Give the minute (since 1970, UTC) in which each portal, by its name, was last alive."""
        with told("not read"), self._engine.connect() as connection:
            return {row.name: row.minute for row in connection.execute(select(BEATS).limit(MOST_PORTALS))}

    def erase(self, ids: Collection[bytes]) -> None:
        """Erase rows that the caller has committed, overwrite their bytes and empty the write-ahead log.

        The trap: call it only after the commit is on disk. Ids that are not there are passed over.
        """
        with told("not erased"), writing(self._engine), self._engine.begin() as connection:
            for wanted in ids:
                connection.execute(delete(_TABLE).where(_TABLE.c.id == wanted))
        empty_log(self._engine)
