"""The dead drop's server as production has it: TLS that proves who answers, SCRAM, one database, not a line of log."""

import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError

from crypto.returncode import derive, new_code
from deaddrop import schema
from deaddrop.answer import Answer
from deaddrop.collect import Collect
from deaddrop.errors import UnavailableError
from deaddrop.fetch import Fetch
from deaddrop.leave import Leave
from deaddrop.preparing import prepare
from tests.certificates import authority
from tests.deaddrop.conftest import House
from tests.deaddrop.test_deaddrop import an_envelope
from tests.deaddrop.test_mailboxes import sealed
from tests.postgresql import PLACES

TODAY = date(2026, 11, 22)
pytestmark = pytest.mark.long


def words(url: URL) -> str:
    """Write an address out as settings have it."""
    return url.render_as_string(hide_password=False)


def silent(url: URL) -> URL:
    """Take the password out of an address."""
    return URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)


def refused(url: URL) -> str:
    """Try to open a connection; give what the library says when it is refused."""
    with pytest.raises(UnavailableError) as told:
        prepare(schema.engine(words(url)), PLACES)
    return str(told.value.__cause__)


def test_who_proves_the_server_gets_through(house: House, tmp_path: Path) -> None:
    """An address as the settings have it, the password in a file of its own: left, collected, answered, read."""
    passes = tmp_path / "pgpass"
    passes.write_text(f"*:*:*:*:{house.server.password}\n", "ascii")
    passes.chmod(0o600)
    portal, staff = (
        schema.engine(words(silent(url).update_query_dict({"passfile": str(passes)})))
        for url in (house.portal, house.staff)
    )
    prepare(portal, PLACES)
    Leave(portal, PLACES).leave(an_envelope(), TODAY)
    keys = derive(new_code(), b"s" * 16)
    one = Answer(staff).leave(keys.mailbox().address, sealed(1, keys), TODAY)
    assert sealed(1, keys)[:6] in {data[:6] for data in Fetch(portal).replies(keys.token)}
    Fetch(portal).remove(keys.token, [one])
    collect = Collect(staff)
    collect.erase([each.id for each in collect.waiting()])
    assert (collect.count(), Answer(staff).waiting(keys.mailbox().address)) == (0, frozenset())
    with portal.connect() as connection:
        info = connection.connection.driver_connection
        assert isinstance(info, psycopg.Connection)
        assert info.pgconn.ssl_in_use


def test_nobody_comes_in_without_tls(house: House) -> None:
    """A client that does not ask for TLS is refused, whoever it is; so is an old version of it."""
    for url in (house.portal, house.staff):
        assert "rejects connection" in refused(url.update_query_dict({"sslmode": "disable"}))
    assert "protocol version" in refused(house.portal.update_query_dict({"ssl_max_protocol_version": "TLSv1.2"}))


def test_another_server_is_not_believed(house: House, tmp_path: Path) -> None:
    """A certificate by a stranger, or for another host: the programs send nothing, not even a password."""
    stranger = house.portal.update_query_dict({"sslrootcert": str(authority(tmp_path))})
    assert "certificate verify failed" in refused(stranger)
    assert 'does not match host name "localhost"' in refused(house.portal.set(host="localhost"))


def test_passwords_are_kept_as_scram_and_asked_for(house: House) -> None:
    """A wrong password and none are refused; the server holds none that could be used again."""
    assert "password authentication failed" in refused(house.portal.set(password="fel"))
    assert "no password supplied" in refused(silent(house.portal))
    with house.server.connect("postgres") as connection:
        kept = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'utvag_%'").fetchall()
    assert {str(word)[:14] for (word,) in kept} == {"SCRAM-SHA-256$"}


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_each_role_reaches_one_database(house: House, database: str) -> None:
    """The server's other databases, where its counts would be open, are closed to both; the owner comes in nowhere."""
    for url in (house.portal, house.staff):
        assert "rejects connection" in refused(url.set(database=database))
    assert "not permitted to log in" in refused(house.portal.set(username="utvag_owner"))


