"""A backup is whole, of one moment, opens for the backup key alone, and put back it forgets what was erased since."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from crypto.opening.identity import Identity, new_identity
from staff.audit import days
from staff.backup import files, making, postgresql
from staff.backup.errors import BackupError
from staff.backup.putting import Put, Where, put_back
from staff.backup.taken import opened, taken
from staff.backup.trying import look_through, scratch
from staff.casebook import Casebook
from staff.errors import RegisterError
from tests.canaries import canary
from tests.postgresql import Cluster
from tests.staff.casework import Room
from tests.staff.test_erasure_record import erase, make_case
from tests.staff.world import World

KEY = new_identity()
TODAY = datetime.now(UTC).date()
DAYS = days(datetime.now(UTC))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder for backups, on another disk as it were."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


def back_up(world: World, folder: Path, keep: int = 30, ahead: int = 0) -> Path:
    """Take a backup while the app runs."""
    settings = replace(world.settings, backup_key=KEY.box_public)
    return making.casebook(settings, folder, TODAY + timedelta(days=ahead), keep).path


def where_else(request: pytest.FixtureRequest, world: World) -> str:
    """Give a place of the same kind where no casebook stands yet."""
    if "://" not in world.casebook:
        return str(world.folder / "restored.sqlite")
    server: Cluster = request.getfixturevalue("postgresql")
    return server.database()


def restored(world: World, backup: Path, where: Where, key: Identity = KEY, ahead: int = 0) -> Put:
    """Put a backup back as the command does."""
    with taken(backup, making.prove(world.settings.pepper)) as one:
        return put_back(one, key, where, datetime.now(UTC) + timedelta(days=ahead))


def refused(world: World, backup: Path, where: Where, key: Identity = KEY, ahead: int = 0) -> str:
    """Try to put a backup back where nothing stands, and give the reason why it was not; nothing stands there then."""
    with pytest.raises(BackupError) as caught:
        restored(world, backup, where, key, ahead)
    assert not Path(where.casebook).exists() or caught.value.reason == "used"
    assert list(world.folder.glob("*.restoring*")) == []
    return caught.value.reason


@contextmanager
def starting_anew(world: World, casebook: str, record: Path) -> Iterator[None]:
    """Start the app on what was put back, as the operator does."""
    before = world.settings
    world.settings = replace(before, casebook=casebook, erased=record)
    try:
        world.app = world.start()
        world.clock.turn(seconds=60)  # codes are used once
        yield
    finally:
        world.settings = before


def record_of(world: World) -> Path:
    """Give the file of erased ids; it is there once something has been remembered."""
    path = world.settings.erased_file
    assert path is not None
    world.parts.erased.look(world.parts.today())
    return path


def test_what_was_written_before_a_backup_is_read_after_a_restore(
    world: World, folder: Path, request: pytest.FixtureRequest
) -> None:
    """A request and a case stand in the backup; put back elsewhere, Anna signs in and reads both."""
    row = bytes.fromhex(world.send(message="Hjälp mig bort"))
    world.browser(world.owner).get(f"/inbox/{row.hex()}")
    case = make_case(world)
    record = record_of(world)
    backup = back_up(world, folder)
    later = make_case(world)
    place = where_else(request, world)
    copy = world.folder / "elsewhere.erased"
    done = restored(world, backup, Where(place, copy, record.read_bytes()))
    assert (done.again, done.broken, done.proven, done.newest) == (0, 0, True, TODAY)
    assert done.inside.audit
    with starting_anew(world, place, copy):
        page = world.browser(world.owner).get(f"/inbox/{row.hex()}")
        assert "Hjälp mig bort" in page.text
        keys, anna = world.session(world.owner)
        assert world.parts.folders.peek(keys, case, anna).whole
        assert later not in keys


def test_a_backup_is_of_one_moment_while_others_write(world: World, folder: Path) -> None:
    """A writer stands in the middle of a transaction: nothing of it is in the copy, and nobody waits for the other."""
    make_case(world)
    record_of(world)
    with world.parts.casebook.write() as session:
        session.connection().exec_driver_sql("DELETE FROM audit")
        backup = back_up(world, folder)
        session.rollback()
    with taken(backup, None) as one, scratch(world.folder) as made:
        inside = look_through(one, KEY, made).inside
    assert inside is not None
    assert inside.counts["audit"] > 0
    assert inside.counts["folders"] == 1


def test_what_was_erased_since_is_erased_again_before_anybody_signs_in(
    world: World, folder: Path, request: pytest.FixtureRequest
) -> None:
    """The backup holds a case and a request that were erased afterwards: what is put back has neither."""
    case, row = make_case(world), bytes.fromhex(world.send(message="hej"))
    record = record_of(world)
    backup = back_up(world, folder)
    erase(world, case, row)
    place = where_else(request, world)
    done = restored(world, backup, Where(place, record))
    assert done.again == 2
    put = Casebook(place)
    with put.read() as session:
        for table in ("folders", "folder_entries", "collected", "tray"):
            assert session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0  # noqa: S608  # names from above
    put.close()


def test_an_old_copy_of_the_file_of_erased_ids_is_refused(
    world: World, folder: Path, request: pytest.FixtureRequest
) -> None:
    """From before the backup, another's, or none: refused; the newer of two is taken; a reason that is said helps."""
    first, second = make_case(world), make_case(world)
    record = record_of(world)
    older = record.read_bytes()
    erase(world, first)
    backup = back_up(world, folder)
    erase(world, second)
    place, beside = where_else(request, world), world.folder / "beside"
    newest = record.read_bytes()
    assert refused(world, backup, Where(place, beside)) == "norecord"
    assert refused(world, backup, Where(place, beside, older)) == "oldrecord"
    assert not beside.exists()
    beside.write_bytes(b"\n" + b"f" * 32 + b"\n")
    assert refused(world, backup, Where(place, beside, newest)) == "tworecords"
    assert refused(world, backup, Where(place, beside)) == "oldrecord"
    beside.write_bytes(older)
    assert restored(world, backup, Where(place, beside, newest)).again == 1
    assert beside.read_bytes()[: len(newest)] == newest
    again = where_else(request, world) if "://" in place else f"{place}.2"
    assert restored(world, backup, Where(again, world.folder / "lost", older, older="disken är borta")).again == 0
    third = where_else(request, world) if "://" in place else f"{place}.3"
    assert restored(world, backup, Where(third, world.folder / "none", older="inget finns kvar")).newest is None


