"""Every public page on Lighthouse's slow phone: 100 for performance, accessibility and best practices."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.test_firefox import NODE
from tests.road import ROOT, Demo

PAGES = ("/", "/me", "/other", "/done", "/code", "/about", "/jobb", "/uppgifter", "/tillganglighet")
CATEGORIES = ("performance", "accessibility", "best-practices")
RUNS = 3  # time wavers with the machine, form does not: of speed the middle of three runs counts


def scores(address: str, found: Path) -> dict[str, float]:
    """Run Lighthouse once and return each category's score, 1 for 100."""
    done = subprocess.run(
        [
            str(NODE),
            "node_modules/lighthouse/cli/index.js",
            address,
            "--quiet",
            "--output=json",
            f"--output-path={found}",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={' '.join(['--headless', *QUIET])}",
        ],
        cwd=ROOT,
        env={**os.environ, "CHROME_PATH": CHROMIUM},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: one["score"] for name, one in json.loads(found.read_text("utf-8"))["categories"].items()}


@pytest.mark.long
@pytest.mark.parametrize("path", PAGES)
def test_a_slow_phone_gets_the_page_at_once(road: Demo, tmp_path: Path, path: str) -> None:
    """On slow 4G and a slowed processor the page is fast, and nothing stands in an impaired person's way."""
    speeds: list[float] = []
    while len(speeds) < RUNS and speeds.count(1) < 2:  # two that are 100 settle the middle of three
        found = scores(road.portal + path, tmp_path / "lighthouse.json")
        speeds.append(found.pop("performance"))
        assert found == dict.fromkeys(CATEGORIES[1:], 1)
    assert speeds.count(1) == 2, speeds
