"""Look at a dead drop before it is used: make its tables where this user may, say so where they are missing."""

import re

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, inspect, select, text
from sqlalchemy.exc import ProgrammingError

from crypto import envelope
from deaddrop.errors import NotMigratedError, OtherPlacesError
from deaddrop.schema import REPLIES, create_file, envelopes, told, writing

HEAD = "0004"  # the newest revision in deaddrop/migrations
_REVISION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def prepare(made: Engine, places: int) -> None:
    """Make the tables, or bring them up to date, where this user may; elsewhere only look at them.

    Raises OtherPlacesError if they were made for another number of places, NotMigratedError if they are missing or old
    and another user must make them (`utvag migrate deaddrop`), UnavailableError if the store is away.
    """
    create_file(made)
    with told("not prepared"):
        size = _prepare_file(made, places) if made.dialect.name == "sqlite" else _prepare_server(made, places)
    if size != envelope.size(places):
        raise OtherPlacesError(f"this dead drop was made for another number of places than {places}")


def _prepare_file(made: Engine, places: int) -> int:
    """Make a new file's tables at once, bring an older one's up to date; give the length of its envelopes."""
    with writing(made), made.begin() as connection:
        tables = inspect(connection).get_table_names()
        if not tables:
            for table in (envelopes(places), REPLIES, _REVISION):
                table.metadata.create_all(connection)
            connection.execute(insert(_REVISION).values(version_num=HEAD))
        old = bool(tables) and _revision(connection, tables) < HEAD
    if old:
        _migrate(made, places)
    rules = {rule["name"]: rule["sqltext"] for rule in inspect(made).get_check_constraints("envelopes")}
    return int("".join(re.findall(r"\d+", rules.get("sealed_length", ""))) or 0)


def _revision(connection: Connection, tables: list[str]) -> str:
    """Tell a file's revision; one from before there were any has none."""
    if _REVISION.name not in tables:
        return ""
    return connection.execute(select(_REVISION.c.version_num)).scalar() or ""


def _prepare_server(made: Engine, places: int) -> int:
    """Migrate where this user may create tables, else look whether that was done; give the length of envelopes."""
    with made.connect() as connection:
        may = connection.execute(text("SELECT has_schema_privilege('public', 'CREATE')")).scalar_one()
    if may:
        _migrate(made, places)
    try:
        with made.connect() as connection:
            revision, size = connection.execute(text("SELECT revision(), envelope_size()")).one()
    except ProgrammingError as error:  # no such function, or none that this user may call
        raise NotMigratedError("the dead drop has no tables yet: run `utvag migrate deaddrop`") from error
    if (revision or "") < HEAD:
        raise NotMigratedError("the dead drop's tables are old: run `utvag migrate deaddrop`")
    return int(size)


def _migrate(made: Engine, places: int) -> None:
    from deaddrop.migrating import migrate  # noqa: PLC0415 - Alembic is large, and a portal hardly ever needs it

    migrate(made, places)
