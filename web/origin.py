"""Where an app is reached, and what follows from it: cookie names, the Secure flag, proof of same origin."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from flask import Request  # settings read an origin without an app

DEFAULT_PORTS = {"http": 80, "https": 443}
ONION = re.compile(r"(?:[a-z0-9-]+\.)*[a-z2-7]{56}\.onion")  # version 3; the shorter ones of before are no more


def is_loopback(host: str) -> bool:
    """Tell whether the host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_onion(host: str) -> bool:
    """Tell whether the host is an onion service, whose circuit is sealed end to end without TLS."""
    return ONION.fullmatch(host) is not None


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port under which browsers reach one app; build it with `parse`."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Origin:
        """Read an origin such as `https://utvag.example`.

        Raises ValueError for anything but https, or http on loopback or an onion service: elsewhere plain http
        would let the network read what is typed.
        """
        parts = urlsplit(text.strip())
        host = parts.hostname or ""
        if parts.scheme not in DEFAULT_PORTS or not host:
            raise ValueError("an origin looks like https://host or http://127.0.0.1:8831")
        if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username or parts.password:
            raise ValueError("an origin has no path, query, fragment or user")
        if parts.scheme == "http" and not (is_loopback(host) or is_onion(host)):
            raise ValueError("http is for loopback and onion services only; use https")
        return cls(parts.scheme, host, parts.port or DEFAULT_PORTS[parts.scheme])

    def __str__(self) -> str:
        """Write the origin as browsers do in the Origin header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def secure(self) -> bool:
        """Tell whether cookies carry Secure and HSTS is sent."""
        return self.scheme == "https"

    @property
    def public(self) -> bool:
        """Tell whether others than this machine reach it: an app on loopback is a trial, every other is in earnest."""
        return not is_loopback(self.host)

    def cookie_name(self, base: str) -> str:
        """Return the cookie's full name: with the `__Host-` prefix on https, where browsers enforce it."""
        return f"__Host-{base}" if self.secure else base

    def same_origin(self, request: Request) -> bool:
        """Tell whether the browser itself says that one of our own pages sent this request.

        No page can set Sec-Fetch-Site or Origin, so either is as good as a token, and works where cookies are
        refused. Sec-Fetch-Site is believed first; Origin serves older browsers. Neither header: not proven.
        """
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site == "same-origin"
        return request.headers.get("Origin") == str(self)

    def foreign(self, request: Request) -> bool:
        """Tell whether the browser says that another site's page sent this request.

        Not the opposite of `same_origin`: old browsers say nothing, and `Origin: null` is what our own
        `Referrer-Policy: no-referrer` makes of ours.
        """
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in ("cross-site", "same-site")
        return request.headers.get("Origin", "null") not in ("null", str(self))
