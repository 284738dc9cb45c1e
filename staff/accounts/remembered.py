"""What the file beside the casebook remembers of what lets people in, so that a row put back lets nobody in.

Of a passkey the highest counter that it ever showed, or that it was taken away; of an account how often its codes have
been changed. Whoever writes to the casebook alone can put an old row back: what it says is then older than this. A
casebook put back as a whole, by its owner, shuts nobody out who still has what let them in last.
Source: docs/envelope.md section 6.
"""

from collections.abc import Iterable

from sqlalchemy import event
from sqlalchemy.orm import Session

from staff.erasure.record import GONE, Record

PASSKEY, CODES = "passkey", "codes"


class Remembered:
    """Read and write it; where there is no such file, nothing is remembered."""

    def __init__(self, record: Record | None = None) -> None:
        self._record = record or Record(None)

    def count(self, passkey: bytes) -> int:
        """Give the highest counter that a passkey (by its row) has shown, 0 if none."""
        return self._record.newest(PASSKEY, passkey)

    def gone(self, passkey: bytes) -> bool:
        """Tell whether a passkey was taken away: for good, since a browser makes another each time."""
        return self.count(passkey) == GONE

    def codes(self, account: bytes) -> int:
        """Give the number of the newest secret of an account's codes."""
        return self._record.newest(CODES, account)

    def counted(self, session: Session, passkey: bytes, count: int) -> None:
        """Remember a counter once the caller's write is committed."""
        if count > self.count(passkey):
            self._after(session, PASSKEY, passkey, count)

    def renewed(self, session: Session, account: bytes, number: int) -> None:
        """Remember the number of an account's newest secret once the caller's write is committed."""
        self._after(session, CODES, account, number)

    def take_away(self, passkeys: Iterable[bytes]) -> None:
        """Remember that passkeys are taken away, before the commit: if we die between, they let nobody in either."""
        for one in passkeys:
            self._record.remember(PASSKEY, one, GONE)

    def _after(self, session: Session, word: str, row: bytes, number: int) -> None:
        event.listen(session, "after_commit", lambda _session: self._record.remember(word, row, number), once=True)