@pytest.mark.sqlite
def test_who_has_left_and_a_register_that_is_too_old_stay_out(
    world: World, folder: Path, request: pytest.FixtureRequest
) -> None:
    """The file remembers the highest epoch and who has left: an old backup with an old register lets nobody in."""
    record = record_of(world)
    backup = back_up(world, folder)
    world.parts.erased.leave([world.colleague.identity.sign_public])
    place = where_else(request, world)
    restored(world, backup, Where(place, record))
    with starting_anew(world, place, record):
        assert "/login" in world.browser().sign_in(world.colleague).headers.get("Location", "/login")
        assert "/login" not in world.browser().sign_in(world.owner).headers["Location"]
    world.parts.erased.reached(2)
    with pytest.raises(RegisterError), starting_anew(world, place, record):
        pass


def test_nothing_typed_and_no_pepper_is_in_a_backup(world: World, folder: Path) -> None:
    """Every text is a canary: none stands in the file, nor in what the backup key opens; nor do pepper and keys."""
    typed = [canary(number) for number in range(6)]
    room = Room(world, world.owner)
    row = world.send(message=typed[0], contact=typed[1])
    case = room.open(working=typed[2], request=row, text=typed[3])
    room.save(case, "note", text=typed[4])
    room.send(f"{case}/draft", form="note", text=typed[5])
    record_of(world)
    backup = back_up(world, folder)
    with taken(backup, None) as one:
        inside, content = opened(one, KEY)
        data = b"".join(content)
    assert inside is not None
    assert inside.counts["folder_entries"] >= 2
    assert len(data) > 50_000
    secrets = [world.settings.pepper, world.owner.passphrase.encode(), world.owner.identity.seed]
    sought = [one.encode() for one in typed] + secrets + [one.hex().encode() for one in secrets]
    for text in sought:
        assert text not in data
        assert text not in backup.read_bytes()
    assert data[64:128] not in backup.read_bytes()
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == [f"casebook-{TODAY}.utvag"]


def test_a_dead_drop_is_never_copied(world: World, folder: Path) -> None:
    """Named as the casebook by mistake, it is refused and no file comes of it; so is a database of something else."""
    for casebook in (world.settings.deaddrop, str(world.folder / "empty")):
        Path(world.folder / "empty").touch()
        settings = replace(world.settings, casebook=casebook, backup_key=KEY.box_public)
        with pytest.raises(BackupError) as caught:
            making.casebook(settings, folder, TODAY, 30)
        assert caught.value.reason == ("deaddrop" if casebook == world.settings.deaddrop else "nothing")
    whole = world.engine.url.render_as_string(hide_password=False)  # as who may do everything there
    with pytest.raises(BackupError, match="deaddrop"):
        making.casebook(
            replace(world.settings, deaddrop="x", casebook=whole, backup_key=KEY.box_public),
            folder,
            TODAY,
            30,
        )
    with pytest.raises(BackupError, match="key"):
        making.casebook(world.settings, folder, TODAY, 30)
    assert list(folder.iterdir()) == []


def test_a_backup_is_destroyed_when_its_day_has_passed(world: World, folder: Path) -> None:
    """Two days kept: on the fourth day the first is gone, and the newest stands; the hourly file goes the same way."""
    record_of(world)
    settings = replace(world.settings, backup_key=KEY.box_public)
    gone: list[str] = []
    for ahead in range(4):
        world.parts.erased.look(DAYS + ahead)
        made = making.casebook(settings, folder, TODAY + timedelta(days=ahead), 2)
        gone += [one.name for one in made.gone]
        making.erased(settings, folder, TODAY + timedelta(days=ahead), 2)
        making.erased(settings, folder, TODAY + timedelta(days=ahead), 2)
    assert gone == [f"casebook-{TODAY}.utvag", f"erased-{TODAY}.utvag"]
    kept = {one.path.name for one in files.listed(folder)}
    left = {str(TODAY + timedelta(days=ahead)) for ahead in (1, 2, 3)}
    assert kept == {f"{kind}-{day}.utvag" for kind in ("casebook", "erased") for day in left}


