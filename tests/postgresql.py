"""A PostgreSQL of our own for the long rows: Debian's, in a temporary folder, on loopback, ended with the tests."""

import itertools
import os
import pwd
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
from sqlalchemy import URL

from command.processes import HOST, claim_port

PACKAGES = Path("/usr/lib/postgresql")
DEPLOY = Path(__file__).parent.parent / "deploy" / "postgres"
ROLES = ("utvag_portal", "utvag_staff", "utvag_casebook")  # those that log in
NAMELESS = "postgres"  # the user that Debian's package makes; PostgreSQL refuses to run as root
PATIENCE = 30  # seconds until a server that does not answer counts as broken


@dataclass
class Cluster:
    """One server with databases that a test may fill: where it lies and who it runs as."""

    folder: Path
    port: int
    password: str
    user: str | None
    durable: bool = False
    process: subprocess.Popen[bytes] | None = None
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        """Give a database's address, as settings name it."""
        made = URL.create("postgresql+psycopg", "utvag", self.password, HOST, self.port, database)
        return made.render_as_string(hide_password=False)

    def database(self, like: str = "template1") -> str:
        """Make an empty database, or one like another (its address) that nobody uses, and give its address."""
        name, mould = f"utvag{next(self.numbers)}", like.rpartition("/")[2]
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {mould}".encode())
        return self.url(name)

    def drop(self, *addresses: str) -> None:
        """Drop databases, whoever is connected: some hundreds of them are gigabytes."""
        with self.connect("postgres") as connection:
            for address in addresses:
                connection.execute(f"DROP DATABASE {address.rpartition('/')[2]} WITH (FORCE)".encode())

    def apply(self, script: str, address: str) -> None:
        """Run one of deploy/postgres/ for a database (its address), as an administrator does: by psql."""
        name = address.rpartition("/")[2]
        known = {"PGHOST": HOST, "PGPORT": str(self.port), "PGUSER": "utvag", "PGPASSWORD": self.password}
        words = ["-X", "-d", "postgres", "-v", f"database={name}", "-f", str(DEPLOY / script)]
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
        return psycopg.connect(
            host=HOST, port=self.port, user="utvag", password=self.password, dbname=database, autocommit=True
        )

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


def program(name: str) -> Path:
    """Find a program of the newest PostgreSQL that Debian has put here."""
    found = sorted(PACKAGES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise AssertionError("PostgreSQL is not installed: `./run test --all` does that (Debian's package postgresql)")
    return found[-1]


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Lend a server that was made for these tests; it has ended and is gone when the block ends.

    `durable`: commits are on disk before they are acknowledged, as in production; tests need not wait for that.
    """
    user = NAMELESS if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="utvag-postgresql-"))
    made = Cluster(folder, claim_port(0), secrets.token_hex(16), user, durable)
    try:
        _make(made)
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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """Lend the one server of all long rows."""
    with cluster() as made:
        yield made
