"""What an older version left on its disks, laid out for this one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any  # JSON's values and the columns' own types, as `tests.older.make` wrote them

from sqlalchemy import MetaData

from crypto.opening.identity import new_identity
from crypto.sealing.roster import verify
from deaddrop import schema
from deaddrop.preparing import prepare
from staff.casebook import migrate
from staff.settings import StaffSettings
from tests.staff.world import ORIGIN, Clock, Human, World

VERSIONS = sorted((Path(__file__).parent / "versions").glob("*.json"))


def bytes_of(one: object) -> object:
    """Read a value as `tests.older.make` wrote it."""
    return base64.b64decode(one) if isinstance(one, str) else one


class Older(World):
    """An older version's day: its people, keys, files and rows; the app that starts on them is this one's."""

    def __init__(self, path: Path, folder: Path, casebook: str = "", deaddrop: str = "") -> None:
        self.kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
        self.folder, self.origin, self.clock, self.opened = folder, ORIGIN, Clock(), []
        self.casebook = casebook or str(folder / "casebook.sqlite")
        self.deaddrop = deaddrop or str(folder / "deaddrop.sqlite")
        named = {"passphrase": self.kept["passphrase"], "totp": self.kept["totp"]}
        self.owner = Human(self.kept["name"], "coordinator", "ekstad", **named)
        self.others, self.enrolled = [], set()
        for name, data in self.kept["files"].items():
            (folder / ("erased" if name.endswith(".erased") and casebook else name)).write_bytes(base64.b64decode(data))
        self.settings = self._settings()
        data = (folder / "roster").read_bytes()
        self.roster = verify(data, self.settings.root_key, minimum_epoch=1, today=None)

    def _settings(self) -> StaffSettings:
        self.root = new_identity()  # the secret half of that day's is not kept: nothing is signed here
        return replace(super()._settings(), root_key=bytes.fromhex(self.kept["root"]))

    def lay(self) -> None:
        """Lay the rows of that day into tables of that day, and into a dead drop."""
        casebook = self.open()
        migrate(casebook, self.kept["revision"])
        put(casebook.engine, self.kept["casebook"])
        self.engine = schema.engine(self.deaddrop)
        if self.engine.dialect.name == "sqlite":
            with self.engine.begin() as connection:
                for statement in self.kept["deaddrop_schema"]:  # the very tables of that day, moved on as at a start
                    connection.exec_driver_sql(statement)
        else:
            prepare(self.engine, self.roster.places)
        put(self.engine, self.kept["deaddrop"])
        prepare(self.engine, self.roster.places)

    def later(self) -> None:
        """Go on half an hour later than now, when no code of that day is in use any more."""
        self.clock.turn(minutes=30)
        assert self.clock.now() > datetime.fromisoformat(self.kept["day"]).replace(tzinfo=UTC)


def plain(one: object) -> object:
    """Give what a driver lends as bytes of its own kind."""
    return bytes(one) if isinstance(one, memoryview | bytearray) else one


def put(engine: Any, tables: dict[str, Any]) -> None:  # Any: an engine, only lent here; JSON's values
    """Insert rows into tables that are there; a row that is there already gives way."""
    found = MetaData()
    with engine.begin() as connection:
        found.reflect(connection)
        for table in found.sorted_tables:
            if table.name not in tables:
                continue
            connection.execute(table.delete())
            kept = tables[table.name]
            rows = [dict(zip(kept["columns"], map(bytes_of, row), strict=True)) for row in kept["rows"]]
            connection.execute(table.insert(), rows)
