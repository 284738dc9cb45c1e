"""The doctor from another network: a clean way is clean, and whoever ends TLS, adds, changes or packs is found."""

from __future__ import annotations

import json
import shlex
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from command import main
from command.checks.door import CLOSED, knock
from command.checks.expecting import ExpectationError, read
from command.checks.outside import Site, expectation
from command.checks.outside import look as outside
from command.findings import ALARM, UNSURE
from command.processes import claim_port
from crypto.opening.identity import new_identity
from portal import create_app
from portal.settings import PortalSettings
from programme import Programme
from tests.docs.spoken import said
from tests.nginx import front as nginx
from tests.serving import serving
from tests.test_boundaries import signed_roster

PROGRAMME = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"
PATIENCE = 10.0
WRITE, LOOK = "utvag doctor portal --expect FILE", "utvag doctor --outside https://utvag.example --expect FILE"
SPOKEN = (WRITE, LOOK)
Change = Callable[[bytes, bytes], tuple[bytes, bytes]]


def certify(folder: Path, name: str) -> Path:
    """Make a key and a certificate for loopback, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(names, names, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=60))
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = built.add_extension(here, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.pem").write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return folder / f"{name}.pem"


@dataclass
class Proxy:
    """Something that ends TLS and passes HTTP on: the portal's own front, or somebody else's box before it."""

    certificate: Path
    behind: int
    trusts: Path | None = None
    change: Change = lambda head, body: (head, body)
    log: list[bytes] = field(default_factory=list)
    server: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.getsockname()[1])

    def run(self) -> None:
        """Serve until the socket is closed."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate)
        while True:
            try:
                plain, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(plain, context), daemon=True).start()

    def _pass_on(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        with plain, suppress(OSError):
            plain.settimeout(PATIENCE)
            with context.wrap_socket(plain, server_side=True) as made:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    if not (more := made.recv(4096)):
                        return
                    asked += more
                self.log.append(asked)
                head, _, body = self._asked(asked).partition(b"\r\n\r\n")
                made.sendall(b"\r\n\r\n".join(self.change(head, body)))

    def _asked(self, asked: bytes) -> bytes:
        """Ask whoever stands behind, and give the whole answer."""
        opened: socket.socket = socket.create_connection(("127.0.0.1", self.behind), PATIENCE)
        if self.trusts:
            context = ssl.create_default_context(cafile=str(self.trusts))
            opened = context.wrap_socket(opened, server_hostname="127.0.0.1")
        with opened:
            once = asked.replace(b"Connection: close\r\n", b"")
            opened.sendall(once.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            answer = b""
            while more := opened.recv(65536):
                answer += more
        return answer


@contextmanager
def standing(proxy: Proxy) -> Iterator[Proxy]:
    """Run a proxy for as long as the block lasts."""
    thread = threading.Thread(target=proxy.run, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown(socket.SHUT_RDWR)
        proxy.server.close()
        thread.join(PATIENCE)


def settled(folder: Path, origin: str) -> dict[str, str]:
    """Put in a folder what a portal needs, and give its settings."""
    root = new_identity()
    (folder / "roster").write_bytes(signed_roster(root, [one.id for one in Programme.load(PROGRAMME).municipalities]))
    (folder / "state").mkdir()
    values = {
        "ORIGIN": origin,
        "ROSTER": folder / "roster",
        "ROOT_KEY": root.sign_public.hex(),
        "DEADDROP": folder / "drop.sqlite",
        "PROGRAMME": PROGRAMME,
        "STATE": folder / "state",
    }
    return {f"UTVAG_PORTAL_{name}": str(value) for name, value in values.items()}


@dataclass
class Place:
    """A portal with its own front, the expectation that its machine wrote, and where the files lie."""

    folder: Path
    front: Proxy
    environment: dict[str, str]

    @property
    def expectation(self) -> Path:
        """Where the portal's machine wrote what visitors must see."""
        return self.folder / "expect.json"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Serve a portal behind its own front, and let its machine write what a visitor must see."""
    folder = tmp_path_factory.mktemp("outside")
    port = claim_port(0)
    with standing(Proxy(certify(folder, "portal"), port)) as front:
        made = Place(folder, front, settled(folder, f"https://127.0.0.1:{front.port}"))
        with serving(create_app(PortalSettings.from_env(made.environment)), port):
            at = f"127.0.0.1:{front.port}"
            with pytest.MonkeyPatch.context() as patch:
                for name, value in made.environment.items():
                    patch.setenv(name, value)
                told = run(*typed(WRITE, made), "--front", at)
            assert told.exit_code == 0, told.output
            yield made


def test_why_nothing_was_written_is_told_apart(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that the app's user may not write in is named, and so is a front that does not answer."""
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    nowhere = place.folder / "none" / "facit"
    told = run("portal", "--expect", str(nowhere), "--front", f"127.0.0.1:{place.front.port}")
    assert (told.exit_code, f"{nowhere} kan inte skrivas" in told.output) == (1, True)
    told = run("portal", "--expect", str(place.folder / "facit"), "--front", f"127.0.0.1:{claim_port(0)}")
    assert (told.exit_code, "Inget facit" in told.output) == (1, True)
    assert not (place.folder / "facit").exists()


def run(*words: str) -> Result:
    """Type `utvag doctor` and more."""
    return CliRunner().invoke(main, ["doctor", *words])


def look(place: Place, proxy: Proxy, *more: str) -> Result:
    """Look at the portal through a proxy whose certificate this machine believes, as on a municipality's laptop."""
    address = f"https://127.0.0.1:{proxy.port}"
    words = [address if word.startswith("https:") else word for word in typed(LOOK, place)]
    return run(*words, "--ca", str(proxy.certificate), *more)


def typed(line: str, place: Place) -> list[str]:
    """Give what follows `utvag doctor` in the page's line, with a file of ours."""
    return shlex.split(said(line).replace("FILE", str(place.expectation)))[2:]


def test_a_clean_way_is_clean(place: Place) -> None:
    """From outside everything is as the portal's machine said: its own key, every byte, nothing added."""
    result = look(place, place.front)
    assert result.exit_code == 0, result.output
    assert "Nyckeln: portalens egen" in result.output
    assert "12 är byte för byte" in result.output
    assert ALARM not in result.output


def test_a_proxy_that_ends_tls_and_logs_is_found_by_its_key(place: Place) -> None:
    """It changes nothing and adds nothing, its certificate is believed, and it has read every path: it is named."""
    with standing(Proxy(certify(place.folder, "kommun"), place.front.port, place.front.certificate)) as proxy:
        result = look(place, proxy)
        assert any(line.startswith(b"GET /me ") for line in proxy.log), result.output
    assert result.exit_code == 2
    assert "Nyckeln är en annan än portalens, utgiven av CN=kommun" in result.output
    assert "Någon står emellan och läser" in result.output
    assert "byte för byte" in result.output  # all else is as it must be: the key alone tells


def add(line: bytes) -> Change:
    """Add a header to every answer."""
    return lambda head, body: (head + b"\r\n" + line, body)


def swap(old: bytes, new: bytes) -> Change:
    """Change a header of every answer."""
    return lambda head, body: (head.replace(old, new), body)


def inject(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Put a script of one's own on every page that is not packed, in the place of as many bytes."""
    beacon = b"<script src=/b.js></script>"
    return head, body[: -len(beacon)] + beacon if b"text/html" in head else body


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (add(b"Via: 1.1 proxy"), "tillagt huvud: via: 1.1 proxy"),
        (add(b"X-Cache: MISS"), "tillagt huvud: x-cache: MISS"),
        (add(b"Set-Cookie: waf=1; Path=/"), "en kaka som inte är vår: waf"),
        (swap(b"Referrer-Policy: no-referrer", b"Referrer-Policy: unsafe-url"), "borttaget huvud: referrer-policy"),
        (swap(b"Strict-Transport-Security", b"X-Nothing"), "borttaget huvud: strict-transport-security"),
        (swap(b"200 OK", b"403 Forbidden"), "svarade 403, skulle ha svarat 200"),
        (inject, "andra byte"),
    ],
    ids=["via", "cache", "cookie", "policy", "hsts", "blocked", "script"],
)
def test_what_a_box_between_adds_or_changes_is_named(place: Place, change: Change, said: str) -> None:
    """Even with the portal's own key: each header, cookie and byte that is not the portal's, by name and path."""
    with standing(Proxy(place.front.certificate, place.front.behind, change=change)) as proxy:
        result = look(place, proxy)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert "/me: " in result.output


def test_a_certificate_that_nobody_believes_is_told(place: Place) -> None:
    """A visitor would be warned: it says why, and fetches no page over it."""
    with standing(Proxy(certify(place.folder, "fel"), place.front.port, place.front.certificate)) as proxy:
        address = f"https://127.0.0.1:{proxy.port}"
        result = run("--outside", address, "--ca", str(place.front.certificate))
        assert [line for line in proxy.log if b"GET /me" in line] == []
    assert result.exit_code == 2
    assert "en webbläsare tror det inte" in result.output


def test_with_the_portal_s_settings_every_byte_is_compared(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program is installed and the roster was carried, it compares as the watcher does; both ways find it."""
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    clean = run("--outside", f"https://127.0.0.1:{place.front.port}", "--ca", str(place.front.certificate))
    assert clean.exit_code == 0, clean.output
    assert "egen kopia av programmet" in clean.output
    assert "Jämför med portalens" in clean.output
    with standing(Proxy(place.front.certificate, place.front.behind, change=inject)) as proxy:
        address = f"https://127.0.0.1:{proxy.port}"
        found = run("--outside", address, "--ca", str(place.front.certificate))
    assert (found.exit_code, "skiljer sig" in found.output) == (2, True)


def test_without_anything_to_compare_it_says_so(place: Place) -> None:
    """It tells the key, and that pages were not compared."""
    result = run("--outside", f"https://127.0.0.1:{place.front.port}", "--ca", str(place.front.certificate))
    assert result.exit_code == 0
    assert result.output.count(UNSURE) == 2


def test_a_site_that_cannot_be_reached_is_an_alarm() -> None:
    """Nothing answers there."""
    result = run("--outside", f"https://127.0.0.1:{claim_port(0)}")
    assert (result.exit_code, "kan inte nås" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--outside", "utvag.example"], "--outside: an origin looks like"),
        (["--outside", "https://utvag.example", "--expect", "PROGRAMME"], "inget facit"),
        (["--outside", "https://utvag.example", "--socks", "nej"], "--socks: skriv HOST:PORT"),
        (["--outside", "https://utvag.example", "--socks", "a:b"], "--socks: skriv HOST:PORT"),
        (["--expect", "PROGRAMME"], "hör till --outside"),
        ([], "Läs in portalens eller personalens"),
    ],
)
def test_what_is_typed_wrong_is_said_in_a_sentence(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address, no expectation, no settings: one line, and nothing is looked at."""
    for name in ("UTVAG_PORTAL_ORIGIN", "UTVAG_STAFF_ORIGIN"):
        monkeypatch.delenv(name, raising=False)
    result = run(*[str(PROGRAMME) if word == "PROGRAMME" else word for word in words])
    assert (result.exit_code, said in result.output) == (1, True), result.output


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.update(format="utvag expect 2"),
        lambda value: value.update(day="igår"),
        lambda value: value.update(pages=[]),
        lambda value: value["door"].update(more=1),
        lambda value: value["pages"]["/"].pop("body"),
    ],
)
def test_a_damaged_expectation_is_none(place: Place, change: Callable[[dict[str, object]], None]) -> None:
    """A file of another format, or one that lacks something, is refused whole."""
    value = json.loads(place.expectation.read_text("utf-8"))
    read(json.dumps(value).encode())
    change(value)
    for data in (json.dumps(value).encode(), b"[]", b"\xff", b""):
        with pytest.raises(ExpectationError):
            read(data)


def test_the_way_without_tls_is_looked_at(place: Place) -> None:
    """A front that leads on, one that serves pages in the clear, and one that is shut."""

    def led(answer: bytes) -> str:
        with socket.create_server(("127.0.0.1", 0)) as server:

            def serve() -> None:
                made, _ = server.accept()
                with made:
                    made.recv(4096)
                    made.sendall(answer)

            threading.Thread(target=serve, daemon=True).start()
            port = server.getsockname()[1]
            return knock(tls, "127.0.0.1", lambda: socket.create_connection(("127.0.0.1", port), PATIENCE)).plain

    def tls() -> socket.socket:
        return socket.create_connection(("127.0.0.1", place.front.port), PATIENCE)

    moved = b"HTTP/1.1 301 Moved\r\nLocation: https://utvag.example/\r\nContent-Length: 0\r\n\r\n"
    assert led(moved) == "301 https://utvag.example/"
    assert led(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == "200"
    assert led(b"") == CLOSED


def test_the_front_as_delivered_is_clean_from_outside(place: Place) -> None:
    """Behind the very nginx of deploy/: TLS 1.3 alone, HTTP/2, strangers hung up on, every byte as it was made."""
    values = place.environment | {"UTVAG_PORTAL_ORIGIN": "https://utvag.example", "UTVAG_PORTAL_PROXIES": "1"}
    chosen, port = PortalSettings.from_env(values), claim_port(0)
    with serving(create_app(chosen), port), nginx([port]) as made:
        at = ("127.0.0.1", made.https)
        wanted = read(expectation(chosen, at, datetime.now(UTC)))
        site = Site(chosen.origin, ca=made.folder / "tls/portal.pem", at=at)
        found = outside(site, wanted, chosen, datetime.now(UTC))
    assert wanted.door is not None
    assert (wanted.door.protocol, wanted.door.alpn, wanted.door.older) == ("TLSv1.3", "h2", False)
    assert wanted.door.stranger == CLOSED
    assert [one for one in found if one.level == ALARM and "dagar till" not in one.words] == []
    assert sum("byte för byte" in one.words or "egen kopia" in one.words for one in found) == 2
