"""The one letter that Utväg sends: always the same words and the same length, over TLS."""

import secrets
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path

from staff.errors import StaffError
from web.environment import Environment, existing, whole

SUBJECT = "Något väntar i Utväg"
TEXT = "Något väntar i Utväg.\n\nDet här brevet säger inget mer, och det går inte att svara på det.\n\n"
SIZE = 2048  # bytes of every letter as it is sent, whoever it goes to
LINE = 64
LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3
PATIENCE = 20.0  # seconds
STARTTLS, TLS, OFF = "starttls", "tls", "off"


class AddressError(StaffError):
    """Say that something is not an address that a letter can be sent to."""


@dataclass(frozen=True)
class MailSettings:
    """Say how letters leave; `security` is "starttls", "tls", or "off" for a server on this very machine."""

    host: str
    port: int
    sender: str
    security: str = STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    auditor: str = ""

    @classmethod
    def read(cls, reader: Environment) -> "MailSettings | None":
        """Read `…SMTP_HOST` and what belongs to it; None, and no reminders at all, where there is none."""
        host = reader.may("SMTP_HOST", str, "")
        if not host:
            return None
        security = reader.may("SMTP_TLS", _security(host), STARTTLS)
        return cls(
            host=host,
            port=reader.may("SMTP_PORT", whole(1, 65535), 465 if security == TLS else 587),
            sender=reader.need("SMTP_FROM", address) or "",
            security=security,
            user=reader.may("SMTP_USER", str, ""),
            password=reader.may("SMTP_PASSWORD", _secret, ""),
            ca=reader.may("SMTP_CA", existing, None),
            auditor=reader.may("AUDIT_MAIL", address, ""),
        )


def _security(host: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in (STARTTLS, TLS, OFF):
            raise ValueError("must be starttls, tls or off")
        if text == OFF and not _here(host):
            raise ValueError("off is for a server at 127.0.0.1 or ::1 only")
        return text

    return read


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(text: str) -> str:
    """Read a password from the file that the setting names: the environment of a process is not a place for one."""
    return Path(text).read_text("utf-8").strip()


def address(text: str) -> str:
    """Read a plain e-mail address; raise AddressError (a ValueError's kin for settings) for anything else.

    Nothing that could end a header line, name two receivers or hide its direction passes.
    """
    found = text.strip()
    local, at, domain = found.rpartition("@")
    plain = found.isascii() and found.isprintable() and not set(found) & set(' "(),:;<>[\\]')
    if not (plain and at and local and "@" not in local and "." in domain.strip(".") and len(found) <= LONGEST_ADDRESS):
        raise NotAnAddressError("not an e-mail address")
    if local.startswith((".", "-")) or ".." in found or domain.startswith((".", "-")) or domain.endswith("."):
        raise NotAnAddressError("not an e-mail address")
    return found


class NotAnAddressError(AddressError, ValueError):
    """Say that a text is no address, to a form and to the settings' reader alike."""


def letter(sender: str, to: str, now: datetime, subject: str = SUBJECT, text: str = TEXT) -> bytes:
    """Write the letter: SIZE bytes, with nothing in it that tells what waits, for whom else, or where.

    Only the watcher's alarm and the auditor's daily letter have a subject and a text of their own.
    """
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    bare = message.as_bytes()
    return bare + _fill(SIZE - len(bare))


def _fill(size: int) -> bytes:
    """Give lines of dashes of so many bytes in all."""
    count, rest = divmod(max(size, LINE * 2), LINE)
    lines = ["-" * (LINE - 2)] * (count - 1) + ["-" * (LINE // 2), "-" * (LINE // 2 + rest - 4)]
    return "".join(f"{line}\r\n" for line in lines).encode()


def send(settings: MailSettings, to: str, now: datetime, subject: str = SUBJECT, text: str = TEXT) -> None:
    """Send one letter; raise OSError or smtplib.SMTPException if the server is away or will not take it."""
    context = ssl.create_default_context(cafile=str(settings.ca) if settings.ca else None)
    with _connect(settings, context) as server:
        if settings.security == STARTTLS:
            server.starttls(context=context)  # raises where the server offers none: nothing goes out in clear
        if settings.user:
            server.login(settings.user, settings.password)
        server.sendmail(settings.sender, [to], letter(settings.sender, to, now, subject, text))


def _connect(settings: MailSettings, context: ssl.SSLContext) -> smtplib.SMTP:
    # The name that we greet with would else be this machine's own.
    if settings.security == TLS:
        return smtplib.SMTP_SSL(settings.host, settings.port, "localhost", context=context, timeout=PATIENCE)
    return smtplib.SMTP(settings.host, settings.port, "localhost", timeout=PATIENCE)
