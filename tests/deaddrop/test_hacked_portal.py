"""A hacked portal on PostgreSQL: with its role's password try everything; learn and do only what design.md 9 allows.

The server is set up as in production. An envelope, a reply and a pulse that others left wait in it the whole time.
"""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine

from crypto.envelope import envelope_id
from crypto.returncode import derive, new_code
from crypto.thread import reply_id
from deaddrop import schema
from deaddrop.answer import Answer
from deaddrop.beat import beat
from deaddrop.collect import Collect
from deaddrop.errors import UnavailableError
from deaddrop.fetch import Fetch
from deaddrop.leave import Leave
from deaddrop.preparing import prepare
from deaddrop.schema import told
from tests.deaddrop.conftest import House
from tests.deaddrop.test_deaddrop import TODAY, an_envelope
from tests.deaddrop.test_mailboxes import sealed
from tests.postgresql import PLACES

FUNCTIONS = 7  # the portal's, and the staff's sweep
pytestmark = pytest.mark.long
TRIED = Path(__file__).with_name("hacked.sql")
OTHERS = derive(new_code(), b"s" * 16)
OTHERS_REPLY = sealed(1, OTHERS)


@dataclass
class Scene:
    """Hold what others left in the house, and how the hacked portal gets in."""

    house: House
    data: bytes
    reply: bytes

    def enter(self) -> psycopg.Connection:
        """Open a connection with all that a hacked portal has: its own address, role and password."""
        address = self.house.portal.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)

    def staff(self) -> Engine:
        """Open the staff app's way to the dead drop."""
        return schema.engine(self.house.staff.render_as_string(hide_password=False))

    def portal(self) -> Engine:
        """Open a portal's way to the dead drop, by our own program."""
        return schema.engine(self.house.portal.render_as_string(hide_password=False))


@pytest.fixture(scope="module")
def scene(house: House) -> Scene:
    """Let others leave an envelope, a reply and a pulse."""
    portal, data = schema.engine(house.portal.render_as_string(hide_password=False)), an_envelope()
    Leave(portal, PLACES).leave(data, TODAY)
    beat(portal, "another-portal", 7)
    made = Scene(house, data, b"")
    made.reply = Answer(made.staff()).leave(OTHERS.mailbox().address, OTHERS_REPLY, TODAY)
    return made


def snapshot(scene: Scene) -> object:
    """Describe everything that stands in the server: what waits, what exists, who may what."""
    with scene.house.server.connect("utvag_deaddrop") as connection:
        return [
            connection.execute(statement.encode()).fetchall()
            for statement in (
                "SELECT id, team_tag, epoch, day, sha256(sealed) FROM envelopes ORDER BY id",
                "SELECT id, day, sha256(sealed) FROM replies ORDER BY id",
                "SELECT * FROM opened ORDER BY id",
                "SELECT * FROM beats ORDER BY name",
                "SELECT * FROM alembic_version",
                "SELECT relname, relowner, relacl::text, relhasrules, relhastriggers FROM pg_class ORDER BY oid",
                "SELECT proname, proacl::text, prosecdef, proconfig FROM pg_proc WHERE oid >= 16384 ORDER BY 1",
                "SELECT rolname, rolsuper, rolcanlogin FROM pg_roles ORDER BY 1",
                "SELECT count(*) FROM pg_largeobject_metadata",
                "SELECT * FROM pg_db_role_setting ORDER BY 1, 2",
            )
        ]


def tried() -> dict[str, list[str]]:
    """Read hacked.sql: statements by what they are after."""
    kinds: dict[str, list[str]] = {}
    found: list[str] = []
    for line in TRIED.read_text("utf-8").splitlines()[1:]:
        if line.startswith("-- "):
            found = kinds.setdefault(line[3:].partition(":")[0], [])
        elif line:
            found.append(line)
    return kinds


@pytest.mark.parametrize("kind", tried())
def test_everything_tried_is_refused_and_changes_nothing(scene: Scene, kind: str) -> None:
    """Reading, counting, changing, becoming somebody else, holding others up: not one statement is let through."""
    before, let = snapshot(scene), []
    with scene.enter() as connection:
        for statement in tried()[kind]:
            try:
                connection.execute(statement.encode())
            except errors.InsufficientPrivilege:
                connection.rollback()
            except psycopg.Error as error:
                connection.rollback()
                let.append(f"{statement} {type(error).__name__}: {error}")
            else:
                let.append(statement)
    assert let == []
    assert snapshot(scene) == before


def test_the_test_can_fail(scene: Scene) -> None:
    """The same statements by the server's superuser go through but a few: the role is refused, not the words."""
    refused = 0
    with scene.house.server.connect("utvag_deaddrop") as connection:
        for statement in tried()["COUNTED"]:
            try:
                connection.execute(statement.encode())
            except psycopg.Error:
                refused += 1
    assert refused <= 5


