"""The spool: whole or not there, bounded, once; whenever the power goes, and whoever shares the folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from crypto.envelope import envelope_id, head, size, team_tag
from deaddrop import schema
from deaddrop.collect import Collect
from deaddrop.errors import MisfitError, UnavailableError
from deaddrop.leave import Leave
from deaddrop.preparing import prepare
from portal.spool import FRESH, KEPT_DAYS, NOTE, Round, Spool
from tests.deaddrop.test_deaddrop import an_envelope
from tests.killed import killed
from tests.postgresql import PLACES

TODAY = date(2026, 11, 22)
STEPS = [(os, name) for name in ("open", "fsync", "utime", "rename", "unlink", "close", "listdir", "fstat")]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """A spool with eight places."""
    return Spool(tmp_path / "spool", 8)


def names(folder: Path) -> set[str]:
    """Give the envelopes that wait in a folder."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def taken(into: list[bytes]) -> Callable[[bytes], None]:
    """Be a dead drop that takes everything."""
    return into.append


def test_what_is_kept_is_handed_over_once_and_gone(spool: Spool, tmp_path: Path) -> None:
    """Each envelope is given once, and then its file is gone; the same bytes are kept once."""
    data, got = [an_envelope() for _ in range(3)], list[bytes]()
    for one in (*data, data[0]):
        spool.keep(one)
    assert names(tmp_path / "spool") == {envelope_id(one).hex() for one in data}
    assert spool.hand_over(taken(got)) == Round(handed=3)
    assert sorted(got) == sorted(data)
    assert spool.hand_over(taken(got)) == Round()
    assert (len(got), spool.waiting()) == (3, 0)


def test_a_new_start_finds_what_waits(spool: Spool, tmp_path: Path) -> None:
    """The folder is all there is: another process finds it as it was."""
    data, got = an_envelope(), list[bytes]()
    spool.keep(data)
    assert Spool(tmp_path / "spool", 8).hand_over(taken(got)).handed == 1
    assert got == [data]


def test_a_full_spool_refuses_and_takes_the_next_when_there_is_room(spool: Spool) -> None:
    """The ninth is told that it is not kept; nothing that waits gives way; the same bytes again need no place."""
    data = [an_envelope() for _ in range(8)]
    for one in data:
        spool.keep(one)
    assert not spool.room()
    with pytest.raises(UnavailableError):
        spool.keep(an_envelope())
    spool.keep(data[3])
    assert spool.waiting() == 8
    spool.hand_over(lambda _: None)
    spool.keep(an_envelope())


