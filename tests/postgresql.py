"""A PostgreSQL of our own for the long rows: Debian's, in a temporary folder, on loopback, ended with the tests.

`cluster()` is one to fill; `cluster("deaddrop")` is set up by deploy/postgres/deaddrop/ as in production, with TLS.
"""

import itertools
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, make_url

from command.processes import HOST, claim_port
from deaddrop import schema
from deaddrop.migrating import migrate
from tests.certificates import authority, certify

PACKAGES = Path("/usr/lib/postgresql")
DEPLOY = Path(__file__).parent.parent / "deploy" / "postgres"
ROLES = ("utvag_portal", "utvag_staff", "utvag_casebook")  # those that log in
NAMELESS = "postgres"  # the user that Debian's package makes; PostgreSQL refuses to run as root
PLACES = 8  # of an envelope, as the tests' programmes have it
PATIENCE = 30  # seconds until a server that does not answer counts as broken


@dataclass
class Cluster:
    """One server with databases that a test may fill: where it lies and who it runs as."""

    folder: Path
    port: int
    password: str
    user: str | None
    durable: bool = False
    authority: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        """Give a database's address, as settings name it."""
        made = URL.create("postgresql+psycopg", "utvag", self.password, HOST, self.port, database, self.proof())
        return made.render_as_string(hide_password=False)

    def proof(self) -> dict[str, str]:
        """Give what a client names to be sure of a server with TLS; nothing for one without."""
        return {"sslmode": "verify-full", "sslrootcert": str(self.authority)} if self.authority else {}

    def database(self, like: str = "template1") -> str:
        """Make an empty database, or one like another (its address) that nobody uses, and give its address."""
        name, mould = f"utvag{next(self.numbers)}", named(like)
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {mould}".encode())
        return self.url(name)

    def drop(self, *addresses: str) -> None:
        """Drop databases, whoever is connected: some hundreds of them are gigabytes."""
        with self.connect("postgres") as connection:
            for address in addresses:
                connection.execute(f"DROP DATABASE IF EXISTS {named(address)} WITH (FORCE)".encode())

    def apply(self, script: str, address: str) -> None:
        """Run one of deploy/postgres/ for a database (its address), as an administrator does: by psql."""
        known = {"PGHOST": HOST, "PGPORT": str(self.port), "PGUSER": "utvag", "PGPASSWORD": self.password}
        known |= {f"PG{name.upper()}": value for name, value in self.proof().items()}
        words = ["-X", "-d", "postgres", "-v", f"database={named(address)}", "-f", str(DEPLOY / script)]
        subprocess.run([program("psql"), *words], env=known, check=True, capture_output=True)
        with self.connect("postgres") as connection:
            for role in ROLES:
                if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(f"ALTER ROLE {role} PASSWORD '{self.password}'".encode())

    def by(self, role: str, address: str) -> str:
        """Give a database's address for one of the roles that deploy/postgres/ makes."""
        return address.replace("//utvag:", f"//{role}:")

    def connect(self, database: str) -> psycopg.Connection:
        """Open a connection as the server's owner."""
        known = {"user": "utvag", "password": self.password, "dbname": database, **self.proof()}
        return psycopg.connect(make_conninfo(host=HOST, port=self.port, **known), autocommit=True)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "on" if self.durable else "off",
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program("postgres"), "-D", self.folder / "data", *(f"-c{name}={it}" for name, it in options.items())],
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(psycopg.OperationalError), self.connect("postgres"):
                return
            time.sleep(0.1)
        raise AssertionError(f"PostgreSQL does not answer: {(self.folder / 'log').read_text('utf-8')}")

    def stop(self) -> None:
        """End the server, whoever is connected."""
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE)
            self.process = None


def named(address: str) -> str:
    """Give the name of an address's database; a bare name is one already."""
    return str(make_url(address).database) if "://" in address else address


def program(name: str) -> Path:
    """Find a program of the newest PostgreSQL that Debian has put here."""
    found = sorted(PACKAGES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise AssertionError("PostgreSQL is not installed: `./run test --all` does that (Debian's package postgresql)")
    return found[-1]


@contextmanager
def cluster(kind: str = "", *, durable: bool = False) -> Iterator[Cluster]:
    """Lend a server that was made for these tests; it has ended and is gone when the block ends.

    `kind` is a folder of deploy/postgres/ by which it is set up. `durable`: commits are on disk before they are
    acknowledged, as in production; tests need not wait for that.
    """
    user = NAMELESS if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="utvag-postgresql-"))
    made = Cluster(folder, claim_port(0), secrets.token_hex(16), user, durable)
    try:
        _make(made)
        if kind:
            _set_up(made, DEPLOY / kind)
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def _make(made: Cluster) -> None:
    """Lay out the server's files; whoever connects must know the password, on this machine too."""
    word = made.folder / "password"
    word.write_text(made.password, "ascii")
    if made.user:
        owner = pwd.getpwnam(made.user)
        for path in (made.folder, word):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    layout = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--username=utvag"]
    subprocess.run(
        [program("initdb"), "-D", made.folder / "data", "--pwfile", word, *layout],
        user=made.user,
        group=made.user,
        extra_groups=[] if made.user else None,
        check=True,
        capture_output=True,
        cwd=made.folder,
    )


def _set_up(made: Cluster, how: Path) -> None:
    """Lay out what an administrator lays out: both files, with this machine's address and folder, and certificates.

    One line is added for the tests' own superuser, who comes over TLS too: production's sits at the machine.
    """
    data = made.folder / "data"
    made.authority = authority(made.folder)
    proof = certify(made.folder, "postgres", HOST)
    settings = (how / "postgresql.conf").read_text("utf-8").replace("/etc/utvag", str(made.folder))
    with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(settings)
    lines = re.sub(r"\d+\.\d+\.\d+\.\d+/32", f"{HOST}/32", (how / "pg_hba.conf").read_text("utf-8"))
    ours = f"hostssl all utvag {HOST}/32 scram-sha-256\n"
    (data / "pg_hba.conf").write_text(ours + lines, "utf-8")
    if made.user:
        owner = pwd.getpwnam(made.user)
        for path in proof:
            os.chown(path, owner.pw_uid, owner.pw_gid)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """Lend the one server of all long rows."""
    with cluster() as made:
        yield made


@pytest.fixture(scope="session")
def drop_mould(postgresql: Cluster) -> str:
    """Make a server's dead drop once, as operations.md has it; each story gets a copy."""
    address = postgresql.url("drop_mould")
    postgresql.apply("deaddrop.sql", address)
    migrate(schema.engine(address), PLACES)
    return address
