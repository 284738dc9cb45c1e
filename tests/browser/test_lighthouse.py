"""Every public page on Lighthouse's slow phone: 100 for performance, accessibility and best practices.

The form, on which all depends, is measured in every run, once unless the machine was busy; all pages in the long rows.
"""

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
FORM = "/me"
RUNS = 3  # time wavers with the machine, form does not: of speed the middle of three runs counts


def scores(address: str, found: Path) -> dict[str, float]:
    """Run Lighthouse once and return each category's score, 1 for 100; again if it says that it could not record."""
    done = run(address, found)
    if "run Lighthouse again" in done.stderr:  # its own words where Chromium came too late on a busy machine
        done = run(address, found)
    assert done.returncode == 0, done.stderr
    return {name: one["score"] for name, one in json.loads(found.read_text("utf-8"))["categories"].items()}


def run(address: str, found: Path) -> subprocess.CompletedProcess[str]:
    """Let Lighthouse judge an address and write what it found."""
    return subprocess.run(
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


def test_the_form_is_fast_and_open_to_all_in_every_run(road: Demo, tmp_path: Path) -> None:
    """The request page in Swedish: 100 three times over; speed gets another try where the machine was busy."""
    speeds: list[float] = []
    while len(speeds) < RUNS and 1 not in speeds:
        found = scores(road.portal + FORM, tmp_path / "lighthouse.json")
        speeds.append(found.pop("performance"))
        assert found == dict.fromkeys(CATEGORIES[1:], 1)
    assert speeds[-1] == 1, speeds


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
