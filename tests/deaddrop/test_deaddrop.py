"""The dead drop: the portal adds, the staff app collects, nothing is lost, doubled or left readable."""

import fcntl
import os
import sqlite3
import stat
import threading
import time
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateTable

from crypto import envelope
from crypto.errors import MalformedError
from deaddrop import schema
from deaddrop.collect import Collect
from deaddrop.errors import OtherPlacesError, UnavailableError
from deaddrop.leave import Leave
from deaddrop.preparing import prepare
from deaddrop.turns import LONGEST_WAIT_SECONDS, STUCK_SECONDS
from tests.deaddrop.conftest import Sides
from tests.postgresql import PLACES

TODAY = date(2026, 11, 22)


def an_envelope(places: int = PLACES) -> bytes:
    """Make bytes of an envelope's form; nobody opens them here."""
    start = envelope.head(places, 1, envelope.team_tag("ekstad"))
    return start + os.urandom(envelope.size(places) - len(start))


def test_what_is_left_is_collected_and_then_gone(sides: Sides) -> None:
    """An envelope waits with its id, team, epoch and day, and after erasing nothing waits."""
    data = an_envelope()
    Leave(sides.portal, PLACES).leave(data, TODAY)
    collect = Collect(sides.staff)
    (found,) = collect.waiting()
    assert (found.id, found.sealed, found.intact) == (envelope.envelope_id(data), data, True)
    assert (found.team_tag, found.epoch, found.day) == (envelope.team_tag("ekstad"), 1, 20779)
    collect.erase([found.id])
    assert (collect.waiting(), collect.count()) == ([], 0)


def test_the_same_bytes_are_stored_once(sides: Sides) -> None:
    """A double tap that sends one envelope twice is one row, and both senders are told "received"."""
    data, leave = an_envelope(), Leave(sides.portal, PLACES)
    leave.leave(data, TODAY)
    leave.leave(data, TODAY)
    leave.leave(an_envelope(), TODAY)
    assert Collect(sides.staff).count() == 2


def test_collecting_again_before_erasing_gives_the_same_again(sides: Sides) -> None:
    """If the staff app dies after copying, nothing is lost; erasing twice harms nothing."""
    Leave(sides.portal, PLACES).leave(an_envelope(), TODAY)
    collect = Collect(sides.staff)
    first, second = collect.waiting(), collect.waiting()
    assert first == second
    collect.erase([first[0].id])
    collect.erase([first[0].id])


def test_a_batch_is_bounded_and_all_come_in_the_end(sides: Sides) -> None:
    """Twelve hundred wait; five hundred at a time are collected until none is left, each once."""
    leave = Leave(sides.portal, PLACES)
    for _ in range(1200):
        leave.leave(an_envelope(), TODAY)
    collect, seen = Collect(sides.staff), set[bytes]()
    while found := collect.waiting():
        assert len(found) <= 500
        assert seen.isdisjoint(one.id for one in found)
        seen.update(one.id for one in found)
        collect.erase([one.id for one in found])
    assert len(seen) == 1200


@pytest.mark.parametrize("data", [b"", b"UTVG", an_envelope()[:-1], an_envelope() + b"x", an_envelope(9), b"x" * 8923])
def test_only_envelopes_of_this_length_are_taken(sides: Sides, data: bytes) -> None:
    """Anything else is refused before the database is asked."""
    with pytest.raises(MalformedError):
        Leave(sides.portal, PLACES).leave(data, TODAY)
    assert Collect(sides.staff).count() == 0


@pytest.mark.parametrize(
    ("column", "value"), [("sealed", b"x" * 8922), ("id", b"x"), ("team_tag", b""), ("epoch", "ett"), ("sealed", None)]
)
def test_the_schema_itself_keeps_lengths_and_types(sides: Sides, column: str, value: object) -> None:
    """Even someone with the database in hand cannot add a row of another form."""
    row: dict[str, object] = {"id": b"i" * 16, "team_tag": b"t" * 8, "epoch": 1, "day": 1, "sealed": b"s" * 8923}
    names = "INSERT INTO envelopes VALUES (:id, :team_tag, :epoch, :day, :sealed)"
    with sides.owner.begin() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(names), {**row, column: value})
    assert type(refused.value) in (IntegrityError, DataError, ProgrammingError)
    assert Collect(sides.staff).count() == 0