def test_what_the_role_may_do_is_a_short_list(scene: Scene) -> None:
    """Of all tables one INSERT; of all functions that do more than compute, these: a new one must be looked at here."""
    with scene.house.server.connect("utvag_deaddrop") as connection:
        tables = connection.execute("""
            SELECT relname, privilege FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',
            'REFERENCES', 'TRIGGER']) AS privilege WHERE relkind IN ('r', 'v', 'm', 'p', 'f')
            AND relnamespace <> 'information_schema'::regnamespace
            AND has_table_privilege('utvag_portal', pg_class.oid, privilege)""").fetchall()
        functions = connection.execute("""
            SELECT oid::regprocedure::text FROM pg_proc WHERE provolatile <> 'i' AND prorettype <> 'trigger'::regtype
            AND has_function_privilege('utvag_portal', oid, 'EXECUTE')
            AND has_schema_privilege('utvag_portal', pronamespace, 'USAGE')""").fetchall()
        others = connection.execute("""
            SELECT has_database_privilege('utvag_portal', 'utvag_deaddrop', 'TEMP, CREATE'),
            has_schema_privilege('utvag_portal', 'public', 'CREATE'),
            EXISTS (SELECT FROM pg_language WHERE lanpltrusted
                    AND has_language_privilege('utvag_portal', oid, 'USAGE')),
            EXISTS (SELECT FROM pg_database WHERE datname <> 'utvag_deaddrop'
                    AND has_database_privilege('utvag_portal', oid, 'CONNECT'))""").fetchone()
    assert tables == [("envelopes", "INSERT")]
    assert {name for (name,) in functions} == {
        "read_replies(bytea)",
        "note_opened(bytea,bytea[],integer)",
        "remove_replies(bytea,bytea[])",
        "beat(text,bigint)",
        "revision()",
        "envelope_size()",
        "version()",
        '"current_schema"()',
        "current_setting(text)",
        "has_schema_privilege(text,text)",
    }
    assert others == (False, False, False, False)


def test_the_functions_give_nothing_without_the_token(scene: Scene) -> None:
    """Made-up tokens, the address itself, nothing, an ocean of ids: no reply is seen, noted or removed."""
    before = snapshot(scene)
    with scene.enter() as connection:
        for token in (os.urandom(32), OTHERS.mailbox().address, b"", scene.reply, None, OTHERS.token[:31]):
            assert connection.execute("SELECT read_replies(%s)", [token]).fetchall() == []
            for ids in ([scene.reply], [scene.reply] * 50_000, [None], []):
                connection.execute("SELECT note_opened(%s, %s::bytea[], 1)", [token, ids])
                connection.execute("SELECT remove_replies(%s, %s::bytea[])", [token, ids])
        connection.execute("SELECT note_opened(%s, %s, 1)", [OTHERS.token, [envelope_id(scene.data)]])
        connection.execute("SELECT remove_replies(%s, %s)", [OTHERS.token, [envelope_id(scene.data), b""]])
    assert snapshot(scene) == before


def test_a_search_path_leads_the_functions_nowhere_else(scene: Scene) -> None:
    """They are bound to their tables and run in a path of their own, whatever the caller's session says."""
    with scene.enter() as connection:
        for path in ("pg_temp", "pg_temp, public", "nowhere", "information_schema"):
            connection.execute(f"SET search_path = {path}".encode())
            assert connection.execute("SELECT public.read_replies(%s)", [OTHERS.token]).fetchall() == [(OTHERS_REPLY,)]
    with scene.house.server.connect("utvag_deaddrop") as connection:
        kept = connection.execute("SELECT proname, proconfig FROM pg_proc WHERE prosecdef").fetchall()
    assert len(kept) == FUNCTIONS
    for name, settings in kept:
        assert settings[0] == "search_path=pg_catalog, pg_temp", name


def test_an_error_tells_nothing_of_a_row(scene: Scene) -> None:
    """A row that is refused comes back as its sender knows it; a duplicate names no column's value."""
    with scene.enter() as connection:
        row = [envelope_id(scene.data), b"t" * 8, 1, 1, scene.data]
        with pytest.raises(errors.UniqueViolation) as told:
            connection.execute("INSERT INTO envelopes VALUES (%s, %s, %s, %s, %s)", row)
        assert told.value.diag.message_detail is None
        with pytest.raises(errors.CheckViolation):
            connection.execute("INSERT INTO envelopes VALUES (%s, %s, %s, %s, %s)", [*row[:4], b"short"])


