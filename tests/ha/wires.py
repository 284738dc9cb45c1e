"""The network of three machines on one: a namespace with an address for each, and lines that swallow."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

NOBODY = "02:00:00:00:00:99"  # a card that no machine has: what is sent there arrives nowhere, and nobody is told


@dataclass
class Wires:
    """One bridge and a line from it to each machine; whoever runs the tests stands at the bridge."""

    addresses: dict[str, str]
    tag: str = field(default_factory=lambda: f"u{os.getpid()}")
    parted: list[tuple[str, str]] = field(default_factory=list)

    def space(self, name: str) -> str:
        """Name a machine's namespace."""
        return f"{self.tag}-{name}"

    def inside(self, name: str, user: str) -> list[str]:
        """Begin a command line that runs on a machine as a user."""
        there = ["nsenter", f"--net=/run/netns/{self.space(name)}"]
        return [*there, "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]

    def lay(self) -> None:
        """Make all of it."""
        net = next(iter(self.addresses.values())).rpartition(".")[0]
        ip("link", "add", self.tag, "type", "bridge")
        ip("address", "add", f"{net}.1/24", "dev", self.tag)
        ip("link", "set", self.tag, "up")
        for name, address in self.addresses.items():
            space, wire = self.space(name), self.space(name)
            ip("netns", "add", space)
            ip("link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", wire, "master", self.tag, "up")
            ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
            for inner in ("lo", "eth0"):
                ip("-n", space, "link", "set", inner, "up")

    def part(self, one: str, others: Iterable[str]) -> None:
        """Let a machine and some others no longer hear each other; nothing is refused, everything is swallowed."""
        for other in others:
            for here, there in ((one, other), (other, one)):
                self._neighbour("replace", here, there, "lladdr", NOBODY, "nud", "permanent")
                self.parted.append((here, there))

    def mend(self) -> None:
        """Let all hear each other again."""
        while self.parted:
            self._neighbour("del", *self.parted.pop())

    def _neighbour(self, what: str, here: str, there: str, *more: str) -> None:
        ip("-n", self.space(here), "neighbour", what, self.addresses[there], "dev", "eth0", *more)

    def take_down(self) -> None:
        """Leave nothing of it."""
        for name in self.addresses:
            ip("netns", "delete", self.space(name), check=False)
        ip("link", "delete", self.tag, check=False)


def ip(*words: str, check: bool = True) -> None:
    """Run `ip`, as root."""
    subprocess.run(["ip", *words], check=check, capture_output=True)


@contextmanager
def wires(names: Iterable[str]) -> Iterator[Wires]:
    """Lend a network for these machines; nothing of it is left when the block ends."""
    net = f"10.213.{os.getpid() % 250 + 1}"
    made = Wires({name: f"{net}.{number}" for number, name in enumerate(names, 11)})
    try:
        made.lay()
        yield made
    finally:
        made.take_down()
