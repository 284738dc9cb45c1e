"""What a visit leaves on the phone, found in a real browser's whole home folder. design.md sections 6 and 9.

Stands for the row "looks at the phone afterwards" of docs/threat-model.md.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.returncode import new_code
from tests.browser.test_code import leave_reply
from tests.browser.traces import cells, table
from tests.browser.traces.place import Place, place
from tests.browser.traces.visit import CLOSED, LEFT, TYPING, Outcome, short_visit, token
from tests.browser.traces.visitor import CHROMIUM, person
from tests.road import Demo, demo

WRITTEN = table.FILE.read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Both apps with an empty inbox, on https."""
    folder = tmp_path_factory.mktemp("traces")
    (folder / "place").mkdir()
    with demo(folder / "dir") as road, place(road, folder / "place") as lent:
        yield lent


def kept(outcome: Outcome) -> dict[str, list[str]]:
    """Return what was found at each moment at which anything was."""
    return {moment: [f"{hit.what} in {hit.file}" for hit in hits] for moment, hits in outcome.disk.items() if hits}


@pytest.mark.long
@pytest.mark.parametrize(("browser", "form", "script"), cells.CELLS)
def test_a_visit_leaves_nothing_on_the_phone(stage: Place, browser: str, form: str, script: bool) -> None:
    """Nothing typed or ticked, no code, no reply is on disk at any moment; Back shows none; docs/traces.md says so."""
    outcome = cells.walk(stage, browser, form, script=script)
    assert kept(outcome) == {}
    assert outcome.back == []
    assert set(outcome.disk) == set(table.MOMENTS)
    assert (form, "Utväg") in outcome.history
    assert table.row(outcome) in WRITTEN


@pytest.mark.long
@pytest.mark.parametrize(("browser", "half"), cells.CONTROLS)
def test_the_search_and_back_see_what_other_pages_leave(stage: Place, tmp_path: Path, browser: str, half: bool) -> None:
    """Pages without our protection are found out, so that finding nothing on ours means something."""
    outcome = cells.walk_elsewhere(stage, browser, half=half)
    found = {(moment, hit.what) for moment, hits in outcome.disk.items() for hit in hits}
    if not half:
        assert {(CLOSED, "page"), (LEFT if browser == CHROMIUM else TYPING, "typed")} <= found
        assert "typed" in outcome.back
    elif browser == CHROMIUM:
        assert "typed" in outcome.back  # memory alone restored it: this is why leaving changes a cookie
    assert table.control_row(outcome) in WRITTEN


def test_a_short_visit_leaves_nothing(road: Demo, tmp_path: Path) -> None:
    """Sent, left, come back, read, left in Chromium: no word, code or reply is on the phone, but the visit is."""
    code, reply = new_code(), token()
    leave_reply(road, code, 1, reply)
    with place(road, tmp_path) as stage, person() as who:
        outcome = short_visit(stage, who, CHROMIUM, code, reply)
    assert kept(outcome) == {}
    assert outcome.back == []
    assert {path for path, _ in outcome.history} >= {"/me", "/done", "/exit", "/code"}


def test_what_is_written_down_is_every_cell_and_nothing_was_found() -> None:
    """docs/traces.md holds a row for each person who is measured, and none that found something on our pages."""
    rows = [line.strip("| ").split(" | ") for line in WRITTEN if line.startswith(("| Chromium |", "| Firefox |"))]
    ours = [one for one in rows if one[1] in ("on", "off")]
    assert [(one[0].lower(), one[2].strip("`"), one[1] == "on") for one in ours] == cells.CELLS
    assert {cell for one in ours for cell in one[3:-1]} == {table.NOTHING}
    assert len(rows) == len(cells.CELLS) + len(cells.CONTROLS)