def test_the_server_writes_no_line(house: House) -> None:
    """One envelope twice, what is refused, a wrong word with a name in it, a broken call: not one line is added."""
    portal, data = schema.engine(words(house.portal)), an_envelope()
    before, there = house.log(), Collect(schema.engine(words(house.staff))).count()
    leave = Leave(portal, PLACES)
    for _ in range(2):
        leave.leave(data, TODAY)
    for wrong in (
        "INSERT INTO envelopes VALUES ('\\x00', '\\x00', 1, 1, 'Malva Kvittra')",
        "SELECT 'Malva Kvittra' FROM envelopes",
        "Malva Kvittra",
        "SELECT read_replies('Malva Kvittra', 1)",
        "SET debug_print_parse = on; SET debug_print_plan = on; SELECT 'Malva Kvittra'",
        "SET client_min_messages = debug5; SET log_min_messages = debug5",
        "SET trace_notify = on; NOTIFY malva, 'Kvittra'",
    ):
        attempt(portal, wrong)
    assert Collect(schema.engine(words(house.staff))).count() == there + 1
    assert house.log() == before
    assert "Kvittra" not in before


def test_a_line_would_have_been_seen(house: House) -> None:
    """The same mistake under the server's usual settings leaves its words in that very file: silence is shown."""
    with house.server.connect("utvag_deaddrop") as connection:
        for setting in ("log_min_messages = error", "log_min_error_statement = error"):
            connection.execute(f"SET {setting}".encode())
        with pytest.raises(psycopg.errors.UndefinedColumn):
            connection.execute("SELECT tydlig_rad")
    assert "tydlig_rad" in house.log()


def attempt(engine: Engine, statement: str) -> None:
    """Run a statement, whatever the server says of it."""
    with engine.connect() as connection, suppress(DBAPIError):
        connection.exec_driver_sql(statement)


def traces(house: House, marks: list[bytes]) -> list[str]:
    """Name the server's files in which one of the marks can be read."""
    files = [path for path in (house.server.folder / "data").rglob("*") if path.is_file()]
    contents = {path: path.read_bytes() for path in files}
    return [str(path) for path, content in contents.items() if any(mark in content for mark in marks)]


def test_what_was_collected_or_removed_is_nowhere_in_the_servers_files(house: House) -> None:
    """After a minute's checkpoint no byte is left in tables, free space or log; what waits on is there whole."""
    portal, staff = (schema.engine(words(url)) for url in (house.portal, house.staff))
    collect, answer, keys = Collect(staff), Answer(staff), derive(new_code(), b"s" * 16)
    collect.erase([one.id for one in collect.waiting()])
    sent, replies = [an_envelope() for _ in range(20)], [sealed(number, keys) for number in (1, 2, 3)]
    for data in sent:
        Leave(portal, PLACES).leave(data, TODAY)
    ids = [answer.leave(keys.mailbox().address, data, TODAY) for data in replies]
    gone = [*(data[5000:5016] for data in sent[1:]), replies[0][2000:2016]]
    assert traces(house, gone)
    Fetch(portal).remove(keys.token, ids[:1])
    collect.erase([one.id for one in collect.waiting() if one.sealed != sent[0]])
    time.sleep(1.5)  # the server counts what is dead once a second
    answer.expire(TODAY)
    checkpoint(house)
    assert traces(house, gone) == []
    assert [one.sealed for one in collect.waiting()] == [sent[0]]
    assert answer.waiting(keys.mailbox().address) == set(ids[1:])
    collect.erase([one.id for one in collect.waiting()])
    checkpoint(house)
    assert traces(house, [sent[0][5000:5016]]) == []
    Fetch(portal).remove(keys.token, ids)


def checkpoint(house: House) -> None:
    """Do what the server does by itself each minute."""
    with house.server.connect("postgres") as connection:
        connection.execute("CHECKPOINT")
