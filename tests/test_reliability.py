"""The table of faults names tests that exist, and leaves no cell empty: what is not shown is not claimed."""

import re
from pathlib import Path

from tests.test_threat_model import existing

TABLE = (Path(__file__).parent.parent / "docs" / "reliability.md").read_text("utf-8")
HEADS = ("| fault |", "| figure |", "| ---")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith(HEADS)]


def test_every_test_that_the_table_names_exists() -> None:
    """Whoever wonders what a fault costs finds the test that makes it happen."""
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    assert named - existing() == set()
    assert len(named) > 15


def test_each_fault_says_what_is_seen_what_is_lost_and_is_shown() -> None:
    """Four cells, none of them empty, the last one a test; tables of figures stand on tests of their own."""
    faults = [row for row in ROWS if row.count(" | ") == 3]
    assert len(faults) >= 12
    for row in faults:
        cells = [cell.strip() for cell in row.strip("| ").split(" | ")]
        assert all(cells), row
        assert "`test_" in cells[3], row
