"""Three machines on one: etcd, Patroni and PostgreSQL each, from the very files of deploy/ha, in a temporary folder."""

import json
import os
import pwd
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from command.processes import HOST, claim_port
from tests.certificates import authority, certify
from tests.docs.spoken import said
from tests.ha.wires import Wires
from tests.postgresql import NAMELESS, program

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "ha"
NAMES = ("db1", "db2", "db3")
SERVICES = (2379, 2380, 5432, 8008)
ALL_WELL = ("Leader", "Sync Standby", "Replica")
PATIENCE = 90.0  # seconds until machines that are not ready count as broken
PATRONICTL = "patronictl -c /etc/patroni/config.yml"  # as docs/operations.md has it
LIST, SWITCH, ANEW = (f"{PATRONICTL} {act}" for act in ("list", "switchover", "reinit"))
SPOKEN = (LIST, SWITCH, ANEW)
DATABASE, ROLE = "utvag_casebook", "utvag_casebook"


@dataclass
class Node:
    """One machine: its folder and which ports stand for its own."""

    name: str
    folder: Path
    ports: Mapping[int, int]
    host: str = HOST
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def postmaster(self) -> int:
        """Give the process id of its PostgreSQL."""
        return int((self.folder / "data" / "postmaster.pid").read_text("ascii").split()[0])

    def log(self, name: str) -> Path:
        """Say where a program's words go."""
        return self.folder / f"{name}.log"


