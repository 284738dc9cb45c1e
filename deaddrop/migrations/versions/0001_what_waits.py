"""What waits: envelopes one way, replies the other, and on which day a reply was opened.

A dead drop from before there were migrations has these tables already; then they are left as they are.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CLOSED = {"sqlite_with_rowid": False, "sqlite_strict": True, "if_not_exists": True}
REPLY = 4222  # bytes, docs/envelope.md section 8
# Sealed bytes cannot be packed; rows come and go all day, and the space of those that went is used again at once.
SERVER = """
    ALTER TABLE {0} ALTER COLUMN sealed SET STORAGE EXTERNAL,
    SET (
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20,
        toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 100
    )"""


def upgrade() -> None:
    """Create the tables, for envelopes of the length that whoever migrates has named."""
    length = int(context.config.attributes["sealed_length"])
    op.create_table(
        "envelopes",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("team_tag", sa.LargeBinary, nullable=False),
        sa.Column("epoch", NUMBER, nullable=False),
        sa.Column("day", sa.Integer, nullable=False, comment="days since 1970-01-01, UTC"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("length(id) = 16", name="id_length"),
        sa.CheckConstraint("length(team_tag) = 8", name="team_tag_length"),
        sa.CheckConstraint(f"length(sealed) = {length}", name="sealed_length"),
        **CLOSED,
    )
    _create_replies()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("envelopes", "replies"):
            op.execute(SERVER.format(table))


def _create_replies() -> None:
    op.create_table(
        "replies",
        sa.Column("address", sa.LargeBinary, primary_key=True),
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("day", sa.Integer, nullable=False, comment="days since 1970-01-01, UTC"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("length(address) = 32", name="address_length"),
        sa.CheckConstraint("length(id) = 16", name="reply_id_length"),
        sa.CheckConstraint(f"length(sealed) = {REPLY}", name="reply_length"),
        **CLOSED,
    )
    op.create_table(
        "opened",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("day", sa.Integer, nullable=False, comment="days since 1970-01-01, UTC"),
        sa.CheckConstraint("length(id) = 16", name="opened_id_length"),
        **CLOSED,
    )


def downgrade() -> None:
    """Drop the tables, but never a request or a reply that waits in them.

    Portals go on serving: what one of them is just storing is waited for, and counts.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute("LOCK TABLE envelopes, replies IN ACCESS EXCLUSIVE MODE")
    for table in ("envelopes", "replies"):
        if op.get_bind().execute(sa.text(f"SELECT 1 FROM {table} LIMIT 1")).first():  # noqa: S608 - names from above
            raise RuntimeError(f"something waits in {table}: collect it first")
    for table in ("opened", "replies", "envelopes"):
        op.drop_table(table)
