"""Measure and write docs/traces.md: `python -m tests.browser.traces`, about six minutes."""

import sys
import tempfile
from pathlib import Path

from tests.browser.traces import cells, table
from tests.browser.traces.place import place
from tests.road import demo


def main() -> None:
    """Walk every cell and write what was found."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "place").mkdir()
        with demo(folder / "dir") as road, place(road, folder / "place") as stage:
            ours, others = [], []
            for browser, form, script in cells.CELLS:
                ours.append(cells.walk(stage, browser, form, script=script))
                sys.stdout.write(table.row(ours[-1]) + "\n")
            for browser, half in cells.CONTROLS:
                others.append(cells.walk_elsewhere(stage, browser, half=half))
                sys.stdout.write(table.control_row(others[-1]) + "\n")
    table.write(ours, others)


if __name__ == "__main__":
    main()