class Machines:
    """Three machines; `password` is that of the role which the casebook is opened with.

    With `wires` each has an address of its own and a line that may be cut; without they share this machine's.
    """

    def __init__(self, folder: Path, wires: Wires | None = None) -> None:
        self.folder, self.password, self.wires = folder, secrets.token_hex(16), wires
        self.user = NAMELESS if os.geteuid() == 0 else None
        self.nodes = dict[str, Node]()
        self._words = {name: secrets.token_hex(16) for name in ("REPLICATION", "REWIND")}
        hosts = wires.addresses if wires else dict.fromkeys(NAMES, HOST)
        for name in NAMES:
            self.nodes[name] = Node(name, folder / name, {one: claim_port(0) for one in SERVICES}, hosts[name])
            self.nodes[name].folder.mkdir(mode=0o700)
        authority(folder)
        certify(folder, "server", *sorted(set(hosts.values())))

    # --- as the files of deploy/ha say -----------------------------------------------------------------------

    def _fitted(self, text: str, node: Node) -> str:
        """Put this machine's folders and ports where deploy/ha has those of three; nothing else is another."""
        text = text.replace("THIS", node.name)
        for other in self.nodes.values():
            for service, port in other.ports.items():
                text = text.replace(f"{other.name}.inner.example:{service}", f"{other.host}:{port}")
        for service, port in node.ports.items():
            text = text.replace(f"0.0.0.0:{service}", f"{node.host}:{port}")
        for name, word in self._words.items():
            text = text.replace(f"PASSWORD-OF-{name}", word)
        for there, here in {
            "/etc/utvag/ha/server.pem": f"{self.folder}/server.crt",
            "/etc/utvag/ha/": f"{self.folder}/",
            "/var/lib/postgresql/15/utvag-casebook": f"{node.folder}/data",
            "/var/lib/postgresql/": f"{node.folder}/",
            "/var/lib/etcd/utvag": f"{node.folder}/etcd",
            "/var/run/postgresql": str(node.folder),
            "/usr/lib/postgresql/15/bin": str(program("postgres").parent),
            "INNER-NETWORK": f"{node.host}/{24 if self.wires else 32}",
        }.items():
            text = text.replace(there, here)
        return text if self.user else text.replace("peer", "trust")

    def _run(self, node: Node, name: str, command: list[str], more: Mapping[str, str]) -> None:
        user = None if self.wires else self.user
        if self.wires and self.user:
            command = [*self.wires.inside(node.name, self.user), *command]
        with node.log(name).open("ab") as said:
            node.processes[name] = subprocess.Popen(
                command,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **more},
                cwd=node.folder,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                stdout=said,
                stderr=said,
                process_group=0,
            )

    def start(self, *names: str) -> None:
        """Start machines, or all of them."""
        chosen = [self.nodes[name] for name in names or NAMES]
        for node in chosen:
            (node.folder / "patroni.yml").write_text(self._fitted((DEPLOY / "patroni.yml").read_text("utf-8"), node))
        self._give_away()
        for node in chosen:
            lines = self._fitted((DEPLOY / "etcd.env").read_text("utf-8"), node).splitlines()
            told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
            self._run(node, "etcd", ["etcd"], told)
        for node in chosen:
            self._run(node, "patroni", ["patroni", str(node.folder / "patroni.yml")], {"HOME": str(node.folder)})

    def _give_away(self) -> None:
        """Let the folders be those of the user who serves."""
        if self.user:
            owner = pwd.getpwnam(self.user)
            for path in (self.folder, *self.folder.rglob("*")):
                with suppress(FileNotFoundError):
                    os.chown(path, owner.pw_uid, owner.pw_gid)

    # --- who leads -------------------------------------------------------------------------------------------

    def members(self) -> dict[str, str]:
        """List the role of each machine that runs, as patronictl tells it."""
        alive = next(node for node in self.nodes.values() if self._lives(node, "etcd"))
        told = self.control(alive, LIST, "-f", "json")
        return {one["Member"]: one["Role"] for one in json.loads(told) if one["State"] in ("running", "streaming")}

    def control(self, node: Node, line: str, *more: str, member: str = "db2") -> str:
        """Run the page's line of patronictl that begins so, as the operator does; `member` takes db2's place in it."""
        words = shlex.split(said(line).removeprefix(PATRONICTL).replace("db2", member))
        command = ["patronictl", "-c", str(node.folder / "patroni.yml"), *words, *more]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout if done.returncode == 0 else "[]"

    def _lives(self, node: Node, name: str) -> bool:
        process = node.processes.get(name)
        return process is not None and process.poll() is None

    def wait_for(self, *roles: str) -> dict[str, str]:
        """Wait until machines of exactly these roles run, and list them."""
        until, found = time.monotonic() + PATIENCE, dict[str, str]()
        while time.monotonic() < until:
            found = self.members()
            if sorted(found.values()) == sorted(roles):
                return found
            time.sleep(0.5)
        raise AssertionError(f"{found}\n" + "\n".join(self._said()))

    def _said(self) -> Iterator[str]:
        for node in self.nodes.values():
            for name in ("etcd", "patroni"):
                lines = node.log(name).read_text("utf-8", "replace").splitlines() if node.log(name).exists() else []
                yield f"== {node.name} {name}\n" + "\n".join(lines[-12:])

    def leader(self) -> Node:
        """Give the machine that leads."""
        return next(self.nodes[name] for name, role in self.members().items() if role == "Leader")

    # --- the casebook's address ------------------------------------------------------------------------------

    def make_database(self) -> None:
        """Make role and database on the leader."""
        self.ask(self.leader(), f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'")
        self.ask(self.leader(), f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def ask(self, node: Node, statement: str) -> str:
        """Run a statement on a machine through its own socket, as an operator does."""
        told = {"host": node.folder, "port": node.ports[5432], "username": "postgres", "dbname": "postgres"}
        command = ["psql", "-qXAt", *(f"--{name}={it}" for name, it in told.items()), "-c", statement]
        done = subprocess.run(command, check=True, capture_output=True, text=True, user=self.user, cwd=node.folder)
        return done.stdout.strip()

    @property
    def address(self) -> str:
        """Give the casebook's address as staff.env names it: all machines, and whichever of them takes writes."""
        hosts = [f"{node.host}:{node.ports[5432]}" for node in self.nodes.values()]
        query = {
            "host": hosts,
            "target_session_attrs": "read-write",
            "sslmode": "verify-full",
            "sslrootcert": str(self.folder / "ca.pem"),
        }
        made = URL.create("postgresql+psycopg", ROLE, self.password, database=DATABASE, query=query)
        return made.render_as_string(hide_password=False)

    # --- faults ----------------------------------------------------------------------------------------------

    def kill(self, node: Node) -> None:
        """Let a machine lose its power: kill -9 its PostgreSQL, its Patroni and its etcd in one moment."""
        doomed = [*_descendants(node.postmaster), *(one.pid for one in node.processes.values())]
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in node.processes.values():
            process.wait(10)
        node.processes.clear()

    def end(self) -> None:
        """End everything that was started here, Patroni first: it ends its PostgreSQL."""
        for name in ("patroni", "etcd"):
            for node in self.nodes.values():
                if self._lives(node, name):
                    node.processes[name].terminate()
            for node in self.nodes.values():
                if name in node.processes:
                    node.processes[name].wait(30)
        for node in self.nodes.values():
            with suppress(FileNotFoundError, ProcessLookupError, IndexError):
                os.kill(node.postmaster, signal.SIGQUIT)


def _descendants(pid: int) -> list[int]:
    """List a process and all that it has begun, the first one first: it begins no more once it is gone."""
    found = [pid]
    for one in found:
        for listed in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in listed.read_text("ascii").split()]
    return found


@contextmanager
def machines(wires: Wires | None = None) -> Iterator[Machines]:
    """Lend three machines that stand ready with an empty casebook's database; all has ended when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="utvag-ha-"))
    made = Machines(folder, wires)
    try:
        made.start()
        made.wait_for(*ALL_WELL)
        made.make_database()
        yield made
    finally:
        made.end()
        shutil.rmtree(folder, ignore_errors=True)
