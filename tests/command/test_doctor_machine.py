"""What the doctor finds on a machine: logs, units, roster, queue, room, backups; each fault is planted and told."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from command.checks import stored, units
from command.checks.door import CLOSED, Door
from command.checks.logs import journal, nginx
from command.checks.served import manners
from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding
from crypto.opening.identity import new_identity
from crypto.sealing.backup import Head, seal_backup
from portal.roster import MEMORY
from staff.backup.files import name
from tests.portal.world import World
from tests.test_house import ROOT

DEPLOY = ROOT / "deploy"
OURS = "utvag-portal@.service"


def now() -> datetime:
    """Give the time as it is when asked: hours may lie between reading this file and a story."""
    return datetime.now(UTC)


def levels(found: list[Finding]) -> list[str]:
    """Give how serious each is."""
    return [one.level for one in found]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Lay out a machine with the front and the services as they are delivered."""
    made = tmp_path / "machine"
    shutil.copytree(DEPLOY / "nginx", made / "etc/nginx")
    shutil.copytree(DEPLOY / "systemd", made / "usr/lib/systemd/system")
    return made


def test_the_front_as_delivered_logs_nothing(root: Path) -> None:
    """Read with all that it includes; where there is no nginx that is said."""
    assert levels(nginx(root)) == [GOOD]
    assert levels(nginx(root / "none")) == [UNSURE]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("access_log off;", "", "access_log saknas"),
        ("access_log off;", "access_log off; # not\n  access_log /var/log/nginx/x.log;", "access_log /var/log/nginx"),
        ("access_log off;", "access_log\n    'syslog:server=10.0.0.1' main;", "access_log syslog:server=10.0.0.1"),
        ("access_log off;", 'access_log "/var/log/a b.log";', "access_log /var/log/a b.log"),
        ("error_log /dev/null crit;", "error_log /var/log/nginx/error.log;", "error_log /var/log/nginx/error.log"),
        ("error_log /dev/null crit;", "# error_log /dev/null crit;", "error_log saknas"),
    ],
)
def test_a_front_that_logs_is_named(root: Path, old: str, new: str, said: str) -> None:
    """Taken out, written again, in quotes, over two lines, in a comment: the line and its cure."""
    path = root / "etc/nginx/nginx.conf"
    assert path.read_text("utf-8").count(old) == 1
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    (found,) = nginx(root)
    assert (found.level, said in found.words) == (ALARM, True), found.words


def test_a_log_in_an_included_file_is_found(root: Path) -> None:
    """One site among several has a log of its own; an include that goes round and round ends."""
    path = root / "etc/nginx/utvag-portal.conf"
    path.write_text(path.read_text("utf-8") + "\nserver { access_log /tmp/x; }\ninclude nginx.conf;\n", "utf-8")
    assert levels(nginx(root)) == [ALARM]


@pytest.mark.parametrize("word", ["access_log off;", "error_log /dev/null crit;"])
def test_a_site_that_is_quiet_makes_no_other_quiet(root: Path, word: str) -> None:
    """Said in one server alone, and no longer around all of them: the others have nginx's own log, with addresses."""
    path, site = root / "etc/nginx/nginx.conf", root / "etc/nginx/utvag-portal.conf"
    path.write_text(path.read_text("utf-8").replace(word, ""), "utf-8")
    site.write_text(site.read_text("utf-8") + f"\nserver {{ listen 81; {word} }}\n", "utf-8")
    (found,) = nginx(root)
    assert (found.level, f"{word.partition(' ')[0]} saknas" in found.words) == (ALARM, True), found.words


@pytest.mark.parametrize(
    ("text", "level"),
    [("[Journal]\nStorage=volatile\n", GOOD), ("[Journal]\n#Storage=volatile\n", WARNING), ("nonsense", WARNING)],
)
def test_a_journal_on_the_disk_is_told(root: Path, text: str, level: str) -> None:
    """Volatile is well; what is only a comment, or no settings at all, is the machine's own way: on the disk."""
    assert levels(journal(root)) == [UNSURE]
    (root / "etc/systemd").mkdir()
    (root / "etc/systemd/journald.conf").write_text(text, "utf-8")
    assert levels(journal(root)) == [level]
    (root / "etc/systemd/journald.conf.d").mkdir()
    (root / "etc/systemd/journald.conf.d/a.conf").write_text("[Journal]\nStorage=persistent\n", "utf-8")
    assert levels(journal(root)) == [WARNING]


@pytest.mark.parametrize("name", [OURS, "utvag-staff.service"])
def test_a_service_as_delivered_is_walled_in(root: Path, name: str) -> None:
    """The unit and the walls that stand over all of ours, read as systemd does."""
    assert levels(units.unit(root, name)) == [GOOD]


