"""Who may do what on a server's dead drop: the portal's role adds and knows tokens, the staff's collects and answers.

The roles are made by deploy/postgres/deaddrop.sql. Whatever stands in no line is refused.
"""

from sqlalchemy import Connection, bindparam, text

PORTAL, STAFF = "utvag_portal", "utvag_staff"
RIGHTS = {
    "TABLE envelopes": {PORTAL: "INSERT", STAFF: "SELECT, DELETE"},
    "TABLE replies": {STAFF: "SELECT, INSERT, DELETE"},
    "TABLE opened": {STAFF: "SELECT, DELETE"},
    "TABLE beats": {STAFF: "SELECT"},
    "FUNCTION read_replies(bytea)": {PORTAL: "EXECUTE"},
    "FUNCTION note_opened(bytea, bytea[], integer)": {PORTAL: "EXECUTE"},
    "FUNCTION remove_replies(bytea, bytea[])": {PORTAL: "EXECUTE"},
    "FUNCTION beat(text, bigint)": {PORTAL: "EXECUTE"},
    "FUNCTION sweep()": {STAFF: "EXECUTE"},
    "FUNCTION revision()": {PORTAL: "EXECUTE", STAFF: "EXECUTE"},
    "FUNCTION envelope_size()": {PORTAL: "EXECUTE", STAFF: "EXECUTE"},
}


def settle(connection: Connection) -> None:
    """Give each role what stands in RIGHTS and take away everything else, as the owner of the tables.

    Done after each migration, so that rights which somebody changed by hand are put right by `utvag migrate deaddrop`.
    Where there are no such roles (a server to try things on) only PUBLIC loses what it had.
    """
    known = text("SELECT rolname FROM pg_roles WHERE rolname IN :names").bindparams(bindparam("names", expanding=True))
    roles = sorted(connection.execute(known, {"names": [PORTAL, STAFF]}).scalars())
    for thing, given in RIGHTS.items():
        kind, _, name = thing.partition(" ")
        find = "to_regclass" if kind == "TABLE" else "to_regprocedure"
        if connection.execute(text(f"SELECT {find}(:name)"), {"name": f"public.{name}"}).scalar() is None:
            continue  # an older revision has it not yet
        connection.execute(text(f"REVOKE ALL ON {kind} public.{name} FROM {', '.join(['PUBLIC', *roles])}"))
        for role in roles:
            if role in given:
                connection.execute(text(f"GRANT {given[role]} ON {kind} public.{name} TO {role}"))
