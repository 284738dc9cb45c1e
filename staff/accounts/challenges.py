"""What a browser's passkey is asked to sign: bound to that browser and to one purpose, and answered once."""

from flask import Response, request

from staff.accounts import carrying
from staff.accounts.boxes import CHALLENGE
from staff.accounts.passkeys import LONGEST

SIGN_IN, AGAIN, NEW = b"sign in", b"again", b"new"
FIELD = "passkey"


def offer(purpose: bytes, asked: tuple[bytes, str]) -> Response:
    """Hand the page's script what `Passkeys.ask` or `ask_new` gave, and keep the challenge for this browser."""
    challenge, options = asked
    response = Response(options, content_type="application/json")
    carrying.lay(response, CHALLENGE, purpose + b"\0" + challenge)
    return response


def answered(purpose: bytes) -> tuple[str, bytes]:
    """Give what came for a passkey and the challenge it must answer: nothing if this browser was asked for no such."""
    answer = request.form.get(FIELD, "")[:LONGEST]
    if not answer:
        return "", b""
    kept = carrying.take(CHALLENGE) or b""
    asked, _, challenge = kept.partition(b"\0")
    return answer, challenge if asked == purpose else b""
