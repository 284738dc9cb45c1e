"""Casework: folders with their keys, drafts, the chained audit, the register, what was erased and laid aside."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WITHOUT_ROWID = {"sqlite_with_rowid": False}
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLES = (
    "folder_entries",
    "tray",
    "folders",
    "keyrings",
    "drafts",
    "audit",
    "audit_head",
    "register",
    "erased",
    "dismissed",
)


def upgrade() -> None:
    """Create the tables, and the beginning of the chain."""
    _create_folders()
    _create_personal()
    _create_audit()
    _create_lists()


def _blob(name: str, size: int | None = None, *, key: bool = False, index: bool = False) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(size), nullable=False, primary_key=key, index=index or None)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=False)


def _create_folders() -> None:
    op.create_table(
        "folders",
        _blob("id", 16, key=True),
        _number("day"),
        _number("version"),
        _number("key_version"),
        _blob("commitment", 32),
        _blob("summary"),
        sa.Index("ix_folders_version", "version", "key_version"),
        **WITHOUT_ROWID,
    )
    op.create_table(
        "folder_entries",
        sa.Column("folder", sa.LargeBinary(16), sa.ForeignKey("folders.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        _blob("sealed"),
        **WITHOUT_ROWID,
    )
    op.create_table(
        "tray",
        sa.Column("folder", sa.LargeBinary(16), sa.ForeignKey("folders.id"), primary_key=True),
        _blob("member", 32, key=True, index=True),
        _number("key_version"),
        _blob("sealed"),
        **WITHOUT_ROWID,
    )


def _create_personal() -> None:
    op.create_table("keyrings", _blob("member", 32, key=True), _number("version"), _blob("sealed"), **WITHOUT_ROWID)
    op.create_table("drafts", _blob("id", 16, key=True), _number("day"), _blob("sealed"), **WITHOUT_ROWID)
    op.create_table(
        "dismissed",
        _blob("row", 16, key=True),
        _blob("member", 32, key=True, index=True),
        _blob("value"),
        **WITHOUT_ROWID,
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        _number("day"),
        _blob("tag", 16, index=True),
        _blob("sealed"),
        _blob("own"),
        _blob("head", 32),
        **WITHOUT_ROWID,
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", NUMBER, nullable=False),
        _blob("head", 32),
        **WITHOUT_ROWID,
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "head": b"\0" * 32}])


def _create_lists() -> None:
    op.create_table(
        "register",
        _blob("team", 32, key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        _number("day"),
        _number("kind"),
        **WITHOUT_ROWID,
    )
    op.create_table("erased", _blob("id", 16, key=True), _number("day"), **WITHOUT_ROWID)


def downgrade() -> None:
    """Drop the tables."""
    for table in TABLES:
        op.drop_table(table)
