"""Make the vectors anew: `python -m tests.vectors.make`. Only when the format's version changes."""

import base64
import hashlib
import json
import textwrap
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from nacl import bindings

from crypto import envelope, primitives
from crypto.cookiebox import lock
from crypto.envelope import Envelope
from crypto.opening.keyfile import Cost, write_key_file
from crypto.opening.keyring import seal_keyring
from crypto.opening.pepper import tag
from crypto.opening.unseal import unseal
from crypto.primitives import canonical
from crypto.returncode import Keys, derive
from crypto.sealing.backup import Head, seal_backup
from crypto.sealing.seal import seal
from crypto.sealing.signed import signed_bytes, write_signed
from crypto.thread import Reply, seal_reply, sign_follow_up
from tests.crypto import made

HERE = Path(__file__).parent


def write(name: str, data: bytes, **head: str) -> None:
    """Write one vector."""
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in head.items()]
    body = textwrap.fill(base64.b64encode(data).decode(), 100) if data else ""
    (HERE / f"{name}.txt").write_text("\n".join(lines) + f"\n\n{body}\n", "utf-8")


def flipped(data: bytes, position: int) -> bytes:
    """Flip one bit."""
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def envelopes() -> None:
    """Make an envelope that opens, and one for each way not to."""
    roster = made.roster()
    place = roster.teams[0].place(made.OWNER.box_public) or 0
    sealed = seal(made.submission(message="Hej. Kan ni höra av er?", need=("safe", "sleep")), roster)
    parts = Envelope.from_bytes(sealed)
    digest = hashlib.sha256(unseal(sealed, made.OWNER)).hexdigest()
    seed, stranger = made.OWNER.seed.hex(), made.STRANGER.seed.hex()
    write("envelope-ok", sealed, comment="opens", kind="envelope", expect="ok", seed=seed, sha256=digest)
    body = 51 + 80 * 8
    failures = {
        "magic": ("another magic", "malformed", flipped(sealed, 0)),
        "version": ("version 0", "malformed", flipped(sealed, 4)),
        "suite": ("suite 0", "malformed", flipped(sealed, 5)),
        "places": ("nine places said, eight there", "malformed", flipped(sealed, 6)),
        "short": ("the last byte is missing", "malformed", sealed[:-1]),
        "long": ("one byte too many", "malformed", sealed + b"\0"),
        "epoch": ("epoch changed", "corrupt", flipped(sealed, 10)),
        "team-tag": ("team tag changed", "corrupt", flipped(sealed, 11)),
        "commitment": ("commitment changed", "corrupt", flipped(sealed, 19)),
        "slot": ("the reader's slot changed", "not-a-recipient", flipped(sealed, 51 + 80 * place)),
        "other-slot": ("another's slot changed", "corrupt", flipped(sealed, 51)),
        "nonce": ("nonce changed", "corrupt", flipped(sealed, body)),
        "ciphertext": ("ciphertext changed", "corrupt", flipped(sealed, body + 24)),
        "tag": ("the last byte of the tag changed", "corrupt", flipped(sealed, len(sealed) - 1)),
    }
    for name, (comment, expect, data) in failures.items():
        write(f"envelope-{name}", data, comment=comment, kind="envelope", expect=expect, seed=seed)
    write(
        "envelope-stranger",
        sealed,
        comment="not for this reader",
        kind="envelope",
        expect="not-a-recipient",
        seed=stranger,
    )
    unpadded(parts.team_tag, seed)


def unpadded(team_tag: bytes, seed: str) -> None:
    """Make an envelope whose seals all hold, over content without the padding's mark."""
    key = b"k" * 32
    head = envelope.head(8, 1, team_tag)
    slots = tuple(primitives.seal_to(made.OWNER.box_public, key) for _ in range(8))
    outside = Envelope(1, 1, team_tag, envelope.commitment(key, head), slots, b"").associated
    nonce = primitives.encrypt(key, b"", 8192, outside)[:24]
    zeros = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(b"\0" * 8192, outside, nonce, key)
    write(
        "envelope-padding",
        outside + nonce + zeros,
        comment="no 0x80 in the padding",
        kind="envelope",
        expect="corrupt",
        seed=seed,
    )


