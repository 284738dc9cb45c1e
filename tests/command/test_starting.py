"""What keeps an app from starting where others reach it: each is planted, named with its cure, and mended."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import ClickException
from click.testing import CliRunner

from command import main, serve, starting
from command.ceremony.asking import open_key
from command.demo import draw_cast, renew_roster
from command.machine import Machine
from command.stage import Stage
from crypto.opening.identity import Identity
from portal.settings import PortalSettings
from programme import Programme
from tests.test_boundaries import signed_roster
from web import strict
from web.environment import Heard

PROGRAMME = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"
Environment = dict[str, str]


@pytest.fixture(autouse=True)
def nobody_s_machine(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Not root, none of the staff's files in reach, and an app that is noted instead of served."""
    served: list[object] = []
    monkeypatch.setattr("os.geteuid", lambda: 990)
    monkeypatch.setattr(starting, "OF_STAFF", ())
    monkeypatch.setattr("staff.hardening.harden", lambda: True)
    monkeypatch.setattr(serve, "settle", lambda: None)
    monkeypatch.setattr("web.quiet.hush", lambda: None)  # the tests' own threads are to be heard
    monkeypatch.setattr("web.serve.serve", lambda app, *_where, **_how: served.append(app))
    return served


@pytest.fixture
def portal(tmp_path: Path) -> Environment:
    """Give a portal's environment that is right in every way."""
    root = Identity.from_seed(b"r" * 32)
    towns = [town.id for town in Programme.load(PROGRAMME).municipalities]
    for name, content in (("roster", signed_roster(root, towns)), ("programme.toml", PROGRAMME.read_bytes())):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o644)
    (tmp_path / "state").mkdir(mode=0o700)
    values = {
        "ORIGIN": "https://utvag.example",
        "ROSTER": tmp_path / "roster",
        "ROOT_KEY": root.sign_public.hex(),
        "DEADDROP": tmp_path / "deaddrop.sqlite",
        "PROGRAMME": tmp_path / "programme.toml",
        "STATE": tmp_path / "state",
    }
    return {f"UTVAG_PORTAL_{name}": str(value) for name, value in values.items()}


@pytest.fixture
def staff(environment: Environment, tmp_path: Path) -> Environment:
    """Give a staff app's environment that is right in every way."""
    (tmp_path / "pepper").chmod(0o600)
    (tmp_path / "members").chmod(0o600)
    return environment | {"UTVAG_STAFF_ORIGIN": "https://utvag.inner.example"}