@pytest.mark.parametrize("step", ["open", "fsync", "rename"])
def test_no_receipt_where_the_disk_refuses(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A disk that is full, read-only or broken at any step: told, and nothing stands there under a name."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(UnavailableError):
        spool.keep(an_envelope())
    monkeypatch.undo()
    assert names(tmp_path / "spool") == set()


def test_a_name_stands_only_over_bytes_that_are_on_disk(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written, synced, named, the folder synced, then received: a power cut leaves no torn file."""
    done: list[str] = []

    def noting(step: str) -> Callable[..., object]:
        act = getattr(os, step)

        def note(first: object, *rest: object, **named: object) -> object:
            what = "folder" if isinstance(first, int) and Path(f"/proc/self/fd/{first}").resolve().is_dir() else "file"
            done.append(f"{step} {what}")
            return act(first, *rest, **named)

        return note

    for step in ("fsync", "rename", "utime"):
        monkeypatch.setattr(os, step, noting(step))
    data = an_envelope()
    spool.keep(data)
    assert done == ["utime file", "fsync file", "rename file", "fsync folder"]
    spool.keep(data)  # the one who laid it there may have died before its name was sure
    assert done[4:] == ["fsync folder"]


@pytest.mark.parametrize(
    "torn", [b"", b"UTVAG", an_envelope()[:-1], an_envelope()], ids=["empty", "short", "cut", "other"]
)
def test_a_torn_file_is_never_handed_over(spool: Spool, tmp_path: Path, torn: bytes) -> None:
    """A file that does not hold what its name says is put away and counted as damaged; its neighbours go their way."""
    good, got = an_envelope(), list[bytes]()
    spool.keep(good)
    (tmp_path / "spool" / ("ab" * 16)).write_bytes(torn)
    (tmp_path / "spool" / FRESH).write_bytes(torn)
    assert spool.hand_over(taken(got)) == Round(handed=1, damaged=1)
    assert got == [good]
    assert spool.waiting() == 0


def test_a_link_in_the_folder_leads_nowhere(spool: Spool, tmp_path: Path) -> None:
    """Whoever may write into the folder cannot have another file read or written through it."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"kept")
    (tmp_path / "spool" / ("cd" * 16)).symlink_to(secret)
    (tmp_path / "spool" / FRESH).symlink_to(secret)
    with pytest.raises(UnavailableError):
        spool.keep(an_envelope())
    spool.hand_over(lambda _: None)
    assert secret.read_bytes() == b"kept"


# --- killed at each step -------------------------------------------------------------------------------------------


def test_killed_at_each_step_of_keeping_loses_nothing_that_was_told(spool: Spool, tmp_path: Path) -> None:
    """Whatever was received is handed over whole, once; what was not is whole or not there."""
    steps = 0
    while True:
        data, got = an_envelope(), list[bytes]()
        done = not killed(partial(spool.keep, data), steps, STEPS)
        assert spool.hand_over(taken(got)).damaged == 0
        assert got == [data] if done else got in ([], [data])
        if done:
            break
        steps += 1
    assert steps >= 8
    assert names(tmp_path / "spool") == set()


@pytest.mark.long
def test_killed_at_each_step_of_handing_over_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The store commits, then the file goes, wherever it dies; the staff app counts each envelope once."""
    spool, store = Spool(tmp_path / "spool", 1000), schema.engine(tmp_path / "deaddrop.sqlite")
    prepare(store, PLACES)
    kept, seen, steps, done = set[bytes](), set[bytes](), 0, False
    while not done:
        for data in (an_envelope(), an_envelope()):
            spool.keep(data)
            kept.add(envelope_id(data))
        done = not killed(partial(spool.hand_over, partial(leave_in, store)), steps, STEPS)
        if not done and steps % 2:  # every other time the rest goes to the store before the staff app comes
            spool.hand_over(partial(leave_in, store))
        rows = Collect(store).waiting()
        assert all(row.intact for row in rows)
        seen |= {row.id for row in rows}  # the staff app knows an id that it has seen, and erases its row
        Collect(store).erase([row.id for row in rows])
        spool.hand_over(partial(leave_in, store))
        again = {row.id for row in Collect(store).waiting()}
        assert seen | again == kept
        Collect(store).erase(list(again))
        seen |= again
        steps += 1
    assert steps > 10
    assert names(tmp_path / "spool") == set()


def leave_in(store: Engine, data: bytes) -> None:
    """Leave an envelope over a connection of this very process."""
    Leave(store, PLACES).leave(data, TODAY)


def test_dying_after_the_store_has_it_hands_the_same_bytes_over_again(spool: Spool, tmp_path: Path) -> None:
    """The one moment in which an envelope is given twice: the dead drop keeps it once."""
    store = schema.engine(tmp_path / "deaddrop.sqlite")
    prepare(store, PLACES)
    leave, data = Leave(store, PLACES), an_envelope()
    spool.keep(data)

    def die(given: bytes) -> None:
        leave.leave(given, TODAY)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spool.hand_over(die)
    assert spool.waiting() == 1
    assert spool.hand_over(lambda given: leave.leave(given, TODAY)).handed == 1
    assert Collect(store).count() == 1


# --- several processes ---------------------------------------------------------------------------------------------


def test_four_processes_share_one_folder(tmp_path: Path) -> None:
    """Each keeps and hands over at once: never more than there are places, each envelope given by one of them."""
    folder, given = tmp_path / "spool", tmp_path / "given"
    given.mkdir()
    Spool(folder, 20)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = work(Spool(folder, 20), given)
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0, 0, 0, 0]
    Spool(folder, 20).hand_over(lambda data: note(given, data))
    assert names(folder) == set()
    handed = [path.name.partition(".")[0] for path in given.iterdir()]
    assert sorted(handed) == sorted(set(handed))
    kept = {line for path in given.parent.glob("kept.*") for line in path.read_text("ascii").split()}
    assert kept == set(handed)


def work(spool: Spool, given: Path) -> int:
    """Keep ten envelopes and hand over what is there after each two; give 0 if the places held."""
    kept, held = [], True
    for number in range(10):
        data = an_envelope()
        try:
            spool.keep(data)
            kept.append(envelope_id(data).hex())
        except UnavailableError:
            held = held and spool.waiting() <= 20
        if number % 2:
            spool.hand_over(lambda data: note(given, data))
    (given.parent / f"kept.{os.getpid()}").write_text(" ".join(kept), "ascii")
    return 0 if held else 1


def note(given: Path, data: bytes) -> None:
    """Note that an envelope was given, and by whom."""
    (given / f"{envelope_id(data).hex()}.{os.getpid()}").touch()


def test_what_another_process_is_handing_over_is_left_to_it(spool: Spool) -> None:
    """While one gives an envelope, another passes it over and says that something is left."""
    spool.keep(an_envelope())
    rounds: list[Round] = []
    spool.hand_over(lambda _: rounds.append(spool.hand_over(lambda _: None)))
    assert rounds == [Round(left=1)]


# --- whose keys are gone -------------------------------------------------------------------------------------------


def sealed_to(epoch: int) -> bytes:
    """Make an envelope's form of an epoch."""
    start = head(PLACES, epoch, team_tag("ekstad"))
    return start + os.urandom(size(PLACES) - len(start))


def test_what_is_sealed_to_a_replaced_roster_is_dropped_before_its_keys_are(spool: Spool) -> None:
    """Thirteen days after the change it is due, on the day after it goes; what is sealed to the new one stays."""
    spool.keep(sealed_to(1))
    spool.keep(sealed_to(2))
    for days in range(KEPT_DAYS + 1):
        assert spool.drop_replaced(2, TODAY + timedelta(days=days)) == 0
    assert spool.drop_replaced(2, TODAY + timedelta(days=KEPT_DAYS + 1)) == 1
    assert spool.waiting() == 1
    assert KEPT_DAYS + 1 < 16  # when the staff app destroys the keys


def test_a_clock_that_jumps_drops_nothing_before_it_is_looked_at_again(spool: Spool) -> None:
    """A year ahead for a day, and back: everything waits as before."""
    spool.keep(sealed_to(1))
    assert spool.drop_replaced(2, TODAY) == 0
    assert spool.drop_replaced(2, TODAY + timedelta(days=365)) == 0
    assert spool.drop_replaced(2, TODAY + timedelta(days=1)) == 0
    assert spool.drop_replaced(2, TODAY + timedelta(days=2)) == 0
    assert spool.waiting() == 1


def test_a_note_that_was_torn_starts_the_days_anew(spool: Spool, tmp_path: Path) -> None:
    """Damaged, the note of replaced rosters drops nothing early."""
    spool.keep(sealed_to(1))
    spool.drop_replaced(2, TODAY)
    (tmp_path / "spool" / NOTE).write_bytes(b"[[1, 7")
    assert spool.drop_replaced(2, TODAY + timedelta(days=KEPT_DAYS + 5)) == 0
    assert spool.waiting() == 1


def test_what_a_dead_drop_will_never_take_does_not_stop_the_others(spool: Spool) -> None:
    """An envelope for another number of places stays; the others are handed over."""
    odd, got = an_envelope(PLACES + 1), list[bytes]()
    spool.keep(odd)
    spool.keep(an_envelope())

    def leave(data: bytes) -> None:
        if data == odd:
            raise MisfitError("made for another number of places")
        got.append(data)

    assert spool.hand_over(leave) == Round(handed=1, left=1)


# --- what its disk shows -------------------------------------------------------------------------------------------


def test_the_spool_shows_no_more_than_the_dead_drop_does(spool: Spool, tmp_path: Path) -> None:
    """Files of one length for their owner alone, named by what they hold, all of the same second of 1970."""
    for _ in range(3):
        spool.keep(an_envelope())
    spool.drop_replaced(2, TODAY)
    folder = tmp_path / "spool"
    files = [folder / name for name in names(folder)]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_size for path in files} == {size(PLACES)}
    assert {(path.stat().st_mtime_ns, path.stat().st_atime_ns) for path in files} == {(0, 0)}
    assert all(envelope_id(path.read_bytes()).hex() == path.name for path in files)
    assert {path.name for path in folder.iterdir()} - names(folder) <= {".lock", ".replaced"}
    assert (folder / NOTE).stat().st_size < 70
