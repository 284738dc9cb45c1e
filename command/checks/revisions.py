"""Which revision a store's tables have, read without changing a byte of it, and what lies between it and another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from command.checks.database import on_server
from deaddrop.schema import engine

DEADDROP, CASEBOOK = "deaddrop:migrations", "staff:migrations"
TABLE, FUNCTION = "SELECT version_num FROM alembic_version", "SELECT revision()"


class AwayError(Exception):
    """Say that a store cannot be read; the text is safe to show."""


@dataclass(frozen=True)
class Revisions:
    """Hold where a store stands, and what a version of the program brings: number and first sentence of each."""

    now: str
    known: tuple[tuple[str, str], ...]

    @property
    def newest(self) -> str:
        """Give the number of the last one."""
        return self.known[-1][0]

    @property
    def waiting(self) -> list[tuple[str, str]]:
        """Give those that the store has not had."""
        return [one for one in self.known if one[0] > self.now]


def asking(address: str) -> str:
    """Give how an app's role asks for the dead drop's revision: on a server it reaches no table of it."""
    return FUNCTION if on_server(address) else TABLE


def revisions(address: str, scripts: str, ask: str = TABLE) -> Revisions:
    """Read where a store stands; "" for one whose tables are older than all revisions, or not made yet.

    `ask` is what this role may ask. Raises AwayError if the store is not there or does not answer.
    """
    made = reading(address)
    try:
        with made.connect() as connection:
            now = connection.execute(text(ask)).scalar() or ""
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") not in ("42P01", "42883") and "no such table" not in str(error.orig):
            raise AwayError(type(error.orig).__name__) from None
        now = ""
    finally:
        made.dispose()
    return Revisions(str(now), tuple(_known(scripts)))


def _known(scripts: str) -> list[tuple[str, str]]:
    config = Config()
    config.set_main_option("script_location", scripts)
    found = ScriptDirectory.from_config(config).walk_revisions()
    return sorted((one.revision, (one.doc or "").partition("\n")[0]) for one in found)


def reading(address: str) -> Engine:
    """Open a store to read only: on SQLite not even a log file is made beside it.

    Raises AwayError if there is no file. Safe: where nobody has it open nobody writes, so it may be read as it lies.
    """
    url = make_url(address) if "://" in address else URL.create("sqlite", database=str(Path(address).absolute()))
    if url.get_backend_name() != "sqlite":
        return engine(address)
    path = Path(url.database or "")
    if not path.is_file():
        raise AwayError(f"{path} finns inte")
    lies = {} if Path(f"{path}-wal").exists() else {"immutable": "1"}
    query = {"uri": "true", "mode": "ro", **lies}
    return create_engine(URL.create("sqlite", database=f"file:{path}", query=query), poolclass=NullPool)
