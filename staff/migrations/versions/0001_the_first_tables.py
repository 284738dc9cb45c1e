"""The first tables: accounts, what was collected, submissions with their grants and entries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WITHOUT_ROWID = {"sqlite_with_rowid": False}
EPOCH = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("name_tag", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("details", sa.LargeBinary, nullable=False),
        sa.Column("key_file", sa.LargeBinary, nullable=False),
        **WITHOUT_ROWID,
    )
    _create_collected()
    _create_submissions()


def _create_collected() -> None:
    op.create_table(
        "collected",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("team_tag", sa.LargeBinary(8), nullable=False, index=True),
        sa.Column("epoch", EPOCH, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("intact", sa.Integer, nullable=False),
        **WITHOUT_ROWID,
    )
    op.create_table(
        "seen",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("epoch", EPOCH, nullable=False, index=True),
        **WITHOUT_ROWID,
    )


def _create_submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("team", sa.LargeBinary(32), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("summary", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Index("ix_submissions_team_version", "team", "version"),
        **WITHOUT_ROWID,
    )
    op.create_table(
        "grants",
        sa.Column("submission", sa.LargeBinary(16), sa.ForeignKey("submissions.id"), primary_key=True),
        sa.Column("member", sa.LargeBinary(32), primary_key=True, index=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        **WITHOUT_ROWID,
    )
    op.create_table(
        "entries",
        sa.Column("submission", sa.LargeBinary(16), sa.ForeignKey("submissions.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        **WITHOUT_ROWID,
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("entries", "grants", "submissions", "seen", "collected", "accounts"):
        op.drop_table(table)
