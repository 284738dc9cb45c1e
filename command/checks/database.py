"""What an app's own role may do on its database, tried with the very address that the app has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from command.findings import ALARM, GOOD, WARNING, Finding
from deaddrop.schema import engine
from web import strict

DENIED = "42501"  # insufficient_privilege
SLACK = timedelta(seconds=30)
# What each role must be refused, in words; none of it changes or shows a row where it is not refused.
SERVER = {
    "läsa lösenord": "SELECT 1 FROM pg_catalog.pg_authid LIMIT 0",
    "göra tabeller": "CREATE TEMPORARY TABLE utvag_doctor (x int) ON COMMIT DROP",
}
PORTAL = {
    "läsa förfrågningar": "SELECT 1 FROM envelopes LIMIT 0",
    "radera förfrågningar": "DELETE FROM envelopes WHERE false",
    "ändra eller tömma förfrågningar": "LOCK TABLE envelopes IN ACCESS EXCLUSIVE MODE NOWAIT",
    "läsa svar utan kod": "SELECT 1 FROM replies LIMIT 0",
    "lägga in svar": "INSERT INTO replies (day) SELECT 1 WHERE false",
    "läsa vilka svar som öppnats": "SELECT 1 FROM opened LIMIT 0",
    "läsa andra portalers livstecken": "SELECT 1 FROM beats LIMIT 0",
    "mäta tabeller": "SELECT pg_catalog.pg_relation_size('0'::regclass)",
    "se vad som skrivs": "SELECT pg_catalog.pg_current_wal_lsn()",
    "läsa statistik": "SELECT 1 FROM pg_catalog.pg_stat_user_tables LIMIT 0",
    **SERVER,
}
STAFF = {
    "lägga in förfrågningar": "INSERT INTO envelopes SELECT * FROM envelopes WHERE false",
    "ändra förfrågningar": "UPDATE envelopes SET day = 1 WHERE false",
    "ändra svar": "UPDATE replies SET day = 1 WHERE false",
    **SERVER,
}
CASEBOOK = {
    "läsa lösenord": SERVER["läsa lösenord"],
    "göra tabeller": "CREATE TABLE utvag_doctor (x int)",
    "ändra loggen": "UPDATE audit SET day = 1 WHERE false",
    "radera ur loggen": "DELETE FROM audit WHERE false",
}
QUIET = {  # of the dead drop's server: its log would tell when somebody wrote, and what was refused
    "log_min_messages": ("fatal", "panic"),
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),
    "log_statement": ("none",),
    "log_connections": ("off",),
    "log_disconnections": ("off",),
    "log_min_duration_statement": ("-1",),
    "archive_mode": ("off",),
    "wal_level": ("minimal",),
    "fsync": ("on",),
    "full_page_writes": ("on",),
}


def on_server(address: str) -> bool:
    """Tell whether a store's address is a server's; any other is a file of SQLite, by its path or its URL."""
    return "://" in address and not address.startswith("sqlite")


def look(what: str, address: str, refused: Mapping[str, str], quiet: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    """Connect as the app does and tell what its role may do that it must not; of a file of SQLite, that it may all.

    `what` names the store. Nothing is changed, and nothing of a row is shown.
    """
    if not on_server(address):
        return [Finding(WARNING, f"{what}: SQLite. Den som tar över appen kan radera; på PostgreSQL kan den inte det.")]
    made = engine(address)
    try:
        return [*_sealed(what, made), *_log(what, made, quiet), *_role(what, made, refused)]
    except DBAPIError as error:
        return [Finding(ALARM, f"{what}: kan inte nås ({type(error.orig).__name__}). Är servern igång?")]
    finally:
        made.dispose()


def _sealed(what: str, made: Engine) -> list[Finding]:
    """Tell whether the way there is sealed, and whether both clocks agree."""
    with made.connect() as connection:
        wire = getattr(connection.connection.driver_connection, "pgconn", None)
        sealed = bool(getattr(wire, "ssl_in_use", False))
        there = connection.execute(text("SELECT CURRENT_TIMESTAMP")).scalar_one()
    near = all(map(strict.stays_here, strict.hosts(made.url)))
    found = [
        Finding(GOOD, f"{what}: vägen dit {'lämnar inte maskinen' if near else 'är krypterad'}.")
        if near or sealed
        else Finding(ALARM, f"{what}: vägen dit är inte krypterad. Skriv sslmode=verify-full i adressen.")
    ]
    apart = abs(there - datetime.now(UTC))
    if apart > SLACK:
        found.append(Finding(ALARM, f"Klockan: {what} och den här maskinen skiljer {apart.seconds} s. Ställ dem."))
    return found


def _log(what: str, made: Engine, quiet: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    loud = []
    with made.connect() as connection:
        for name, wanted in quiet.items():
            value = connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one()
            if value not in wanted:
                loud.append(f"{name} = {value}, ska vara {wanted[0]}")
    if loud:
        words = f"{what}: servern loggar, arkiverar eller kvitterar för tidigt ({'; '.join(loud)}). Se deploy/postgres."
        return [Finding(ALARM, words)]
    return [Finding(GOOD, f"{what}: servern är tyst och arkiverar inget.")] if quiet else []


def _role(what: str, made: Engine, refused: Mapping[str, str]) -> list[Finding]:
    with made.connect() as connection:
        mighty = connection.execute(text("SELECT current_setting('is_superuser')")).scalar_one() == "on"
    if mighty:
        return [Finding(ALARM, f"{what}: appens roll får allt (superuser). Ge den sin egen: deploy/postgres.")]
    may = [words for words, sql in refused.items() if not _is_refused(made, sql)]
    if may:
        return [Finding(ALARM, f"{what}: appens roll får {', '.join(may)}. Kör deploy/postgres och utvag migrate.")]
    return [Finding(GOOD, f"{what}: appens roll nekas allt som den inte behöver ({len(refused)} prov).")]


def _is_refused(made: Engine, sql: str) -> bool:
    """Try a statement and undo it; True if this role may not."""
    with made.connect() as connection:
        try:
            connection.execute(text(sql))
        except DBAPIError as error:
            return getattr(error.orig, "sqlstate", "") in (DENIED, "42P01")  # or there is no such table at all
        finally:
            connection.rollback()
    return False
