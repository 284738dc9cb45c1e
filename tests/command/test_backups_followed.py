"""docs/it/upgrade.md followed word by word: backups are made, looked at, rehearsed and put back by its commands."""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from command import main
from crypto.opening import keyfile
from staff.casebook import Casebook, prepare
from staff.erasure.record import Record
from tests.docs.pages import BLOCK, ROOT, SAYS, section
from tests.docs.spoken import said
from tests.staff.test_erasure_record import erase, make_case
from tests.staff.world import World

WORDS = "kola bada tepo sogu fite joha"
PAGE = "it/upgrade.md"
SECTIONS = ("Back up", "Rehearse a restore", "Restore")
IDS, BACK = 'sqlite3 casebook.sqlite "select', "utvag migrate casebook --database casebook.sqlite --to REV"
SPOKEN = (IDS, BACK)
TODAY = str(datetime.now(UTC).date())


def commands() -> list[str]:
    """Give every command that this file types, as it stands on the page without its comment."""
    found = [line for title in SECTIONS for block in BLOCK.findall(section(PAGE, title)) for line in block.splitlines()]
    return [re.sub(r"\s+#\s.*", "", line) for line in found if not line.startswith(SAYS)]


class Machine:
    """The staff machine, with the page beside it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.backups = world.folder / "backups"
        self.backups.mkdir()
        self.output = ""

    def placed(self, line: str) -> str:
        """Put this test's places where the page has a machine's, and today for DAY."""
        known = {"/var/lib/utvag-backup": self.backups, "/srv/utvag/staff": self.world.folder, "DAY": TODAY}
        for word, instead in known.items():
            line = line.replace(word, str(instead))
        return line

    def follow(self, title: str) -> None:
        """Type each command of a section, and look for what it says the screen shows."""
        for line in "".join(BLOCK.findall(section(PAGE, title))).splitlines():
            if line.startswith(SAYS):
                assert self.placed(line.removeprefix(SAYS)) in self.output, (line, self.output)
                continue
            done = self.type(self.placed(line))
            assert done.exit_code == 0, (line, done.output)
            self.output = done.output

    def type(self, line: str, typed: str = f"{WORDS}\n") -> Result:
        """Type one command, and the passphrase if it asks."""
        program, *words = shlex.split(line, comments=True)
        assert program == "utvag"
        return CliRunner().invoke(main, words, input=typed)


@pytest.fixture
def machine(world: World, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """Sit down at the staff machine with its settings loaded, at the demo's cost of keys."""
    defaults = keyfile.write_key_file.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "cost", keyfile.FAST)
    monkeypatch.setattr("command.ceremony.asking.new_passphrase", lambda: WORDS)
    monkeypatch.setattr("staff.hardening.harden", lambda: True)
    monkeypatch.setattr("click.confirm", lambda *_asked, **_options: True)
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = CliRunner().invoke(main, ["keys", "backup"])
    monkeypatch.setenv("UTVAG_STAFF_BACKUP_KEY", made.output.split()[-1])
    (tmp_path / "backup.key").unlink()  # the page makes it anew, and gives the same public half here
    return Machine(world)


def test_backups_are_made_rehearsed_and_put_back_by_the_page_alone(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was erased after the backup stays erased, and the protocol for the binder says what was found."""
    world = machine.world
    case, kept = make_case(world), make_case(world)
    world.parts.erased.look(world.parts.today())
    monkeypatch.setattr("command.ceremony.keys.new_identity", lambda: world.auditor.identity)
    monkeypatch.setenv("UTVAG_STAFF_BACKUP_KEY", world.auditor.identity.box_public.hex())
    machine.follow("Back up")
    erase(world, case)
    assert machine.type(machine.placed("utvag backup --out /var/lib/utvag-backup --keep 30 --erased")).exit_code == 0
    machine.follow("Rehearse a restore")
    protocol = (world.folder / "repetition.txt").read_text("utf-8")
    assert "Gallrat igen: 1" in protocol
    assert world.auditor.identity.box_public.hex()[:16] in protocol
    world.parts.casebook.close()
    for path in world.folder.glob("casebook.sqlite*"):
        path.unlink()  # the disk is gone, with the file of erased ids
    machine.follow("Restore")
    put = Casebook(world.casebook)
    with put.read() as session:
        found = [row[0] for row in session.connection().exec_driver_sql("SELECT id FROM folders")]
    put.close()
    assert found == [kept]
    assert case in world.parts.erased.ids()


def test_a_lost_file_of_erased_ids_is_written_anew_from_the_casebook(world: World) -> None:
    """As section 5 says, where there is no copy: its line of sqlite3 names again what was erased."""
    erase(world, make_case(world))
    world.parts.erased.look(world.parts.today())
    before = world.parts.erased.ids()
    assert before
    (world.folder / "casebook.sqlite.erased").unlink()
    subprocess.run(["sh", "-euc", said(IDS)], cwd=world.folder, check=True)
    assert Record(world.folder / "casebook.sqlite.erased").ids() == before


def test_the_tables_go_back_one_version_and_forth(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As "Go back" says, with the version before; its rows are there, and the new version takes them up again."""
    world = machine.world
    case = make_case(world)
    world.parts.casebook.close()
    monkeypatch.chdir(world.folder)
    before = sorted(path.name[:4] for path in (ROOT / "staff" / "migrations" / "versions").glob("[0-9]*.py"))[-2]
    done = machine.type(said(BACK).replace("REV", before))
    assert (done.exit_code, before in done.output) == (0, True), done.output
    again = Casebook(world.casebook)
    prepare(again)
    with again.read() as session:
        assert [row[0] for row in session.connection().exec_driver_sql("SELECT id FROM folders")] == [case]
    again.close()


def test_each_thing_that_is_wrong_is_one_sentence_in_swedish(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Torn, foreign, wrong key, used, no key, a dead drop: said as it is, and never a traceback."""
    world = machine.world
    world.parts.erased.look(world.parts.today())
    for line in commands()[:2]:
        assert machine.type(machine.placed(line)).exit_code == 0
    back_up, key = f"utvag backup --out {machine.backups}", f"--key {world.folder / 'backup.key'}"
    path, record = machine.backups / f"casebook-{TODAY}.utvag", world.settings.erased_file
    told = {
        f"utvag restore {path} {key} --out {world.folder / 'new'} --record {record}": "en annan nyckel",
        f"utvag restore {path} {key} --out {world.casebook}": "Där står redan något",
        f"utvag restore {path} {key} --out postgresql+psycopg://u:secret@h/x": "Ge --record",
        f"utvag verify {world.settings.roster}": "ingen säkerhetskopia av Utväg",
        f"utvag backup --out {world.folder / 'roster'}": "is a file",
    }
    for line, words in told.items():
        done = machine.type(line)
        assert done.exit_code != 0
        assert words in done.output, done.output
        assert "secret" not in done.output
    path.write_bytes(path.read_bytes()[:-1])
    assert "avbruten eller ändrad" in machine.type(f"utvag verify {path}").output
    monkeypatch.setenv("UTVAG_STAFF_CASEBOOK", world.settings.deaddrop)
    assert "Den kopieras aldrig" in machine.type(back_up).output
    monkeypatch.delenv("UTVAG_STAFF_BACKUP_KEY")
    monkeypatch.setenv("UTVAG_STAFF_CASEBOOK", world.casebook)
    assert "`utvag keys backup`" in machine.type(back_up).output
