"""What every test stands on.

- No connection leaves the machine: a test that tries to reach anything but loopback fails where it tries.
- Warnings are errors (`-W error` in pyproject.toml).
- Each skipped test is named with its reason (`-rs`), and where CI=true a skip fails the run.

The fixtures for all are servers that tests start (`tests.postgresql` for long rows, `tests.redis`); a folder's own
conftest.py holds what its tests share.
"""

import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from ipaddress import ip_address
from types import CodeType
from typing import ClassVar

import hypothesis
import pytest
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from tests import statements
from web.app import QuietFlask
from web.late import LOGS, Held

pytest_plugins = ["tests.postgresql", "tests.redis"]

OUTWARD = {"socket.connect", "socket.sendto", "socket.sendmsg"}


class OutsideError(BaseException):
    """Tell that a test tried to leave the machine; no `except Exception` may hide it."""


def loopback_only(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse a connection or datagram to any address but loopback; an audit hook sees those of libraries too."""
    if event not in OUTWARD:
        return
    connection, address = arguments
    if not isinstance(connection, socket.socket) or connection.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    host = str(address[0]) if isinstance(address, tuple) else ""
    if host and host != "localhost" and not ip_address(host.partition("%")[0]).is_loopback:
        raise OutsideError(f"a test tried to reach {host}")


@pytest.fixture(autouse=True)
def said_at_once() -> None:
    """Let lines of the log pass, though an earlier story made a portal as it is served, which holds them."""
    for log in map(logging.getLogger, LOGS):
        log.filters = [one for one in log.filters if not isinstance(one, Held)]


class Compiled(BytecodeCache):
    """Keeps what templates were compiled to, for all the apps of a run; a template that was changed has another sum."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template's code, if it has been compiled."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        self._kept[bucket.key, bucket.checksum] = bucket.code


class CompiledRule(Rule):
    """Keeps what builds a route's address, for all the apps of a run: it is compiled from what the key holds alone."""

    _kept: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # as werkzeug has it
        """Give what was compiled for the same rule, if any; it takes the rule itself as its first argument."""
        key = self.rule, append_unknown, repr(self.defaults), *self._trace
        if key not in self._kept:
            self._kept[key] = super()._compile_builder(append_unknown)
        return self._kept[key]


def pytest_configure() -> None:
    """Close the way out before the first test is read; an audit hook cannot be taken away again."""
    sys.addaudithook(loopback_only)
    # ./run ends its parts so: fixtures then end what they started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    QuietFlask.jinja_options = {**QuietFlask.jinja_options, "bytecode_cache": Compiled()}
    QuietFlask.url_rule_class = CompiledRule
    statements.share()
    # Time is measured in bench/: a unit test that fails on a busy machine tells nothing of ours.
    hypothesis.settings.register_profile("utvag", deadline=None)
    hypothesis.settings.load_profile("utvag")


def pytest_collection_finish() -> None:
    """Look seldom for what only its own kind still names: what tests import stays anyway, and apps come by hundreds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that skipped anything."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
