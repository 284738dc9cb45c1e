"""Replies on their way: sealed for the person, kept until they lie in the dead drop. Nothing else is touched."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("address", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("instead_of", sa.LargeBinary(16), nullable=False),
        sa.Column("left", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("outbox")
