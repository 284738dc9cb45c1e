"""A command within a sentence is run by a test that takes it from the page, or its reason not to be stands here."""

import re

import pytest

from tests import test_alert_rules as prometheus
from tests.command import test_backups_followed as backups
from tests.command import test_doctor_outside as outside
from tests.deploy import test_operations_followed as production
from tests.deploy import test_package_installed as installed
from tests.docs import test_docs_commands as trying
from tests.docs import test_docs_postgresql as databases
from tests.docs.pages import DOCS, ROOT, lines
from tests.docs.spoken import PAGES, said, spoken
from tests.ha import nodes as three
from tests.staff import test_insiders_ceremonies as insiders

FOLLOWERS = (prometheus, backups, outside, installed, production, trying, databases, insiders, three)
UNITS = ROOT / "deploy" / "systemd"
MIRROR = "wants Debian's mirror, and changes the machine that tests; what our packages do there: tests/deploy"
MANAGER = "wants systemd as PID 1; the units themselves: tests/deploy/test_systemd.py"
PART = "a part of a command, which the page or the reader completes"
# By how they begin; each that is not run must be named, and each name must be one that is not run.
NOT_RUN = {
    "(set -a; . /etc/utvag/staff.env; exec runuser -u utvag-staff -- utvag …)": "stands whole in operations.md",
    "apt-get install chrony": MIRROR,
    "apt-get install prometheus": MIRROR,
    "chmod 600": PART,
    "dpkg -i": PART + ", and stands in for apt-get",
    "echo $?": PART,
    "journalctl -u": MANAGER,
    "swapoff -a": "would take the swap from the machine that tests",
    "systemctl enable --now utvag-backup.timer utvag-erased.timer": MANAGER,
    "systemctl is-failed": MANAGER,
    "systemctl reload nginx": MANAGER,
    "systemctl restart prometheus": MANAGER,
    "systemctl restart systemd-journald": MANAGER,
    "systemctl restart utvag-portal@8801": MANAGER,
    "systemctl restart utvag-staff": MANAGER,
    "systemd-analyze security utvag-portal@8801": MANAGER + ", which asks for the same figure",
    "systemd-run": MANAGER + "; what it starts: tests/command/test_doctor_portal.py",
}


def test_every_command_within_a_sentence_is_run_or_says_why_not() -> None:
    """Whoever writes a new one into the pages for IT writes its test too, or the reason that there can be none."""
    run = {said(begins) for follower in FOLLOWERS for begins in follower.SPOKEN}
    run |= {line for page in PAGES for line in lines(page.read_text("utf-8"))}  # tests/docs/test_docs_commands.py
    not_run = {said(begins) for begins in NOT_RUN}
    assert sorted(set(spoken()) - run - not_run) == []
    assert run & not_run == set()
    assert len(run & set(spoken())) > 20


def test_a_command_that_nobody_runs_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a new command in a sentence of a page is one that the test above has not heard of."""
    page = DOCS / "operations.md"
    text = page.read_text("utf-8")
    for new in ("systemctl mask utvag-staff", "runuser -u utvag-staff -- utvag backup", "utvag keys root --out 2.key"):
        monkeypatch.setattr(type(page), "read_text", lambda _path, _encoding, new=new: f"{text}\nThen `{new}`.\n")
        assert new in spoken()
    assert not [text for text in spoken() if re.fullmatch(r"utvag( [a-z]+)*", text)]


def test_every_unit_that_a_command_names_is_delivered() -> None:
    """What nobody can start here at least exists: each service and timer of ours that a page starts or asks about."""
    every = {*spoken(), *(line for page in PAGES for line in lines(page.read_text("utf-8")))}
    asked = " ".join(line for line in every if line.startswith(("systemctl", "journalctl", "systemd-analyze")))
    names = {re.sub(r"@\d+", "@", name) for name in re.findall(r"\butvag-[\w@]+(?:\.timer)?", asked)}
    assert len(names) > 6
    missing = {name for name in names if not (UNITS / f"{name.removesuffix('.timer')}.service").is_file()}
    missing |= {name for name in names if name.endswith(".timer") and not (UNITS / name).is_file()}
    assert missing == set()
