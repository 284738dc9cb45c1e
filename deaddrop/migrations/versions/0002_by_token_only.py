"""By token only: on a server the portal reaches replies through functions that hash its token themselves.

They run as the tables' owner; their bodies are bound when they are made, so that no search path and no table of the
caller's own leads them elsewhere. The label is that of `crypto.returncode.mailbox_address`. On SQLite, where whoever
opens the file may do everything, there are none.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

READ_REPLIES = r"""
    CREATE FUNCTION public.read_replies(token bytea) RETURNS SETOF bytea
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC
        SELECT sealed FROM public.replies WHERE address = sha256('utvag/1/mailbox\000'::bytea || token) LIMIT 4;
    END"""
NOTE_OPENED = r"""
    CREATE FUNCTION public.note_opened(token bytea, ids bytea[], day integer) RETURNS void
    LANGUAGE sql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC
        INSERT INTO public.opened (id, day)
        SELECT replies.id, note_opened.day FROM public.replies
        WHERE address = sha256('utvag/1/mailbox\000'::bytea || token) AND replies.id = ANY (ids)
        ON CONFLICT DO NOTHING;
    END"""
REMOVE_REPLIES = r"""
    CREATE FUNCTION public.remove_replies(token bytea, ids bytea[]) RETURNS void
    LANGUAGE sql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC
        DELETE FROM public.replies
        WHERE address = sha256('utvag/1/mailbox\000'::bytea || token) AND replies.id = ANY (ids);
    END"""
# What a program may know of the tables before it serves.
REVISION = """
    CREATE FUNCTION public.revision() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC
        SELECT version_num::text FROM public.alembic_version;
    END"""
ENVELOPE_SIZE = """
    CREATE FUNCTION public.envelope_size() RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC
        SELECT substring(pg_get_constraintdef(oid) FROM '= ([0-9]+)')::integer FROM pg_constraint
        WHERE conrelid = 'public.envelopes'::regclass AND conname = 'sealed_length';
    END"""
NAMES = (
    "read_replies(bytea)",
    "note_opened(bytea, bytea[], integer)",
    "remove_replies(bytea, bytea[])",
    "revision()",
    "envelope_size()",
)


def upgrade() -> None:
    """Make the functions, closed to everybody until rights are given."""
    if op.get_bind().dialect.name == "postgresql":
        for function in (READ_REPLIES, NOTE_OPENED, REMOVE_REPLIES, REVISION, ENVELOPE_SIZE):
            op.execute(function)
        op.execute(f"REVOKE ALL ON FUNCTION {', '.join(NAMES)} FROM PUBLIC")


def downgrade() -> None:
    """Drop the functions."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {', '.join(NAMES)}")
