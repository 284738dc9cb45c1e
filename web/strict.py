"""What would weaken an installation that others reach: each weakness in a line, with its cure.

An app on loopback (`Origin.public` is false) is a trial and may be loose; every other is in earnest and refuses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

VERIFIED = "verify-full"
UNSET = "; take it out of the environment"
ELSEWHERE = "leads a database's address elsewhere, unseen and without proof; write it into the address"
# Names that Python, Flask, granian and libpq look for themselves, and what each would do to those who come here.
LOOSE: Mapping[str, str] = {
    "FLASK_DEBUG": "debug pages show what was typed",
    "GRANIAN_LOG_ACCESS_ENABLED": "a log of visitors",
    "PGHOST": ELSEWHERE,
    "PGHOSTADDR": ELSEWHERE,
    "PGPASSWORD": "other programs of the same user can read it; write the password into the passfile of the address",
    "PGSERVICE": ELSEWHERE,
    "PYTHONASYNCIODEBUG": "debugging writes what it holds to the log",
    "PYTHONDEVMODE": "debugging writes what it holds to the log",
    "PYTHONINSPECT": "a failed app would open a prompt instead of ending",
    "PYTHONTRACEMALLOC": "debugging keeps more in memory than the app does",
    "SSLKEYLOGFILE": "whoever reads that file reads all that TLS carries",
    "WERKZEUG_DEBUG_PIN": "debug pages show what was typed",
}


def surroundings(environ: Mapping[str, str]) -> list[str]:
    """Name what is set around the app and loosens what it stands on."""
    return [f"{name}: {why}{UNSET}" for name, why in LOOSE.items() if environ.get(name)]


def demo(prefix: str) -> str:
    """Say why a demo is refused where others reach it."""
    return (
        f"{prefix}DEMO: a demo is for this machine alone; take it out, or use an origin such as http://127.0.0.1:8831"
    )


def database(name: str, text: str, foreign: Collection[str] = ()) -> list[str]:
    """Name what weakens a database's address: a password in it, a way to it that somebody could listen on.

    `name` is the setting; `foreign` are roles that are not this app's. A path (SQLite) has none of these weaknesses.
    """
    if "://" not in text:
        return []
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return [f"{name}: is no database address such as postgresql+psycopg://ROLE@HOST/NAME?sslmode={VERIFIED}"]
    return [f"{name}: {fault}" for fault in _address(url, foreign)]


def _address(url: URL, foreign: Collection[str]) -> Iterator[str]:
    query = url.query
    if url.password is not None or query.keys() & {"password", "sslpassword"}:
        yield "holds a password, which stands in lists of processes and logs; write passfile=/etc/utvag/pgpass instead"
    if "service" in query:
        yield "service hides where it leads; write host and sslmode here instead"
    far = sorted(host for host in hosts(url) if not stays_here(host))
    if url.get_backend_name() == "postgresql" and far and query.get("sslmode") != VERIFIED:
        yield f"{far[0]} is another machine: add sslmode={VERIFIED}&sslrootcert=FILE, or the network could listen"
    if url.username in foreign:
        yield f"signs in as {url.username}, which is not this app's role; each app has its own"


def hosts(url: URL) -> list[str]:
    """List every host that libpq may go to: it takes several, and an address beside a name."""
    more = [url.query.get("host", ()), url.query.get("hostaddr", ())]
    lists = [url.host or "", *(one if isinstance(one, str) else ",".join(one) for one in more)]
    return [host for one in lists for host in one.split(",") if host]


def stays_here(host: str) -> bool:
    """Tell whether a connection never leaves this machine: a socket's folder, or loopback."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.rpartition(":")[0] if host.count(":") == 1 else host).is_loopback
    except ValueError:
        return False


def one_store(names: Sequence[str], addresses: Sequence[str]) -> list[str]:
    """Say that two settings name one store; the two stand apart so that one copy does not take both."""
    first, second = (_place(one) for one in addresses)
    return [f"{names[1]}: is the same store as {names[0]}; give it another"] if first == second else []


def _place(address: str) -> tuple[object, ...]:
    if "://" not in address:
        return (address,)
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return (address,)
    return tuple(sorted(hosts(url))), url.port or 5432, url.database
