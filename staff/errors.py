"""The staff app's errors: raised low, turned into a page once."""


class StaffError(Exception):
    """Be the base of what the staff app raises on purpose."""


class SettingsError(StaffError):
    """Say every fault of the settings at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class NotMigratedError(StaffError):
    """Say that the casebook's tables are not this version's, and what brings them there."""

    def __init__(self, there: str, wanted: str) -> None:
        words = f"Ärendebokens tabeller har revision {there or '0000'}, den här versionen behöver {wanted}. "
        if there > wanted:
            words += f"Backa med den nyare: utvag migrate casebook --database ADRESS --to {wanted}"
        else:
            words += "Kör som databasens ägare: utvag migrate casebook --database ADRESS"
        super().__init__(words)


class EnrolError(StaffError):
    """Say why a person cannot be enrolled."""


class SignInRefusedError(StaffError):
    """Refuse a sign-in: one error for a wrong name, passphrase or code, so that nothing tells them apart."""


class ThrottledError(StaffError):
    """Ask for patience: `seconds` until the next try is welcome."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s")
        self.seconds = seconds


class LockedError(StaffError):
    """Say that no unlocked session stands behind the request."""


class NotFreshError(StaffError):
    """Say that a dangerous act needs a passphrase or a passkey first; `back` is the path to return to."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


class UnknownRequestError(StaffError):
    """Say that there is no such request for this person: unknown and another team's are one state."""


class UnknownFolderError(StaffError):
    """Say that there is no such folder for this person: unknown and not granted to them are one state."""


class UnknownMemberError(StaffError):
    """Say that there is no such member or invitation for this person: unknown and another town's are one state."""


class RefusedActError(StaffError):
    """Refuse an act that what has happened meanwhile no longer allows; `reason` is a key of the page's words."""

    def __init__(self, reason: str, who: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.who = who


class MeanwhileError(StaffError):
    """Say, inside a write that is thereby rolled back, that somebody else wrote first: read anew."""


class NotErasedError(StaffError):
    """Say that the dead drop keeps giving what it was told to erase."""


class RegisterError(StaffError):
    """Say that the signed register or roster cannot be believed, so that nobody is let in."""
