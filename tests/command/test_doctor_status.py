"""How a programme stands and how its machine is kept: each fault is planted and told, with the exit status of it."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from command import main
from command.ceremony.protocol import rehearsal
from command.checks.local import disk, files, languages, process, swap
from command.checks.staff import Asked, apart, look
from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding, clock
from command.machine import Machine
from command.processes import HOST, claim_port
from command.status import look as standing
from crypto.opening.ceremony import sign_members
from crypto.opening.parcel import read_parcel
from deaddrop.beat import beat
from programme.hours import ZONE
from staff.audit import days
from staff.audit.store import head
from staff.inbox.intake import SERVES, follow, parcel
from staff.models import IntakeKey
from tests.staff.world import World
from tests.test_house import ROOT
from web.environment import Heard

NOW = datetime.now(UTC)
TODAY = NOW.date()
NOBODY = 65534
CLOSE = "ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)"  # as staff/hardening.py does


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make a machine of files: one disk, no swap."""
    root = tmp_path / "machine"
    for name, text in {
        "proc/mounts": "/dev/sda1 / ext4 rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n",
        "proc/swaps": "Filename Type Size Used Priority\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return Machine(root)


def levels(found: list[Finding]) -> list[str]:
    """Give how serious each is."""
    return [one.level for one in found]


def status(world: World, now: datetime | None = None, protocol: Path | None = None) -> dict[str, Finding]:
    """Tell how the world's programme stands, by the first word of each line."""
    return {
        one.words.partition(":")[0]: one
        for one in standing(world.settings, world.parts.casebook, protocol, now or datetime.now(UTC))
    }


@pytest.mark.parametrize(
    ("ahead", "level"), [(0, GOOD), (59, GOOD), (60, WARNING), (82, WARNING), (83, ALARM), (89, ALARM), (91, ALARM)]
)
def test_the_roster_s_end_is_told_in_time(world: World, ahead: int, level: str) -> None:
    """It holds for ninety days: to look at from thirty days before, an alarm from seven, and when it has run out."""
    found = status(world, NOW + timedelta(days=ahead))["Mottagarlista"]
    assert found.level == level
    assert found.words.endswith("en ny i dag.") == (ahead == 89)


def test_what_is_not_collected_is_an_alarm(world: World) -> None:
    """An envelope of today may wait; one that has lain for days means that nobody collects."""
    world.leave(world.envelope(message="hej"))
    assert status(world)["Hämtning"].level == GOOD
    assert status(world, NOW + timedelta(days=3))["Hämtning"].level == ALARM
    world.collect()
    assert status(world, NOW + timedelta(days=3))["Hämtning"].level == GOOD


def test_the_hourly_line_reads_the_same_whoever_wrote(
    world: World, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after a request came and was collected; what goes to a journal holds no line of what is well."""
    before = status(world)["Hämtning"]
    world.leave(world.envelope(message="hej"))
    waiting = status(world)["Hämtning"]
    world.collect()
    assert before == waiting == status(world)["Hämtning"]
    assert not re.search(r"\d", before.words)
    beat(world.engine, "north", int(datetime.now(UTC).timestamp()) // 60)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    due = CliRunner().invoke(main, ["status", "--due"])
    assert (due.exit_code, due.output) == (0, "")
    assert "utvag status --due\n" in (ROOT / "deploy/systemd/utvag-status.service").read_text("utf-8")


def test_the_audit_s_head_is_printed(world: World) -> None:
    """As `utvag audit verify --known` takes it; if it is not what the root key signed into the register, an alarm."""
    world.browser(world.owner)
    with world.parts.casebook.read() as session:
        number, end = head(session)
    assert status(world)["Logg"].words == f"Logg: {number}:{end.hex()}"
    people = [*world.members.members]
    for noted, level in (((number, end), GOOD), ((number, bytes(32)), ALARM)):
        signed = sign_members(1, people, world.root, audit=f"{noted[0]}:{noted[1].hex()}")
        (world.folder / "members").write_bytes(signed)
        assert status(world)["Logg"].level == level


def test_intake_keys_that_fall_due_are_told(world: World) -> None:
    """One that is destroyed within a week, and one that has been used for ninety days."""
    assert status(world)["Intagsnycklar"].level == GOOD
    today = days(NOW)
    for number, (since, ends, words) in enumerate(
        ((today - 100, today + 6, "förstörs"), (today - 90, SERVES, "äldre"))
    ):
        with world.parts.casebook.write() as session:
            row = IntakeKey(box_public=bytes([number]) * 32, member=b"m" * 32, since=since, ends=ends)
            row.sealed, row.statement = b"s", b"s"
            session.add(row)
        found = standing(world.settings, world.parts.casebook, None, NOW)
        assert any(one.level == WARNING and words in one.words for one in found)


def test_a_key_that_serves_is_well_and_one_that_is_gone_is_an_alarm(world: World) -> None:
    """Anna's key stands in the roster: all is well. Put back from before it was made, or deleted, she is named."""
    world.browser(world.owner)
    stated = read_parcel(parcel(world.settings)).statements
    world.roster = world.sign([world.owner, world.colleague, world.stranger], epoch=2, stated=list(stated))
    follow(world.parts.casebook, world.parts.register.current(), NOW, sure=True)
    assert status(world)["Intagsnycklar"].level == GOOD
    assert "Intagsnycklar som saknas" not in status(world)
    with world.parts.casebook.write() as session:
        session.execute(delete(IntakeKey))
    told = status(world)["Intagsnycklar som saknas"]
    assert told.level == ALARM
    assert world.owner.name in told.words
    assert world.colleague.name not in told.words


def test_a_clock_that_jumped_ahead_is_an_alarm_until_it_is_believed(world: World) -> None:
    """The app saw its clock ten days ahead today: told, and no more once it has looked again."""
    today = int(NOW.timestamp()) // 86_400
    for day, jumped, told in ((today - 10, False, False), (today, True, True), (today, False, False)):
        world.parts.erased.look(day, jumped=jumped)
        found = standing(world.settings, world.parts.casebook, None, NOW)
        assert any(one.level == ALARM and "hoppade fram" in one.words for one in found) == told


def test_the_last_rehearsal_is_believed_by_its_signature(world: World, tmp_path: Path) -> None:
    """A protocol of the roster's key counts for a year; another key's, a changed day and none do not."""
    path, identity = tmp_path / "protokoll.txt", world.recovery["ekstad"].identity
    assert status(world)["Återhämtning"].level == UNSURE
    for day, key, level in (
        (TODAY, identity, GOOD),
        (TODAY - timedelta(days=366), identity, WARNING),
        (TODAY + timedelta(days=1), identity, WARNING),
        (TODAY, world.owner.identity, WARNING),
    ):
        path.write_text(rehearsal(key, "ekstad", day, "öppnades."), "utf-8")
        assert status(world, protocol=path)["Återhämtning"].level == level
    honest = rehearsal(identity, "ekstad", TODAY - timedelta(days=400), "öppnades.")
    path.write_text(honest.replace(str(TODAY - timedelta(days=400)), str(TODAY)), "utf-8")
    assert status(world, protocol=path)["Återhämtning"].level == WARNING
    assert status(world, protocol=tmp_path / "none")["Återhämtning"].level == WARNING


def test_a_clock_that_was_moved_back_is_an_alarm(world: World, tmp_path: Path) -> None:
    """A file of tomorrow, a row of the audit of tomorrow, a roster that would hold for too long."""
    file, now = tmp_path / "roster", datetime.now(UTC)  # the file is of now, not of when the tests were read
    past = now - timedelta(days=40)
    assert levels(clock(now, world.roster, [file], days(now))) == [GOOD]
    assert levels(clock(past, world.roster, [], 0)) == [ALARM]
    assert levels(clock(now, None, [file], days(now) + 1)) == [ALARM]
    os.utime(file, (now.timestamp() + 3600,) * 2)
    assert levels(clock(now, None, [file], 0)) == [ALARM]
    world.browser(world.owner)
    assert status(world, past)["Klockan går fel eller är tillbakaställd"].level == ALARM


@pytest.mark.parametrize("kind", ["file", "server"])
def test_a_casebook_that_cannot_be_read_stands_still(
    kind: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A damaged file, a server that is gone: one line of alarm, the exit status for it, and no traceback."""
    (tmp_path / "damaged").write_bytes(b"no casebook" * 1000)
    gone = f"postgresql+psycopg://utvag_casebook@{HOST}:{claim_port(0)}/utvag_casebook"
    casebook = {"file": str(tmp_path / "damaged"), "server": gone}[kind]
    for name, value in {**environment, "UTVAG_STAFF_CASEBOOK": casebook}.items():
        monkeypatch.setenv(name, value)
    told = CliRunner().invoke(main, ["status", "--due"])
    assert (told.exit_code, told.output.count("\n")) == (2, 1), told.output
    assert re.match(rf"{ALARM} +Ärendeboken: går inte att läsa \(\w+Error\)\.", told.output)


def test_the_exit_status_is_for_monitoring(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All well is 0; a roster that nobody believes is 2; settings that will not do name themselves."""
    assert CliRunner().invoke(main, ["status"]).exit_code == 1
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    good = CliRunner().invoke(main, ["status"])
    assert good.exit_code == 0, good.output
    assert good.output.startswith(f"{GOOD:<8} Mottagarlista: gäller till")
    (tmp_path / "roster").write_bytes(b"utvag roster 1\n")
    assert CliRunner().invoke(main, ["status", "--due"]).output.startswith(ALARM)
    assert CliRunner().invoke(main, ["status"]).exit_code == 2
    monkeypatch.setenv("UTVAG_STAFF_CASEBOOK", str(tmp_path / "none.sqlite"))
    assert "Starta personalens app först" in CliRunner().invoke(main, ["status"]).output
    assert not (tmp_path / "none.sqlite").exists()


# The doctor


def test_swap_that_can_be_read_is_an_alarm(machine: Machine) -> None:
    """A partition in the clear is; compressed memory and an encrypted one are not."""
    table = machine.root / "proc/swaps"
    assert levels(swap(machine)) == [GOOD]
    table.write_text("Filename Type Size Used Priority\n/dev/zram0 partition 1 0 5\n", "ascii")
    assert levels(swap(machine)) == [GOOD]
    table.write_text("Filename Type Size Used Priority\n/dev/sda2 partition 1 0 5\n", "ascii")
    assert "/dev/sda2" in swap(machine)[0].words
    crypt = machine.root / "sys/class/block/dm-7/dm"
    crypt.mkdir(parents=True)
    (crypt / "uuid").write_text("CRYPT-PLAIN-swap", "ascii")
    table.write_text("Filename Type Size Used Priority\n/dev/dm-7 partition 1 0 5\n", "ascii")
    assert levels(swap(machine)) == [GOOD]


def test_memory_is_memory_only_without_swap(machine: Machine) -> None:
    """A folder of tmpfs holds sheets only where memory is never swapped to a disk."""
    assert machine.in_memory(Path("/dev/shm/blad"))
    assert not machine.in_memory(Path("/var/tmp"))
    (machine.root / "proc/swaps").write_text("Filename\n/swapfile file 1 0 5\n", "ascii")
    assert not machine.in_memory(Path("/dev/shm/blad"))


def test_a_disk_is_looked_through_to_its_encryption(machine: Machine, tmp_path: Path) -> None:
    """Unknown is said as unknown; a plain disk is to look at; a volume on an encrypted one is good."""
    assert levels(disk(machine, [tmp_path])) == [UNSURE]
    number = tmp_path.stat().st_dev
    block = machine.root / "sys/dev/block" / f"{os.major(number)}:{os.minor(number)}"
    block.mkdir(parents=True)
    assert levels(disk(machine, [tmp_path])) == [WARNING]
    below = block / "slaves/dm-0/dm"
    below.mkdir(parents=True)
    (below / "uuid").write_text("CRYPT-LUKS2-abc", "ascii")
    assert levels(disk(machine, [tmp_path])) == [GOOD]


def test_files_that_others_may_read_or_write_are_told(tmp_path: Path) -> None:
    """The pepper for its owner alone; the roster may be read by all and written by none but its owner; folders too."""
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    pepper, roster = folder / "pepper", folder / "roster"
    for path, mode in ((pepper, 0o600), (roster, 0o644)):
        path.write_bytes(b"x")
        path.chmod(mode)
    assert levels(files([pepper], [roster])) == [GOOD]
    for path, mode in ((pepper, 0o640), (roster, 0o664), (folder, 0o770)):
        before = path.stat().st_mode
        path.chmod(mode)
        (found,) = files([pepper], [roster])
        assert (found.level, str(path) in found.words) == (ALARM, True)
        path.chmod(before)


def test_a_pepper_beside_the_casebook_is_an_alarm(tmp_path: Path) -> None:
    """One copy of the folder would take both; another folder of the same disk is still to look at."""
    casebook = tmp_path / "staff" / "casebook.sqlite"
    casebook.parent.mkdir()
    (casebook.parent / "deeper").mkdir()
    for pepper, level in (
        (casebook.parent / "pepper", ALARM),
        (casebook.parent / "deeper" / "pepper", ALARM),
        (tmp_path / "pepper", WARNING),
    ):
        assert levels(apart(pepper, casebook)) == [level]
    assert levels(apart(tmp_path / "pepper", None)) == [GOOD]


def test_the_running_app_is_looked_at(machine: Machine) -> None:
    """A core limit, a memory that its own user may read, root, and an age of days: each is told."""
    place = machine.root / "proc/77"
    place.mkdir()
    (place / "limits").write_text(
        "Max core file size        0                    0                    bytes\n", "ascii"
    )
    (place / "status").write_text("Name:\tutvag\nUid:\t1000\t1000\t1000\t1000\n", "ascii")
    mine = place.stat().st_uid != 0
    assert levels(process(77, machine)) == [GOOD, ALARM if mine else GOOD]
    os.utime(place, (NOW.timestamp() - 3 * 86400,) * 2)
    assert levels(process(77, machine))[-1] == WARNING
    (place / "limits").write_text(
        "Max core file size        unlimited            unlimited            bytes\n", "ascii"
    )
    (place / "status").write_text("Uid:\t0\t0\t0\t0\n", "ascii")
    assert levels(process(77, machine))[:2] == [ALARM, ALARM]
    assert levels(process(78, machine)) == [ALARM]


@pytest.mark.parametrize(("act", "said"), [("pass", "kan läsa"), (CLOSE, "kommer inte åt")], ids=["open", "closed"])
def test_a_process_that_closed_its_memory_is_seen_to_have(act: str, said: str) -> None:
    """A real one, no more root than the app is: what it leaves open is told, and what it closes is believed."""
    program = f"import ctypes; {act}; print(flush=True); input()"
    user = NOBODY if os.geteuid() == 0 else None
    python = ["/usr/bin/python3", "-I", "-c", program]  # Debian's: ours may lie where nobody else may go
    with subprocess.Popen(python, user=user, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout
        running.stdout.readline()
        told = process(running.pid, Machine())
        running.kill()
    assert any(said in one.words for one in told), told


def test_the_doctor_looks_at_all_of_it(
    world: World, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pepper lies beside the casebook and a register may be read by all: both stand in what it finds."""
    monkeypatch.setattr("staff.hardening.harden", lambda: True)
    for path in tmp_path.iterdir():
        path.chmod(0o600)
    (tmp_path / "members").chmod(0o644)
    found = look(world.settings, Heard(environment), Machine(), Asked(None, None, NOW))
    said = "\n".join(one.words for one in found if one.level == ALARM)
    assert "members kan läsas" in said
    assert "Pepparn ligger bland" in said


def test_a_catalogue_that_cannot_be_used_is_told() -> None:
    """The languages of the tree are whole; one without a catalogue is named, and Swedish needs none."""
    assert levels(languages(("sv", "sv-simple", "en"))) == [GOOD]
    (found,) = languages(("sv", "tlh"))
    assert found.level == WARNING
    assert found.words.startswith("Språk: tlh: ")


# What stands still


def monday(world: World) -> datetime:
    """Give nine o'clock on a Monday to come on which the programme is open."""
    day = TODAY + timedelta(days=7 - TODAY.weekday())
    while world.settings.programme.hours.slot(day) is None:
        day += timedelta(days=7)
    return datetime.combine(day, time(9), ZONE)


def test_a_portal_that_is_not_heard_from_is_an_alarm(world: World) -> None:
    """None yet; one that beats; one that stopped twelve minutes ago; one that is ahead of its time; nobody to ask."""
    never = status(world)["Portaler"]
    assert (never.level, "når den den döda brevlådan?" in never.words) == (UNSURE, True)
    for name, minutes in (("north", 1), ("south", 12), ("west", -30)):
        beat(world.engine, name, int(datetime.now(UTC).timestamp()) // 60 - minutes)
    found = status(world)
    assert [found[f"Portal {name}"].level for name in ("north", "south", "west")] == [GOOD, ALARM, WARNING]
    assert "har inte hörts av på 12 minuter" in found["Portal south"].words
    (world.folder / "deaddrop.sqlite").rename(world.folder / "away")
    assert "ingen hörs" in status(world)["Portaler"].words


def test_no_portal_at_all_is_an_alarm_once_there_was_something_to_collect(world: World) -> None:
    """A dead drop that was made anew knows no portal, and none beats: silence that nobody would else be told of."""
    world.collect()
    assert status(world)["Portaler"].level == ALARM
    beat(world.engine, "north", int(datetime.now(UTC).timestamp()) // 60)
    assert "Portaler" not in status(world)


def test_nothing_collected_for_too_many_office_hours_is_an_alarm(world: World) -> None:
    """Collected at nine on Monday: well at eleven, an alarm at half past; nothing was ever collected: not known."""
    assert status(world)["Senast hämtat"].level == UNSURE
    nine = monday(world)
    world.clock.ahead = nine - datetime.now(UTC)
    world.collect()
    assert status(world, nine + timedelta(hours=1, minutes=55))["Senast hämtat"].level == GOOD
    assert status(world, nine + timedelta(hours=2, minutes=5))["Senast hämtat"].level == ALARM


def test_what_lies_unread_for_too_many_office_hours_is_an_alarm(world: World) -> None:
    """Sent on Monday: counted from that day's end, so an alarm from Tuesday after four hours, and never before."""
    nine = monday(world)
    world.clock.ahead = nine - datetime.now(UTC)
    world.send(message="hej")
    assert status(world, nine + timedelta(hours=6))["Oläst"].level == GOOD
    noon = nine + timedelta(days=1, hours=3)
    assert status(world, noon)["Oläst"].level == GOOD
    assert status(world, noon + timedelta(minutes=5))["Oläst"].level == ALARM
