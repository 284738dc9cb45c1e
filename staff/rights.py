"""What the staff app's role may do on a casebook's server: its tables' rows, and of the audit only add and read.

The role is made by deploy/postgres/casebook.sql, and owns nothing: it can neither change a table nor drop one.
"""

from sqlalchemy import Connection, text

APP = "utvag_casebook"
LESS = {"audit": "UPDATE, DELETE", "audit_head": "DELETE", "alembic_version": "INSERT, UPDATE, DELETE"}


def settle(connection: Connection) -> None:
    """Give the app its rights and no more, as the owner of the tables; nothing where there is no such role.

    Done after each migration, so that rights which somebody changed by hand are put right by `utvag migrate casebook`.
    """
    if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": APP}).first() is None:
        return
    connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {APP}"))
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP}"))
    for table, what in LESS.items():
        if connection.execute(text("SELECT to_regclass(:name)"), {"name": f"public.{table}"}).scalar() is not None:
            connection.execute(text(f"REVOKE {what} ON public.{table} FROM {APP}"))
