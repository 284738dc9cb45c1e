"""Where the server is that portals share, as a setting names it: never over a network without TLS and a password."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from web.origin import is_loopback

OPTIONS = {"db", "ssl_ca_certs"}  # none that would switch a check of the certificate off


def shared_address(text: str) -> str:
    """Read unix:///path, redis://… on this machine or rediss://…; raise ValueError with the cure."""
    parts = urlsplit(text)
    found = parse_qs(parts.query, keep_blank_values=True)
    if parts.password or "password" in found:
        raise ValueError("holds a password: put it into a file, and name that in UTVAG_PORTAL_REDIS_PASSWORD")
    if set(found) - OPTIONS:
        raise ValueError(f"has options other than {' and '.join(sorted(OPTIONS))}: take them away")
    if parts.scheme == "redis" and not is_loopback(parts.hostname or ""):
        raise ValueError("goes over a network without TLS: use rediss:// and a password, or unix:///path here")
    if parts.scheme not in ("redis", "rediss", "unix") or not (
        parts.path if parts.scheme == "unix" else parts.hostname
    ):
        raise ValueError("must be unix:///path, rediss://user@host:port, or redis://127.0.0.1:port (Valkey likewise)")
    return text


def wants_password(address: str) -> bool:
    """Tell whether the server is reached over a network, where only a password tells a portal from others."""
    return address.startswith("rediss:") and not is_loopback(urlsplit(address).hostname or "")
