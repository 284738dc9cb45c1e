"""Know again a browser that has signed in before, so that strangers' guesses at a name do not shut out its owner.

Its cookie holds a random number and a tag under the pepper over that number and the name: it tells nobody the name,
opens nothing, and only gives its holder a count of tries of their own.
"""

import hmac
import secrets

from crypto.opening import pepper
from staff.accounts.throttle import Door
from web.network import prefix

PURPOSE, NETWORK = "browser", "network"
NUMBER_SIZE = 32  # hex digits
TAG_SIZE = 64  # hex digits
KEPT = 180 * 86_400  # seconds since the last sign-in


class Browsers:
    """Issue and read the cookies of known browsers."""

    def __init__(self, pepper_bytes: bytes) -> None:
        self._pepper = pepper_bytes

    def door(self, name_tag: bytes, cookie: str, address: str | None) -> Door:
        """Say from where somebody tries a name; neither address nor network is kept, only a tag of the network."""
        network = pepper.tag(self._pepper, NETWORK, prefix(address).hex()).hex()
        return Door(name_tag.hex(), network, self._known(name_tag, cookie))

    def issue(self, name_tag: bytes, door: Door) -> str:
        """Give the cookie for a browser that has just signed in; one that was known keeps its number."""
        number = door.known or secrets.token_hex(NUMBER_SIZE // 2)
        return number + self._tag(number, name_tag)

    def _known(self, name_tag: bytes, cookie: str) -> str:
        """Give the number of a browser that has signed in under this very name, or nothing."""
        number, tag = cookie[:NUMBER_SIZE], cookie[NUMBER_SIZE:]
        right = self._tag(number, name_tag)
        return (
            number
            if len(cookie) == NUMBER_SIZE + TAG_SIZE and hmac.compare_digest(tag.encode(), right.encode())
            else ""
        )

    def _tag(self, number: str, name_tag: bytes) -> str:
        return pepper.tag(self._pepper, PURPOSE, f"{number}/{name_tag.hex()}").hex()
