"""How a site's door answers: which key, which protocol, whom else it lets in. What is sent over it is not looked at."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from socket import socket

from crypto.certificate import read_certificate

STRANGER = "utvag-doctor.invalid"  # nobody's: RFC 6761
ALPN = ["h2", "http/1.1"]
CLOSED = "stängt"
Open = Callable[[], socket]


@dataclass(frozen=True)
class Door:
    """Hold what one TLS handshake and a few knocks told.

    `key` is the certificate's public key (SPKI, SHA-256, hex); `older` says that TLS 1.2 is taken; `stranger` and
    `plain` are what a request for nobody's host, and one without TLS, were answered with.
    """

    key: str
    issuer: str
    ends: datetime
    protocol: str
    alpn: str
    older: bool
    stranger: str
    plain: str


def knock(opened: Open, name: str, plain: Open | None) -> Door:
    """Look at the door of the site of this name, whoever signed its certificate; raise OSError if nobody answers."""
    context = _unbelieving()
    context.set_alpn_protocols(ALPN)
    with context.wrap_socket(opened(), server_hostname=name) as made:
        found = read_certificate(made.getpeercert(binary_form=True) or b"")
        protocol, alpn = made.version() or "", made.selected_alpn_protocol() or ""
    older, stranger = _older(opened, name), _stranger(opened)
    return Door(
        found.key, found.issuer, found.ends, protocol, alpn, older, stranger, _plain(plain, name) if plain else ""
    )


def distrusted(opened: Open, name: str, ca: Path | None) -> str:
    """Say why a browser would not believe the certificate, "" if it would; raise OSError if nobody answers."""
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    try:
        context.wrap_socket(opened(), server_hostname=name).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return ""


def _unbelieving() -> ssl.SSLContext:
    """Take any certificate: it is looked at here and never trusted, and nothing secret is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _older(opened: Open, name: str) -> bool:
    context = _unbelieving()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.wrap_socket(opened(), server_hostname=name).close()
    except OSError:
        return False
    return True


def _stranger(opened: Open) -> str:
    """Ask for the first page of a host that is nobody's, in the handshake and in the request."""
    try:
        with _unbelieving().wrap_socket(opened(), server_hostname=STRANGER) as made:
            return _asked(made, STRANGER)
    except (OSError, http.client.HTTPException):
        return CLOSED


def _plain(opened: Open, name: str) -> str:
    try:
        with opened() as made:
            return _asked(made, name)
    except (OSError, http.client.HTTPException):
        return CLOSED


def _asked(made: socket, host: str) -> str:
    """Give the status of the first page, and where it leads."""
    connection = http.client.HTTPConnection(host)
    connection.sock = made
    connection.request("GET", "/", headers={"Host": host, "Connection": "close"})
    answer = connection.getresponse()
    return f"{answer.status} {answer.getheader('Location', '')}".strip()