@pytest.mark.parametrize(
    ("file", "text", "level", "said"),
    [
        (f"{OURS}.d/a.conf", "[Service]\nUser=root\n", ALARM, "kör som root"),
        (f"{OURS}.d/a.conf", "[Service]\nProtectSystem=full\n", WARNING, "ProtectSystem="),
        (f"{OURS}.d/a.conf", "[Service]\nExecStart=\nExecStart=granian \\\n  --access-log\n", ALARM, "--access-log"),
        (OURS, "[Service]\nUser=utvag-portal\nLimitCORE=infinity\n[Unit]\nLimitCORE=0\n", GOOD, ""),
        ("utvag-.service.d/walls.conf", "", WARNING, "NoNewPrivileges="),
    ],
)
def test_a_service_that_is_let_out_is_named(root: Path, file: str, text: str, level: str, said: str) -> None:
    """What an administrator puts over it counts; a line of another section does not, and walls come after the unit."""
    place = root / "etc/systemd/system" / file
    if file == "utvag-.service.d/walls.conf":
        place = root / "usr/lib/systemd/system" / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, "utf-8")
    found = units.unit(root, OURS)
    assert level in levels(found)
    assert any(said in one.words for one in found)


def test_no_service_is_said_as_none(root: Path) -> None:
    """Somebody starts the app in another way: unknown, and where a pattern lies."""
    assert levels(units.unit(root, "utvag-other.service")) == [UNSURE]


@pytest.mark.parametrize(
    ("status", "words", "level"),
    [
        ("NoNewPrivs:\t1\nSeccomp:\t2\nCapEff:\t0000000000000000\n", "granian\0--no-log\0", GOOD),
        ("NoNewPrivs:\t0\nSeccomp:\t2\nCapEff:\t0000000000000000\n", "utvag\0portal\0", WARNING),
        ("NoNewPrivs:\t1\nSeccomp:\t2\nCapEff:\t0000000000000001\n", "utvag\0portal\0", WARNING),
        ("NoNewPrivs:\t1\nSeccomp:\t2\nCapEff:\t0000000000000000\n", "granian\0--access-log\0", ALARM),
    ],
)
def test_the_running_process_is_as_its_unit_says(tmp_path: Path, status: str, words: str, level: str) -> None:
    """What the kernel keeps from it, and whether its own command line asks for a log of visits."""
    place = tmp_path / "proc/77"
    place.mkdir(parents=True)
    (place / "status").write_text(status, "ascii")
    (place / "cmdline").write_text(words, "ascii")
    assert levels(units.running(tmp_path, 77)) == [level]
    assert units.running(tmp_path, 78) == []


@pytest.mark.parametrize(("days", "level"), [(60, GOOD), (30, WARNING), (7, ALARM), (-1, ALARM)])
def test_the_roster_s_end_is_told_on_the_portal_too(tmp_path: Path, days: int, level: str) -> None:
    """As `utvag status` tells it on the other machine."""
    world = World(tmp_path)
    world.write_roster(days=days)
    found = stored.roster(world.roster, world.root.sign_public, 1, None, now())
    assert (found[0].level, levels(found[1:])) == (level, [GOOD])


def test_a_roster_that_cannot_be_believed_is_an_alarm(tmp_path: Path) -> None:
    """None there, another root key's, one below the minimum, one older than the portal has had."""
    world = World(tmp_path)
    key = world.root.sign_public
    assert levels(stored.roster(world.roster, key, 1, None, now())) == [ALARM]
    world.write_roster(epoch=3)
    assert levels(stored.roster(world.roster, world.coordinator.sign_public, 1, None, now())) == [ALARM]
    assert levels(stored.roster(world.roster, key, 4, None, now())) == [ALARM]
    (tmp_path / MEMORY).write_text("3\n", "ascii")
    assert ALARM not in levels(stored.roster(world.roster, key, 1, tmp_path / MEMORY, now()))
    (tmp_path / MEMORY).write_text("4\n", "ascii")
    assert "äldre än en" in stored.roster(world.roster, key, 1, tmp_path / MEMORY, now())[-1].words


def test_a_made_up_number_is_an_alarm(tmp_path: Path) -> None:
    """The demo's file has one that leads nowhere: whoever copied it and forgot is told; however it is written."""
    demo = ROOT / "programme" / "demo.toml"
    assert levels(stored.numbers(demo)) == [ALARM]
    for text, level in (("phone = '070-174 06 99'", ALARM), ("+46 70 174 06 05", ALARM), ("070-174 16 05", GOOD)):
        (tmp_path / "programme.toml").write_text(text, "utf-8")
        assert levels(stored.numbers(tmp_path / "programme.toml")) == [level]
    assert levels(stored.numbers(tmp_path / "none")) == [ALARM]


def test_what_waits_in_the_queue_is_counted(tmp_path: Path) -> None:
    """Empty is well, some are to look at, more than half of the places an alarm; notes do not count."""
    (tmp_path / ".lock").touch()
    assert levels(stored.spool(tmp_path, 10)) == [GOOD]
    (tmp_path / ("ab" * 16)).touch()
    assert levels(stored.spool(tmp_path, 10)) == [WARNING]
    assert levels(stored.spool(tmp_path, 1)) == [ALARM]
    assert levels(stored.spool(tmp_path / "none", 10)) == [ALARM]


