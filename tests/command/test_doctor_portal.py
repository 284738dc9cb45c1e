"""The doctor on the portal's machine and on staff's, beside a running app: clean is clean, and each fault is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from command import main
from command.checks import database, portal, served, staff
from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding
from command.machine import Machine
from command.processes import claim_port
from command.visiting import Visitor
from deaddrop import schema
from deaddrop.migrating import migrate
from portal.settings import PortalSettings
from staff.settings import StaffSettings
from tests.command.test_watch import Site, flip, sited
from tests.postgresql import Cluster
from tests.serving import serving
from tests.staff.world import World as StaffWorld
from web.environment import Heard


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a portal for all stories of this file."""
    with sited(tmp_path_factory.mktemp("doctor")) as made:
        yield made


def now() -> datetime:
    """Give the time as it is when asked: hours may lie between reading this file and a story."""
    return datetime.now(UTC)


def levels(found: list[Finding]) -> list[str]:
    """Give how serious each is."""
    return [one.level for one in found]


def front() -> tuple[str, int]:
    """Give a place where no front stands."""
    return "127.0.0.1", claim_port(0)


def run(*words: str) -> Result:
    """Type `utvag doctor` and more."""
    return CliRunner().invoke(main, ["doctor", *words])


@pytest.fixture
def loaded(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Load the portal's settings, as `set -a; . portal.env` does."""
    site.break_in("")
    for name in ("UTVAG_STAFF_ORIGIN",):
        monkeypatch.delenv(name, raising=False)
    for name, value in (site.environment | {"UTVAG_PORTAL_PORT": str(site.port)}).items():
        monkeypatch.setenv(name, value)
    return site


def test_a_running_portal_is_looked_over_without_staff(loaded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part says its line; the demo's made-up telephone number is what must be mended here."""
    result = run("portal")
    lines = result.output.splitlines()
    for word in ("Inställningar", "Portalen på", "Mottagarlista", "Telefon", "nginx", "Växlingsfil", "Disken", "Språk"):
        assert [line for line in lines if f" {word}" in line], (word, result.output)
    assert f"{GOOD:<8} Portalen på {loaded.port}: 12 sidor" in result.output
    assert result.exit_code == 2
    assert "påhittat nummer" in result.output
    assert run().output.count("Portalen på") == 1  # with the portal's settings loaded it needs no more words


def test_a_process_that_serves_something_else_is_told(loaded: Site) -> None:
    """Another version, or somebody has changed it: the page's name stands there."""
    loaded.break_in("/about", flip)
    settings = PortalSettings.from_env(loaded.environment)
    found = served.portal(settings, [loaded.port], front(), now())
    assert levels(found) == [ALARM]
    assert "/about: " in found[0].words
    assert levels(served.portal(settings, [claim_port(0)], front(), now())) == [ALARM]


def test_a_portal_that_cannot_take_anything_is_told(loaded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It serves its pages, and says of itself that it is not ready."""
    real = Visitor.get

    def get(visitor: Visitor, path: str) -> object:
        return real(visitor, "/no-such-page" if path == "/readyz" else path)

    monkeypatch.setattr(Visitor, "get", get)
    found = served.portal(PortalSettings.from_env(loaded.environment), [loaded.port], front(), now())
    assert "/readyz säger nej" in found[0].words


def test_what_stands_before_a_portal_is_asked_for(loaded: Site) -> None:
    """An https origin: the front is knocked at; all nets, and a proxy that is not counted, are to look at."""
    values = loaded.environment | {"UTVAG_PORTAL_ORIGIN": "https://utvag.example", "UTVAG_PORTAL_HOST": "::"}
    found = served.portal(PortalSettings.from_env(values), [loaded.port], front(), now())
    assert levels(found)[-3:] == [WARNING, WARNING, UNSURE]
    assert "--front HOST:PORT" in found[-1].words


def test_weak_settings_and_a_roster_of_old_stand_in_what_it_finds(loaded: Site, tmp_path: Path) -> None:
    """What would keep it from starting now is told line by line, though it runs."""
    values = loaded.environment | {"UTVAG_PORTAL_ORIGIN": "https://utvag.example", "UTVAG_PORTAL_PROXYS": "1"}
    environ = Heard(values)
    settings = PortalSettings.from_env(environ)
    asked = portal.Asked(None, (loaded.port,), front(), now())
    found = portal.look(settings, environ, Machine(), asked)
    assert any("did you mean UTVAG_PORTAL_PROXIES" in one.words and one.level == ALARM for one in found)


@pytest.mark.parametrize("word", ["portal", "staff"])
def test_settings_that_will_not_do_are_named(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at without them."""
    for name in ("UTVAG_PORTAL_ORIGIN", "UTVAG_STAFF_ORIGIN"):
        monkeypatch.delenv(name, raising=False)
    result = run(word)
    assert (result.exit_code, "Inställningarna duger inte" in result.output) == (1, True)


def test_a_running_staff_app_is_looked_over(
    world: StaffWorld, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers with its headers, its collection is told, its store and its backups."""
    with serving(world.app) as server:
        settings = StaffSettings.from_env(environment | {"UTVAG_STAFF_PORT": str(server.effective_port)})
        found = staff.running(settings, Machine(), staff.Asked(None, tmp_path / "none", now()))
        assert (found[0].level, "svarar, med sina" in found[0].words) == (GOOD, True), found[0].words
        monkeypatch.setattr(staff, "headers", lambda **_secure: {"X-Frame-Options": "SAMEORIGIN"})
        (changed, *_) = staff.running(settings, Machine(), staff.Asked(None, tmp_path / "none", now()))
        assert (changed.level, "X-Frame-Options" in changed.words) == (ALARM, True)
    said = "\n".join(one.words for one in found)
    assert "Hämtning: inget har legat" in said
    assert "Säkerhetskopior: " in said
    assert levels(served.staff("127.0.0.1", claim_port(0), {})) == [ALARM]
    assert levels(served.staff("0.0.0.0", claim_port(0), {})) == [WARNING, ALARM]  # noqa: S104  # read, not listened on


def test_a_queue_in_memory_is_an_alarm(loaded: Site, tmp_path: Path) -> None:
    """What lies there was acknowledged, and a power cut would take it; on a disk it is well, and its room is told."""
    (tmp_path / "proc").mkdir()
    values = loaded.environment | {"UTVAG_PORTAL_SPOOL": str(tmp_path / "spool")}
    (tmp_path / "spool").mkdir()
    environ = Heard(values)
    settings = PortalSettings.from_env(environ)

    def said(kind: str) -> list[str]:
        (tmp_path / "proc/mounts").write_text(f"/dev/sda1 / {kind} rw 0 0\n", "utf-8")
        asked = portal.Asked(None, (loaded.port,), front(), now())
        return [one.level for one in portal.look(settings, environ, Machine(tmp_path), asked) if "Kön" in one.words]

    assert said("ext4") == [GOOD]
    assert said("tmpfs") == [GOOD, ALARM]


def test_a_store_in_a_file_is_said_as_that() -> None:
    """On SQLite whoever takes the portal can delete: to look at, with the way out."""
    assert levels(database.look("Brevlådan", "/srv/drop.sqlite", database.PORTAL, database.QUIET)) == [WARNING]


def test_a_server_that_is_away_is_told() -> None:
    """Nothing answers there; nothing of the address is shown."""
    address = f"postgresql+psycopg://u:hemligt@127.0.0.1:{claim_port(0)}/x"
    (found,) = database.look("Brevlådan", address, database.PORTAL, database.QUIET)
    assert (found.level, "hemligt" in found.words) == (ALARM, False)


@pytest.mark.long
def test_each_role_is_tried_by_its_own_address(postgresql: Cluster) -> None:
    """As delivered each role is refused what it must be; one right too much, and the owner's address, are named."""
    address = postgresql.database()
    postgresql.apply("deaddrop.sql", address)
    migrate(schema.engine(address), 8)
    of_portal, of_staff = (postgresql.by(role, address) for role in ("utvag_portal", "utvag_staff"))

    def found(who: str, refused: object = database.PORTAL) -> Callable[[], list[Finding]]:
        return lambda: database.look("Brevlådan", who, refused, {})  # type: ignore[arg-type]  # a dict of the module's

    assert levels(found(of_portal)()) == [GOOD, GOOD]
    assert levels(found(of_staff, database.STAFF)()) == [GOOD, GOOD]
    assert "superuser" in found(address)()[-1].words
    with postgresql.connect(address.rpartition("/")[2]) as owner:
        owner.execute("GRANT SELECT ON envelopes TO utvag_portal")
        (*_, told) = found(of_portal)()
        assert (told.level, "läsa förfrågningar" in told.words) == (ALARM, True)
        for right in ("UPDATE", "TRUNCATE"):
            owner.execute("REVOKE ALL ON envelopes FROM utvag_portal")
            owner.execute(f"GRANT {right} ON envelopes TO utvag_portal".encode())
            (*_, told) = found(of_portal)()
            assert (told.level, "ändra eller tömma" in told.words) == (ALARM, True), right
        owner.execute("GRANT UPDATE ON replies TO utvag_staff")
        (*_, told) = found(of_staff, database.STAFF)()
        assert (told.level, "ändra svar" in told.words) == (ALARM, True)
    (_, loud, *_) = database.look("Brevlådan", of_portal, {}, database.QUIET)
    assert (loud.level, "log_min_error_statement" in loud.words) == (ALARM, True)