def test_a_damaged_row_is_marked_not_hidden(sides: Sides) -> None:
    """Bytes changed on the disk no longer match their id; the staff app is told and still gets them."""
    Leave(sides.portal, PLACES).leave(an_envelope(), TODAY)
    with sides.owner.begin() as connection:
        connection.execute(text("UPDATE envelopes SET sealed = :sealed"), {"sealed": an_envelope()})
    assert [one.intact for one in Collect(sides.staff).waiting()] == [False]


def test_another_number_of_places_is_told_at_start(sides: Sides) -> None:
    """A roster with other places than the dead drop was made for stops the start, not the first sender."""
    prepare(sides.portal, PLACES)
    with pytest.raises(OtherPlacesError):
        prepare(sides.portal, PLACES + 1)


def test_a_locked_database_is_told_and_stores_nothing(sides: Sides, path: Path) -> None:
    """While another program holds the database the sender is told "not received"; afterwards it works again."""
    leave, data = Leave(sides.portal, PLACES), an_envelope()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError):
        leave.leave(data, TODAY)
    holder.execute("ROLLBACK")
    holder.close()
    assert Collect(sides.staff).count() == 0
    leave.leave(data, TODAY)
    assert Collect(sides.staff).count() == 1


def test_a_full_or_missing_disk_is_told(path: Path, sides: Sides) -> None:
    """When the file may not grow, nothing is acknowledged; nor when its folder is gone."""
    leave = Leave(sides.portal, PLACES)
    leave.leave(an_envelope(), TODAY)
    connection = leave._connected().connection
    connection.cursor().execute("PRAGMA max_page_count = 1")
    with pytest.raises(UnavailableError):
        leave.leave(an_envelope(), TODAY)
    gone = schema.engine(path.parent / "nowhere" / "deaddrop.sqlite")
    with pytest.raises(UnavailableError):
        Leave(gone, PLACES).leave(an_envelope(), TODAY)


@pytest.mark.parametrize("answer", ["ABORT, 'no'", "IGNORE", "FAIL, 'no'", "ROLLBACK, 'no'"])
def test_no_receipt_for_what_the_store_refused(sides: Sides, path: Path, answer: str) -> None:
    """Whoever writes the database plants a trigger that drops or refuses rows: the sender is told, not thanked."""
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TRIGGER t BEFORE INSERT ON envelopes BEGIN SELECT RAISE({answer}); END")
    connection.close()
    with pytest.raises(UnavailableError):
        Leave(sides.portal, PLACES).leave(an_envelope(), TODAY)
    assert Collect(sides.staff).count() == 0


def test_no_receipt_for_a_file_that_was_moved_away(sides: Sides, path: Path) -> None:
    """The dead drop is moved while the portal runs: nothing is written to the old file; a new one is used at once."""
    leave = Leave(sides.portal, PLACES)
    leave.leave(an_envelope(), TODAY)
    path.rename(path.with_name("old.sqlite"))
    with pytest.raises(UnavailableError):
        leave.leave(an_envelope(), TODAY)
    assert not path.exists()
    prepare(schema.engine(path), PLACES)
    leave.leave(an_envelope(), TODAY)
    assert Collect(schema.engine(path)).count() == 1


def test_no_receipt_for_another_dead_drop_at_the_same_path(sides: Sides, path: Path) -> None:
    """A file made for another number of places is put there: told as unavailable, nothing stored."""
    leave = Leave(sides.portal, PLACES)
    leave.leave(an_envelope(), TODAY)
    for file in path.parent.iterdir():
        file.unlink()
    prepare(schema.engine(path), PLACES + 1)
    with pytest.raises(UnavailableError):
        leave.leave(an_envelope(), TODAY)
    assert Collect(schema.engine(path)).count() == 0