def test_open_transactions_do_not_stop_the_staff(scene: Scene) -> None:
    """It leaves a row and never commits, locks what it may, listens: staff collect, erase and answer meanwhile."""
    staff, own = scene.staff(), derive(new_code(), b"s" * 16)
    with scene.enter() as connection:
        connection.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
        data = an_envelope()
        row = [envelope_id(data), b"t" * 8, 1, 1, data]
        connection.execute("INSERT INTO envelopes VALUES (%s, %s, %s, %s, %s)", row)
        connection.execute("LOCK TABLE envelopes IN ROW EXCLUSIVE MODE")
        connection.execute("LISTEN anything")
        collect = Collect(staff)
        assert [one.id for one in collect.waiting()] == [envelope_id(scene.data)]
        collect.erase([envelope_id(scene.data)])
        Answer(staff).leave(own.mailbox().address, sealed(1, own), TODAY)
        assert collect.heard() == {"another-portal": 7}
        connection.execute("ROLLBACK")
        assert list(connection.notifies(timeout=0.1)) == []
    Leave(scene.portal(), PLACES).leave(scene.data, TODAY)
    Fetch(scene.portal()).remove(own.token, [reply_id(one) for one in Fetch(scene.portal()).replies(own.token)])


def test_what_a_hacked_portal_can_do(scene: Scene) -> None:
    """The honest rest, as the threat model has it: junk, asking after bytes it knows, another's pulse, its own role."""
    staff, known = scene.staff(), an_envelope()
    with scene.enter() as connection:
        junk = os.urandom(16)
        row = [junk, b"t" * 8, 1, 1, os.urandom(8923)]
        connection.execute("INSERT INTO envelopes VALUES (%s, %s, %s, %s, %s)", row)
        connection.execute("SELECT beat('another-portal', 99)")
        row = [envelope_id(known), b"t" * 8, 1, 1, known]
        for _ in range(2):  # taken back each time: whether these very bytes still wait is all that is learned
            with connection.transaction(force_rollback=True):
                connection.execute("INSERT INTO envelopes VALUES (%s, %s, %s, %s, %s)", row)
        connection.execute("ALTER ROLE utvag_portal SET default_transaction_read_only = on")
        connection.execute("ALTER ROLE utvag_portal SET search_path = nowhere")
        connection.execute("ALTER ROLE utvag_portal SET synchronous_commit = off")
        connection.execute("ALTER ROLE utvag_portal SET default_transaction_isolation = 'serializable'")
        connection.execute("ALTER ROLE utvag_portal IN DATABASE utvag_deaddrop SET idle_session_timeout = 1")
    try:
        # The junk is told from an envelope, and what the role's own settings say holds in no portal of ours.
        assert [one.intact for one in Collect(staff).waiting() if one.id == junk] == [False]
        Leave(scene.portal(), PLACES).leave(known, TODAY)
        with scene.portal().connect() as opened:
            asked = "'synchronous_commit'), current_setting('transaction_isolation'), current_schema("
            said = opened.exec_driver_sql(f"SELECT current_setting({asked})").one()
        assert tuple(said) == ("on", "read committed", "public")
        Collect(staff).erase([junk, envelope_id(known)])
    finally:
        scene.house.server.apply("deaddrop.sql", "utvag_deaddrop")
    with scene.house.server.connect("utvag_deaddrop") as connection:  # what the role has set for itself is gone
        kept = connection.execute(
            "SELECT setdatabase, array_length(setconfig, 1) FROM pg_db_role_setting"
            " JOIN pg_roles ON pg_roles.oid = setrole WHERE rolname = 'utvag_portal'"
        ).fetchall()
    assert kept == [(0, 3)]


def test_a_connection_that_holds_on_holds_up_the_owner_for_seconds(scene: Scene) -> None:
    """An open transaction of a hacked portal keeps a migration waiting: it gives up, says so, and nothing is half."""
    with scene.enter() as connection:
        connection.execute("BEGIN")
        connection.execute("LOCK TABLE envelopes IN ROW EXCLUSIVE MODE")
        owner = schema.engine(scene.house.server.url("utvag_deaddrop"))
        with pytest.raises(UnavailableError), told("not altered"), owner.begin() as altering:
            altering.exec_driver_sql("ALTER TABLE envelopes ADD COLUMN more integer")
        connection.execute("ROLLBACK")
    prepare(scene.portal(), PLACES)


def test_it_cannot_take_all_connections(scene: Scene) -> None:
    """The role may open 150 of 200: however many it holds, the staff app still comes in."""
    with scene.house.server.connect("postgres") as connection:
        found = connection.execute("SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname LIKE 'utvag_%'").fetchall()
        limits = {str(name): int(limit) for name, limit in found}
        (most,) = connection.execute("SELECT current_setting('max_connections')::int").fetchone() or (0,)
        connection.execute("ALTER ROLE utvag_portal CONNECTION LIMIT 3")
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(scene.enter())
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            scene.enter()
        assert Collect(scene.staff()).count() == 1
    assert 0 < limits["utvag_portal"] < most - limits["utvag_staff"]
    with scene.house.server.connect("postgres") as connection:
        connection.execute(f"ALTER ROLE utvag_portal CONNECTION LIMIT {limits['utvag_portal']}".encode())
