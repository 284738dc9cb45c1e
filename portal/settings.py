"""The portal's settings, from the environment only; every fault is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crypto.sealing.pin import read_pin
from portal.address import shared_address, wants_password
from portal.heartbeat import host_name, portal_name
from programme import LANGUAGES, Language, Programme
from web import strict
from web.catalogue import source
from web.environment import Environment, existing, whole, yes_or_no
from web.metrics.address import Address, private_address
from web.origin import Origin

PREFIX = "UTVAG_PORTAL_"
OTHERS = frozenset({"postgres", "utvag_casebook", "utvag_casebook_owner", "utvag_owner", "utvag_staff"})  # roles
LEAST_PLACES = 1000  # of a spool: with fewer its figure, four words, would tell of one person's envelope
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
    `posts_in_all` are per minute; `workers` how many processes serve from one `state` (see `shared_out`);
    `metrics` where figures are served, if anywhere; `name` what the staff pages call this portal; `redis` the server
    that several portals share, and `redis_password` the file with its password; `spool` the folder that keeps
    `spool_places` envelopes at most while the dead drop is away.
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
    metrics: Address | None = None
    name: str = "portal"
    redis: str = ""
    redis_password: Path | None = None
    spool: Path | None = None
    spool_places: int = 10_000

    def shared_out(self) -> PortalSettings:
        """Return settings that hold where several processes serve and share nothing: no codes are offered.

        The desk is one process's memory then: the page that shows a code would ask another process for it.
        """
        if self.workers == 1 or self.redis:
            return self
        answers = replace(self.programme.answers, code=False)
        return replace(self, programme=replace(self.programme, answers=answers))

    @property
    def languages(self) -> tuple[Language, ...]:
        """Return the languages of the pages, Swedish first: the programme's own, in the demo drafts beside them."""
        if self.demo:
            return tuple(one for one in LANGUAGES.values() if one.tag == "sv" or source(one.tag).is_file())
        return tuple(LANGUAGES[tag] for tag in self.programme.languages)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> PortalSettings:
        """Read UTVAG_PORTAL_…; raise SettingsError with every fault."""
        env = Environment(PREFIX, environ)
        demo = env.may("DEMO", yes_or_no, False)
        factor = DEMO_FACTOR if demo else 1
        values = {
            "origin": env.need("ORIGIN", Origin.parse),
            "roster": env.need("ROSTER", Path),
            "root_key": env.need("ROOT_KEY", read_pin),
            "deaddrop": env.need("DEADDROP", str),
            "programme": env.need("PROGRAMME", Programme.load),
            "state": env.need("STATE", Path),
            "minimum_epoch": env.may("MINIMUM_EPOCH", whole(1, 2**32 - 1), 1),
            "host": env.may("HOST", str, "127.0.0.1"),
            "port": env.may("PORT", whole(0, 65535), 8831),
            "workers": env.may("WORKERS", whole(1, 64), 1),
            "metrics": env.may("METRICS", private_address, None),
            "name": env.may("NAME", portal_name, host_name()),
            "proxies": env.may("PROXIES", whole(0, 5), 0),
            "posts_per_prefix": env.may("POSTS_PER_PREFIX", whole(1, 10**9), cls.posts_per_prefix * factor),
            "posts_in_all": env.may("POSTS_IN_ALL", whole(1, 10**9), cls.posts_in_all * factor),
            "redis": env.may("REDIS", shared_address, ""),
            "redis_password": env.may("REDIS_PASSWORD", existing, None),
            "spool": env.may("SPOOL", Path, None),
            "spool_places": env.may("SPOOL_PLACES", whole(LEAST_PLACES, 1_000_000), cls.spool_places),
        }
        if isinstance(values["origin"], Origin) and values["origin"].public:
            env.faults += strict.database(f"{PREFIX}DEADDROP", str(values["deaddrop"]), OTHERS)
            env.faults += [strict.demo(PREFIX)] if demo else []
        if values["redis"] and wants_password(str(values["redis"])) and not values["redis_password"]:
            env.faults.append(f"{PREFIX}REDIS_PASSWORD: is missing: the path of a file with the server's password")
        if env.faults:
            raise SettingsError(env.faults)
        return cls(**values, demo=demo)  # type: ignore[arg-type]  # each value was read by the function for its field
