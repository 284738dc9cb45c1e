"""The watcher: an honest portal is quiet, one byte more or less is an alarm, and it comes through Tor where told to."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any  # WSGI's own types are of the type checker only

import pytest
from click.testing import CliRunner, Result

from command import main
from command.processes import claim_port
from command.visiting import Visitor, through
from crypto.opening.identity import new_identity
from portal import create_app
from portal.settings import PortalSettings
from programme import Programme
from staff.reminders import mail
from tests.serving import serving
from tests.test_boundaries import signed_roster

PROGRAMME = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"
Headers = list[tuple[str, str]]


class Site:
    """A portal on loopback that somebody may have broken into."""

    def __init__(self, folder: Path) -> None:
        self.port = claim_port(0)
        root = new_identity()
        self.roster = folder / "roster"
        self.roster.write_bytes(signed_roster(root, [town.id for town in Programme.load(PROGRAMME).municipalities]))
        self.environment = {
            "UTVAG_PORTAL_ORIGIN": f"http://127.0.0.1:{self.port}",
            "UTVAG_PORTAL_ROSTER": str(self.roster),
            "UTVAG_PORTAL_ROOT_KEY": root.sign_public.hex(),
            "UTVAG_PORTAL_DEADDROP": str(folder / "drop.sqlite"),
            "UTVAG_PORTAL_PROGRAMME": str(PROGRAMME),
            "UTVAG_PORTAL_STATE": str(folder / "state"),
        }
        (folder / "state").mkdir()
        self._app: Any = create_app(PortalSettings.from_env(self.environment)).wsgi_app
        self.path = ""
        self.change: Callable[[bytes], bytes] = bytes
        self.headers: Headers = []

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Serve a request; on one path the body, or the headers, are other than they should be."""
        hit, begun = environ["PATH_INFO"] == self.path, list[Any]()
        body = b"".join(self._app(environ, lambda status, headers, *_: begun.extend((status, headers))))
        packed = ("Content-Encoding", "gzip") in begun[1]
        if hit:  # whoever broke in changes the page itself, and packs it again
            body = gzip.compress(self.change(gzip.decompress(body))) if packed else self.change(body)
        ours = [*(self.headers if hit else []), ("Content-Length", str(len(body)))]
        named = {name for name, _ in ours}
        start(begun[0], [one for one in begun[1] if one[0] not in named] + ours)
        return [body]

    def break_in(self, path: str, change: Callable[[bytes], bytes] = bytes, *headers: tuple[str, str]) -> None:
        """Change what one path answers from now on."""
        self.path, self.change, self.headers = path, change, list(headers)


@contextmanager
def sited(folder: Path) -> Iterator[Site]:
    """Serve a portal of its own for as long as the block lasts."""
    made = Site(folder)
    with serving(made, made.port):
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a portal for all stories of this file."""
    with sited(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(autouse=True)
def _honest(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.break_in("")
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)


def watch(*more: str) -> Result:
    """Visit once, without waiting between pages."""
    return CliRunner().invoke(main, ["roster", "watch", "--once", "--pause", "0", *more])


def test_an_honest_portal_is_quiet() -> None:
    """Every page, script, header and the roster are what this copy of the program makes of the same settings."""
    result = watch()
    assert result.exit_code == 0, result.output
    assert "Allt är som det ska." in result.output


def flip(body: bytes) -> bytes:
    """Change one bit in the middle."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


@pytest.mark.parametrize(
    "path", ["/", "/me", "/other", "/code", "/about", "/jobb", "/uppgifter", "/tillganglighet", "/parts"]
)
def test_one_changed_byte_of_a_page_is_an_alarm(site: Site, path: str) -> None:
    """One bit of one byte, the length the same: one line that names the page, and exit 2."""
    site.break_in(path, flip)
    result = watch()
    assert result.exit_code == 2
    (line,) = [line for line in result.output.splitlines() if line.startswith("LARM")]
    assert f": {path}: " in line


@pytest.mark.parametrize("path", ["/seal.js", "/code.js", "/roster"])
def test_one_changed_byte_of_a_script_or_the_roster_is_an_alarm(site: Site, path: str) -> None:
    """The script that seals, the one that opens, the signed list."""
    site.break_in(path, flip)
    result = watch()
    assert (result.exit_code, f": {path}: " in result.output) == (2, True), result.output


