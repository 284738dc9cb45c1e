"""The casebook's server as production has it: an owner who makes tables, an app that can only use them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from command import main
from command.checks import database
from command.findings import ALARM, GOOD, Finding
from staff.casebook import Casebook, migrate, prepare, ready
from staff.errors import NotMigratedError
from staff.models import AuditHead, AuditRow, Seen
from tests.postgresql import DEPLOY, Cluster, cluster
from tests.staff.world import World
from tests.staff.writer import Writer


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """Set the server up by deploy/postgres/casebook/, with its roles and no tables yet."""
    with cluster("casebook") as made:
        made.apply("casebook.sql", made.url("utvag_casebook"))
        yield made


@pytest.fixture
def app(server: Cluster) -> Iterator[Casebook]:
    """Open the casebook as the staff app does."""
    opened = Casebook(server.by("utvag_casebook", server.url("utvag_casebook")))
    yield opened
    opened.close()


@pytest.mark.long
def test_an_app_that_may_make_no_table_says_who_does(server: Cluster, app: Casebook) -> None:
    """Before the first migration and after a newer version: a sentence with the command; in between it just starts."""
    address = server.url("utvag_casebook")
    with pytest.raises(NotMigratedError, match="utvag migrate casebook --database"):
        prepare(app)
    assert CliRunner().invoke(main, ["migrate", "casebook", "--database", address]).exit_code == 0
    prepare(app)
    assert ready(app)
    CliRunner().invoke(main, ["migrate", "casebook", "--database", address, "--to", "0006"])
    with pytest.raises(NotMigratedError, match="har revision 0006"):
        prepare(app)
    owner = Casebook(address)
    migrate(owner)
    with owner.engine.begin() as connection:
        newest = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotMigratedError, match=f"--to {newest}"):
        prepare(app)
    with owner.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
    owner.close()
    prepare(app)


@pytest.mark.long
def test_the_app_uses_rows_and_changes_no_table(server: Cluster, app: Casebook) -> None:
    """It adds, reads and erases; the audit it only adds to; no table is altered, dropped or made by it."""
    owner = Casebook(server.url("utvag_casebook"))
    prepare(owner)
    owner.close()
    with app.write() as session:
        session.add(Seen(id=b"x" * 16, epoch=1))
    with app.write() as session:
        session.query(Seen).delete()
    with app.read() as session:
        assert session.query(AuditRow).count() + session.query(AuditHead).count() >= 0
    for statement in (
        "DELETE FROM audit",
        "UPDATE audit SET day = 1",
        "DELETE FROM audit_head",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP TABLE audit",
        "ALTER TABLE seen ADD COLUMN words text",
        "TRUNCATE seen",
        "CREATE TABLE beside (words text)",
        "CREATE TEMP TABLE beside (words text)",
        "CREATE TRIGGER t BEFORE INSERT ON seen EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "SET ROLE utvag_casebook_owner",
    ):
        with pytest.raises(ProgrammingError, match=r"denied|must be owner"), app.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.mark.long
def test_the_doctor_finds_an_app_that_may_more(server: Cluster) -> None:
    """As delivered it is refused all that it does not need; a right to the audit too much is named."""
    address = server.url("utvag_casebook")
    owner = Casebook(address)
    prepare(owner)
    owner.close()
    of_app = server.by("utvag_casebook", address)

    def said() -> Finding:
        return database.look("Ärendeboken", of_app, database.CASEBOOK, {})[-1]

    assert said().level == GOOD
    with server.connect("utvag_casebook") as opened:
        for right, words in (("DELETE", "radera ur loggen"), ("UPDATE", "ändra loggen")):
            opened.execute(f"GRANT {right} ON audit TO utvag_casebook".encode())
            assert (said().level, words in said().words) == (ALARM, True)
            opened.execute(f"REVOKE {right} ON audit FROM utvag_casebook".encode())
    assert said().level == GOOD


@pytest.mark.long
def test_a_day_is_worked_with_no_more_than_that(server: Cluster, app: Casebook, tmp_path: Path) -> None:
    """A request comes, is opened, answered and taken as a case by roles alone; every look stands in the audit."""
    owner = Casebook(server.url("utvag_casebook"))
    prepare(owner)
    owner.close()
    world = World(tmp_path, server.by("utvag_casebook", server.url("utvag_casebook")))
    kim, anna = Writer(world), world.browser(world.owner)
    row = kim.send(message="hej")
    assert anna.get(f"/inbox/{row}").status_code == 200
    assert anna.post(f"/inbox/{row}/take").status_code in (302, 303)
    with app.read() as session:
        assert session.query(AuditRow).count() >= 1
    world.close()


@pytest.mark.long
def test_it_comes_in_over_tls_only_and_writes_no_words_down(server: Cluster, app: Casebook) -> None:
    """Plain connections are refused; a duplicate leaves no value and no statement in the server's log."""
    plain = make_url(server.by("utvag_casebook", server.url("utvag_casebook"))).update_query_dict(
        {"sslmode": "disable"}
    )
    opened = Casebook(plain.render_as_string(hide_password=False))
    with pytest.raises(DBAPIError, match="rejects connection"):
        ready(opened)
    opened.close()
    owner = Casebook(server.url("utvag_casebook"))
    prepare(owner)
    owner.close()
    with app.write() as session:
        session.add(Seen(id=b"Malva Kvittra...", epoch=1))
    with pytest.raises(IntegrityError), app.write() as session:
        session.add(Seen(id=b"Malva Kvittra...", epoch=1))
    said = Path(server.folder / "log").read_text("utf-8")
    assert "duplicate key" in said
    for word in ("Kvittra", b"Kvittra".hex(), "INSERT"):
        assert word not in said


def test_three_machines_let_in_whom_one_does() -> None:
    """The owner comes in for a migration there too, and nobody else than on one machine."""
    one = (DEPLOY / "casebook/pg_hba.conf").read_text("utf-8")
    three = (DEPLOY.parent / "ha/patroni.yml").read_text("utf-8")
    let_in = [set(re.findall(r"hostssl\s+utvag_casebook\s+(\S+)", text)) for text in (one, three)]
    assert let_in[0] == let_in[1] == {"utvag_casebook", "utvag_casebook_owner"}
