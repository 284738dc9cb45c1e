"""Where a visit happens: the real portal on https, the neutral page, and pages with no protection."""

import base64
import hashlib
import ipaddress
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from command.processes import claim_port
from tests.browser.front import Front, Reply, front
from tests.road import ROOT, Demo, Visitor, collected, listed, sign_in, wait_for_new

HTML = ("Content-Type", "text/html; charset=utf-8")
NEUTRAL = b"<!doctype html><html lang=sv><meta charset=utf-8><title>Start</title><h1>Kommunens startsida</h1>"
BARE = """<!doctype html><html lang=sv><meta charset=utf-8><title>Prov</title>
<a href="{neutral}/" class=leave>bort</a><p>{word}</p>
<form method=post action=/send{off}><textarea id=message name=m{off}></textarea><button>skicka</button></form>"""


@dataclass(frozen=True)
class Place:
    """Addresses and people of one stage. `trusted` is the hash of the certificate's key, as Chromium takes it."""

    road: Demo
    portal: Front
    neutral: Front
    bare: Front
    trusted: str

    @cached_property
    def elsa(self) -> Visitor:
        """Lend the coordinator who reads what is sent to Ekstad, signed in."""
        return sign_in(self.road.staff, self.road.people[0])

    def waiting(self) -> set[str]:
        """Return the requests that she sees now."""
        collected(self.elsa)
        return listed(self.elsa)

    def reply(self, before: set[str], text: str) -> None:
        """Answer the request that has come since, through the staff app."""
        (path,) = wait_for_new(self.elsa, before, seconds=60)
        answer = self.elsa.fill_in(f"{path}/reply", {"text": text, "from": "Elsa"}, page=path)
        assert answer.status == 303

    def lay(self, path: str, word: str, *, store: bool, off: bool) -> None:
        """Serve a page with a form as others make it: kept by the cache, or with every field's state."""
        made = BARE.format(neutral=self.neutral.origin, word=word, off=" autocomplete=off" if off else "")
        headers = [HTML] if store else [HTML, ("Cache-Control", "no-store")]
        self.bare.rules[path] = lambda _arrival, _ask: Reply(200, headers, made.encode())


@contextmanager
def place(road: Demo, folder: Path) -> Iterator[Place]:
    """Set up beside a demo: another portal on the same dead drop, told that it is reached by https."""
    tls, trusted = certificate(folder)
    with ExitStack() as stack:
        fronts = [stack.enter_context(front(0, tls, host)) for host in ("127.0.0.1", "localhost", "127.0.0.1")]
        portal, neutral, bare = fronts
        neutral.rules["/"] = lambda _arrival, _ask: Reply(200, [HTML], NEUTRAL)
        port = claim_port(0)
        stack.enter_context(running(road, folder, portal.origin, f"{neutral.origin}/", port))
        portal.upstream = port
        yield Place(road, portal, neutral, bare, trusted)


@contextmanager
def running(road: Demo, folder: Path, origin: str, exit_url: str, port: int) -> Iterator[None]:
    """Run a portal with the demo's roster and dead drop until the end."""
    told = Path(f"/proc/{road.child('portal')}/environ").read_bytes().decode().rstrip("\0").split("\0")
    environment = dict(line.partition("=")[::2] for line in told)
    programme = Path(environment["UTVAG_PORTAL_PROGRAMME"]).read_text("utf-8")
    (folder / "programme.toml").write_text(programme.replace("https://example.org/", exit_url), "utf-8")
    own = {"ORIGIN": origin, "PORT": str(port), "STATE": folder / "state", "PROGRAMME": folder / "programme.toml"}
    environment |= {f"UTVAG_PORTAL_{name}": str(value) for name, value in own.items()}
    with (folder / "portal.log").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "command", "portal"], cwd=ROOT, env=environment, stdout=said, stderr=said
        )
    try:
        wait_for(process, f"http://127.0.0.1:{port}", folder / "portal.log")
        yield
    finally:
        process.terminate()
        process.wait(30)


def wait_for(process: subprocess.Popen[bytes], origin: str, said: Path) -> None:
    """Return when the portal answers; fail with what it said if it ends first."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, said.read_text("utf-8")
        try:
            if Visitor(origin).send("GET", "/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the portal never answered")


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Make a key and a certificate for this machine; return what a server needs, and the hash of the public key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, SHA256())
    )
    file = folder / "tls.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.touch(0o600)
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return context, base64.b64encode(hashlib.sha256(public).digest()).decode("ascii")
