"""What can go wrong with a backup, one word each."""

from staff.errors import StaffError


class BackupError(StaffError):
    """Say why a backup was not made, not believed or not put back; `reason` is a key of the command's words.

    `more` is what the words need beside it: a path, a day, a number, a program's own complaint.
    """

    def __init__(self, reason: str, more: str = "") -> None:
        super().__init__(f"{reason}: {more}" if more else reason)
        self.reason, self.more = reason, more
