"""A dangerous act asks again who sits there: a passphrase or a passkey, unless one was given within five minutes.

A view calls `demand()` before it does or shows anything; whoever must prove themselves first is led to /fresh and back
(staff.accounts.proving), and what they had written is kept as a draft where its form has a place for one.
"""

from flask import request

from staff.errors import NotFreshError
from staff.office import office, row


def needs_fresh() -> bool:
    """Tell whether whoever is signed in must prove themselves again before a dangerous act."""
    return not office().sessions.is_fresh(row())


def demand(back: str = "") -> None:
    """Raise NotFreshError if whoever is signed in must prove themselves first; afterwards they are led to `back`.

    Without `back` they are led to the page that was asked for.
    """
    if needs_fresh():
        raise NotFreshError(back or request.path)
