"""Beats: each portal leaves the minute in which it was last alive, and a server keeps 64 names at most."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BEAT = """CREATE FUNCTION public.beat(name text, minute bigint) RETURNS void
    LANGUAGE sql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC
        INSERT INTO public.beats (name, minute) SELECT beat.name, beat.minute
        WHERE (SELECT count(*) < 64 OR bool_or(beats.name = beat.name) FROM public.beats)
        ON CONFLICT (name) DO UPDATE SET minute = excluded.minute;
    END"""


def upgrade() -> None:
    """Create the table, and on a server the one function that writes to it."""
    op.create_table(
        "beats",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column(
            "minute",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="since 1970-01-01, UTC",
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 64", name="beat_name_length"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
        if_not_exists=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(BEAT)
        op.execute("REVOKE ALL ON FUNCTION public.beat(text, bigint) FROM PUBLIC")


def downgrade() -> None:
    """Drop both: nothing but a program's pulse is lost."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION public.beat(text, bigint)")
    op.drop_table("beats")
