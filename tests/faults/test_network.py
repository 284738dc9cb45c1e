"""A line that is cut, silent or slow, between each two that speak: nothing is thanked for in vain, nothing lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from crypto.envelope import envelope_id
from deaddrop import schema
from deaddrop.collect import Collect
from staff import casebook as casebooks
from staff.casebook import Casebook
from tests.faults.proxy import Line, line
from tests.faults.test_disk import BACK, KEPT, handed_back, notes
from tests.portal.test_portal_sealed import envelope, send
from tests.portal.world import Phone
from tests.portal.world import World as Public
from tests.postgresql import Cluster
from tests.staff.casework import Room
from tests.staff.test_staff_collecting import kept
from tests.staff.test_staff_replies import answer
from tests.staff.world import World
from tests.staff.writer import Writer

pytestmark = pytest.mark.long
Break = Callable[[Line], None]


def cut(one: Line) -> None:
    """Reset everything, refuse everything."""
    one.cut()


def silence(one: Line) -> None:
    """Swallow everything: the other end neither answers nor goes."""
    one.silent = True


breaks = pytest.mark.parametrize("fault", [cut, silence])


@pytest.fixture
def between(postgresql: Cluster) -> Iterator[Line]:
    """Lend a line to the server of these rows."""
    with line(postgresql.port) as made:
        yield made


def through(address: str, one: Line) -> str:
    """Give an address by way of a line."""
    return make_url(address).set(port=one.port).render_as_string(hide_password=False)


@breaks
def test_portal_and_dead_drop_cut_apart(tmp_path: Path, postgresql: Cluster, between: Line, fault: Break) -> None:
    """Told within seconds, with the words still there; mended, the next tap gets through, and all thanked are found."""
    world, there = Public(tmp_path), postgresql.database()
    world.write_roster()
    app = world.app(deaddrop=through(there, between))
    phone = Phone(app)
    phone.get("/me")
    assert phone.post("/me", {"message": "före"}).headers["Location"] == "/done"
    fault(between)
    started = time.monotonic()
    assert handed_back(phone, "mitt i")
    assert send(app, data := envelope(world, "förseglat")).status_code == 503
    assert time.monotonic() - started < 2 * (schema.ANSWER_SECONDS + schema.SERVER_SECONDS)
    assert phone.get("/about").status_code == 200
    between.mend()
    assert phone.post("/me", {"message": "mitt i"}).headers["Location"] == "/done"
    assert send(app, data).status_code == 201
    assert Collect(schema.engine(there)).count() == 3


def test_a_slow_line_is_waited_for(tmp_path: Path, postgresql: Cluster, between: Line) -> None:
    """A tenth of a second for each piece: slow is no fault, and everybody gets through."""
    world, there = Public(tmp_path), postgresql.database()
    world.write_roster()
    app = world.app(deaddrop=through(there, between))
    between.delay = 0.1
    assert send(app, envelope(world)).status_code == 201
    assert Collect(schema.engine(there)).count() == 1


@breaks
def test_staff_and_dead_drop_cut_apart(tmp_path: Path, postgresql: Cluster, between: Line, fault: Break) -> None:
    """Collecting and answering wait: the page says so, and both are done once, later."""
    world = World(tmp_path, deaddrop=through(postgresql.database(), between))
    kim, room = Writer(world), Room(world, world.owner)
    row = kim.send(message="hej")
    sealed = world.envelope(message="en till")
    world.leave(sealed)
    fault(between)
    assert "Det gick inte att hämta just nu" in room.follow("/inbox/collect")
    assert "kvar att skicka" in answer(room.browser, row, "vi ringer")
    between.mend()
    world.collect()
    assert kept(world) == {envelope_id(sealed)}
    assert Collect(world.engine).count() == 0
    assert [one.text for one in kim.replies()] == ["vi ringer"]
    world.close()


@breaks
def test_staff_and_casebook_cut_apart(
    tmp_path: Path, postgresql: Cluster, between: Line, fault: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page in words within seconds; the words of the form are among its writer's drafts when the line is back."""
    monkeypatch.setattr(casebooks, "ANSWER_SECONDS", 3)
    world = World(tmp_path, casebook=through(postgresql.database(), between))
    room = Room(world, world.owner)
    case = room.open()
    hidden = room.hidden(case, "note")
    fault(between)
    refused = room.send(f"{case}/save/note", **hidden, text="mitt i avbrottet")
    assert refused.status_code == 503
    assert KEPT in refused.text
    assert room.browser.get("/today").status_code == 503
    between.mend()
    page = room.get(room.browser.get("/today").headers["Location"])
    assert BACK in page
    assert "mitt i avbrottet" in page
    room.save(case, "note", text="mitt i avbrottet")
    assert [one.fields["text"] for one in notes(room, case)] == ["mitt i avbrottet"]
    world.close()


def test_two_that_wait_for_each_other_are_parted(postgresql: Cluster) -> None:
    """Two transactions, each holding what the other wants: one commits whole, the other is told and leaves nothing."""
    book = Casebook(postgresql.database())
    with book.write() as session:
        session.execute(text("CREATE TABLE pair (name text PRIMARY KEY, number int NOT NULL)"))
        session.execute(text("INSERT INTO pair VALUES ('a', 0), ('b', 0)"))
    both, failed = threading.Barrier(2), list[str]()

    def add(first: str, second: str) -> None:
        try:
            with book.write() as session:
                for name in (first, second):
                    session.execute(text("UPDATE pair SET number = number + 1 WHERE name = :name"), {"name": name})
                    if name == first:
                        both.wait(10)
        except DBAPIError as error:
            failed.append(type(error.orig).__name__)

    threads = [threading.Thread(target=add, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    with book.read() as session:
        stands = {row.name: row.number for row in session.execute(text("SELECT name, number FROM pair"))}
    assert (failed, stands) == (["DeadlockDetected"], {"a": 1, "b": 1})
    book.close()
