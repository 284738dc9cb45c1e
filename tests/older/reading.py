"""Read on what another version kept: `python -m tests.older.reading KEPT FOLDER` ends with 0 if all of it is there.

It runs in the tree of an older version as well, to show that one may go back: so it leans on little.
"""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any  # JSON's values, as `tests.older.make` wrote them

from crypto.opening.identity import new_identity
from crypto.sealing.roster import verify
from deaddrop import schema
from staff.settings import StaffSettings
from tests.older.make import ANSWER, NOTE, REQUEST, WAITING, WORKING
from tests.staff.world import ORIGIN, Browser, Clock, Human, World


class Older(World):
    """Another version's day: its people, keys and files; the app that starts on them is this tree's."""

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
        self.engine = schema.engine(self.deaddrop)

    def _settings(self) -> StaffSettings:
        self.root = new_identity()  # the secret half of that day's is not kept: nothing is signed here
        return replace(super()._settings(), root_key=bytes.fromhex(self.kept["root"]))

    def later(self) -> None:
        """Go on half an hour later than now, when no code of that day is in use any more."""
        self.clock.turn(minutes=30)
        assert self.clock.now() > datetime.fromisoformat(self.kept["day"]).replace(tzinfo=UTC)


def read_on(older: Older) -> Browser:
    """Start this tree's app on another version's day, sign in, and find all of it; give the browser."""
    older.app = older.start()
    older.later()
    anna = older.browser(older.owner)
    page = anna.get(f"/inbox/{older.kept['row']}").text
    assert REQUEST in page
    if older.kept["deaddrop"].get("replies"):
        assert ANSWER in page
    if older.kept["case"]:
        case = anna.get(f"/cases/{older.kept['case']}").text
        assert WORKING in case
        assert NOTE in case
    older.collect()
    assert WAITING in anna.get("/inbox").text
    return anna


if __name__ == "__main__":
    read_on(Older(Path(sys.argv[1]), Path(sys.argv[2])))
