"""What a backup says of its own content: how many rows each table has, where the audit ends, what was erased by then.

Source: docs/envelope.md section 10. Counted on the very copy that is sealed, and counted again when it is put back.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table, text

from crypto.errors import MalformedError
from crypto.primitives import canonical, read_json, unhex
from staff.backup.errors import BackupError

LONGEST = 65_536
DEAD_DROP = {"envelopes", "replies", "opened"}
VERSIONS = "alembic_version"


@dataclass(frozen=True)
class Inside:
    """Hold what is inside: the tables' revision, rows of each table, NUMBER:HEAD, and the file of erased ids then."""

    revision: str
    counts: Mapping[str, int]
    audit: str
    erased_size: int
    erased_sum: str

    def to_bytes(self) -> bytes:
        """Give the canonical JSON, with its length before it."""
        erased = {"size": self.erased_size, "sha256": self.erased_sum}
        said = canonical(
            {"revision": self.revision, "counts": dict(self.counts), "audit": self.audit, "erased": erased}
        )
        return len(said).to_bytes(4, "big") + said

    @classmethod
    def read(cls, said: bytes) -> "Inside":
        """Read the JSON; raise MalformedError."""
        value = read_json(said)
        if value.keys() != {"revision", "counts", "audit", "erased"} or not isinstance(value["counts"], dict):
            raise MalformedError("not the beginning of a casebook's backup")
        erased, counts = value["erased"], value["counts"]
        numbers = [*counts.values(), erased.get("size")] if isinstance(erased, dict) else [None]
        texts = (value["revision"], value["audit"])
        if not all(type(one) is int and one >= 0 for one in numbers) or not all(isinstance(one, str) for one in texts):
            raise MalformedError("not the beginning of a casebook's backup")
        unhex(erased.get("sha256"), 32)
        return cls(value["revision"], counts, value["audit"], erased["size"], erased["sha256"])


def count(connection: Connection) -> tuple[str, dict[str, int], str]:
    """Give a casebook's revision, the rows of each table, and NUMBER:HEAD of its audit ("" without rows).

    Raises BackupError: "deaddrop" for a dead drop, which is never copied; "nothing" for what is no casebook.
    """
    names = set(inspect(connection).get_table_names())
    if names & DEAD_DROP:
        raise BackupError("deaddrop")
    if not {VERSIONS, "accounts"} <= names:
        raise BackupError("nothing")
    revision = connection.execute(text(f"SELECT version_num FROM {VERSIONS}")).scalar_one()  # noqa: S608  # our name
    counts = {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in sorted(names - {VERSIONS})
    }
    return str(revision), counts, _audit(connection, names)


def _audit(connection: Connection, names: set[str]) -> str:
    if "audit_head" not in names:  # a casebook of the first two versions
        return ""
    found = connection.execute(text("SELECT number, head FROM audit_head WHERE id = 1")).one_or_none()
    return f"{found[0]}:{bytes(found[1]).hex()}" if found and found[0] else ""


def of_record(path: Path | None) -> tuple[int, str]:
    """Give size and SHA-256 (hex) of the file of erased ids as it stands; it only grows. Nothing: 0 bytes."""
    data = path.read_bytes() if path is not None and path.exists() else b""
    return len(data), hashlib.sha256(data).hexdigest()
