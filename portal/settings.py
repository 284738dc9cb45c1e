"""The portal's settings, from the environment only; every fault is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from programme import Programme, ProgrammeError
from web.origin import Origin

PREFIX = "UTVAG_PORTAL_"
DEMO_FACTOR = 1000  # in the demo everyone comes from one address, load tests too


class SettingsError(Exception):
    """The environment does not make a portal; `faults` names each reason in one line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class PortalSettings:
    """What one portal needs: no private key and no secret is among it.

    `root_key` is the pinned Ed25519 key of the roster (32 bytes); `deaddrop` a path or database address; `state` a
    folder for the highest epoch seen; `proxies` how many of our own proxies stand before it; `posts_per_prefix` and
    `posts_in_all` are per minute; `workers` how many processes serve from one `state` (see `shared_out`).
    """

    origin: Origin
    roster: Path
    root_key: bytes
    deaddrop: str
    programme: Programme
    state: Path
    minimum_epoch: int = 1
    host: str = "127.0.0.1"
    port: int = 8831
    demo: bool = False
    proxies: int = 0
    posts_per_prefix: int = 120
    posts_in_all: int = 12_000
    workers: int = 1

    def shared_out(self) -> PortalSettings:
        """Return settings that hold where several processes serve: no codes are offered.

        The desk is one process's memory: the page that shows a code would ask another process for it.
        """
        if self.workers == 1:
            return self
        answers = replace(self.programme.answers, code=False)
        return replace(self, programme=replace(self.programme, answers=answers))

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> PortalSettings:
        """Read UTVAG_PORTAL_…; raise SettingsError with every fault."""
        env = _Environment(environ)
        demo = env.number("DEMO", 0, 1, default=0) == 1
        factor = DEMO_FACTOR if demo else 1
        values = {
            "origin": env.origin(),
            "roster": Path(env.text("ROSTER")),
            "root_key": env.key("ROOT_KEY"),
            "deaddrop": env.text("DEADDROP"),
            "programme": env.programme(),
            "state": Path(env.text("STATE")),
        }
        numbers = {
            "minimum_epoch": env.number("MINIMUM_EPOCH", 1, 2**32 - 1, default=1),
            "port": env.number("PORT", 0, 65535, default=8831),
            "workers": env.number("WORKERS", 1, 64, default=1),
            "proxies": env.number("PROXIES", 0, 5, default=0),
            "posts_per_prefix": env.number("POSTS_PER_PREFIX", 1, 10**9, default=cls.posts_per_prefix * factor),
            "posts_in_all": env.number("POSTS_IN_ALL", 1, 10**9, default=cls.posts_in_all * factor),
        }
        host = env.text("HOST", "127.0.0.1")
        if env.faults:
            raise SettingsError(env.faults)
        return cls(**values, **numbers, host=host, demo=demo)  # type: ignore[arg-type]  # no fault: none is None


class _Environment:
    """Read typed values and note what is wrong with each."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def _fault(self, name: str, reason: str) -> None:
        self.faults.append(f"{PREFIX}{name}: {reason}")

    def text(self, name: str, default: str = "") -> str:
        value = self._environ.get(PREFIX + name, "").strip() or default
        if not value:
            self._fault(name, "is missing")
        return value

    def number(self, name: str, low: int, high: int, *, default: int) -> int:
        text = self._environ.get(PREFIX + name, "").strip()
        if not text:
            return default
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        self._fault(name, f"must be a whole number from {low} to {high}")
        return default

    def key(self, name: str) -> bytes:
        text = self.text(name)
        try:
            value = bytes.fromhex(text)
        except ValueError:
            value = b""
        if text and len(value) != 32:
            self._fault(name, "must be 64 hex digits")
        return value

    def origin(self) -> Origin | None:
        text = self.text("ORIGIN")
        try:
            return Origin.parse(text) if text else None
        except ValueError as error:
            self._fault("ORIGIN", str(error))
            return None

    def programme(self) -> Programme | None:
        path = self.text("PROGRAMME")
        try:
            return Programme.load(path) if path else None
        except ProgrammeError as error:
            self.faults += [f"{PREFIX}PROGRAMME: {fault}" for fault in error.faults]
            return None
