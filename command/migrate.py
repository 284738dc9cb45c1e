"""`utvag migrate`: bring a server's tables up to date, as their owner; on SQLite the apps do it themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

database = click.option("--database", required=True, help="The database's address, as its owner, or an SQLite file.")
to = click.option(
    "--to", metavar="REV", default="head", show_default=True, help="A revision (four digits), head or base."
)


@click.group()
def migrate() -> None:
    """Make a database's tables, bring them up to date or back to an earlier revision, with all that they hold.

    On PostgreSQL run it as the database's owner or somebody who may act as the owner; what serves goes on serving.
    """


@migrate.command()
@database
@to
@click.option("--places", type=click.IntRange(2, 255), default=8, show_default=True, help="Places of the roster.")
def deaddrop(database: str, to: str, places: int) -> None:
    """Move the dead drop, and give portal and staff app their rights on it."""
    from deaddrop.errors import Error
    from deaddrop.migrating import migrate as move
    from deaddrop.schema import engine

    with _told((Error, RuntimeError)):
        move(engine(database), places, to)
    click.echo(f"Den döda brevlådan: klar ({to}).")


@migrate.command()
@database
@to
def casebook(database: str, to: str) -> None:
    """Move the casebook. The staff app must be of the same version as this command before it serves again."""
    try:
        from staff.casebook import Casebook
        from staff.casebook import migrate as move
    except ModuleNotFoundError:
        raise click.ClickException("Personalens app finns inte på den här maskinen.") from None

    opened = Casebook(database)
    try:
        with _told(()):
            move(opened, to)
    finally:
        opened.close()
    click.echo(f"Ärendeboken: klar ({to}).")


@contextmanager
def _told(faults: tuple[type[Exception], ...]) -> Iterator[None]:
    """Say in a sentence what went wrong; an address may hold a password, so no error's own words show it."""
    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except CommandError as error:
        raise click.ClickException(f"Ingen sådan revision: {error}") from None
    except faults as error:
        cause = error.__cause__
        said = f" ({type(getattr(cause, 'orig', cause)).__name__})" if cause else ""
        raise click.ClickException(f"Inget är ändrat: {error}{said}") from None
    except DBAPIError as error:
        raise click.ClickException(f"Inget är ändrat: {type(error.orig).__name__}") from None
