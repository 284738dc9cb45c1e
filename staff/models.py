"""The tables of the casebook: random keys, sealed values, days.

A copy of the file tells how many rows there are, their size classes and their days, and nothing else: every value that
means something is sealed under a casebook key or locked under the pepper. Integer, Text and LargeBinary only, and no
server defaults, so that SQLite and PostgreSQL hold the same schema. Tables keyed by random bytes stand WITHOUT ROWID,
since a row number would tell the order of arrival.
"""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

WITHOUT_ROWID = {"sqlite_with_rowid": False}
EPOCH = BigInteger().with_variant(Integer, "sqlite")  # four bytes without a sign, from a header that anybody may write
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # rows of the audit never stop coming


class Base(DeclarativeBase):
    """Collect the tables that Alembic keeps in step."""


class Account(Base):
    """Hold one person's way in: what is believed about them comes from the signed register, never from here."""

    __tablename__ = "accounts"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    name_tag: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    key_file: Mapped[bytes] = mapped_column(LargeBinary)


class Collected(Base):
    """Hold one envelope as it was collected, until somebody in the team opens it."""

    __tablename__ = "collected"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    team_tag: Mapped[bytes] = mapped_column(LargeBinary(8), index=True)
    epoch: Mapped[int] = mapped_column(EPOCH)
    day: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    intact: Mapped[int] = mapped_column(Integer)


class Seen(Base):
    """Remember an envelope's id as long as a key of its epoch, so that a replay adds nothing."""

    __tablename__ = "seen"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    epoch: Mapped[int] = mapped_column(EPOCH, index=True)


class StoredSubmission(Base):
    """Hold one submission under its own casebook key; `version` is the number of its newest entry."""

    __tablename__ = "submissions"
    __table_args__ = (Index("ix_submissions_team_version", "team", "version"), WITHOUT_ROWID)

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    team: Mapped[bytes] = mapped_column(LargeBinary(32))
    day: Mapped[int] = mapped_column(Integer)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    summary: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer)


class Grant(Base):
    """Hold the key of one submission granted to one member; `member` is a tag under the pepper."""

    __tablename__ = "grants"
    __table_args__ = WITHOUT_ROWID

    submission: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("submissions.id"), primary_key=True)
    member: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class StoredEntry(Base):
    """Hold one sealed entry; its key makes the second of two simultaneous writers fail instead of overwrite."""

    __tablename__ = "entries"
    __table_args__ = WITHOUT_ROWID

    submission: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("submissions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Outgoing(Base):
    """Hold one reply, sealed for the person, until it lies in the dead drop; it names no submission.

    `left` is the day when it was left there (days since 1970), 0 as long as it waits, -1 when the mailbox was full.
    """

    __tablename__ = "outbox"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    address: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    instead_of: Mapped[bytes] = mapped_column(LargeBinary(16))
    left: Mapped[int] = mapped_column(Integer)


class StoredFolder(Base):
    """Hold one folder of casework; outside it has no team and no kind. `version` is the number of its newest entry."""

    __tablename__ = "folders"
    __table_args__ = (Index("ix_folders_version", "version", "key_version"), WITHOUT_ROWID)

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    day: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    key_version: Mapped[int] = mapped_column(Integer)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    summary: Mapped[bytes] = mapped_column(LargeBinary)


class FolderEntry(Base):
    """Hold one sealed entry of a folder; its key makes the second of two simultaneous writers fail."""

    __tablename__ = "folder_entries"
    __table_args__ = WITHOUT_ROWID

    folder: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("folders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Tray(Base):
    """Hold one grant until its member unlocks: then the key moves into the keyring and the row goes."""

    __tablename__ = "tray"
    __table_args__ = WITHOUT_ROWID

    folder: Mapped[bytes] = mapped_column(LargeBinary(16), ForeignKey("folders.id"), primary_key=True)
    member: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, index=True)
    key_version: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class StoredKeyring(Base):
    """Hold one member's keyring; it opens at `version` only."""

    __tablename__ = "keyrings"
    __table_args__ = WITHOUT_ROWID

    member: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class StoredDraft(Base):
    """Hold one draft: only its writer can tell whose it is, and for what."""

    __tablename__ = "drafts"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    day: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class AuditRow(Base):
    """Hold one row of the audit: outside it shows number, day and the chain."""

    __tablename__ = "audit"
    __table_args__ = WITHOUT_ROWID

    number: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(Integer)
    tag: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    own: Mapped[bytes] = mapped_column(LargeBinary)
    head: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Base):
    """Hold the end of the chain in one row, `id` 1: who changes it from what they read writes the next row."""

    __tablename__ = "audit_head"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(NUMBER)
    head: Mapped[bytes] = mapped_column(LargeBinary(32))


class Numbered(Base):
    """Hold one line of a team's register: what the law asks of an official document, and nothing else."""

    __tablename__ = "register"
    __table_args__ = WITHOUT_ROWID

    team: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(Integer)
    kind: Mapped[int] = mapped_column(Integer)


class Erased(Base):
    """Remember the id of what was erased, so that a backup put back erases it again before anyone signs in."""

    __tablename__ = "erased"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    day: Mapped[int] = mapped_column(Integer)


class Dismissed(Base):
    """Remember that a member laid aside, for themselves, a row that no key opens; why is locked under the pepper."""

    __tablename__ = "dismissed"
    __table_args__ = WITHOUT_ROWID

    row: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    member: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, index=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


class Reminder(Base):
    """Hold a member's address and what they want to be reminded of, locked under the pepper; `member` is a tag."""

    __tablename__ = "reminders"
    __table_args__ = WITHOUT_ROWID

    member: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class StoredMark(Base):
    """Hold what is remembered beside a member's account, locked under the pepper; `member` is a tag."""

    __tablename__ = "marks"
    __table_args__ = WITHOUT_ROWID

    member: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class StoredOrder(Base):
    """Hold one order that somebody signed, locked under the pepper: who joined or left between two signings."""

    __tablename__ = "orders"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    locked: Mapped[bytes] = mapped_column(LargeBinary)


class IntakeKey(Base):
    """Hold the secret half of one intake key, sealed under its owner's key, with the statement that travels.

    `since` and `ends` are days since 1970; `ends` is 0 as long as no roster names it, -1 as long as the newest one
    does, and then the day on which the row is destroyed.
    """

    __tablename__ = "intake_keys"
    __table_args__ = WITHOUT_ROWID

    box_public: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    member: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    since: Mapped[int] = mapped_column(Integer)
    ends: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    statement: Mapped[bytes] = mapped_column(LargeBinary)


class StoredConflicts(Base):
    """Hold one person's list of conflicts of interest, sealed under a key of their own; it opens at `version` only."""

    __tablename__ = "conflicts"
    __table_args__ = WITHOUT_ROWID

    member: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Passkey(Base):
    """Hold one passkey of an account, locked under the pepper; `id` is a hash of the credential's id."""

    __tablename__ = "passkeys"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    locked: Mapped[bytes] = mapped_column(LargeBinary)


class Invitation(Base):
    """Hold one invitation and how far it has come, locked under the pepper; `day` is the last on which it holds."""

    __tablename__ = "invitations"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    day: Mapped[int] = mapped_column(Integer)
    locked: Mapped[bytes] = mapped_column(LargeBinary)