@pytest.mark.parametrize(
    ("headers", "change"),
    [
        ([("Content-Security-Policy", "default-src *")], bytes),
        ([("Refresh", "0; url=https://elsewhere.example")], bytes),
        ([("Onion-Location", "http://elsewhere.onion/")], bytes),
        ([("Set-Cookie", "seen=1")], bytes),
        ([("Set-Cookie", "s=eyJ9.a.b; Max-Age=31536000; HttpOnly; Path=/; SameSite=Lax")], bytes),
        ([("Set-Cookie", "a b=1; Path=/")], bytes),
        ([("X-Content-Type-Options", "no"), ("X-Content-Type-Options", "nosniff")], bytes),
        ([], lambda body: body + b"<script src=/x.js></script>"),
        ([], lambda body: body.replace(b'name=csrf_token value="', b'name=csrf_token value="" onload="')),
    ],
    ids=["policy", "refresh", "onion", "cookie", "kept", "strange", "twice", "tag", "beside the token"],
)
def test_what_makes_a_browser_act_is_seen(site: Site, headers: Headers, change: Callable[[bytes], bytes]) -> None:
    """A weaker policy, a way elsewhere, a cookie that is not ours, a tag, an attribute beside a masked value.

    Our own cookie must not stay on the phone for a year, and a name that one reader refuses may be a browser's.
    """
    site.break_in("/me", change, *headers)
    assert watch().exit_code == 2


def test_another_roster_than_the_one_carried_here_is_an_alarm(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also a whole one, signed by the same key, if it is not the same file: somebody has put another epoch there."""
    old = tmp_path / "roster"
    key = new_identity()
    old.write_bytes(signed_roster(key, [town.id for town in Programme.load(PROGRAMME).municipalities]))
    monkeypatch.setenv("UTVAG_PORTAL_ROSTER", str(old))
    monkeypatch.setenv("UTVAG_PORTAL_ROOT_KEY", key.sign_public.hex())
    assert watch().exit_code == 2


def test_a_site_that_cannot_be_reached_is_no_alarm_and_no_silence(site: Site) -> None:
    """Nothing answers there: said as that, with an exit status of its own."""
    result = watch("--address", f"http://127.0.0.1:{claim_port(0)}")
    assert result.exit_code == 3
    assert "Kunde inte hämta /" in result.output


def test_the_alarm_goes_by_mail_where_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the reminders' mail server, with the one line; without that server it is said."""
    sent: list[tuple[str, str, str]] = []

    def send(_settings: mail.MailSettings, to: str, _now: datetime, subject: str, text: str) -> None:
        sent.append((to, subject, text))

    monkeypatch.setattr(mail, "send", send)
    site.break_in("/", flip)
    assert "UTVAG_STAFF_SMTP_HOST" in watch("--mail-to", "vakt@ekstad.example").output
    for name, value in (("HOST", "127.0.0.1"), ("FROM", "utvag@ekstad.example"), ("TLS", "off")):
        monkeypatch.setenv(f"UTVAG_STAFF_SMTP_{name}", value)
    assert watch("--mail-to", "vakt@ekstad.example").exit_code == 2
    ((to, subject, text),) = sent
    assert (to, subject) == ("vakt@ekstad.example", "Utväg: vakten larmar")
    assert text.startswith("LARM ")


class Socks:
    """A SOCKS5 proxy for one connection, which remembers what it was told."""

    def __init__(self, answer: bytes = b"\x05\x00\x00") -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.told = b""
        self._answer = answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with self.server:
            made, _ = self.server.accept()
        made.recv(3)
        made.sendall(b"\x05\x02")
        self.told += made.recv(600)
        made.sendall(b"\x01\x00")
        asked = made.recv(600)
        self.told += asked
        made.sendall(self._answer + b"\x01\x7f\x00\x00\x01\x00\x00")
        if self._answer == b"\x05\x00\x00":
            made.recv(4096)
            made.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        made.close()


def test_it_comes_through_tor_by_name_and_by_a_path_of_its_own() -> None:
    """The proxy is given the name, never an address, and a word that no visit before had."""
    words = set()
    for _ in range(2):
        proxy = Socks()
        visitor = Visitor("http://utvag.onion", ("127.0.0.1", proxy.port))
        assert visitor.get("/").body == b"hi"
        assert b"utvag.onion\x00\x50" in proxy.told
        words.add(proxy.told[2:34])
    assert len(words) == 2


def test_a_proxy_that_refuses_is_told() -> None:
    """Tor cannot reach the site: the same as a site that does not answer."""
    proxy = Socks(b"\x05\x04\x00")
    with pytest.raises(ConnectionRefusedError):
        through(("127.0.0.1", proxy.port), "utvag.onion", 80, "c")
    result = watch("--socks", "ingen port")
    assert (result.exit_code, "--socks" in result.output) == (1, True)