def test_a_clock_that_jumps_ahead_destroys_no_backup(world: World, folder: Path) -> None:
    """A year ahead of the app's last look: a new backup is made, and none is destroyed before the clock is believed."""
    record_of(world)
    back_up(world, folder)
    settings = replace(world.settings, backup_key=KEY.box_public)
    made = making.casebook(settings, folder, TODAY + timedelta(days=365), 30)
    assert (made.gone, made.doubtful) == ((), True)
    assert len(files.listed(folder)) == 2


def test_an_expired_backup_is_put_back_only_with_a_reason(
    world: World, folder: Path, request: pytest.FixtureRequest
) -> None:
    """Told people thirty days, then thirty days; one from tomorrow says that the clock is wrong."""
    record = record_of(world)
    backup = back_up(world, folder, keep=3)
    place = where_else(request, world)
    assert refused(world, backup, Where(place, record), ahead=4) == "expired"
    assert refused(world, backup, Where(place, record), ahead=-1) == "tocome"
    assert restored(world, backup, Where(place, record, expired="huset brann"), ahead=4).broken == 0


def test_nothing_that_stands_is_written_over(world: World, folder: Path, request: pytest.FixtureRequest) -> None:
    """Over the casebook in use, over a log that SQLite left, over a database with tables: refused, nothing changed."""
    record = record_of(world)
    make_case(world)
    backup = back_up(world, folder)
    make_case(world)
    assert refused(world, backup, Where(world.casebook, record)) == "used"
    with world.parts.casebook.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM folders").scalar_one() == 2
    if "://" not in world.casebook:
        (world.folder / "left.sqlite-wal").write_bytes(b"x")
        assert refused(world, backup, Where(str(world.folder / "left.sqlite"), record)) == "used"
    place = where_else(request, world)
    other = world.folder / "a" if "://" in place else "postgresql+psycopg://nobody@127.0.0.1:9/x"
    assert refused(world, backup, Where(str(other), record)) == "kind"


def test_another_key_another_pepper_and_another_content_are_refused(world: World, folder: Path) -> None:
    """Each in its own words; a backup that whoever knows the public half has made is no backup of ours."""
    record = record_of(world)
    backup = back_up(world, folder)
    place = Where(str(world.folder / "new") if "://" not in world.casebook else world.casebook, record)
    if "://" not in world.casebook:
        assert refused(world, backup, place, key=new_identity()) == "otherkey"
    with pytest.raises(BackupError, match="forged"), taken(backup, making.prove(b"q" * 32)):
        pass
    sealed = making.erased(replace(world.settings, backup_key=KEY.box_public), folder, TODAY, 30).path
    assert refused(world, sealed, place) == "kind"
    with taken(sealed, making.prove(world.settings.pepper)) as one:
        assert b"".join(opened(one, KEY)[1]) == record.read_bytes()
    data = backup.read_bytes()
    for torn in (data[: len(data) // 2], data[:-1], data + b"x"):
        backup.write_bytes(torn)
        with pytest.raises(BackupError, match="torn"), taken(backup, None):
            pass
    backup.write_bytes(json.dumps(["not", "ours"]).encode())
    with pytest.raises(BackupError, match="foreign"), taken(backup, None):
        pass


def test_a_backup_by_a_newer_version_is_refused(world: World, folder: Path, request: pytest.FixtureRequest) -> None:
    """An older program cannot know what its tables mean: nothing is put back, and the words say what to install."""
    record = record_of(world)
    with world.parts.casebook.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    backup = back_up(world, folder)
    place = where_else(request, world)
    assert refused(world, backup, Where(place, record)) == "newer"
    if "://" in place:
        assert postgresql.stands(make_url(place)) == ""


@pytest.mark.sqlite
def test_a_chain_that_was_cut_is_told_and_not_hidden(world: World, folder: Path) -> None:
    """Somebody took a row out of the audit: the backup says where, looked at or put back, and can be put back."""
    make_case(world)
    make_case(world)
    record = record_of(world)
    with world.parts.casebook.write() as session:
        session.connection().exec_driver_sql("DELETE FROM audit WHERE number = 1")
    backup = back_up(world, folder)
    with taken(backup, None) as one, scratch(world.folder) as made:
        assert look_through(one, KEY, made).broken == 2
    assert restored(world, backup, Where(str(world.folder / "new"), record)).broken == 2


@pytest.mark.sqlite
def test_a_full_disk_leaves_the_older_backup_whole(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for the new one: said in a word, nothing half lies there, and the day's older one still opens."""
    record_of(world)
    before = back_up(world, folder).read_bytes()

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BackupError, match="write"):
        back_up(world, folder)
    assert [path.read_bytes() for path in folder.iterdir()] == [before]
