"""Erasure decisions: read strictly, since a mistake here erases, or keeps, what it must not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from programme import Programme, ProgrammeError
from programme.erasure import Decision, Erasure

DEMO = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"
WHOLE = {
    "class": '"case"',
    "name": '"Avslutade ärenden"',
    "number": '"SN 2026/112"',
    "decided": "2026-03-01",
    "starts": '"closed"',
    "months": "60",
    "act": '"erase"',
}


def load(folder: Path, *decisions: dict[str, str]) -> Erasure:
    """Load the demo's programme with other decisions."""
    text = DEMO.read_text("utf-8").partition("[[casework.erasure]]")[0]
    for one in decisions:
        text += "\n[[casework.erasure]]\n" + "".join(f"{key} = {value}\n" for key, value in one.items())
    (folder / "p.toml").write_text(text, "utf-8")
    return Programme.load(folder / "p.toml").casework.erasure


def test_a_decision_is_read_whole(tmp_path: Path) -> None:
    """Name, number, date, what starts the clock, months, act."""
    (found,) = load(tmp_path, WHOLE).decisions
    assert found == Decision("case", "Avslutade ärenden", "SN 2026/112", date(2026, 3, 1), "closed", 60, "erase")


def test_without_a_decision_everything_is_kept(tmp_path: Path) -> None:
    """No decision at all is no fault, and gives none for any class."""
    assert load(tmp_path) == Erasure()
    assert load(tmp_path, WHOLE).decision("aside") is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("class", '"everything"'),
        ("number", '""'),
        ("decided", '"2026-03-01"'),
        ("decided", "2026-03-01T10:00:00"),
        ("starts", '"received"'),
        ("months", "0"),
        ("months", "1.5"),
        ("months", None),
        ("act", '"burn"'),
        ("name", None),
        ("whim", "true"),
    ],
)
def test_a_decision_with_a_fault_stops_the_start(key: str, value: str | None, tmp_path: Path) -> None:
    """A misspelt class, a decision without a number, a clock that its class lacks: named, and no start."""
    wrong = {name: text for name, text in {**WHOLE, key: value}.items() if text is not None}
    with pytest.raises(ProgrammeError, match=key):
        load(tmp_path, wrong)


def test_two_decisions_about_one_class_are_a_fault(tmp_path: Path) -> None:
    """Nobody could tell which of them holds."""
    with pytest.raises(ProgrammeError, match="two decisions"):
        load(tmp_path, WHOLE, {**WHOLE, "months": "1"})


def test_a_request_is_not_archived(tmp_path: Path) -> None:
    """Only a case becomes a file for the archive."""
    with pytest.raises(ProgrammeError, match="archived"):
        load(tmp_path, {**WHOLE, "class": '"aside"', "starts": '"received"', "act": '"archive"'})
