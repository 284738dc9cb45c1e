"""The dead drop's tables through the years: made, brought up and down with what waits, checked before use."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import Engine, MetaData, inspect, text
from sqlalchemy.schema import CreateTable

from command import main
from deaddrop import schema
from deaddrop.answer import Answer
from deaddrop.beat import beat
from deaddrop.collect import Collect
from deaddrop.errors import NotMigratedError, OtherPlacesError
from deaddrop.leave import Leave
from deaddrop.migrating import migrate
from deaddrop.preparing import HEAD, prepare
from tests.deaddrop.conftest import Sides, on_server
from tests.deaddrop.test_deaddrop import TODAY, an_envelope
from tests.deaddrop.test_mailboxes import OWN, read, sealed
from tests.postgresql import PLACES, Cluster

TABLES = (schema.envelopes(PLACES), schema.REPLIES, schema.OPENED, schema.BEATS)


def shape(engine: Engine) -> object:
    """Describe every table of ours as the database has it."""
    found = inspect(engine)
    return {
        table.name: (
            [(one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(table.name)],
            found.get_pk_constraint(table.name)["constrained_columns"],
            sorted((str(one["name"]), one["sqltext"]) for one in found.get_check_constraints(table.name)),
        )
        for table in TABLES
    }


def test_migrations_make_what_a_new_file_is_given_at_once(tmp_path: Path) -> None:
    """Table by table the two ways to a dead drop on SQLite agree, also in what tells no order of arrival."""
    made, moved = (schema.engine(tmp_path / name) for name in ("made.sqlite", "moved.sqlite"))
    prepare(made, PLACES)
    migrate(moved, PLACES)
    assert shape(made) == shape(moved)
    for engine in (made, moved):
        with engine.connect() as connection:
            flags = {row.name: (row.wr, row.strict) for row in connection.execute(text("PRAGMA table_list"))}
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        assert {flags[table.name] for table in TABLES} == {(1, 1)}
        assert revision == HEAD


@pytest.mark.long
def test_migrations_make_what_the_tables_say_on_a_server(postgresql: Cluster) -> None:
    """The server's tables agree with their description, to the last column and the last length."""
    engine = schema.engine(postgresql.database())
    migrate(engine, PLACES)
    described = MetaData()
    for table in TABLES:
        table.to_metadata(described)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), described) == []
    lengths = {one["name"] for table in TABLES for one in inspect(engine).get_check_constraints(table.name)}
    assert lengths == {str(one.name) for table in TABLES for one in table.constraints if "length" in str(one.name)}


def test_down_and_up_again_loses_nothing_that_waits(sides: Sides) -> None:
    """To the first revision and back: the request is collected, the reply is read, the pulse goes on."""
    Leave(sides.portal, PLACES).leave(an_envelope(), TODAY)
    Answer(sides.staff).leave(OWN.mailbox().address, sealed(1), TODAY)
    beat(sides.portal, "portal-1", 1)
    migrate(sides.owner, PLACES, "0001")
    assert "beats" not in inspect(sides.owner).get_table_names()
    migrate(sides.owner, PLACES)
    assert Collect(sides.staff).count() == 1
    assert read(sides, OWN) == ["svar 1"]
    beat(sides.portal, "portal-1", 2)
    assert Collect(sides.staff).heard() == {"portal-1": 2}


def test_what_waits_is_never_taken_away_with_its_table(sides: Sides) -> None:
    """Taking all back is refused while a request waits; collected, the tables go."""
    Leave(sides.portal, PLACES).leave(an_envelope(), TODAY)
    with pytest.raises(RuntimeError, match="collect it first"):
        migrate(sides.owner, PLACES, "base")
    collect = Collect(sides.staff)
    collect.erase([one.id for one in collect.waiting()])
    migrate(sides.owner, PLACES, "base")
    assert inspect(sides.owner).get_table_names() == ["alembic_version"]


def test_a_file_from_before_is_brought_up_to_date_at_the_start(tmp_path: Path) -> None:
    """A dead drop of the first version, with a request in it: the portal starts, and nobody ran a command."""
    path, data = tmp_path / "deaddrop.sqlite", an_envelope()
    engine = schema.engine(path)
    with engine.begin() as connection:
        connection.execute(CreateTable(schema.envelopes(PLACES)))
    Leave(engine, PLACES).leave(data, TODAY)
    prepare(engine, PLACES)
    beat(engine, "portal-1", 7)
    assert [one.sealed for one in Collect(engine).waiting()] == [data]
    assert Collect(engine).heard() == {"portal-1": 7}
    with pytest.raises(OtherPlacesError):
        prepare(engine, PLACES + 1)


