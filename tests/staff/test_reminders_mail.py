"""The letter: always alike, only over TLS, only to one plain address. Sent for real to a server of the tests."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from staff.audit import store
from staff.errors import SettingsError
from staff.reminders import mail
from staff.reminders.head import DIGITS, SUBJECT, TEXT, Daily
from staff.reminders.mail import (
    OFF,
    SIZE,
    STARTTLS,
    TLS,
    MailSettings,
    NotAnAddressError,
    address,
    letter,
    send,
)
from staff.settings import StaffSettings
from tests.faults.proxy import line
from tests.staff.world import World
from web.environment import Environment

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANNA = "anna.ek@ekstad.example"


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Inbox:
    """A mail server's memory."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Take a letter."""
        assert isinstance(envelope.content, bytes)
        self.letters.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for this machine that nobody else knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def context(certificate: Path) -> ssl.SSLContext:
    """Give the server's side of TLS."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate)
    return made


def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    """Let Utväg in, and nobody else."""
    return AuthResult(success=data == LoginPassword(b"utvag", b"lyckan"))


@pytest.fixture(params=[STARTTLS, TLS])
def post(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[Inbox, MailSettings]]:
    """Run a mail server that speaks only through TLS: after STARTTLS, with a password, or from the first byte."""
    inbox, inner, port = Inbox(), context(certificate), free_port()
    if request.param == STARTTLS:
        server = Controller(
            inbox,
            "127.0.0.1",
            port,
            tls_context=inner,
            require_starttls=True,
            authenticator=check,
            auth_required=True,
        )
        user = ("utvag", "lyckan")
    else:
        server, user = Controller(inbox, "127.0.0.1", port, ssl_context=inner), ("", "")
    server.start()
    yield inbox, MailSettings("127.0.0.1", port, "utvag@ekstad.example", request.param, *user, certificate)
    server.stop()


def test_a_letter_arrives_over_tls_and_says_nothing(post: tuple[Inbox, MailSettings]) -> None:
    """It reaches one person, encrypted on the way, and holds the same words whatever waits."""
    inbox, settings = post
    send(settings, ANNA, NOW)
    ((to, data),) = inbox.letters
    read = message_from_bytes(data, policy=default)
    assert (to, read["Subject"]) == ([ANNA], "Något väntar i Utväg")
    assert read.get_content().startswith("Något väntar i Utväg.\r\n\r\nDet här brevet säger inget mer")
    assert not any(word in read.get_content() for word in ("http", "://", "Björk", "ekstad", "Anna"))


@pytest.mark.parametrize("fault", ["cut", pytest.param("silent", marks=pytest.mark.long), "amid the letter"])
def test_a_line_to_the_mail_server_that_fails_brings_no_half_letter(
    post: tuple[Inbox, MailSettings], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut, silent, or cut in the middle: it fails within its time, nothing arrived; mended, the whole letter does."""
    monkeypatch.setattr(mail, "PATIENCE", 0.5)
    inbox, settings = post
    with line(settings.port) as between:
        if fault == "cut":
            between.cut()
        between.silent = fault == "silent"
        between.room = SIZE if fault == "amid the letter" else None  # what comes before it needs some of that
        started = time.monotonic()
        with pytest.raises((OSError, smtplib.SMTPException)):
            send(replace(settings, port=between.port), ANNA, NOW)
        assert time.monotonic() - started < 5
        assert inbox.letters == []
        between.mend()
        monkeypatch.undo()
        send(replace(settings, port=between.port), ANNA, NOW)
    assert [(to, len(data) > SIZE // 2) for to, data in inbox.letters] == [([ANNA], True)]


def test_every_letter_has_one_length() -> None:
    """Whose address, which sender, what day: the length is the same, so that the wire tells nothing."""
    addresses = ["a@b.se", ANNA, "x" * 60 + "@" + "y" * 120 + ".example"]
    days = [NOW + timedelta(days=number, hours=number) for number in range(40)]
    sizes = {len(letter(sender, to, day)) for sender in addresses for to in addresses for day in days}
    assert sizes == {SIZE}
    assert all(len(line) <= 200 for line in letter(ANNA, ANNA, NOW).split(b"\r\n"))


def test_the_auditors_letter_says_the_head_and_no_number(world: World) -> None:
    """As long as any other letter, once a day, after six; one that could not be sent is tried again."""
    head = "ab" * 32
    for sender in ("a@b.se", ANNA):
        made = letter(sender, ANNA, NOW, SUBJECT, TEXT % head[:DIGITS])
        assert len(made) == SIZE
        assert head[:DIGITS].encode() in made
        assert head.encode() not in made
    sent: list[str] = []
    faults: list[Exception] = [OSError("away")]

    def post(_now: datetime, said: str) -> None:
        if faults:
            raise faults.pop()
        sent.append(said)

    clock = [NOW.replace(hour=3)]
    daily = Daily(world.parts.casebook, post, lambda: clock[0])
    for hour in (3, 8, 9, 10):
        clock[0] = NOW.replace(hour=hour)
        daily.run()
    clock[0] = NOW + timedelta(days=1)
    daily.run()
    with world.parts.casebook.read() as session:
        assert sent == [TEXT % store.head(session)[1].hex()[:DIGITS]] * 2


def test_nothing_goes_out_in_clear(certificate: Path) -> None:
    """A server that offers no TLS, or whose certificate nobody knows, gets no letter and no password."""
    inbox = Inbox()
    for inner, error in ((None, smtplib.SMTPNotSupportedError), (context(certificate), ssl.SSLCertVerificationError)):
        port = free_port()
        server = Controller(inbox, "127.0.0.1", port, tls_context=inner)
        server.start()
        try:
            with pytest.raises(error):
                send(MailSettings("127.0.0.1", port, ANNA), ANNA, NOW)
        finally:
            server.stop()
    assert inbox.letters == []


@pytest.mark.parametrize(
    "text",
    [
        "", "anna", "anna@", "@ekstad.se", "a@b", "a b@ekstad.se", "a@ekstad.se,b@ekstad.se", "a@b@ekstad.se",
        "a@ekstad.se\r\nBcc: b@ekstad.se", "a@ekstad.se\n", "Anna <a@ekstad.se>", "å@ekstad.se", "-f@ekstad.se",
        "a@ekstad..se", "a@.se", "a\u202e@ekstad.se", '"a"@ekstad.se', "x" * 250 + "@b.se", "a@ekstad.se.",
    ],
)  # fmt: skip
def test_only_one_plain_address_is_an_address(text: str) -> None:
    """No second receiver, no header of one's own, no hidden direction; a line break at the end is cut off."""
    if text == "a@ekstad.se\n":
        assert address(text) == "a@ekstad.se"
    else:
        with pytest.raises(NotAnAddressError):
            address(text)


def read(tmp_path: Path, **values: str) -> tuple[MailSettings | None, list[str]]:
    """Read settings from an environment."""
    (tmp_path / "password").write_text("lyckan\n")
    reader = Environment("UTVAG_STAFF_", {f"UTVAG_STAFF_{name}": value for name, value in values.items()})
    return MailSettings.read(reader), reader.faults


def test_letters_are_off_by_default_and_settings_are_checked(tmp_path: Path) -> None:
    """Without a server nothing is ever sent; a password stands in a file; TLS is off for this machine only."""
    assert read(tmp_path) == (None, [])
    whole, faults = read(
        tmp_path, SMTP_HOST="mail.example", SMTP_FROM=ANNA, SMTP_USER="u", SMTP_PASSWORD=str(tmp_path / "password")
    )
    assert (whole, faults) == (MailSettings("mail.example", 587, ANNA, STARTTLS, "u", "lyckan"), [])
    assert "lyckan" not in repr(whole)
    tls, _ = read(tmp_path, SMTP_HOST="mail.example", SMTP_FROM=ANNA, SMTP_TLS=TLS)
    assert tls is not None
    assert tls.port == 465
    assert read(tmp_path, SMTP_HOST="127.0.0.1", SMTP_FROM=ANNA, SMTP_TLS=OFF)[1] == []
    for wrong in ({"SMTP_TLS": OFF}, {"SMTP_TLS": "maybe"}, {"SMTP_FROM": "nobody"}, {"SMTP_PASSWORD": "/nowhere"}):
        assert len(read(tmp_path, **{"SMTP_HOST": "mail.example", "SMTP_FROM": ANNA, **wrong})[1]) == 1
    with pytest.raises(SettingsError, match="SMTP_FROM"):
        StaffSettings.from_env({"UTVAG_STAFF_SMTP_HOST": "mail.example"})
