"""What only a server can do to the dead drop: be away, come back, hang, and be written to by many at once."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from sqlalchemy import Engine, event, make_url

from crypto.envelope import Envelope, envelope_id
from crypto.returncode import derive, new_code
from crypto.thread import MOST_WAITING
from deaddrop import schema
from deaddrop.answer import Answer
from deaddrop.collect import Collect
from deaddrop.errors import FullError, OtherPlacesError, UnavailableError
from deaddrop.fetch import Fetch
from deaddrop.leave import Leave
from deaddrop.migrating import migrate
from deaddrop.preparing import prepare
from tests.deaddrop.test_deaddrop import an_envelope
from tests.deaddrop.test_mailboxes import sealed
from tests.postgresql import PLACES, Cluster

TODAY = date(2026, 11, 22)
WRITERS = 8
pytestmark = pytest.mark.long


@pytest.fixture
def store(postgresql: Cluster) -> Engine:
    """Open a prepared dead drop on the server."""
    made = schema.engine(postgresql.database())
    prepare(made, PLACES)
    return made


def at_once(act: Callable[[], object], times: int = WRITERS) -> list[Exception]:
    """Do the same in many threads at once; return what went wrong."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  # the test says which ones were meant
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@contextmanager
def held(store: Engine, server: Cluster, table: str) -> Iterator[None]:
    """Let another program hold a table, as a hanging one would."""
    with server.connect(str(make_url(str(store.url)).database)) as holder, holder.transaction():
        holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


def test_a_server_that_is_away_is_told_and_one_that_is_back_is_used_at_once(store: Engine, postgresql: Cluster) -> None:
    """Stopped: not stored, not read, not removed, not prepared. Started again: the very next sender gets through."""
    leave, fetch, token = Leave(store, PLACES), Fetch(store), derive(new_code(), b"s" * 16).token
    leave.leave(an_envelope(), TODAY)
    postgresql.stop()
    try:
        for act in (
            lambda: leave.leave(an_envelope(), TODAY),
            lambda: Leave(store, PLACES).leave(an_envelope(), TODAY),
            lambda: fetch.replies(token),
            lambda: fetch.remove(token, [bytes(16)]),
            lambda: fetch.opened(token, [bytes(16)], TODAY),
            lambda: prepare(store, PLACES),
            lambda: Answer(store).waiting(bytes(32)),
            lambda: Answer(store).leave(bytes(32), sealed(1), TODAY),
            lambda: Collect(store).waiting(),
        ):
            with pytest.raises(UnavailableError):
                act()
    finally:
        postgresql.start()
    leave.leave(an_envelope(), TODAY)
    assert Collect(store).count() == 2


def test_a_restart_between_two_senders_is_not_noticed(store: Engine, postgresql: Cluster) -> None:
    """The server is started anew while nobody sends: the connection that it cut is opened again for the next one."""
    leave = Leave(store, PLACES)
    leave.leave(an_envelope(), TODAY)
    postgresql.stop()
    postgresql.start()
    leave.leave(an_envelope(), TODAY)
    assert Collect(store).count() == 2


@pytest.mark.parametrize("table", ["envelopes", "replies"])
def test_a_hanging_writer_does_not_hold_the_portal(store: Engine, postgresql: Cluster, table: str) -> None:
    """Another program holds the table: the sender is told within seconds, and nothing is stored later."""
    token, leave = derive(new_code(), b"s" * 16).token, Leave(store, PLACES)
    acts: dict[str, Callable[[], object]] = {
        "envelopes": lambda: leave.leave(an_envelope(), TODAY),
        "replies": lambda: Fetch(store).replies(token),
    }
    started = time.monotonic()
    with held(store, postgresql, table), pytest.raises(UnavailableError):
        acts[table]()
    assert time.monotonic() - started < schema.SERVER_SECONDS + 2
    assert Collect(store).count() == 0


