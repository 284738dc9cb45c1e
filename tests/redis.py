"""A Redis of our own for tests: Debian's, set as we ship it, in a temporary folder, ended with the tests."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

CONF = Path(__file__).resolve().parent.parent / "deploy" / "redis" / "redis.conf"
PATIENCE = 10  # seconds until a server that does not answer counts as broken


@dataclass
class RedisServer:
    """One server: where it lies, and what it is told beside the settings that we ship."""

    folder: Path
    options: tuple[str, ...] = ()
    rights: str = ""  # of whoever comes without a name, instead of those that we ship
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Give its address, as settings name it."""
        return f"unix://{self.folder}/redis.sock"

    def client(self) -> "Redis":
        """Open a connection, with no more rights than a portal has."""
        return Redis.from_url(self.url, protocol=2, socket_timeout=PATIENCE)

    def start(self, *options: str) -> None:
        """Start it, empty, and wait until it answers."""
        program = shutil.which("redis-server")
        assert program, "Redis is not installed: `./run test` does that (Debian's package redis-server)"
        told = ["--unixsocket", f"{self.folder}/redis.sock", "--dir", str(self.folder), *self.options, *options]
        shipped = CONF.read_text("utf-8")
        conf = self.folder / "redis.conf"
        conf.write_text(
            re.sub("(?m)^user default .*", f"user default {self.rights}", shipped) if self.rights else shipped
        )
        with (self.folder / "log").open("ab") as said:
            self.process = subprocess.Popen([program, conf, *told], stdout=said, stderr=said)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(RedisError), self.client() as client:
                with suppress(ResponseError, AuthenticationError):  # it answers, if only that it lets nobody in
                    client.ping()
                return
            time.sleep(0.02)
        raise AssertionError(f"Redis does not answer: {(self.folder / 'log').read_text('utf-8')}")

    def stop(self) -> None:
        """End it as a power cut would; it forgets everything."""
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(PATIENCE)
            self.process = None
            (self.folder / "redis.sock").unlink(missing_ok=True)

    def restart(self, *options: str) -> None:
        """End it and start it again, empty."""
        self.stop()
        self.start(*options)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let it take connections and answer nothing, until the block ends."""
        assert self.process
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)


@contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """Lend a server of one's own; it has ended and is gone when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="utvag-redis-"))
    made = RedisServer(folder, options)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _one_redis() -> Iterator[RedisServer]:
    """Start the one server of the tests that only need some server."""
    with redis_server() as made:
        yield made


@pytest.fixture
def redis(_one_redis: RedisServer) -> RedisServer:
    """Lend an empty server."""
    _one_redis.restart()
    return _one_redis
