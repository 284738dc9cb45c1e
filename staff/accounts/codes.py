"""One-time codes for somebody's phone: a secret is drawn, shown as a picture, and counts once a code has proven it.

Until then it lies in memory under the browser's cookie. Source: RFC 6238.
"""

from datetime import datetime

import pyotp
import segno
from flask import Response
from markupsafe import Markup

from staff.accounts import carrying
from staff.accounts.boxes import CODES
from staff.accounts.signin import fresh_step
from staff.accounts.store import Details

ISSUER = "Utväg"


def draw(response: Response) -> str:
    """Draw a secret for this browser and give it, in base32."""
    secret = pyotp.random_base32()
    carrying.lay(response, CODES, secret.encode())
    return secret


def pending() -> str:
    """Give the secret that this browser was shown, or nothing."""
    return (carrying.look(CODES) or b"").decode()


def done() -> None:
    """Forget the secret that this browser was shown: it stands in the account by now."""
    carrying.take(CODES)


def picture(secret: str, name: str) -> Markup:
    """Give the picture that an authenticator app scans: black on white, whatever the page's colours."""
    address = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    # Safe as markup: the picture is made of numbers alone, the name is only in its dots.
    return Markup(segno.make(address, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff"))  # noqa: S704  # as said above


def proven(secret: str, otp: str, now: datetime) -> int | None:
    """Give the step of a code that proves a secret was scanned, or None."""
    return fresh_step(Details("", "", secret), otp, now) if secret else None
