"""What a TLS certificate says of itself: enough to tell whether a site is answered by its own key."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from crypto.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Certificate:
    """Hold the hash of a certificate's public key (SPKI, SHA-256, hex), who signed it, and its last moment (UTC).

    The key, not the certificate, is what stays when a certificate is renewed. Source: RFC 7469 section 2.4.
    """

    key: str
    issuer: str
    ends: datetime


def read_certificate(der: bytes) -> Certificate:
    """Read a certificate in DER; raise MalformedError. Nothing is verified: that is TLS's own work."""
    try:
        found = x509.load_der_x509_certificate(der)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = found.public_key().public_bytes(serialization.Encoding.DER, form)
    except (ValueError, TypeError) as error:
        raise MalformedError("not a certificate") from error
    return Certificate(hashlib.sha256(public).hexdigest(), found.issuer.rfc4514_string(), found.not_valid_after_utc)
