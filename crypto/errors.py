"""What can go wrong with a sealed format, one meaning for each class."""


class Error(Exception):
    """Be the base of everything that `crypto` raises on purpose."""


class MalformedError(Error):
    """Say that bytes do not have the form that docs/envelope.md gives them."""


class TooLongError(Error):
    """Say that a content does not fit one envelope; `over` is the number of bytes that must go."""

    def __init__(self, over: int) -> None:
        super().__init__(f"{over} bytes too long for one envelope")
        self.over = over


class NotARecipientError(Error):
    """Say that this identity opens no slot: the only error that means "try another key"."""


class CorruptError(Error):
    """Say that a key fits, but what it should open has been changed, cut or made to deceive."""


class ForgedError(Error):
    """Say that a signature does not hold, or is not by someone who is believed."""


class RosterError(Error):
    """Say that a roster cannot be used; nothing may be sealed to it."""


class RosterMalformedError(RosterError):
    """Say that a roster, though signed, breaks a rule of docs/envelope.md section 3."""


class RosterForgedError(RosterError):
    """Say that a roster is not signed by the pinned root key."""


class RosterExpiredError(RosterError):
    """Say that the roster's last day has passed."""


class RosterTooOldError(RosterError):
    """Say that a newer epoch is demanded, or has been seen already."""


class WrongPassphraseError(Error):
    """Say that the key file is whole and the passphrase does not open it."""


class DamagedKeyFileError(Error):
    """Say that the key file is not what was written, whatever the passphrase."""


class PepperError(Error):
    """Say that the key file was written with another pepper, or with none, or with one and none is given."""
