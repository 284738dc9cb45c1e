"""Every vector does what it says: one file, one failure. docs/envelope.md section 9."""

import base64
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crypto.cookiebox import unlock
from crypto.errors import (
    CorruptError,
    DamagedKeyFileError,
    ForgedError,
    MalformedError,
    NotARecipientError,
    RosterExpiredError,
    RosterForgedError,
    RosterMalformedError,
    RosterTooOldError,
    WrongPassphraseError,
)
from crypto.opening.backup import open_backup
from crypto.opening.identity import Identity
from crypto.opening.keyfile import read_key_file
from crypto.opening.keyring import open_keyring
from crypto.opening.pepper import tag
from crypto.opening.unseal import unseal
from crypto.returncode import Keys, derive, parse_code
from crypto.sealing.backup import look
from crypto.sealing.roster import verify
from crypto.submission import FollowUp, Submission
from crypto.thread import open_reply, sign_follow_up, verify_follow_up

VECTORS = sorted(Path(__file__).parent.parent.joinpath("vectors").glob("*.txt"))
ERRORS: dict[str, type[Exception]] = {
    "malformed": MalformedError,
    "corrupt": CorruptError,
    "not-a-recipient": NotARecipientError,
    "forged": RosterForgedError,
    "expired": RosterExpiredError,
    "too-old": RosterTooOldError,
    "roster malformed": RosterMalformedError,
    "follow-up forged": ForgedError,
    "backup forged": ForgedError,
    "wrong-passphrase": WrongPassphraseError,
    "damaged": DamagedKeyFileError,
}
NAMES = {
    "envelope": {"seed", "sha256"},
    "roster": {"root", "minimum-epoch", "today"},
    "keyfile": {"passphrase", "seed"},
    "keyring": {"seed", "version", "sha256"},
    "cookie": {"seed", "purpose", "sha256"},
    "backup": {"seed", "pepper", "sha256"},
    "code": {"text", "salt", "token", "address", "reply", "thread"},
    "reply": {"text", "salt", "content"},
    "follow-up": {"text", "salt", "counter", "signature"},
}


def read(path: Path) -> tuple[dict[str, str], bytes]:
    """Read a vector; fail on a name that its kind does not know."""
    head_text, _, body = path.read_text("utf-8").partition("\n\n")
    head = dict(line.split(": ", 1) for line in head_text.splitlines())
    unknown = head.keys() - {"comment", "kind", "expect"} - NAMES[head["kind"]]
    if unknown or not head["comment"]:
        raise ValueError(f"{path.name}: {unknown or 'no comment'}")
    return head, base64.b64decode("".join(body.split()), validate=True)


def check_envelope(head: dict[str, str], data: bytes) -> None:
    """Open it with the seed's key."""
    content = unseal(data, Identity(bytes.fromhex(head["seed"])))
    assert hashlib.sha256(content).hexdigest() == head["sha256"]


def check_roster(head: dict[str, str], data: bytes) -> None:
    """Verify it as on its day."""
    today = date.fromisoformat(head["today"])
    verify(data, bytes.fromhex(head["root"]), minimum_epoch=int(head["minimum-epoch"]), today=today)


def check_keyfile(head: dict[str, str], data: bytes) -> None:
    """Open it with the passphrase."""
    assert read_key_file(data, head["passphrase"]).seed.hex() == head["seed"]


def keys_of(head: dict[str, str]) -> Keys:
    """Parse the code and derive what it gives."""
    return derive(parse_code(head["text"]), bytes.fromhex(head["salt"]))


def check_code(head: dict[str, str], _data: bytes) -> None:
    """Parse it and derive its mailbox."""
    keys = derive(parse_code(head["text"]), bytes.fromhex(head.get("salt", "00")))
    box = keys.mailbox()
    found = (keys.token, box.address, box.reply_key, box.thread_key)
    assert [one.hex() for one in found] == [head[name] for name in ("token", "address", "reply", "thread")]


def check_reply(head: dict[str, str], data: bytes) -> None:
    """Open it with the code's keys."""
    reply = open_reply(data, keys_of(head))
    said = {"number": reply.number, "day": str(reply.day), "from": reply.sender, "says": reply.text}
    assert {**said, "municipality": reply.municipality} == json.loads(head["content"])


def check_follow_up(head: dict[str, str], data: bytes) -> None:
    """Verify it by the code's mailbox, and sign it as the code's holder does."""
    keys, counter = keys_of(head), int(head["counter"])
    unsigned = Submission.decode(data)
    proof = FollowUp(counter, bytes.fromhex(head["signature"]))
    verify_follow_up(replace(unsigned, mailbox=keys.mailbox(), follow_up=proof), keys.mailbox())
    assert sign_follow_up(unsigned, keys, counter).follow_up == proof


def check_keyring(head: dict[str, str], data: bytes) -> None:
    """Open it with the seed's key, and compare all that it holds."""
    keys = open_keyring(Identity(bytes.fromhex(head["seed"])), data, int(head["version"]))
    held = b"".join(folder + number.to_bytes(4, "big") + key for folder, (number, key) in sorted(keys.items()))
    assert hashlib.sha256(held).hexdigest() == head["sha256"]


def check_cookie(head: dict[str, str], data: bytes) -> None:
    """Open a row with the ticket."""
    content = unlock(bytes.fromhex(head["seed"]), head["purpose"], data)
    assert hashlib.sha256(content).hexdigest() == head["sha256"]


def check_backup(head: dict[str, str], data: bytes) -> None:
    """Look at it whole, then open it with the seed's key."""
    file, pepper = io.BytesIO(data), bytes.fromhex(head["pepper"])
    looked = look(file, lambda said: tag(pepper, "backup", said))
    content = b"".join(open_backup(file, looked, Identity(bytes.fromhex(head["seed"]))))
    assert hashlib.sha256(content).hexdigest() == head["sha256"]


CHECKS: dict[str, Callable[[dict[str, str], bytes], None]] = {
    "envelope": check_envelope,
    "roster": check_roster,
    "keyfile": check_keyfile,
    "keyring": check_keyring,
    "cookie": check_cookie,
    "backup": check_backup,
    "code": check_code,
    "reply": check_reply,
    "follow-up": check_follow_up,
}


@pytest.mark.parametrize("path", VECTORS, ids=[path.stem for path in VECTORS])
def test_a_vector_does_what_it_says(path: Path) -> None:
    """It opens or holds, or fails with the one error that it is there for."""
    head, data = read(path)
    check = CHECKS[head["kind"]]
    if head["expect"] == "ok":
        check(head, data)
        return
    with pytest.raises(ERRORS.get(f"{head['kind']} {head['expect']}", ERRORS[head["expect"]])):
        check(head, data)


def test_there_are_vectors_and_an_unknown_name_fails(tmp_path: Path) -> None:
    """A reader that skips what it does not know would pass a vector that it never tried."""
    assert len(VECTORS) >= 30
    odd = tmp_path / "odd.txt"
    odd.write_text(VECTORS[0].read_text("utf-8").replace("comment:", "colour: red\ncomment:", 1), "utf-8")
    with pytest.raises(ValueError, match="colour"):
        read(odd)
