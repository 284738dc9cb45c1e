"""The alert rules ask for figures that exist, say what to do, and every figure is explained where IT reads."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # what YAML holds

import pytest
import yaml
from prometheus_client.core import Metric

from deaddrop.schema import engine
from portal.figures import board_of
from portal.figures import figures as of_portal
from portal.heartbeat import Heartbeat
from staff.watching.figures import figures as of_staff
from tests.docs.spoken import said
from tests.portal.world import World as PortalWorld
from tests.staff.world import World as StaffWorld

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "deploy" / "prometheus" / "utvag.rules.yml"
WATCHING = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## 9. Watching")[2].partition("\n## ")[0]
# What Prometheus itself and its prober give.
THEIRS = {"up", "probe_success", "probe_ssl_earliest_cert_expiry"}
FUNCTIONS = {"abs", "increase", "sum", "by", "time", "or"}
CHECK = "promtool check config"
SPOKEN = (CHECK,)
SUFFIX = {"counter": "_total", "histogram": "_bucket"}


def rules() -> list[dict[str, Any]]:
    """Read every rule."""
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def asked(expression: str) -> set[str]:
    """Name the figures that an expression asks for: what is left of it without labels, spans and functions."""
    bare = re.sub(r"\{.*?\}|\[.*?\]|by \(.*?\)", "", expression)
    return set(re.findall(r"[a-z_]{2,}", bare)) - FUNCTIONS


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Name every figure that the two apps give."""
    return {metric.name + SUFFIX.get(metric.type, "") for metric in _given(tmp_path_factory)}


def _given(folders: pytest.TempPathFactory) -> Iterator[Metric]:
    portal_world = PortalWorld(folders.mktemp("portal"))
    portal_world.write_roster()
    portal = portal_world.app().extensions["utvag"]
    board = board_of(portal)
    yield from of_portal(portal, board, Heartbeat(engine(portal_world.folder / "deaddrop.sqlite"), "north"))
    board.close()
    staff_world = StaffWorld(folders.mktemp("staff"))
    yield from of_staff(staff_world.parts)
    staff_world.close()


def test_every_rule_asks_for_a_figure_that_is_given(given: set[str]) -> None:
    """A figure that was renamed would leave a rule that never tells anything."""
    for rule in rules():
        found = asked(rule["expr"])
        assert found, rule["alert"]
        assert found <= given | THEIRS, rule["alert"]


def test_every_figure_is_asked_for_and_explained(given: set[str]) -> None:
    """No figure is given that nobody would miss, and each is explained where IT reads."""
    told = {name for rule in rules() for name in asked(rule["expr"])}
    assert given - told == set()
    assert {name for name in given if name not in WATCHING} == set()


def test_every_rule_says_what_to_do() -> None:
    """Each has a name, how serious it is, what it says and what to do; those of the roster stand at 30, 7 and 1."""
    found = rules()
    assert len({rule["alert"] for rule in found}) == len(found)
    for rule in found:
        assert rule["labels"]["severity"] in ("info", "warning", "page"), rule["alert"]
        for part in ("summary", "action"):
            assert rule["annotations"][part].endswith((".", "?")), rule["alert"]
    days = {int(number) for rule in found for number in re.findall(r"roster_days_left <= (\d+)", rule["expr"])}
    assert days == {30, 7, 1}


def test_no_rule_asks_for_a_visitor_s_minute() -> None:
    """Counters move once in ten minutes: a rule that looks at a shorter span would see nothing, or one step."""
    spans = [int(one) for rule in rules() for one in re.findall(r"\[(\d+)m\]", rule["expr"])]
    assert spans
    assert min(spans) >= 30


def looked_at(folder: Path, rules: str) -> subprocess.CompletedProcess[str]:
    """Lay the page's prometheus.yml and these rules where it says, in a folder of the test's, and type its command."""
    (configuration,) = re.findall(r"^```yaml\n(.*?)^```", WATCHING, re.MULTILINE | re.DOTALL)
    (folder / "prometheus.yml").write_text(configuration, "utf-8")
    (folder / RULES.name).write_text(rules, "utf-8")
    typed = f"mkdir -p /etc/prometheus\nmount --bind {folder} /etc/prometheus\n{said(CHECK)}"
    command = ["unshare", "-m", "sh", "-euc", typed]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.long
def test_prometheus_takes_what_the_page_says(tmp_path: Path) -> None:
    """Debian's own tool reads the page's file and each rule; an expression with a fault is told, by the same words."""
    assert shutil.which("promtool")
    told = looked_at(tmp_path, RULES.read_text("utf-8"))
    assert (told.returncode, f"{len(rules())} rules found" in told.stdout) == (0, True), told.stdout + told.stderr
    told = looked_at(
        tmp_path, RULES.read_text("utf-8").replace("utvag_portal_ready == 0", "utvag_portal_ready == == 0")
    )
    assert (told.returncode, "parse error" in told.stdout + told.stderr) == (1, True), told.stdout + told.stderr
