"""What can go wrong with the dead drop."""


class Error(Exception):
    """Be the base of everything that `deaddrop` raises on purpose."""


class UnavailableError(Error):
    """Say that nothing was stored: disk full, database locked or away. Tell the sender so; never give a receipt."""


class MisfitError(UnavailableError):
    """Say that the store is there and will not take this envelope, now or later: it was made for others."""


class OtherPlacesError(Error):
    """Say that an existing dead drop was made for envelopes with another number of places."""


class NotMigratedError(UnavailableError):
    """Say that tables or functions are missing or old, and that this user may not make them."""


class FullError(Error):
    """Say that a mailbox holds four replies already: choose which one the new one replaces."""