def rosters() -> None:
    """Make a roster that holds, and one for each way not to."""
    data = made.signed()
    head = {"kind": "roster", "root": made.ROOT.sign_public.hex(), "minimum_epoch": "1", "today": str(made.TODAY)}
    write("roster-ok", data, comment="holds", expect="ok", **head)
    write(
        "roster-forged",
        data,
        comment="another root",
        expect="forged",
        **{**head, "root": made.STRANGER.sign_public.hex()},
    )
    write("roster-expired", data, comment="a day after its last", expect="expired", **{**head, "today": "2027-02-21"})
    write("roster-old", data, comment="a newer epoch was seen", expect="too-old", **{**head, "minimum_epoch": "2"})
    write("roster-title", b"U" + data[1:], comment="another title", expect="malformed", **head)
    write(
        "roster-revokes",
        made.signed(replace(made.draft(), revokes=True)),
        comment="revokes the one before",
        expect="ok",
        **head,
    )
    content = json.loads(data.split(b"\n")[2])
    for name, comment, change in (
        ("unknown-name", "a name that is not known", {"names": []}),
        ("revokes-other", "revokes, and not yes", {"revokes": "no"}),
        ("suite", "suite 1 is missing", {"suites": [2]}),
        ("places", "another number of recipients than places", {"places": 9}),
    ):
        changed = canonical({**content, **change})
        signed = write_signed("roster", changed, made.ROOT.sign(signed_bytes("roster", changed)))
        write(f"roster-{name}", signed, comment=comment, expect="malformed", **head)


def keyfiles() -> None:
    """Make a key file that opens, and one for each way not to."""
    file = write_key_file(made.OWNER, "kola bada", cost=Cost(1, 8192))
    seed = made.OWNER.seed.hex()
    write("keyfile-ok", file, comment="opens", kind="keyfile", expect="ok", passphrase="Kola  bada", seed=seed)
    write(
        "keyfile-passphrase",
        file,
        comment="another passphrase",
        kind="keyfile",
        expect="wrong-passphrase",
        passphrase="kola bado",
    )
    write(
        "keyfile-damaged",
        flipped(file, 30),
        comment="one bit",
        kind="keyfile",
        expect="damaged",
        passphrase="kola bada",
    )


def codes() -> None:
    """Make a return code that holds, in two scripts, and one for each way not to."""
    salt, code = bytes(range(16)), "482109375518264077931269"
    code = code[:22] + f"{98 - int(code[:22]) * 100 % 97:02d}"
    derived = derive(code, salt)
    box = derived.mailbox()
    keys = {
        "token": derived.token.hex(),
        "address": box.address.hex(),
        "reply": box.reply_key.hex(),
        "thread": box.thread_key.hex(),
        "salt": salt.hex(),
    }
    spaced = " ".join(code[i : i + 4] for i in range(0, 24, 4))
    arabic = "".join(chr(0x0660 + int(digit)) for digit in code)
    write("code-ok", b"", comment="as shown", kind="code", expect="ok", text=spaced, **keys)
    write("code-arabic", b"", comment="Arabic-Indic digits", kind="code", expect="ok", text=arabic, **keys)
    write(
        "code-digit",
        b"",
        comment="one digit wrong",
        kind="code",
        expect="malformed",
        text=code[:-1] + str((int(code[-1]) + 1) % 10),
    )
    write("code-short", b"", comment="23 digits", kind="code", expect="malformed", text=code[:-1])

    replies(spaced, salt, derived)
    follow_ups(spaced, salt, derived)


def replies(text: str, salt: bytes, keys: Keys) -> None:
    """Make replies that open with a code, and one for each way not to."""
    head = {"kind": "reply", "text": text, "salt": salt.hex()}
    box = keys.mailbox()
    said = Reply(3, date(2026, 11, 23), "Björk", "Hej. Vi ses i morgon klockan 10.", "ekstad")
    sealed = seal_reply(said, box)
    content = {"number": said.number, "day": str(said.day), "from": said.sender, "says": said.text}
    told = {"content": canonical({**content, "municipality": "ekstad"}).decode()}
    write("reply-ok", sealed, comment="opens", expect="ok", **head, **told)
    older = {"content": canonical({**content, "municipality": ""}).decode()}
    data = seal_reply(replace(said, municipality=""), box)
    write("reply-older", data, comment="says no town, as at first", expect="ok", **head, **older)
    moved = seal_reply(said, replace(box, address=bytes(32)))
    write("reply-moved", moved, comment="lay under another address", expect="corrupt", **head)
    write("reply-unused", bytes(range(256)) * 16 + bytes(126), comment="unused", expect="not-a-recipient", **head)
    write("reply-short", sealed[:-1], comment="the last byte is missing", expect="malformed", **head)
    town = seal_reply(replace(said, municipality="Ekstad"), box)
    write("reply-town", town, comment="a town's id in capitals", expect="malformed", **head)


