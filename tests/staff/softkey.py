"""A passkey made of software: what an authenticator does, and what a thief might make it do."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any  # JSON's values

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, ATTESTED = 0x01, 0x04, 0x40
SITE = "http://localhost:8832"


def unpadded(data: bytes) -> str:
    """Write bytes as WebAuthn's JSON has them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class SoftKey:
    """Hold one credential; `origin` and `host` are those of the site that asks, as the browser sees it."""

    origin: str = SITE
    host: str = "localhost"
    flags: int = UP | UV
    count: int = 0
    step: int = 1
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        """Answer to `navigator.credentials.create`."""
        client = self._client("webauthn.create", options["challenge"])
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        return self._answer({"clientDataJSON": unpadded(client), "attestationObject": unpadded(cbor2.dumps(statement))})

    def get(self, options: dict[str, Any]) -> str:
        """Answer to `navigator.credentials.get`."""
        client = self._client("webauthn.get", options["challenge"])
        self.count += self.step
        data = self._data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": unpadded(client),
            "authenticatorData": unpadded(data),
            "signature": unpadded(signature),
        }
        return self._answer(response)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, more: int = 0) -> bytes:
        rp = hashlib.sha256(self.host.encode()).digest()
        return rp + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _answer(self, response: dict[str, str]) -> str:
        named = unpadded(self.id)
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})
