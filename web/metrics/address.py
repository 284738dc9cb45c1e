"""Where figures may be served: on an address that only this machine or an inner network reaches."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

# What may be reached from this machine or an inner network only; is_private counts more, such as 0.0.0.0.
PRIVATE = [
    ipaddress.ip_network(one)
    for one in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
]
EXAMPLE = "must be a loopback or private address and a port, such as 127.0.0.1:9301"

Address = tuple[str, int]


def private_address(text: str) -> Address:
    """Read an address to serve figures at; ValueError for a public one, a name, or one that listens everywhere."""
    try:
        found = urlsplit(f"//{text}")
        host, port = ipaddress.ip_address(found.hostname or ""), found.port
    except ValueError:
        raise ValueError(EXAMPLE) from None
    if not port or text != found.netloc or "@" in text or not any(host in network for network in PRIVATE):
        raise ValueError(EXAMPLE)
    return str(host), port