@contextmanager
def storing(store: Engine, server: Cluster, act: Callable[[], object]) -> Iterator[list[Exception]]:
    """Let a portal store an envelope in a transaction that ends once `act`, in a thread of its own, waits for it."""
    data, failed = an_envelope(), list[Exception]()
    row = [envelope_id(data), Envelope.from_bytes(data).team_tag, 1, 1, data]
    thread = threading.Thread(target=lambda: failed.extend(at_once(act, 1)))
    name = str(make_url(str(store.url)).database)
    waits = "SELECT 1 FROM pg_locks JOIN pg_database ON database = pg_database.oid WHERE NOT granted AND datname = %s"
    with server.connect(name) as portal, server.connect("postgres") as looking:
        with portal.transaction():
            portal.execute("INSERT INTO envelopes VALUES (%s, %s, %s, %s, %s)", row)
            thread.start()
            until = time.monotonic() + 10
            while thread.is_alive() and not looking.execute(waits, [name]).fetchone():
                assert time.monotonic() < until
        thread.join()
    yield failed


def test_taking_all_back_waits_for_what_is_just_being_stored(store: Engine, postgresql: Cluster) -> None:
    """A portal stores while its tables are taken back: that is waited for, it counts, and nothing is dropped."""
    with storing(store, postgresql, lambda: migrate(store, PLACES, "base")) as failed:
        assert [type(one) for one in failed] == [RuntimeError]
    assert Collect(store).count() == 1


def test_a_sweep_sees_what_was_stored_while_it_waited(postgresql: Cluster) -> None:
    """Whatever the server's default is: no table is cut off that was empty when the sweep began, and is not now."""
    address = postgresql.database()
    name = str(make_url(address).database)
    with postgresql.connect("postgres") as owner:
        owner.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'".encode())
    store = schema.engine(address)
    prepare(store, PLACES)
    with storing(store, postgresql, lambda: schema.empty_log(store)) as failed:
        assert failed == []
    assert Collect(store).count() == 1


def test_a_crowd_that_waits_is_not_written_anew_at_each_batch(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood is collected: as long as many wait, no sweep takes the table from those who send; at the end one does."""
    swept: list[str] = []
    event.listen(store, "before_cursor_execute", lambda _c, _cu, sql, *_: swept.append(sql) if "sweep" in sql else None)
    monkeypatch.setattr(schema, "CROWD", 3)
    for _ in range(5):
        Leave(store, PLACES).leave(an_envelope(), TODAY)
    collect = Collect(store)
    collect.erase([collect.waiting(1)[0].id])
    assert swept == []
    collect.erase([collect.waiting(1)[0].id])
    assert len(swept) == 1


def test_eight_writers_with_one_envelope_store_it_once(store: Engine) -> None:
    """The same bytes from eight sides at the same moment: everybody is told "received", and it stands once."""
    leave, data = Leave(store, PLACES), an_envelope()
    assert at_once(lambda: leave.leave(data, TODAY)) == []
    assert Collect(store).count() == 1


def test_eight_answers_at_once_leave_four(store: Engine) -> None:
    """A mailbox never holds more replies than the phone fetches, however many staff processes write to it."""
    answer, address = Answer(store), derive(new_code(), b"s" * 16).mailbox().address
    refused = at_once(lambda: answer.leave(address, sealed(1), TODAY))
    assert {type(error) for error in refused} == {FullError}
    assert len(answer.waiting(address)) == MOST_WAITING


def test_eight_starts_at_once_make_the_tables_once(postgresql: Cluster) -> None:
    """Workers that start in the same moment do not trip over each other; one for other places is told."""
    url = postgresql.database()
    assert at_once(lambda: prepare(schema.engine(url), PLACES)) == []
    with pytest.raises(OtherPlacesError):
        prepare(schema.engine(url), PLACES + 1)


def test_the_password_stands_in_no_error(postgresql: Cluster) -> None:
    """A wrong password, and a server that refuses it: no error shows what was tried."""
    wrong = make_url(postgresql.database()).set(password="kvittra-fel")
    with pytest.raises(UnavailableError) as told:
        prepare(schema.engine(wrong.render_as_string(hide_password=False)), PLACES)
    shown = f"{told.value!r}{told.value.__cause__!r}"
    assert isinstance(told.value.__cause__.__cause__, psycopg.OperationalError)  # type: ignore[union-attr]  # SQLAlchemy's
    assert "kvittra" not in shown
