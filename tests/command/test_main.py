"""The command line itself: what is offered, and that faults of the settings are named together."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from command import COMMANDS, main


def test_every_command_is_offered() -> None:
    """Help names each command but the hidden one, which is for the demo."""
    output = CliRunner().invoke(main, ["--help"]).output
    assert all(f"  {name} " in output for name in COMMANDS if name != "fill")


def test_an_unknown_command_is_told_so() -> None:
    """A slip of the pen is no trace."""
    result = CliRunner().invoke(main, ["protal"])
    assert result.exit_code == 2
    assert "No such command" in result.output


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (["portal"], ("UTVAG_PORTAL_ORIGIN", "UTVAG_PORTAL_ROSTER", "UTVAG_PORTAL_DEADDROP", "UTVAG_PORTAL_PROGRAMME")),
        (["staff"], ("UTVAG_STAFF_ORIGIN", "UTVAG_STAFF_CASEBOOK", "UTVAG_STAFF_MEMBERS", "UTVAG_STAFF_PEPPER")),
        (["staff", "serve"], ("UTVAG_STAFF_ORIGIN", "UTVAG_STAFF_ROOT_KEY")),
        (["fill", "1"], ("UTVAG_PORTAL_ORIGIN", "UTVAG_PORTAL_ROOT_KEY")),
    ],
)
def test_all_missing_settings_are_named_at_once(
    command: list[str], missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody should have to start five times to learn five things."""
    for name in list(os.environ):
        if name.startswith("UTVAG_"):
            monkeypatch.delenv(name)
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert all(name in result.output for name in missing)


def test_a_command_that_shows_no_page_imports_none() -> None:
    """The demo signs, enrols and waits: the pages of both apps are imported by the processes that serve them."""
    script = (
        "import sys, command.demo; print(sorted({'flask', 'staff.app', 'portal.app', 'webauthn'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.strip() == "[]"