@pytest.mark.parametrize(
    ("blocks", "nodes", "level", "said"),
    [(50, 50, GOOD, "50%"), (9, 50, WARNING, "plats"), (50, 2, ALARM, "inoder"), (1, 50, ALARM, "gör plats nu")],
)
def test_a_disk_without_room_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int, nodes: int, level: str, said: str
) -> None:
    """Bytes and names both run out; one disk is told once, also of a folder that is not there yet."""
    seen = SimpleNamespace(f_bavail=blocks, f_blocks=100, f_favail=nodes, f_files=100)
    monkeypatch.setattr("os.statvfs", lambda _path: seen)
    (found,) = stored.space([tmp_path, tmp_path / "not" / "yet"])
    assert (found.level, said in found.words) == (level, True)


def test_what_sets_the_clock_is_looked_for(tmp_path: Path) -> None:
    """A service of systemd's, or another; where nothing shows that is unknown."""
    assert levels(stored.time_source(tmp_path)) == [UNSURE]
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    (tmp_path / "run/systemd/timesync/synchronized").touch()
    assert levels(stored.time_source(tmp_path)) == [GOOD]


def kept(folder: Path, day: date, expires: date, kind: str = "sqlite") -> Path:
    """Lay a small backup into a folder."""
    path = folder / name(kind, day)
    head = Head(kind, day, expires, new_identity().box_public, "0")
    path.write_bytes(b"".join(seal_backup(head, [b"content"], lambda _said: bytes(32))))
    return path


def test_old_backups_and_none_are_told(tmp_path: Path) -> None:
    """The newest may be two days old; one whose last day has passed must go; no folder is asked for."""
    today = date(2026, 11, 22)
    soon = today + timedelta(days=30)
    assert levels(stored.backups(tmp_path / "none", today)) == [WARNING]
    assert levels(stored.backups(tmp_path, today)) == [ALARM]
    kept(tmp_path, today - timedelta(days=3), soon)
    kept(tmp_path, today, soon, "erased")
    assert levels(stored.backups(tmp_path, today)) == [ALARM]
    kept(tmp_path, today - timedelta(days=2), soon)
    assert levels(stored.backups(tmp_path, today)) == [GOOD]
    kept(tmp_path, today - timedelta(days=40), today - timedelta(days=1))
    assert levels(stored.backups(tmp_path, today)) == [WARNING]


def test_a_backup_of_a_day_to_come_hides_no_night_without_one(tmp_path: Path) -> None:
    """A clock jumped ahead once: what was made then is not taken for the newest as long as its day has not come."""
    today = date(2026, 11, 22)
    kept(tmp_path, today + timedelta(days=300), today + timedelta(days=330))
    assert levels(stored.backups(tmp_path, today)) == [WARNING, ALARM]
    kept(tmp_path, today, today + timedelta(days=30))
    assert levels(stored.backups(tmp_path, today)) == [WARNING]


def test_a_newest_backup_that_is_torn_is_told(tmp_path: Path) -> None:
    """Its head is whole and its end is not: nobody could put it back."""
    today = date(2026, 11, 22)
    path = kept(tmp_path, today, today + timedelta(days=30))
    assert levels(stored.backups(tmp_path, today)) == [GOOD]
    path.write_bytes(path.read_bytes()[:-1])
    (found,) = stored.backups(tmp_path, today)
    assert (found.level, "ingen hel kopia" in found.words) == (ALARM, True)


def test_the_hourly_copies_of_what_was_erased_are_looked_for(tmp_path: Path) -> None:
    """None, or none since yesterday, is an alarm: whoever puts back a backup would bring back what was erased."""
    today = date(2026, 11, 22)
    assert levels(stored.erased_copies(tmp_path, today)) == [ALARM]
    kept(tmp_path, today - timedelta(days=2), today + timedelta(days=30), "erased")
    assert levels(stored.erased_copies(tmp_path, today)) == [ALARM]
    kept(tmp_path, today - timedelta(days=1), today + timedelta(days=30), "erased")
    assert levels(stored.erased_copies(tmp_path, today)) == [GOOD]
    assert stored.erased_copies(tmp_path / "none", today) == []


DOOR = Door("ab", "CN=x", now(), "TLSv1.3", "h2", older=False, stranger=CLOSED, plain="301 https://utvag.example/")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"older": True}, "ssl_protocols TLSv1.3"),
        ({"protocol": "TLSv1.2"}, "ssl_protocols TLSv1.3"),
        ({"stranger": "200"}, "ssl_reject_handshake"),
        ({"plain": "200"}, "stäng port 80"),
        ({"plain": "301 http://elsewhere.example/"}, "stäng port 80"),
    ],
)
def test_a_front_that_takes_too_much_is_told(change: dict[str, object], said: str) -> None:
    """Older TLS, strangers' names, pages without TLS: each with the line to write; ours has none of it."""
    assert levels(manners(DOOR)) == [GOOD]
    (found,) = manners(Door(**{**vars(DOOR), **change}))
    assert (found.level, said in found.words) == (WARNING, True)
