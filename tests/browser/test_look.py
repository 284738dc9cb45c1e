"""What the public pages look like, in every state, language, window and scheme, beside what somebody has approved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.faces import FACES, standing
from tests.browser.look import ENOUGH, LOOKS, Board, approved, shots, unlike
from tests.browser.stage import SHOWN, Stage, stage

OFTEN = ("start", "done-none")
LARGEST = 3 * 2**20  # bytes of all sheets together: the history keeps each for ever


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Lend a portal that stands still for looking at."""
    with stage(tmp_path_factory.mktemp("stage")) as lent:
        yield lent


@pytest.mark.long
def test_two_pages_look_as_approved(chromium: Browser, lit: Stage) -> None:
    """The first page and one after it, in Swedish: four pictures each."""
    assert unlike(chromium, lit, "sv", [face for face in FACES if face.name in OFTEN]) == []


def test_a_page_that_looks_otherwise_is_told(chromium: Browser, lit: Stage) -> None:
    """A wider margin is seen in every picture, and so is a button without its colour."""
    face = next(face for face in FACES if face.name == "start")
    board, context = Board(chromium, approved()), lit.visitor(chromium, "sv")
    for planted in ("document.body.style.padding = '2rem'", "document.querySelector('.go').style.background = 'none'"):
        with standing(context, face, lit) as page:
            page.evaluate(planted)
            parts = [board.differs("sv", shot) for shot in shots(page, face)]
        assert min(parts) > ENOUGH
    context.close()
    board.close()


@pytest.mark.long
@pytest.mark.parametrize("language", SHOWN)
def test_every_page_looks_as_approved(chromium: Browser, lit: Stage, language: str) -> None:
    """Every state; where a change is meant, `python -m tests.browser.look` approves it."""
    assert unlike(chromium, lit, language, FACES) == []


def test_every_face_has_been_approved_and_is_stored_small(lit: Stage) -> None:
    """No state is left out, no language, and the sheets do not make the history heavy."""
    assert approved() == [face.name for face in FACES]
    kept = {path.name.partition("-phone")[0].partition("-desk")[0] for path in LOOKS.glob("*.webp")}
    assert {"sv", "en"} <= kept <= set(lit.languages)
    sheets = {
        f"{tag}-{size}-{scheme}.webp" for tag in kept for size in ("phone", "desk") for scheme in ("light", "dark")
    }
    assert {path.name for path in LOOKS.glob("*.webp")} == sheets
    assert sum(path.stat().st_size for path in LOOKS.iterdir()) < LARGEST
