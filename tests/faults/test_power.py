"""The power goes at any moment: what was acknowledged is on the disk that is left, whatever of the rest is there."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from crypto.opening.identity import Identity
from crypto.opening.unseal import unseal
from crypto.submission import Submission
from deaddrop import schema
from deaddrop.collect import Collect
from deaddrop.errors import UnavailableError
from portal.spool import Spool
from tests.faults.keeper import standing
from tests.faults.power import Event, cut_everywhere, lay_out, record


def left_behind(events: Sequence[Event], folder: Path, number: int) -> Iterator[tuple[list[str], Path]]:
    """Lay out each disk that a cut could leave, one after the other, in the same place; each kind of it once."""
    seen, where = set[int](), folder.with_suffix(".left")
    for said, left in cut_everywhere(events, number):
        if (mark := hash((tuple(said), tuple(sorted(left.items()))))) in seen:
            continue
        seen.add(mark)
        where.mkdir()
        lay_out(left, folder, where)
        yield said, where
        shutil.rmtree(where)


def sound(file: Path) -> bool:
    """Tell whether a database that was left is whole."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def text(sealed: bytes, reader: Identity) -> str:
    """Open one envelope."""
    return str(Submission.decode(unseal(sealed, reader)).answers["message"])


def texts(file: Path, reader: Identity) -> list[str]:
    """Open all that waits in a dead drop."""
    found = Collect(schema.engine(file)).waiting()
    assert all(one.intact for one in found)
    return [text(one.sealed, reader) for one in found]


def text_if_there(file: Path, reader: Identity) -> list[str]:
    """Open what waits, if the tables were made already."""
    try:
        return texts(file, reader)
    except UnavailableError:
        return []


def thanked_for(said: Sequence[str]) -> set[str]:
    """List the texts that the pages have thanked for."""
    return {line.partition(" ")[2] for line in said if line.startswith("thanked")}


def coordinator(said: Sequence[str]) -> Identity:
    """Give the key that opens what was sent, which the sender says first."""
    return Identity.from_seed(bytes.fromhex(said[0].partition(" ")[2]))


def check_the_dead_drop(folder: Path, events: Sequence[Event]) -> int:
    """Cut the power everywhere and count the disks; raise AssertionError if somebody was thanked in vain."""
    count = 0
    for said, where in left_behind(events, folder, 2):
        thanked = thanked_for(said)
        gone = {"a0", "b0", "a1", "b1"} if "collecting" in said else set[str]()
        file = where / "deaddrop.sqlite"
        if thanked:
            assert sound(file), said
            found = texts(file, coordinator(said))
            assert thanked - gone <= set(found), said
            assert len(found) == len(set(found))
            assert not ("collected" in said and gone & set(found)), "what was erased came back"
        count += 1
    return count


def check_the_spool(folder: Path, events: Sequence[Event]) -> int:
    """Cut the power everywhere and count the disks; raise AssertionError if somebody was thanked in vain."""
    count = 0
    for said, where in left_behind(events, folder, 2):
        if thanked := thanked_for(said):
            reader, waits = coordinator(said), list[bytes]()
            done = Spool(where / "spool", 10).hand_over(waits.append)
            file = where / "later" / "deaddrop.sqlite"
            there = texts(file, reader) if "handed over" in said else text_if_there(file, reader)
            assert thanked <= {text(one, reader) for one in waits} | set(there), said
            assert done.damaged == 0
        count += 1
    return count


def check_the_staff_side(folder: Path, events: Sequence[Event]) -> int:
    """Cut the power everywhere and count the disks; raise AssertionError if what was said to stand is gone."""
    everything = [json.loads(one.data) for one in events if one.kind == "said"]
    count = 0
    for said, where in left_behind(events, folder, 2):
        if not said:
            continue  # nobody was told anything yet
        before, after = set(json.loads(said[-1])), set(everything[min(len(said), len(everything) - 1)])
        found = standing(where)
        assert before & after <= found, before & after - found
        assert found <= before | after | {one for one in found if one.startswith(("audit", "erased"))}
        assert all(sound(where / name) for name in ("casebook.sqlite", "deaddrop.sqlite"))
        erased = {one.removeprefix("erased ") for one in found if one.startswith("erased")}
        gone = {one.removeprefix("case ") for one in before if one.startswith("case")} - {
            one.removeprefix("case ") for one in found
        }
        assert gone <= erased, "gone, and not on record"
        count += 1
    return count


SENDER, KEEPER = "tests.faults.sender", "tests.faults.keeper"
Check = Callable[[Path, Sequence[Event]], int]


@pytest.mark.long
def test_whoever_was_thanked_is_found_after_a_power_cut(tmp_path: Path) -> None:
    """Both roads, with a collection in between: hundreds of disks that a cut could leave, and all thanked are there."""
    folder = tmp_path / "drop"
    assert check_the_dead_drop(folder, record(folder, SENDER)) > 100


@pytest.mark.long
def test_what_waits_in_the_spool_is_found_after_a_power_cut(tmp_path: Path) -> None:
    """The dead drop was away, then handed to: whoever was thanked lies in the spool or in the dead drop, whole."""
    folder = tmp_path / "drop"
    assert check_the_spool(folder, record(folder, SENDER, "spool")) > 100


@pytest.mark.long
def test_what_the_staff_app_answered_stands_after_a_power_cut(tmp_path: Path) -> None:
    """Received, collected, opened, answered, written, closed, erased: what was done is there, in whole databases."""
    folder = tmp_path / "office"
    assert check_the_staff_side(folder, record(folder, KEEPER)) > 100


@pytest.mark.long
@pytest.mark.parametrize(
    ("check", "program"),
    [(check_the_dead_drop, (SENDER,)), (check_the_spool, (SENDER, "spool")), (check_the_staff_side, (KEEPER,))],
    ids=["dead drop", "spool", "casebook"],
)
def test_the_power_cut_would_find_what_does_not_sync(tmp_path: Path, check: Check, program: tuple[str, ...]) -> None:
    """With syncing off each of the three checks fails: they can."""
    folder = tmp_path / "careless"
    events = record(folder, *program, "careless")
    with pytest.raises((AssertionError, sqlite3.DatabaseError, UnavailableError)):
        check(folder, events)