def start(environ: Environment, app: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Start an app in this environment; give what it says, "" if it serves."""
    for name in [*strict.LOOSE, "UTVAG_PORTAL_ORIGIN", "UTVAG_STAFF_ORIGIN"]:
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, [app])
    assert (result.exit_code == 1) == bool(result.output), result.output
    while serve.HELD:
        serve.HELD.pop().close()
    return result.output


@pytest.mark.parametrize("app", ["portal", "staff"])
def test_what_is_right_starts(
    app: str, request: pytest.FixtureRequest, nobody_s_machine: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is planted: the app comes up, so that what is planted below is what keeps it."""
    assert start(request.getfixturevalue(app), app, monkeypatch) == ""
    assert len(nobody_s_machine) == 1


SET = {
    "a demo": ({"UTVAG_PORTAL_DEMO": "1"}, "UTVAG_PORTAL_DEMO: a demo is for this machine alone"),
    "plain http": ({"UTVAG_PORTAL_ORIGIN": "http://utvag.example"}, "use https"),
    "half an onion": ({"UTVAG_PORTAL_ORIGIN": "http://utvag.onion"}, "use https"),
    "debugging": ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG: debug pages show what was typed; take it out"),
    "python's own": ({"PYTHONDEVMODE": "1"}, "PYTHONDEVMODE: "),
    "keys of TLS": ({"SSLKEYLOGFILE": "keys"}, "SSLKEYLOGFILE: "),
    "a log of visitors": ({"GRANIAN_LOG_ACCESS_ENABLED": "1"}, "GRANIAN_LOG_ACCESS_ENABLED: "),
    "a password beside it": ({"PGPASSWORD": "hemligt"}, "passfile"),
    "a host beside it": ({"PGHOST": "10.1.2.3"}, "PGHOST: leads a database's address elsewhere"),
    "an address beside it": ({"PGHOSTADDR": "10.1.2.3"}, "PGHOSTADDR: leads a database's address elsewhere"),
    "a pin of zeros": ({"UTVAG_PORTAL_ROOT_KEY": "00" * 32}, "UTVAG_PORTAL_ROOT_KEY: is nobody's public key"),
    "the staff's pepper": ({"UTVAG_STAFF_PEPPER": "pepper"}, "UTVAG_STAFF_PEPPER: is the staff app's"),
    "the staff's role": (
        {"UTVAG_PORTAL_DEADDROP": "postgresql+psycopg://utvag_staff@localhost/x"},
        "UTVAG_PORTAL_DEADDROP: signs in as utvag_staff",
    ),
    "a password": ({"UTVAG_PORTAL_DEADDROP": "postgresql+psycopg://p:hemligt@localhost/x"}, "passfile="),
    "a way to listen": ({"UTVAG_PORTAL_DEADDROP": "postgresql+psycopg://p@db.example/x"}, "sslmode=verify-full"),
    "a slip": ({"UTVAG_PORTAL_PROXYS": "1"}, "did you mean UTVAG_PORTAL_PROXIES?"),
}


@pytest.mark.parametrize(("more", "said"), SET.values(), ids=SET)
def test_a_portal_whose_settings_weaken_it_does_not_start(
    more: Environment, said: str, portal: Environment, monkeypatch: pytest.MonkeyPatch, nobody_s_machine: list[object]
) -> None:
    """Each by its name and with what to write instead, and no secret of it on the screen."""
    told = start(portal | more, "portal", monkeypatch)
    assert said in told
    assert "hemligt" not in told
    assert nobody_s_machine == []


def test_a_portal_does_not_start_as_root(portal: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever breaks into it would have the machine."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "run it as a user of its own" in start(portal, "portal", monkeypatch)


def test_a_portal_that_can_read_the_staff_s_pepper_does_not_start(
    portal: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file stands where the pages say that it stands, and this user may open it."""
    (tmp_path / "pepper").write_bytes(b"p" * 32)
    monkeypatch.setattr(starting, "OF_STAFF", (tmp_path / "pepper", tmp_path / "none"))
    assert f"{tmp_path / 'pepper'}: the portal's user can read it" in start(portal, "portal", monkeypatch)


@pytest.mark.parametrize(
    ("name", "mode"), [("state", 0o777), ("spool", 0o777), ("programme.toml", 0o666), ("pgpass", 0o644)]
)
def test_a_portal_whose_files_others_may_change_does_not_start(
    name: str, mode: int, portal: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The highest epoch seen, the numbers to call, the database's password: named with its cure; then it starts."""
    passfile = tmp_path / "pgpass"
    passfile.touch(0o600)
    portal["UTVAG_PORTAL_DEADDROP"] = f"sqlite:///{tmp_path}/deaddrop.sqlite"
    if name == "pgpass":
        portal["UTVAG_PORTAL_DEADDROP"] = f"postgresql+psycopg://u@localhost:1/x?passfile={passfile}"
    if name == "spool":
        (tmp_path / name).mkdir(0o700)
        portal["UTVAG_PORTAL_SPOOL"] = str(tmp_path / name)
    before = (tmp_path / name).stat().st_mode
    (tmp_path / name).chmod(mode)
    assert f"{tmp_path / name} can be " in start(portal, "portal", monkeypatch)
    (tmp_path / name).chmod(before)
    assert start(portal, "portal", monkeypatch) == ""


def demo_roster(folder: Path) -> tuple[bytes, str]:
    """Sign a demo's roster, and give it with its root key."""
    cast = draw_cast(Stage(folder, 1, 2))
    renew_roster(folder / "roster", cast, datetime.now(UTC).date())
    return (folder / "roster").read_bytes(), Identity.from_seed(bytes.fromhex(cast.root)).sign_public.hex()


@pytest.mark.parametrize("app", ["portal", "staff"])
def test_a_demo_s_roster_starts_nothing(
    app: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its root key lies in a file beside it: an app that others reach refuses it, though the signature holds."""
    environ: Environment = request.getfixturevalue(app)
    (tmp_path / "demo").mkdir()
    content, key = demo_roster(tmp_path / "demo")
    (tmp_path / "roster").write_bytes(content)
    prefix = f"UTVAG_{app.upper()}_"
    told = start(environ | {f"{prefix}ROOT_KEY": key}, app, monkeypatch)
    assert f"{prefix}ROSTER: is a demo's" in told
    assert "utvag roster sign" in told


OPEN: dict[str, tuple[Environment, str, int, str]] = {
    "the pepper": ({}, "pepper", 0o604, "UTVAG_STAFF_PEPPER: "),
    "the pepper's group": ({}, "pepper", 0o660, "UTVAG_STAFF_PEPPER: "),
    "the register": ({}, "members", 0o606, "UTVAG_STAFF_MEMBERS: "),
    "one host": ({"UTVAG_PORTAL_ORIGIN": "https://utvag.inner.example:8443"}, "pepper", 0o600, "is the portal's host"),
    "a demo": ({"UTVAG_STAFF_DEMO": "1"}, "pepper", 0o600, "UTVAG_STAFF_DEMO: "),
    "the owner": (
        {"UTVAG_STAFF_CASEBOOK": "postgresql+psycopg://utvag_casebook_owner@localhost/c"},
        "pepper",
        0o600,
        "UTVAG_STAFF_CASEBOOK: signs in as utvag_casebook_owner",
    ),
    "no memory": (
        {"UTVAG_STAFF_CASEBOOK": "postgresql+psycopg://utvag_casebook@localhost/c"},
        "pepper",
        0o600,
        "UTVAG_STAFF_ERASED: is missing",
    ),
    "a password": (
        {"UTVAG_STAFF_SMTP_HOST": "127.0.0.1", "UTVAG_STAFF_SMTP_FROM": "a@b.se"},
        "word",
        0o644,
        "_PASSWORD",
    ),
}


@pytest.mark.parametrize(("more", "file", "mode", "said"), OPEN.values(), ids=OPEN)
def test_a_staff_app_that_is_weakened_does_not_start(
    more: Environment,
    file: str,
    mode: int,
    said: str,
    staff: Environment,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What opens keys lies open, the other app's host, another role: each named."""
    if file == "word":
        (tmp_path / file).write_text("hemligt", "utf-8")
        more = more | {"UTVAG_STAFF_SMTP_PASSWORD": str(tmp_path / file)}
    (tmp_path / file).chmod(mode)
    assert said in start(staff | more, "staff", monkeypatch)


def test_one_store_for_both_is_refused(staff: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever copies the dead drop would have the casebook."""
    staff["UTVAG_STAFF_DEADDROP"] = staff["UTVAG_STAFF_CASEBOOK"]
    assert "is the same store" in start(staff, "staff", monkeypatch)


def test_on_loopback_an_app_may_be_loose(portal: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody else comes there: a try, an exercise and the demo need no second user."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    (tmp_path / "state").chmod(0o777)
    assert start(portal | {"UTVAG_PORTAL_ORIGIN": "http://127.0.0.1:8831"}, "portal", monkeypatch) == ""


def test_a_roster_that_is_not_there_is_the_app_s_own_matter(portal: Environment, tmp_path: Path) -> None:
    """It starts out of service and takes the roster when it comes; here only a demo's is looked for."""
    (tmp_path / "roster").unlink()
    environ = Heard(portal)
    assert starting.portal(PortalSettings.from_env(environ), environ) == []


def test_a_key_file_that_others_may_read_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of it can be tried for ever: named with its cure. A memory stick has no rights, and is let through."""
    path = tmp_path / "alma.key"
    path.write_bytes(b"no key")
    path.chmod(0o640)
    told = CliRunner().invoke(main, ["staff", "enrol", "Alma", str(path)])
    assert (told.exit_code, f"chmod 600 {path}" in told.output) == (1, True)
    with pytest.raises(ClickException, match="can be read by others"):
        open_key(path, "word")
    monkeypatch.setattr(Machine, "filesystem", lambda _machine, _path: "vfat")
    with pytest.raises(ClickException, match="damaged or no key file"):
        open_key(path, "word")
    monkeypatch.undo()
    path.chmod(0o600)
    with pytest.raises(ClickException, match="damaged or no key file"):
        open_key(path, "word")
