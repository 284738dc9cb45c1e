"""Before an upgrade: what stands in the way, what will be done, how to go back; and not one byte is changed."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from command import main
from command.checks import upgrading
from command.checks.revisions import CASEBOOK, AwayError, revisions
from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding
from crypto.envelope import MAGIC
from deaddrop import schema
from deaddrop.migrating import migrate as move_drop
from deaddrop.preparing import HEAD
from staff.backup.files import listed
from staff.casebook import Casebook, migrate
from tests.command.test_doctor_machine import kept
from tests.command.test_watch import Site
from tests.postgresql import Cluster
from tests.staff.world import World

NOW = datetime.now(UTC)


def levels(found: list[Finding]) -> list[str]:
    """Give how serious each is."""
    return [one.level for one in found]


def words(found: list[Finding]) -> str:
    """Give all that is said."""
    return "\n".join(one.words for one in found)


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Give every file with its bytes and the time it was last written."""
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def loaded(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, world: World) -> Path:
    """Load the staff app's settings, with a casebook that nobody has open and a backup of today."""
    monkeypatch.delenv("UTVAG_PORTAL_ORIGIN", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (world.folder / "backups").mkdir()
    kept(world.folder / "backups", NOW.date(), NOW.date())
    there = listed(world.folder / "backups")
    monkeypatch.setattr("staff.backup.files.listed", lambda _folder: there)
    world.parts.casebook.settle()
    return world.folder


def run(*more: str) -> Result:
    """Type `utvag upgrade` and more."""
    return CliRunner().invoke(main, ["upgrade", *more])


def test_an_installation_that_needs_nothing_is_let_go_and_nothing_is_changed(loaded: Path) -> None:
    """Version, settings, roster, register, stores, room and backup are as this version wants them: exit 0."""
    before = contents(loaded)
    result = run("--check")
    assert contents(loaded) == before
    assert result.exit_code == 0, result.output
    for said in ("Programmet: version", "startar med dem", "Registret: epok", "Ordning: personalens app först"):
        assert said in result.output
    assert f"Den döda brevlådan: {HEAD}, inget att göra" in result.output


def test_an_older_casebook_is_told_with_each_step_and_the_way_back(loaded: Path, world: World) -> None:
    """Which revisions it will take, by whom, and the very command that leads back; the file itself stays as it is."""
    migrate(world.parts.casebook, "0005")
    world.parts.casebook.close()
    before = contents(loaded)
    result = run("--check")
    assert contents(loaded) == before
    assert result.exit_code == 1, result.output
    assert "Ärendeboken: 0005 blir 0007, av appen själv vid start" in result.output
    assert "--to 0005" in result.output
    assert "  0006 " in result.output
    assert "  0007 What is remembered" in result.output


def test_a_casebook_that_is_newer_stops_it(loaded: Path, world: World) -> None:
    """An older version than the one that has been here would not start: said before the other one is stopped."""
    with closing(sqlite3.connect(world.casebook)) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '0999'")
    result = run("--check")
    assert (result.exit_code, "0999) är nyare än den här versionen" in result.output) == (2, True)


def test_a_dead_drop_of_before_is_told(tmp_path: Path) -> None:
    """Its tables are brought along by the program; an older portal takes envelopes on the new ones too."""
    made = schema.engine(tmp_path / "drop.sqlite")
    move_drop(made, 8, "0001")
    found = upgrading.deaddrop(str(tmp_path / "drop.sqlite"))
    assert f"0001 blir {HEAD}" in found[0].words
    assert levels(found) == [WARNING] + [UNSURE] * (int(HEAD) - 1)  # what is to be done, and each step of it
    assert levels(upgrading.deaddrop(str(tmp_path / "none"))) == [ALARM]
    assert levels(upgrading.casebook(str(tmp_path / "none"))) == [ALARM]


def test_tables_from_before_all_revisions_are_read(tmp_path: Path) -> None:
    """A file without numbers stands before the first; one that is no database is away."""
    with closing(sqlite3.connect(tmp_path / "old.sqlite")) as store:
        store.execute("CREATE TABLE envelopes (id)")
    found = revisions(str(tmp_path / "old.sqlite"), CASEBOOK)
    assert (found.now, found.waiting[0][0]) == ("", "0001")
    (tmp_path / "text").write_text("no database at all, whatever its name may be", "utf-8")
    with pytest.raises(AwayError):
        revisions(str(tmp_path / "text"), CASEBOOK)


def test_a_setting_that_this_version_does_not_know_is_told(loaded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken out since, or misspelt: by its name, and one that will not do too."""
    monkeypatch.setenv("UTVAG_STAFF_COLLECT_MINUTES", "2")
    result = run("--check")
    assert result.exit_code == 2
    assert "UTVAG_STAFF_COLLECT_MINUTES: is no setting that is read" in result.output
    monkeypatch.setenv("UTVAG_STAFF_ROOT_KEY", "00" * 32)
    assert "UTVAG_STAFF_ROOT_KEY: is nobody's" in run("--check").output


def test_an_envelope_of_another_version_is_collected_first(loaded: Path, world: World) -> None:
    """What waits and cannot be read by this version is counted before anything is stopped."""
    data = bytearray(world.envelope(message="hej"))
    world.leave(bytes(data))
    assert "Kuverten: 1 väntar" in run("--check").output
    data[len(MAGIC)] ^= 0xFF
    with closing(sqlite3.connect(world.deaddrop)) as store, store:
        store.execute("UPDATE envelopes SET sealed = ?", [bytes(data)])
    result = run("--check")
    assert (result.exit_code, "Kuverten: 1 av 1 är av en version som den här inte läser" in result.output) == (
        2,
        True,
    ), result.output


def test_papers_that_this_version_does_not_read_stop_it(loaded: Path) -> None:
    """A register that is no register: said with the error's name."""
    (loaded / "members").write_bytes(b"utvag members 9\n")
    result = run("--check")
    assert (result.exit_code, "Registret kan inte läsas" in result.output) == (2, True)


def test_a_disk_without_room_stops_it(loaded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are written anew beside the old ones."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=10))
    result = run("--check")
    assert (result.exit_code, "Gör plats först" in result.output) == (2, True)


@pytest.mark.parametrize(("wanted", "level"), [(">=3.11", GOOD), (">=9.1", ALARM)])
def test_another_python_is_told(wanted: str, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version says which it needs."""
    here = SimpleNamespace(version="0.1.0", metadata={"Requires-Python": wanted})
    monkeypatch.setattr(upgrading, "release", lambda: here)
    assert levels(upgrading.program()) == [level]


def test_the_portal_s_machine_is_looked_at_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the portal's settings: its dead drop, its roster, that old and new serve side by side; no change."""
    site = Site(tmp_path)
    monkeypatch.delenv("UTVAG_STAFF_ORIGIN", raising=False)
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    before = contents(tmp_path)
    result = run("--check")
    assert contents(tmp_path) == before
    assert result.exit_code == 1, result.output  # the roster of this story has thirty days left
    assert "Sida vid sida" in result.output
    assert "Ärendeboken" not in result.output


def test_without_check_or_settings_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command does nothing but look."""
    for name in ("UTVAG_PORTAL_ORIGIN", "UTVAG_STAFF_ORIGIN"):
        monkeypatch.delenv(name, raising=False)
    assert "Skriv --check" in run().output
    assert "Läs in portalens eller personalens" in run("--check").output


@pytest.mark.long
def test_a_server_s_stores_are_read_by_the_app_s_own_roles(postgresql: Cluster) -> None:
    """The portal's role asks the one function that it may; the casebook's revision is read, and envelopes' size."""
    address = postgresql.database()
    postgresql.apply("deaddrop.sql", address)
    move_drop(schema.engine(address), 8)
    for role in ("utvag_portal", "utvag_staff"):
        found = upgrading.deaddrop(postgresql.by(role, address))
        assert levels(found) == [GOOD], words(found)
        assert levels(upgrading._size(postgresql.by(role, address), 8)) == [GOOD]
        assert levels(upgrading._size(postgresql.by(role, address), 9)) == [ALARM]
    store = Casebook(postgresql.database())
    migrate(store, "0006")
    where = store.engine.url.render_as_string(hide_password=False)
    assert "0006 blir 0007, av ägaren före start" in words(upgrading.casebook(where))
    store.close()