def test_a_file_that_a_newer_version_made_is_left_alone(tmp_path: Path) -> None:
    """Who goes back a version meets tables of tomorrow: they are used, and nothing is undone."""
    path = tmp_path / "deaddrop.sqlite"
    prepare(schema.engine(path), PLACES)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    prepare(schema.engine(path), PLACES)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_each_portal_has_one_beat(sides: Sides) -> None:
    """The newest minute stands, by name; there is no trail of minutes."""
    for name, minute in (("a", 10), ("b", 10), ("a", 11)):
        beat(sides.portal, name, minute)
    assert Collect(sides.staff).heard() == {"a": 11, "b": 10}


@pytest.mark.long
def test_a_portal_cannot_fill_the_server_with_names(postgresql: Cluster, drop_mould: str) -> None:
    """After 64 names no new one is kept; those that are known go on."""
    sides = on_server(postgresql, drop_mould)
    for number in range(70):
        beat(sides.portal, f"portal-{number}", 1)
    beat(sides.portal, "portal-0", 2)
    heard = Collect(sides.staff).heard()
    assert (len(heard), heard["portal-0"]) == (64, 2)


@pytest.mark.long
def test_a_portal_without_tables_says_which_command_makes_them(postgresql: Cluster) -> None:
    """No tables, old tables, rights taken away by hand: each is named at the start, and one command mends it."""
    address = postgresql.url("bare")
    postgresql.apply("deaddrop.sql", address)
    owner = schema.engine(address)
    portal = schema.engine(postgresql.by("utvag_portal", address))
    breaks: list[Callable[[], object]] = [
        lambda: None,
        lambda: migrate(owner, PLACES, "0002"),
        lambda: run(owner, "REVOKE EXECUTE ON FUNCTION revision() FROM utvag_portal"),
    ]
    for broken in breaks:
        broken()
        with pytest.raises(NotMigratedError, match="utvag migrate deaddrop"):
            prepare(portal, PLACES)
        migrate(owner, PLACES)
        prepare(portal, PLACES)
    with pytest.raises(OtherPlacesError):
        prepare(portal, PLACES + 1)


@pytest.mark.long
def test_everything_belongs_to_the_owner_who_cannot_log_in(postgresql: Cluster) -> None:
    """An administrator migrated: tables and functions are the owner's all the same, and nobody logs in by that name."""
    address = postgresql.url("owned")
    postgresql.apply("deaddrop.sql", address)
    engine = schema.engine(address)
    migrate(engine, PLACES)
    with engine.connect() as connection:
        owners = "SELECT relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace UNION "
        functions = "SELECT proowner::regrole::text FROM pg_proc WHERE prosecdef AND proname <> 'refuse_changes'"
        assert connection.execute(text(owners + functions)).scalars().all() == ["utvag_owner"]
        assert not connection.execute(
            text("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'utvag_owner'")
        ).scalar_one()


def run(engine: Engine, statement: str) -> None:
    """Run one statement as the server's superuser."""
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_the_command_moves_a_file_and_says_what_it_did(tmp_path: Path) -> None:
    """`utvag migrate deaddrop` up, down and to nowhere; what went wrong is a sentence."""
    path = str(tmp_path / "deaddrop.sqlite")
    said = {}
    for words in ([], ["--to", "0001"], ["--to", "7777"], ["--to", "base"]):
        done = CliRunner().invoke(main, ["migrate", "deaddrop", "--database", path, *words])
        said[" ".join(words)] = (done.exit_code, done.output)
    assert said[""] == (0, "Den döda brevlådan: klar (head).\n")
    assert said["--to 0001"][0] == said["--to base"][0] == 0
    assert said["--to 7777"][0] == 1
    assert "Ingen sådan revision" in said["--to 7777"][1]


def test_the_command_says_what_stands_in_the_way(tmp_path: Path) -> None:
    """Something waits, or the server does not answer: one sentence each, and no password in it."""
    path = tmp_path / "deaddrop.sqlite"
    prepare(schema.engine(path), PLACES)
    Leave(schema.engine(path), PLACES).leave(an_envelope(), TODAY)
    done = CliRunner().invoke(main, ["migrate", "deaddrop", "--database", str(path), "--to", "base"])
    assert (done.exit_code, "something waits in envelopes" in done.output) == (1, True)
    nowhere = "postgresql+psycopg://utvag:kvittra@127.0.0.1:1/x"
    for which in ("deaddrop", "casebook"):
        done = CliRunner().invoke(main, ["migrate", which, "--database", nowhere])
        assert (done.exit_code, "OperationalError" in done.output) == (1, True)
        assert "kvittra" not in done.output


def test_the_command_moves_a_casebook(tmp_path: Path) -> None:
    """The same for the casebook, to the newest and all the way back."""
    path = str(tmp_path / "casebook.sqlite")
    for words, there in (([], True), (["--to", "base"], False)):
        done = CliRunner().invoke(main, ["migrate", "casebook", "--database", path, *words])
        assert done.exit_code == 0, done.output
        with closing(sqlite3.connect(path)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert ("folders" in names) == there
