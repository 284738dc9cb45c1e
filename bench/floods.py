"""Floods of every kind while fifty honest people send: each of them gets through, and nothing of theirs is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from statistics import quantiles
from urllib.parse import urlencode

from bench.databases import on_loopback
from bench.honest import Crowd, Told
from bench.load import Job
from bench.measure import beside
from bench.posting import BODY, stage
from bench.servers import PORTAL, granian, running, waitress
from bench.tables import put, stamp, table
from command.demo import Cast
from command.stage import Stage
from crypto.opening.identity import Identity
from crypto.opening.unseal import unseal
from crypto.returncode import new_code
from deaddrop.collect import Collect
from deaddrop.schema import engine
from tests.nginx import SITE, front
from tests.redis import redis_server

FLOODED = "## Floods, and the honest beside them"
SECONDS = 20.0  # that each lasts
PEOPLE = 50
ONE_PREFIX, CIRCUITS, WRONG_CODES, OVERSIZE = 10_000, 1_000, 5_000, 1_000
TOR_BURST, TOR_RATE = 500, 50  # circuits at once, and a second: HiddenServicePoWQueueBurst and -Rate of deploy/tor
THROUGH = "nginx: "
BEYOND = THROUGH + "the same all at once, without Tor"
BIG = "x" * 2_000_000  # bytes of a body that no form needs
SLOW = 400  # connections at a time, as many as the embedded server holds
ALLOWED = 2_000.0  # milliseconds that 99 of 100 honest sendings may take
LONGEST = 120.0  # seconds until an attacker or the honest are given up
REAL = {
    "UTVAG_PORTAL_PROXIES": "1",
    "UTVAG_PORTAL_WORKERS": "1",
    "UTVAG_PORTAL_POSTS_PER_PREFIX": "120",
    "UTVAG_PORTAL_POSTS_IN_ALL": "12000",
}


Ended = Callable[[], int]


@dataclass(frozen=True)
class Target:
    """What is attacked, for how many seconds: the port that takes plain HTTP, and where slow lines are held.

    `circuits`: nginx stands before the portal, and whoever comes is a circuit of Tor's to it.
    """

    port: int
    origin: str
    seconds: float
    slow: str
    circuits: bool = False


Attack = Callable[[Target], tuple[list[str], Job | None]]


@dataclass(frozen=True)
class Flooded:
    """One flood: how many requests it sent, how many of them were kept, and what became of the honest beside it."""

    name: str
    sent: int
    taken: int
    honest: int
    refused: int
    p50: float
    p99: float
    worst: float
    lost: int

    @property
    def held(self) -> bool:
        """Tell whether every honest person got through in time and nothing of theirs is missing."""
        return self.refused == self.lost == 0 and self.p99 <= ALLOWED


def floods(seconds: float) -> list[Flooded]:
    """Measure each flood at a portal of its own with its ordinary limits: the embedded server, and one behind nginx."""
    return [one(name, seconds) for name in FLOODS]


def one(name: str, seconds: float) -> Flooded:
    """Measure one flood; the honest begin a second after it, and go on as long as it lasts."""
    with stage() as (place, environment), ExitStack() as held:
        port, limits = place.portal_port, environment | REAL
        target = Target(port, place.portal, seconds, f"{place.portal}/me")
        if name.startswith(THROUGH):
            nginx = held.enter_context(front([port], onion=port, spoil=on_loopback(port) | {SITE: "localhost"}))
            target = replace(target, port=nginx.onion, slow=f"https://localhost:{nginx.https}/me", circuits=True)
            limits |= {"UTVAG_PORTAL_WORKERS": "2", "UTVAG_PORTAL_REDIS": held.enter_context(redis_server()).url}
        command = granian if target.circuits else waitress
        held.enter_context(running(command(PORTAL, port), port, limits, "/me"))
        with _flooding(FLOODS[name], target) as attack:
            crowd = Crowd(target.port, PEOPLE, seconds, place.portal, target.circuits)
            told = Told(**beside("bench.honest", crowd, seconds + LONGEST))
            sent = attack()
        held.close()
        found = list(_opened(place))
    hundredths = quantiles(told.times, n=100, method="inclusive")
    lost, theirs = set(told.marks) - set(found), len(found) - len(set(told.marks) & set(found))
    counts = (sent, theirs, len(told.times), sum(told.refused.values()))
    return Flooded(name, *counts, hundredths[49], hundredths[98], max(told.times), len(lost))


@contextmanager
def _flooding(command: Attack, target: Target) -> Iterator[Ended]:
    """Run an attacker in a process of its own, from a second before; give how to ask what number it sent."""
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as wanted:
        arguments, job = command(target)
        wanted.write(json.dumps(asdict(job)) if job else "")
        wanted.seek(0)
        process = subprocess.Popen(arguments, stdin=wanted, stdout=said, stderr=subprocess.DEVNULL)

        def ended() -> int:
            process.wait(LONGEST)
            said.seek(0)
            return sum(json.loads(said.read())["statuses"].values()) if job else 0

        try:
            time.sleep(1)
            yield ended
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(LONGEST)


def _opened(place: Stage) -> Iterator[str]:
    """Open all that lies in the dead drop with the recovery key, and give the mark of each text that has one."""
    cast = Cast.from_json((place.folder / "cast.json").read_text("utf-8"))
    key, drop = Identity.from_seed(bytes.fromhex(cast.recovery)), Collect(engine(place.path("deaddrop.sqlite")))
    while rows := drop.waiting():
        for row in rows:
            yield json.loads(unseal(row.sealed, key, [0]))["answers"]["message"].rpartition(" ")[2]
        drop.erase([row.id for row in rows])


def _load(job: Job) -> tuple[list[str], Job]:
    return [sys.executable, "-m", "bench.load"], job


def _slow(target: Target, option: str) -> tuple[list[str], None]:
    """Hold connections open by sending a few bytes now and then (Debian's slowhttptest)."""
    held = ["-c", str(SLOW), "-r", "200", "-i", "3", "-p", "5", "-l", str(int(target.seconds) + 2), "-u", target.slow]
    return ["slowhttptest", option, *held], None


def one_prefix(to: Target) -> tuple[list[str], Job]:
    """Ten thousand good requests from one network."""
    return _load(Job(to.port, "/me", 32, LONGEST / 2, BODY, origin=to.origin, network="10.66.6", most=ONE_PREFIX))


def circuits(to: Target) -> tuple[list[str], Job]:
    """Ten thousand good requests from a thousand circuits, which come as fast as Tor lets them in and no faster."""
    command, job = without_tor(to)
    return command, replace(job, at_once=TOR_BURST, a_second=TOR_RATE)


def without_tor(to: Target) -> tuple[list[str], Job]:
    """Ten thousand good requests from a thousand circuits, all at once, as if nothing of Tor's stood before nginx."""
    return _load(Job(to.port, "/me", CIRCUITS, LONGEST / 2, BODY, origin=to.origin, circuits=True, most=ONE_PREFIX))


def wrong_codes(to: Target) -> tuple[list[str], Job]:
    """Five thousand codes that nobody has, each from another network: no limit of a network's holds them."""
    bodies = [urlencode({"code": new_code()}) for _ in range(64)]
    return _load(Job(to.port, "/code", 32, LONGEST / 2, bodies=bodies, origin=to.origin, most=WRONG_CODES))


def oversize(to: Target) -> tuple[list[str], Job]:
    """A thousand bodies of two megabytes."""
    return _load(Job(to.port, "/me", 16, LONGEST / 2, BIG, origin=to.origin, most=OVERSIZE))


FLOODS: dict[str, Attack] = {
    "nobody else": lambda _to: (["sleep", "1"], None),
    "10,000 requests from one network": one_prefix,
    "5,000 wrong codes from as many networks": wrong_codes,
    "1,000 bodies of 2 MB": oversize,
    "400 connections with slow headers": lambda to: _slow(to, "-H"),
    "400 connections with slow bodies": lambda to: _slow(to, "-B"),
    THROUGH + "nobody else": lambda _to: (["sleep", "1"], None),
    THROUGH + "10,000 requests from 1,000 circuits": circuits,
    BEYOND: without_tor,
    THROUGH + "400 connections with slow headers": lambda to: _slow(to, "-H"),
    THROUGH + "400 connections with slow bodies": lambda to: _slow(to, "-B"),
}


def floods_section(found: list[Flooded]) -> str:
    """Write the section of bench/RESULTS.md."""
    head = ("beside", "it sent", "of that taken", "honest", "refused", "p50 ms", "p99 ms", "worst ms", "lost")
    rows = ((one.name, *(f"{value:,.0f}" for value in list(asdict(one).values())[1:])) for one in found)
    return f"""{FLOODED}

Fifty honest people at a time, each from a network (or circuit) of their own, open the form and send it, without
script; a second later somebody else comes in their place, as long as the flood lasts; a sending is both requests. Each
acknowledged one was opened at the end with a key of the roster. Limits as delivered. The first rows: the embedded
server; with nginx: two granian workers behind it with one Redis, and the honest come as circuits of Tor's. Attackers,
honest, nginx and portal share the two cores.

A thousand circuits come as deploy/tor lets them in: five hundred at once, then fifty a second. What a front alone holds
off, if they all came at once, is measured as well, beyond what is asked.

{table(head, rows)}"""


def main() -> int:
    """Put the section into bench/RESULTS.md; return 1 if somebody honest was refused, held up or lost anything."""
    found = floods(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    section = floods_section(found)
    print(section)
    put(FLOODED, section.partition("\n\n")[2] + f"\n\n{stamp()}")
    return 0 if all(one.held for one in found if one.name != BEYOND) else 1


if __name__ == "__main__":
    sys.exit(main())
