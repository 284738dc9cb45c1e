"""The staff app of a demo that has ended, so many days later: `python -m tests.later DAYS` serves it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from command.demo import draw_cast, renew_members, renew_roster
from command.processes import claim_port, start, stop, wait_until_answers
from command.stage import Stage
from crypto.opening.identity import Identity
from staff import create_app
from staff.office import KEY
from staff.settings import StaffSettings
from tests.road import Demo
from web.serve import serve


@contextmanager
def later(road: Demo, days: int) -> Iterator[str]:
    """Run the staff app of the demo's folder with its clock turned forward, its roster signed anew; lend its address.

    Signing the roster again is what somebody does every quarter, and is done here as the demo does it.
    """
    stage = Stage(road.folder, claim_port(0), claim_port(0))
    cast = draw_cast(stage)
    renew_roster(road.folder / "roster", cast, datetime.now(UTC).date() + timedelta(days=days))
    renew_members(stage, cast)
    root = Identity.from_seed(bytes.fromhex(cast.root)).sign_public.hex()
    environment = stage.staff_environment(root)
    arguments = [sys.executable, "-P", "-m", "tests.later", str(days)]
    child = start("The staff app, later", arguments, environment, road.folder / "later.log")
    try:
        wait_until_answers(child, f"{stage.staff}/login")
        yield stage.staff
    finally:
        stop([child])


def main(days: int) -> None:
    """Serve with the clock turned; what runs beside the requests is left out: nothing comes any more."""
    settings = StaffSettings.from_env(os.environ)
    app = create_app(settings, background=False)
    app.extensions[KEY].now = lambda: datetime.now(UTC) + timedelta(days=days)
    serve(app, settings.host, settings.port, threads=8, name="later")


if __name__ == "__main__":
    main(int(sys.argv[1]))
