"""Start programs, wait until they answer, and end with all of them when one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds until a program that does not answer counts as failed
PR_SET_PDEATHSIG = 1  # linux/prctl.h

# What a child may take over from our own environment; everything else it gets by name.
INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "SYSTEMROOT", "TEMP", "TMPDIR", "VIRTUAL_ENV")


class ChildError(Exception):
    """A program ended or never answered; the text names it and why."""


@dataclass(frozen=True)
class Child:
    """A program that we started, and the file that takes what it says."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def why(self) -> str:
        """Return the last lines it said."""
        said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in said[-8:])


def claim_port(wanted: int) -> int:
    """Return a port that is free on this machine's loopback: the wanted one, or any for 0.

    Raises OSError if another program listens there. SO_REUSEADDR as the servers set it: connections of an earlier
    run that wait out their time are no hindrance.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, wanted))
        probe.listen(1)
        port: int = probe.getsockname()[1]
        return port


def utvag(*arguments: str) -> list[str]:
    """Return the command line of one of our own commands, in this very interpreter.

    -P keeps the folder that we happen to stand in from lending its own `command.py`; `start` says where ours is.
    """
    return [sys.executable, "-P", "-m", "command", *arguments]


def start(name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
    """Start a program in a process group of its own: a Ctrl-C reaches us first, and we end it in order."""
    ours = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH"))))
    with log.open("ab") as said:
        process = subprocess.Popen(  # noqa: S603  # our own programs, by the names given in `utvag`
            arguments,
            env={**environment, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            process_group=0,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  # safe: no thread runs in this process yet
        )
    return Child(name, process, log)


def _end_with_parent() -> None:
    """Ask Linux to end this child if we are killed outright; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_until_answers(child: Child, url: str) -> None:
    """Return when the address answers with anything but a failure; raises ChildError."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        check(child)
        if _answers(url):
            return
        time.sleep(0.05)
    raise ChildError(f"{child.name} did not answer within {PATIENCE:.0f} seconds:\n{child.why()}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own http address on loopback
            return int(answer.status) < 500
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def check(child: Child) -> None:
    """Raise ChildError if the program has ended."""
    status = child.process.poll()
    if status is None:
        return
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    raise ChildError(f"{child.name} {how}:\n{child.why()}")


def stop(children: Sequence[Child]) -> None:
    """End the programs: asked to first, made to after five seconds."""
    for child in children:
        child.process.terminate()
    for child in children:
        try:
            child.process.wait(5)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