def follow_ups(text: str, salt: bytes, keys: Keys) -> None:
    """Make a follow-up that its thread's key has signed, and one that another key has."""
    content = made.submission(message="Tack. Jag kommer.")
    unsigned = replace(content, road="page", mailbox=None, follow_up=None)
    head = {"kind": "follow-up", "text": text, "salt": salt.hex(), "counter": "1795334567890"}
    for name, comment, expect, by in (
        ("ok", "signed by the code's thread key", "ok", keys),
        ("other", "signed by another code's", "forged", replace(keys, thread_seed=bytes(32))),
    ):
        signed = sign_follow_up(unsigned, by, int(head["counter"]))
        proof = signed.follow_up.signature.hex() if signed.follow_up else ""
        write(f"follow-up-{name}", unsigned.encode(), comment=comment, expect=expect, **head, signature=proof)


def keyrings() -> None:
    """Make a keyring that opens, and one for each way not to."""
    keys = {bytes([one]) * 16: (one, bytes([255 - one]) * 32) for one in (1, 2, 3)}
    sealed = seal_keyring(made.OWNER, keys, 7)
    held = b"".join(folder + number.to_bytes(4, "big") + key for folder, (number, key) in keys.items())
    head = {"kind": "keyring", "version": "7", "sha256": hashlib.sha256(held).hexdigest()}
    own = {**head, "seed": made.OWNER.seed.hex()}
    write("keyring-ok", sealed, comment="opens", expect="ok", **own)
    write("keyring-older", sealed, comment="put back at a later version", expect="corrupt", **{**own, "version": "8"})
    write("keyring-suite", flipped(sealed, 0), comment="another suite", expect="corrupt", **own)
    write("keyring-slot", flipped(sealed, 40), comment="one bit of a slot", expect="corrupt", **own)
    write("keyring-short", sealed[:-1], comment="the last byte is missing", expect="corrupt", **own)
    seed = made.STRANGER.seed.hex()
    write("keyring-stranger", sealed, comment="another's", expect="corrupt", **{**head, "seed": seed})


def cookies() -> None:
    """Make a row that its cookie's ticket opens, and one for each way not to."""
    ticket, content = bytes(range(32)), b"en text som avvisades"
    head = {"kind": "cookie", "purpose": "draft", "sha256": hashlib.sha256(content).hexdigest()}
    own = {**head, "seed": ticket.hex()}
    row = lock(ticket, "draft", content)
    write("cookie-ok", row, comment="opens", expect="ok", **own)
    write("cookie-purpose", row, comment="of another purpose", expect="corrupt", **{**own, "purpose": "code"})
    write("cookie-bit", flipped(row, 60), comment="one bit", expect="corrupt", **own)
    write("cookie-other", row, comment="another ticket", expect="corrupt", **{**own, "seed": bytes(32).hex()})


def backups() -> None:
    """Make a backup that opens, and one for each way not to."""
    pepper, content = bytes(range(32)), b"\0\0\0\x02{}" + b"6161" * 30
    head = Head("erased", made.TODAY, made.TODAY + timedelta(days=30), made.OWNER.box_public, "0.1.0")
    data = b"".join(seal_backup(head, [content], lambda said: tag(pepper, "backup", said)))
    known = {"kind": "backup", "sha256": hashlib.sha256(content).hexdigest(), "pepper": pepper.hex()}
    own = {**known, "seed": made.OWNER.seed.hex()}
    write("backup-ok", data, comment="opens", expect="ok", **own)
    write("backup-torn", data[:-70], comment="cut in its last chunk", expect="corrupt", **own)
    write("backup-bit", flipped(data, len(data) - 80), comment="one bit of a chunk", expect="corrupt", **own)
    write("backup-magic", flipped(data, 0), comment="another magic", expect="malformed", **own)
    write("backup-pepper", data, comment="another pepper", expect="forged", **{**own, "pepper": bytes(32).hex()})
    seed = made.STRANGER.seed.hex()
    write("backup-stranger", data, comment="another key", expect="not-a-recipient", **{**known, "seed": seed})


if __name__ == "__main__":
    envelopes()
    rosters()
    keyfiles()
    codes()
    keyrings()
    cookies()
    backups()
