"""Adding a person to the staff app from the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result

from command import main
from command.demo import Cast, draw_cast, prepare, renew_roster
from command.stage import Stage
from crypto.opening.identity import Identity
from staff.recovery.granting import current_recovery
from staff.register import Register

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Return a folder with everything that the staff app reads, its environment set, and a known next secret."""
    made = Stage(tmp_path, 1, 2)
    cast = draw_cast(made)
    prepare(made, cast, datetime.now(UTC).date())
    root = Identity.from_seed(bytes.fromhex(cast.root)).sign_public.hex()
    for name, value in made.staff_environment(root).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("pyotp.random_base32", lambda: SECRET)
    return made


def enrol(name: str, key_file: Path, *typed: str) -> Result:
    """Run the command and type at its prompt."""
    return CliRunner().invoke(main, ["staff", "enrol", name, str(key_file)], input="\n".join([*typed, ""]))


def test_a_person_is_enrolled_once_the_code_was_typed(stage: Stage) -> None:
    """A wrong code is asked for again; the right one proves that the secret was scanned."""
    result = enrol("Elsa", stage.key_file("Elsa"), "000000", pyotp.TOTP(SECRET).now())
    assert result.exit_code == 0, result.output
    assert SECRET in result.output
    assert "inte koden" in result.output
    assert "Elsa can sign in." in result.output


def test_a_stranger_or_another_persons_key_is_refused(stage: Stage) -> None:
    """Only whom the signed register names gets in, and only with their own key."""
    stranger = enrol("Mallory", stage.key_file("Elsa"), pyotp.TOTP(SECRET).now())
    assert (stranger.exit_code, "does not name this person" in stranger.output) == (1, True)
    borrowed = enrol("Elsa", stage.key_file("Greta"), pyotp.TOTP(SECRET).now())
    assert (borrowed.exit_code, "not the one that the register names" in borrowed.output) == (1, True)


def test_the_cast_survives_being_written_down(stage: Stage) -> None:
    """What is drawn once is read back the same."""
    text = (stage.folder / "cast.json").read_text("utf-8")
    assert draw_cast(stage) == Cast.from_json(text)


def test_a_roster_about_to_end_is_signed_anew(stage: Stage) -> None:
    """A folder started months later has a later epoch that holds, and names the one before."""
    cast = draw_cast(stage)
    before = (stage.folder / "roster").read_bytes()
    prepare(stage, cast, datetime.now(UTC).date())
    assert (stage.folder / "roster").read_bytes() == before
    renew_roster(stage.folder / "roster", cast, datetime.now(UTC).date() + timedelta(days=70))
    assert b'"epoch":2' in (stage.folder / "roster").read_bytes()


def test_each_town_of_the_demo_has_a_recovery_key_of_its_own(tmp_path: Path) -> None:
    """Three towns share a casebook: three keys stand in roster and register, each in its own town."""
    made = Stage(tmp_path, 1, 2)
    cast = draw_cast(made)
    prepare(made, cast, datetime.now(UTC).date())
    root = Identity.from_seed(bytes.fromhex(cast.root)).sign_public
    papers = Register(tmp_path / "roster", tmp_path / "members", root).current()
    towns = [team.municipality for team in papers.roster.teams]
    keys = [current_recovery(papers, town) for town in towns]
    assert [one.municipality for one in keys] == towns
    assert len({one.box_public for one in keys}) == len(towns) == 3
