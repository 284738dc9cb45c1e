"""An nginx of our own: the very files of deploy/nginx, with a test's ports, folders and certificate in their place."""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from command.processes import HOST, claim_port

DEPLOY = Path(__file__).resolve().parent.parent / "deploy" / "nginx"
PROGRAM = "/usr/sbin/nginx"
SITE, STAFF = "utvag.example", "utvag.inner.example"
ONION = f"{'utvag' * 11}u.onion"
PORTALS = (8801, 8802, 8803)  # as utvag-portal.conf names them
PATIENCE = 20.0  # seconds until an nginx that does not answer counts as broken


@dataclass
class Front:
    """One nginx: its folder, its ports, and what it says."""

    folder: Path
    https: int
    plain: int
    onion: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> Path:
        """The file that takes what nginx says on its way up and down; its own log goes nowhere."""
        return self.folder / "said"

    @property
    def command(self) -> list[str]:
        """The command line, as systemd's unit has it but for the folder."""
        return [PROGRAM, "-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx/nginx.conf")]

    def start(self) -> None:
        """Start nginx and wait until it listens."""
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [*self.command, "-g", "daemon off;"], stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError), socket.create_connection((HOST, self.https), 1):
                return
            time.sleep(0.02)
        raise AssertionError(f"nginx does not answer: {self.said.read_text('utf-8')}")

    def stop(self) -> None:
        """End nginx at once."""
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
            self.process = None

    def context(self) -> ssl.SSLContext:
        """Trust the test's certificate alone."""
        return ssl.create_default_context(cafile=str(self.folder / "tls/portal.pem"))

    def tls(self, name: str = SITE, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """Open a connection by TLS to the host of this name."""
        raw = socket.create_connection((HOST, self.https), PATIENCE)
        try:
            return (context or self.context()).wrap_socket(raw, server_hostname=name)
        except BaseException:
            raw.close()
            raise

    def circuit(self, number: int) -> socket.socket:
        """Come as Tor does: by the PROXY protocol, with the circuit's number as an address."""
        raw = socket.create_connection((HOST, self.onion), PATIENCE)
        raw.sendall(f"PROXY TCP6 fc00:dead:beef:4dad::{number >> 16:x}:{number & 65535:x} ::1 65535 80\r\n".encode())
        return raw

    def ask(
        self, method: str, path: str, body: bytes | None = None, via: socket.socket | None = None, /, **headers: str
    ) -> "Reply":
        """Send one request over TLS, or over the connection given, and return the whole answer."""
        connection = http.client.HTTPConnection(HOST, timeout=PATIENCE)
        connection.sock = via or self.tls()
        named = {name.replace("_", "-"): value for name, value in {"Host": SITE, **headers}.items()}
        try:
            connection.request(method, path, body, named)
            got = connection.getresponse()
            return Reply(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        finally:
            connection.close()


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@contextmanager
def front(
    portals: Sequence[int] = (), *, onion: int = 9, site: str = "portal", spoil: Mapping[str, str] | None = None
) -> Iterator[Front]:
    """Run nginx before portals (or the staff app) at these ports; `spoil` replaces texts of its files, for faults."""
    with laid_out() as made:
        lay(made, portals, onion=onion, site=site, spoil=spoil or {})
        made.start()
        yield made


@contextmanager
def laid_out() -> Iterator[Front]:
    """Lend a folder that nginx's nameless workers can read, and ports; what runs there ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="utvag-nginx-"))
    folder.chmod(0o755)
    made = Front(folder, claim_port(0), claim_port(0), claim_port(0))
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def lay(made: Front, portals: Sequence[int], *, onion: int = 9, site: str = "portal", spoil: Mapping[str, str]) -> None:
    """Lay the configuration into the folder, with its ports and paths."""
    folder = made.folder
    shutil.copytree(DEPLOY, folder / "nginx", ignore=lambda _, names: [n for n in names if n in other_sites(site)])
    (folder / "run").mkdir()
    certify(folder / "tls")
    used: set[str] = set()
    for file in (folder / "nginx").rglob("*"):
        if file.is_file():
            text = file.read_text("utf-8")
            for old, new in {**places(made, portals, onion), **spoil}.items():
                used |= {old} if old in text else set()
                text = text.replace(old, new)
            file.write_text(text, "utf-8")
    if missed := set(spoil) - used:
        raise AssertionError(f"not in the files: {missed}")


def other_sites(site: str) -> set[str]:
    """Name the sites of other machines."""
    return {path.name for path in DEPLOY.glob("utvag-*.conf")} - {f"utvag-{site}.conf"}


def places(made: Front, portals: Sequence[int], onion: int) -> dict[str, str]:
    """Say what stands in the place of ports and paths; sites without so many portals lose the lines of the rest."""
    line = "    server 127.0.0.1:{} max_fails=1 fail_timeout=5s;\n"
    upstreams = {line.format(old): "" for old in PORTALS[len(portals) or 1 :]}
    upstreams |= {f"{HOST}:{old} ": f"{HOST}:{new} " for old, new in zip(PORTALS, portals, strict=False)}
    upstreams |= {f"{HOST}:8832 ": f"{HOST}:{new} " for new in portals[:1]}
    return {
        **upstreams,
        "127.0.0.1:8809": f"127.0.0.1:{onion}",
        "listen 443": f"listen {HOST}:{made.https}",
        "listen [::]:443": f"listen [::1]:{made.https}",
        "listen 80": f"listen {HOST}:{made.plain}",
        "listen [::]:80": f"listen [::1]:{made.plain}",
        "127.0.0.1:8480": f"127.0.0.1:{made.onion}",
        "/etc/nginx/": f"{made.folder}/nginx/",
        "root /etc/nginx": f"root {made.folder}/nginx",
        "/run/nginx": f"{made.folder}/run/nginx",
        "/etc/utvag/tls": f"{made.folder}/tls",
        "allow 10.0.0.0/8": "allow 127.0.0.0/8",
    }


def certify(folder: Path, *others: str) -> None:
    """Make a certificate for both sites and any others, signed by itself."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SITE)])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName(one) for one in (SITE, STAFF, *others)])
    certificate = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    for site in ("portal", "staff"):
        (folder / f"{site}.pem").write_bytes(certificate.public_bytes(pem))
        (folder / f"{site}.key").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))


@dataclass
class Heard:
    """What a stand-in for an app has been asked, in order."""

    port: int
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def methods(self) -> list[str]:
        """Name what was asked, without the rest."""
        return [method for method, *_ in self.requests]


@contextmanager
def stand_in(*, dies: bool = False, answer: bytes = b"ok") -> Iterator[Heard]:
    """Run a stand-in for an app, which answers everything with 200, or hangs up once it has read all of it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # http.server's name
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heard.requests.append((self.command, self.path, dict(self.headers.items()), body))
            self.close_connection = True
            if dies:
                return
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Set-Cookie", "s=1")
            self.end_headers()
            with suppress(OSError):  # whoever asked may have gone
                self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815  # as above

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    heard = Heard(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


def checked(made: Front) -> subprocess.CompletedProcess[str]:
    """Let nginx read its files and say whether they will do."""
    return subprocess.run([*made.command, "-t"], capture_output=True, text=True, check=False, env={**os.environ})