def test_a_stuck_writer_does_not_hold_the_portal(sides: Sides, path: Path) -> None:
    """Another process holds the turn and hangs: some wait a few seconds, those who come then are told at once."""
    holder = os.open(f"{path}.lock", os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    leave, waits = Leave(sides.portal, PLACES), list[float]()

    def send() -> None:
        started = time.monotonic()
        with pytest.raises(UnavailableError):
            leave.leave(an_envelope(), TODAY)
        waits.append(time.monotonic() - started)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send()
    assert max(waits) < LONGEST_WAIT_SECONDS + 1
    assert waits[-1] < 0.5
    os.close(holder)
    time.sleep(STUCK_SECONDS)
    leave.leave(an_envelope(), TODAY)
    assert Collect(sides.staff).count() == 1


def test_two_users_of_one_group_share_it(path: Path) -> None:
    """Portal and staff app may run as two users: file and lock are open to their group and to nobody else."""
    before = os.umask(0o007)
    try:
        prepare(schema.engine(path), PLACES)
    finally:
        os.umask(before)
    for name in ("deaddrop.sqlite", "deaddrop.sqlite.lock"):
        assert stat.S_IMODE(path.with_name(name).stat().st_mode) == 0o660


def test_thirty_two_writers_all_get_their_turn(sides: Sides) -> None:
    """Many at once after a shooting: everyone's envelope is stored, nobody starves."""
    leave, failed = Leave(sides.portal, PLACES), []

    def send() -> None:
        try:
            for _ in range(10):
                leave.leave(an_envelope(), TODAY)
        except UnavailableError as error:
            failed.append(error)

    threads = [threading.Thread(target=send) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert Collect(sides.staff).count() == 320


def test_what_was_erased_is_nowhere_in_the_files(sides: Sides, path: Path) -> None:
    """After collecting, no byte of an envelope is left in the database, its free pages or its log."""
    sent, leave, collect = [an_envelope() for _ in range(30)], Leave(sides.portal, PLACES), Collect(sides.staff)
    for data in sent:
        leave.leave(data, TODAY)
    holder = sqlite3.connect(path)  # keeps the log file in place, as a running portal does
    holder.execute("SELECT count(*) FROM envelopes").fetchone()
    marks = [data[5000:5016] for data in sent]
    assert any(mark in file.read_bytes() for mark in marks for file in path.parent.iterdir())
    collect.erase([one.id for one in collect.waiting()])
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert not [mark for mark in marks if mark in content], file.name
    assert path.with_name(path.name + "-wal").stat().st_size == 0
    holder.close()


def test_nothing_tells_when_a_row_came(sides: Sides, path: Path) -> None:
    """No row numbers, no time finer than a day, and the order of reading is the order of hashes."""
    leave, sent = Leave(sides.portal, PLACES), [an_envelope() for _ in range(40)]
    for data in sent:
        leave.leave(data, TODAY)
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.OperationalError, match="rowid"):
        connection.execute("SELECT rowid FROM envelopes")
    connection.close()
    ids = [one.id for one in Collect(sides.staff).waiting()]
    assert ids == sorted(ids)
    assert ids != [envelope.envelope_id(data) for data in sent]


def test_commits_are_on_disk_before_they_are_told(sides: Sides, path: Path) -> None:
    """Every connection runs with a write-ahead log, full synchronisation and overwriting of erased bytes."""
    with sides.owner.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete")
        ]
    assert found == ["wal", 2, 1]


def test_the_tables_are_written_for_postgresql_too() -> None:
    """The same description gives PostgreSQL's statement: bytes, numbers, exact lengths, no server default."""
    words = str(
        CreateTable(schema.envelopes(PLACES)).compile(dialect=make_url("postgresql+psycopg://").get_dialect()())
    )
    assert "sealed BYTEA NOT NULL" in words
    assert "epoch BIGINT NOT NULL" in words
    assert "CHECK (length(sealed) = 8923)" in words
    assert "DEFAULT" not in words
