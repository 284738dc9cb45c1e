"""Keys and people: orders that leads sign, intake keys, passkeys, invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WITHOUT_ROWID = {"sqlite_with_rowid": False}
TABLES = ("orders", "intake_keys", "passkeys", "invitations")


def _blob(name: str, size: int | None = None, *, key: bool = False, index: bool = False) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(size), nullable=False, primary_key=key, index=index or None)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    """Create the tables."""
    op.create_table("orders", _blob("id", 16, key=True), _blob("locked"), **WITHOUT_ROWID)
    op.create_table(
        "intake_keys",
        _blob("box_public", 32, key=True),
        _blob("member", 32, index=True),
        _number("since"),
        _number("ends"),
        _blob("sealed"),
        _blob("statement"),
        **WITHOUT_ROWID,
    )
    op.create_table(
        "passkeys", _blob("id", 32, key=True), _blob("account", 16, index=True), _blob("locked"), **WITHOUT_ROWID
    )
    op.create_table("invitations", _blob("id", 16, key=True), _number("day"), _blob("locked"), **WITHOUT_ROWID)


def downgrade() -> None:
    """Drop the tables."""
    for table in TABLES:
        op.drop_table(table)
