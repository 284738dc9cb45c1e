"""How cases are carried: defaults for everything, and every fault named."""

from __future__ import annotations

from pathlib import Path

import pytest

from programme import Programme
from programme.casework import NEEDS, PARTNERS, SEEDS, Casework, Choice, FollowUp, Seed
from programme.guidance import HELP, Help, Secrecy
from tests.programme.test_programme_file import DEMO, faults_of

BEFORE = DEMO.read_text("utf-8").partition("[casework.follow_up]")[0]


def test_a_file_that_says_nothing_of_casework_has_all_of_it(tmp_path: Path) -> None:
    """Left out, each list stands as it is delivered: every stage plans something, and no id stands twice."""
    file = tmp_path / "programme.toml"
    file.write_text(BEFORE, "utf-8")
    casework = Programme.load(file).casework
    assert casework == Casework(NEEDS, PARTNERS, SEEDS, FollowUp())
    assert {seed.stage for seed in casework.seeds} == {1, 2, 3, 4, 5, 6}
    for choices in (NEEDS, PARTNERS):
        assert len({choice.id for choice in choices}) == len(choices)


def test_what_stands_in_the_file_holds(tmp_path: Path) -> None:
    """A municipality's own lists take the place of ours, one list at a time."""
    own = """
[[casework.need]]
id = "dog"
label = "Hund"
[[casework.task]]
stage = 2
title = "Boka  rum"
days = 3
kind = "meeting"
form = "talk"
fields = ["meet_at"]
[casework.follow_up]
daily_days = 7
later_months = []
"""
    file = tmp_path / "programme.toml"
    file.write_text(BEFORE + own, "utf-8")
    casework = Programme.load(file).casework
    assert casework.needs == (Choice("dog", "Hund"),)
    assert casework.partners == PARTNERS
    assert casework.seeds_of(2) == (Seed(2, "Boka rum", 3, "meeting", "talk", ("meet_at",)),)
    assert casework.seeds_of(1) == ()
    assert casework.follow_up == FollowUp(daily_days=7, later_months=())
    assert (casework.need("dog"), casework.need("gone"), casework.partner("police")) == ("Hund", "gone", "Polisen")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("casework = 7", "casework"),
        ("[casework]\nneeds = []", "casework.needs"),
        ("[casework]\nneed = []", "casework.need"),
        ('[[casework.need]]\nid = "Å"\nlabel = "x"', "casework.need[0].id"),
        ('[[casework.need]]\nid = "a"\nlabel = ""', "casework.need[0].label"),
        (
            '[[casework.partner]]\nid = "a"\nlabel = "x"\n[[casework.partner]]\nid = "a"\nlabel = "y"',
            "casework.partner",
        ),
        ('[[casework.task]]\ntitle = "x"', "casework.task[0].stage"),
        ('[[casework.task]]\nstage = 7\ntitle = "x"', "casework.task[0].stage"),
        ('[[casework.task]]\nstage = 1\ntitle = "x"\nkind = "joy"', "casework.task[0].kind"),
        (f'[[casework.task]]\nstage = 1\ntitle = "{"x" * 121}"', "casework.task[0].title"),
        ('[[casework.task]]\nstage = 1\ntitle = "x"\nform = "joy"', "casework.task[0].form"),
        ('[[casework.task]]\nstage = 1\ntitle = "x"\nform = "talk"\nfields = ["joy"]', "casework.task[0].fields"),
        ('[[casework.task]]\nstage = 1\ntitle = "x"\nfields = ["want"]', "casework.task[0].fields"),
        ("[casework.follow_up]\ndaily_days = -1", "casework.follow_up.daily_days"),
        ("[casework.follow_up]\nlater_months = [18, 12.5]", "casework.follow_up.later_months"),
        ("[casework.follow_up]\nweekly_months = 7", "casework.follow_up"),
        ("[casework.follow_up]\nlater_months = [6]", "casework.follow_up"),
        ("[casework.follow_up]\nhourly = 1", "casework.follow_up.hourly"),
    ],
)
def test_each_fault_is_named(text: str, name: str, tmp_path: Path) -> None:
    """A slip in a list or a number is said by its place in the file."""
    assert name in {
        fault.partition(":")[0]
        for fault in faults_of(
            tmp_path,
            (text + "\n" if text.startswith("casework =") else "")
            + BEFORE
            + (text if not text.startswith("casework =") else ""),
        )
    }


def test_how_people_get_in_is_a_setting(tmp_path: Path) -> None:
    """Codes may be forbidden, and the time until a hidden page locks is bounded by the idle lock."""
    file = tmp_path / "programme.toml"
    file.write_text(f"{BEFORE}\n[casework]\ntotp = false\nlock_hidden_minutes = 3\n", "utf-8")
    casework = Programme.load(file).casework
    assert (casework.totp, casework.lock_hidden_minutes) == (False, 3)
    assert Casework().totp
    for wrong in ("totp = 1", "lock_hidden_minutes = 0", "lock_hidden_minutes = 16"):
        assert len(faults_of(tmp_path, f"{BEFORE}\n[casework]\n{wrong}\n")) == 1


def test_help_and_the_words_about_secrecy_may_be_ones_own(tmp_path: Path) -> None:
    """A stage that is named replaces its own help only; new words have a version; every slip is named."""
    file = tmp_path / "programme.toml"
    own = '[[casework.help]]\nstage = 2\npurpose = "Prata."\nask = ["Vad vill du?"]\nnever = ["Namn."]\n'
    words = '[casework.secrecy]\nversion = "7"\ntext = "Tig."\nmonths = 6\n'
    file.write_text(f"{BEFORE}\n{own}{words}", "utf-8")
    casework = Programme.load(file).casework
    assert casework.help_of(2) == Help(2, "Prata.", ("Vad vill du?",), ("Namn.",))
    assert casework.help_of(1) == HELP[0]
    assert casework.help_of(0) is None
    assert casework.secrecy == Secrecy("7", "Tig.", 6)
    for wrong in (
        own.replace("stage = 2\n", ""),
        own + own,
        own.replace("Prata.", "x" * 2001),
        words.replace('version = "7"\n', ""),
        words.replace("6", "25"),
        words.replace("Tig.", "x" * 2001),
    ):
        assert len(faults_of(tmp_path, f"{BEFORE}\n{wrong}")) == 1, wrong[:80]
