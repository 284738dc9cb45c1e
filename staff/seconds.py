"""Numbers in a summary: whoever holds a folder's key writes them, and every list of the team reads them."""

from crypto.errors import MalformedError

LAST = 253_370_764_800  # seconds since 1970: the year 9999, beyond which no library has a time
MANY = 1_000_000


def whole_number(value: object, most: int = LAST) -> int:
    """Read a whole number from 0 to `most`; raise MalformedError for anything else, infinity and text too."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise MalformedError("not a number of ours")
    return value
