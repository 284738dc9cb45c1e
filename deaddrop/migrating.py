"""Move a store from one revision of its tables to another, with what it holds. Source: Alembic's own commands."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, text

from crypto import envelope
from deaddrop.patience import unhurried
from deaddrop.rights import settle
from deaddrop.schema import create_file, take_name, told, writing

SCRIPTS = "deaddrop:migrations"


def migrate(made: Engine, places: int, to: str = "head") -> None:
    """Bring a dead drop to a revision ("head", "base" or a number), up or down; then set everybody's rights.

    `places` is the roster's; it matters only where there are no tables yet. Raises UnavailableError,
    alembic.util.CommandError for a revision that does not exist, RuntimeError rather than drop what waits.
    """
    create_file(made)
    with told("not migrated"), writing(made), made.begin() as connection:
        move(connection, SCRIPTS, to, sealed_length=envelope.size(places))
        if connection.dialect.name != "sqlite":
            settle(connection)


def move(connection: Connection, scripts: str, to: str, **attributes: object) -> None:
    """Move the tables that `scripts` (package:folder) describe to a revision, in the caller's transaction.

    On a server one does so at a time, and everything made belongs to the database's owner, whichever of its members
    runs this. The trap: revisions are compared as text, so all have four digits.
    """
    take_name(connection, b"prepare")
    become_owner(connection)
    config = Config()
    config.set_main_option("script_location", scripts)
    config.attributes.update(attributes, connection=connection)
    now = MigrationContext.configure(connection).get_current_revision()
    with unhurried(connection):
        if to == "base" or (to != "head" and now is not None and to < now):
            command.downgrade(config, to)
        else:
            command.upgrade(config, to)


def become_owner(connection: Connection) -> None:
    """Act as the database's owner until the transaction ends, where that is allowed; elsewhere as oneself."""
    if connection.dialect.name == "sqlite":
        return
    connection.execute(text("SET LOCAL statement_timeout = 0"))  # a large table takes its time
    if name := owner(connection):
        connection.execute(text(f"SET LOCAL ROLE {connection.dialect.identifier_preparer.quote_identifier(name)}"))


def owner(connection: Connection) -> str:
    """Name the owner of a server's database where this user may act as the owner, "" elsewhere."""
    asked = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    return str(connection.execute(text(f"{asked} AND pg_has_role(datdba, 'MEMBER')")).scalar() or "")
