"""The network part of an address: what limits count by, since one person may hold a whole network of addresses."""

from __future__ import annotations

import ipaddress

# What tor writes in the place of an address where it hands over a circuit: HiddenServiceExportCircuitID haproxy.
CIRCUITS = ipaddress.ip_network("fc00:dead:beef:4dad::/96")


def prefix(address: str | None, v4: int = 24, v6: int = 56) -> bytes:
    """Return the leading bits of an address, as whole bytes with the rest zero; nothing for what is no address.

    An IPv4 address that is written as IPv6 counts as IPv4.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return b""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    bits = v4 if parsed.version == 4 else v6
    spare = parsed.max_prefixlen - bits
    return (int(parsed) >> spare << spare).to_bytes(len(parsed.packed), "big")[: (bits + 7) // 8]


def is_crowd(address: str | None) -> bool:
    """Tell whether everybody may stand behind the address: this machine's own proxy or Tor, or a socket file."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return True


def is_circuit(address: str | None) -> bool:
    """Tell whether the address stands for one circuit through Tor: no other circuit shares a network with it."""
    try:
        return ipaddress.ip_address(address or "") in CIRCUITS
    except ValueError:
        return False
