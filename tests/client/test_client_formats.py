"""The client, Python and libsodium agree: what one seals another opens, byte for byte. docs/envelope.md."""

import json
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl import bindings

from crypto import envelope, primitives, thread
from crypto.errors import ForgedError, MalformedError, NotARecipientError, TooLongError
from crypto.opening.unseal import unseal
from crypto.returncode import derive, new_code, parse_code, show_code
from crypto.sealing.seal import seal
from crypto.submission import Answer, Mailbox, Submission, whole
from portal.intake import characters
from portal.mailboxes import missing
from tests.client.tools import Engine, JobError, b64, raw
from tests.crypto import made

SALT = bytes(range(16))
ROSTER = made.signed()
READ = made.roster()
CODE = new_code()
KEYS = derive(CODE, SALT)
BOX = KEYS.mailbox()
REPLY = thread.Reply(3, date(2026, 11, 23), "Björk", "Hej. Vi ses i morgon klockan 10. \U0001f331", "ekstad")
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=32)
# Every text that a phone can produce, lone surrogates and control characters too.
TEXTS = st.text(st.characters(codec=None) | st.integers(0xD800, 0xDFFF).map(chr), max_size=120)
ANSWERS = st.dictionaries(NAMES, TEXTS | st.lists(TEXTS, max_size=4), max_size=12)
LEAVES = st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none() | st.text(max_size=9)
JSON = st.recursive(
    LEAVES, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=5), inside, max_size=4)
)
# What fingers, keyboards and messengers put into a code.
SLIPS = "07x-–—\u2011\u2212_.,/²⅓Ⅷ一٣۴९９\U0001d7d8 \n\t\x00\x1c\x85\xa0\u2009\u3000\u200b\u200f\u2068\ufeff\xad"
# The fixtures are engines without state: one for all examples is right.
QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def plain(submission: Submission) -> dict[str, Any]:  # Any: what JSON holds
    """Write a submission as the client's page would hand it over."""
    box = submission.mailbox.to_json() if submission.mailbox else None
    return {
        "tryId": submission.try_id,
        "at": submission.sent_at.isoformat(),
        "form": submission.form,
        "municipality": submission.municipality,
        "page": submission.page_language,
        "answers": dict(submission.answers),
        "mailbox": box,
    }


def written(answers: dict[str, Answer], mailbox: Mailbox | None = BOX) -> Submission:
    """Make a submission that was sealed in a page."""
    return Submission("0f" * 16, made.NOW, "me", "ekstad", "sv", answers, "page", mailbox)


def kept(answers: dict[str, str | list[str]]) -> dict[str, Answer]:
    """Make answers hashable as Python's submissions hold them."""
    return {name: value if isinstance(value, str) else tuple(value) for name, value in answers.items()}


def test_python_opens_what_the_client_seals(engine: Engine) -> None:
    """Each coordinator reads the words, the time, the town and the mailbox; a stranger reads nothing."""
    submission = written({"message": "Hej. Kan ni höra av er?\nقريب \U0001f331", "need": ("safety", "talk")})
    sealed = engine("seal", given=plain(submission), roster=ROSTER)
    data = raw(sealed["envelope"])
    assert len(data) == envelope.size(8) == 8923
    assert raw(sealed["id"]) == envelope.envelope_id(data)
    for reader in (made.RECOVERY, made.OWNER, made.COLLEAGUE):
        place = READ.team("ekstad").place(reader.box_public)
        assert place is not None
        assert Submission.decode(unseal(data, reader, [place])) == submission
    with pytest.raises(NotARecipientError):
        unseal(data, made.STRANGER)


def test_libsodium_opens_what_the_client_seals(engine: Engine, node: Engine) -> None:
    """A third implementation, which shares no line with the other two, finds the same content."""
    submission = written({"message": "x" * 4000})
    sealed = raw(engine("seal", given=plain(submission), roster=ROSTER)["envelope"])
    for reader in (made.RECOVERY, made.OWNER):
        assert raw(node("sodium-unseal", data=sealed, secret=reader.box_secret)) == submission.encode()


def test_the_client_opens_what_python_seals(engine: Engine) -> None:
    """The two agree in the other direction as well, to the last byte of the content."""
    submission = written({"message": "Åäö", "need": ("safety",)}, None)
    data = seal(submission, READ)
    assert raw(engine("unseal", data=data, seed=made.OWNER.seed)) == submission.encode()
    with pytest.raises(JobError, match="not-a-recipient"):
        engine("unseal", data=data, seed=made.STRANGER.seed)


def test_two_envelopes_of_one_submission_share_nothing(node: Engine) -> None:
    """Key, nonce and every slot are drawn anew, so that equal words cannot be told from unequal ones."""
    submission = plain(written({"message": "hej"}))
    one, two = (raw(node("seal", given=submission, roster=ROSTER)["envelope"]) for _ in range(2))
    assert one[:19] == two[:19]
    cuts = [19, *range(51, 51 + 80 * 8, 80), 51 + 80 * 8, 75 + 80 * 8]
    pieces = list(zip(cuts, [*cuts[1:], len(one)], strict=True))
    assert [start for start, end in pieces if one[start:end] == two[start:end]] == []


@given(ANSWERS)
@QUICK
def test_both_write_the_same_content(node: Engine, answers: dict[str, str | list[str]]) -> None:
    """Whatever is typed, even half a character, the same bytes are sealed in the phone and at the portal."""
    submission = written(kept(answers))
    assert raw(node("encode", given=plain(submission))) == submission.encode()
    assert node("remaining", given=plain(submission)) == 8191 - len(submission.encode())


@given(st.text(max_size=8000))
@settings(QUICK, max_examples=25)
def test_every_text_becomes_an_envelope_of_one_size(node: Engine, text: str) -> None:
    """From outside, one word and five thousand look alike; what does not fit is told beforehand, by how much."""
    submission = written({"message": text})
    over = -node("remaining", given=plain(submission))
    if over > 0:
        with pytest.raises(JobError, match="too-long") as told:
            node("seal", given=plain(submission), roster=ROSTER)
        with pytest.raises(TooLongError) as here:
            submission.encode()
        assert told.value.over == here.value.over == over
        return
    data = raw(node("seal", given=plain(submission), roster=ROSTER)["envelope"])
    assert len(data) == 8923
    assert unseal(data, made.OWNER) == submission.encode()


def test_the_longest_content_fits_and_one_byte_more_does_not(engine: Engine) -> None:
    """The limit is exact: counted while typing, it is the limit at which sealing refuses."""
    room = engine("remaining", given=plain(written({"message": "x"})))
    most = written({"message": "x" * (room + 1)})
    assert engine("remaining", given=plain(most)) == 0
    assert len(raw(engine("seal", given=plain(most), roster=ROSTER)["envelope"])) == 8923
    with pytest.raises(JobError, match="too-long") as told:
        engine("seal", given=plain(written({"message": "x" * (room + 2)})), roster=ROSTER)
    assert told.value.over == 1


@given(TEXTS.filter(bool), st.integers(1, 400))
@QUICK
def test_both_tell_the_same_number_of_characters(node: Engine, text: str, over: int) -> None:
    """The page says "about so many must go" in the same words as the portal."""
    assert node("characters", text=text, over=over) == characters(whole(text), over)


def test_a_code_leads_to_the_same_mailbox(engine: Engine, node: Engine) -> None:
    """Python, the browser's own PBKDF2, the one in our bundle and libsodium's curves give the same keys."""
    expected = {"address": BOX.address.hex(), "reply": BOX.reply_key.hex(), "thread": BOX.thread_key.hex()}
    assert engine("code", text=show_code(CODE), salt=SALT) == {"code": CODE, "token": KEYS.token.hex(), **expected}
    assert engine("slow-code", text=CODE, salt=SALT) == expected
    third = node("sodium-keys", reply=KEYS.reply_secret, thread=KEYS.thread_seed)
    assert (raw(third["reply"]), raw(third["thread"])) == (BOX.reply_key, BOX.thread_key)


@given(st.binary(min_size=32, max_size=32))
@settings(QUICK, max_examples=20)
def test_thread_keys_follow_from_any_seed(node: Engine, seed: bytes) -> None:
    """The short way to an Ed25519 public key is right for every seed, not only for those of known codes."""
    public, _ = bindings.crypto_sign_seed_keypair(seed)
    assert raw(node("public-keys", secret=seed)["thread"]) == public
    assert raw(node("public-keys", secret=seed)["box"]) == bindings.crypto_scalarmult_base(seed)


def test_drawn_codes_are_codes(engine: Engine) -> None:
    """Each drawn code passes its own check, none is drawn twice, and every digit is about equally common."""
    codes = engine("new-codes", number=1000)
    assert [parse_code(code) for code in codes] == codes
    assert len(set(codes)) == 1000
    digits = "".join(code[:22] for code in codes)
    # 22,000 draws of probability 1/10: six standard deviations are 267.
    assert [digit for digit in "0123456789" if abs(digits.count(digit) - 2200) > 267] == []


def test_no_digit_is_likelier_than_another(engine: Engine) -> None:
    """Bytes of 250 and more would favour the digits 0 to 5: they are drawn again."""
    draws = [bytes(range(234, 256)), bytes([255] * 22), bytes([7] * 22)]
    assert engine("code-of", draws=[b64(draw) for draw in draws])[:22] == "4567890123456789777777"


def test_digits_of_every_script_are_read_alike(engine: Engine) -> None:
    """Whatever number pad a phone shows, the client reads the code that Python reads."""
    zeros = [chr(point) for point in range(0x110000) if unicodedata.decimal(chr(point), None) == 0]
    assert len(zeros) > 50
    for zero in zeros:
        typed = "\u200f" + "".join(chr(ord(zero) + int(digit)) for digit in CODE)
        assert parse_code(typed) == CODE
        assert engine("parse", text=typed) == CODE


@given(st.lists(st.sampled_from(SLIPS), max_size=4), st.integers(0, 24))
@settings(QUICK, max_examples=150)
def test_both_read_the_same_codes(node: Engine, more: list[str], position: int) -> None:
    """What somebody adds to a code by mistake is skipped by both or refused by both."""
    typed = CODE[:position] + "".join(more) + CODE[position:]
    try:
        expected = parse_code(typed)
    except MalformedError:
        with pytest.raises(JobError, match="malformed"):
            node("parse", text=typed)
        return
    assert node("parse", text=typed) == expected


@pytest.mark.parametrize("typed", ["", " " * 200 + "C", "C-", "C0", "C-x", "²" * 24, "Ⅳ" * 24, "½" * 24, "一" * 24])
def test_what_is_no_code_is_told(engine: Engine, typed: str) -> None:
    """Letters, fractions and too few digits never reach the portal; C stands for a code, C- for one cut short."""
    with pytest.raises(JobError, match="malformed"):
        engine("parse", text=typed.replace("C-", CODE[:-1]).replace("C", CODE))


def test_the_client_opens_replies(engine: Engine, node: Engine) -> None:
    """A reply sealed by Python or by libsodium opens with the code; with another code, or elsewhere, it does not."""
    expected = {"number": 3, "day": "2026-11-23", "from": "Björk", "text": REPLY.text, "municipality": "ekstad"}
    data = thread.seal_reply(REPLY, BOX)
    assert engine("reply", data=data, text=CODE, salt=SALT) == expected
    content = primitives.canonical({"v": 1, **expected})
    third = node("sodium-reply", content=content, address=BOX.address, replyKey=BOX.reply_key)
    assert engine("reply", data=raw(third), text=CODE, salt=SALT) == expected
    for unused in (thread.decoy(), thread.seal_reply(REPLY, derive(new_code(), SALT).mailbox())):
        with pytest.raises(JobError, match="not-a-recipient"):
            engine("reply", data=unused, text=CODE, salt=SALT)
    moved = thread.seal_reply(REPLY, Mailbox(bytes(32), BOX.reply_key, BOX.thread_key))
    with pytest.raises(JobError, match="corrupt"):
        engine("reply", data=moved, text=CODE, salt=SALT)


@given(st.lists(st.integers(1, 999_999) | st.integers(1, 9), max_size=4, unique=True))
@QUICK
def test_both_name_a_gap_alike(node: Engine, numbers: list[int]) -> None:
    """Whichever numbers wait, the page in the phone and the portal's name the same ones as missing."""
    replies = [thread.Reply(number, REPLY.day, "", "") for number in numbers]
    assert node("missing", numbers=numbers) == missing(replies)


@given(ANSWERS, st.integers(0, 2**53 - 1))
@settings(QUICK, max_examples=20)
def test_a_message_signed_in_the_phone_joins_its_thread(
    node: Engine, answers: dict[str, str | list[str]], counter: int
) -> None:
    """Staff find the signature to hold, and both sign the very same bytes; another thread's key finds it forged."""
    submission = written(kept(answers), None)
    content = raw(node("follow-up", given=plain(submission), text=CODE, salt=SALT, counter=counter))
    assert content == thread.sign_follow_up(submission, KEYS, counter).encode()
    thread.verify_follow_up(Submission.decode(content), BOX)
    with pytest.raises(ForgedError):
        thread.verify_follow_up(Submission.decode(content), derive(new_code(), SALT).mailbox())


@given(st.integers(0, thread.REPLY_SIZE - 1), st.integers(1, 255))
@QUICK
def test_any_changed_byte_of_a_reply_fails(node: Engine, position: int, change: int) -> None:
    """No altered answer is ever shown, whichever byte was changed."""
    changed = bytearray(thread.seal_reply(REPLY, BOX))
    changed[position] ^= change
    with pytest.raises(JobError) as told:
        node("reply", data=bytes(changed), text=CODE, salt=SALT)
    assert told.value.kind in {"corrupt", "not-a-recipient"}


@pytest.mark.parametrize("tail", [b"", b"\x00" * 9, b"\x80\x01", b"\x80\x00\x01", b"\x81"])
def test_a_reply_with_wrong_padding_is_corrupt(engine: Engine, tail: bytes) -> None:
    """Padding is one 0x80 and zeros, and nothing else passes for it."""
    key = b"k" * 32
    outside = thread.HEAD + primitives.seal_to(BOX.reply_key, key)
    padded = b"{}" + tail if tail.endswith(b"\x01") else (b"{}" + tail).ljust(thread.PADDED_SIZE, b"\0")
    padded = padded.rjust(thread.PADDED_SIZE, b"x")
    nonce = bytes(24)
    body = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(padded, outside + BOX.address, nonce, key)
    with pytest.raises(JobError, match="corrupt"):
        engine("reply", data=outside + nonce + body, text=CODE, salt=SALT)


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{}",
        '{"day":"2026-11-23","from":"A","number":1,"text":"x","v":2}',
        '{"day":"2026-11-23","from":"A","number":0,"text":"x","v":1}',
        '{"day":"2026-11-23","from":"A","number":1000000,"text":"x","v":1}',
        '{"day":"2026-11-23","from":"A","number":true,"text":"x","v":1}',
        '{"day":"2026-11-23","from":"A","number":1.0,"text":"x","v":1}',
        '{"day":"2026-02-30","from":"A","number":1,"text":"x","v":1}',
        '{"day":"i morgon","from":"A","number":1,"text":"x","v":1}',
        '{"day":"2026-11-23","from":1,"number":1,"text":"x","v":1}',
        '{"day":"2026-11-23","extra":1,"from":"A","number":1,"text":"x","v":1}',
        '{"day":"2026-11-23","from":"A","number":1,"text":"x","text":"y","v":1}',
        '{"day":"2026-11-23","from":"A","number":1,"text":["x"],"v":1}',
        '\ufeff{"day":"2026-11-23","from":"A","number":1,"text":"x","v":1}',
        '{"day":"2026-11-23","from":"A","municipality":"","number":1,"text":"x","v":1}',
        '{"day":"2026-11-23","from":"A","municipality":"E","number":1,"text":"x","v":1}',
        '{"day":"2026-11-23","from":"A","municipality":null,"number":1,"text":"x","v":1}',
        '{"__proto__":1,"day":"2026-11-23","from":"A","number":1,"text":"x","v":1}',
        "[" * 2000,
    ],
)
def test_a_reply_of_another_form_is_told(engine: Engine, content: str) -> None:
    """What opens to something else than a reply is refused in one way, however it was bent."""
    key = b"k" * 32
    outside = thread.HEAD + primitives.seal_to(BOX.reply_key, key)
    data = outside + primitives.encrypt(key, content.encode(), thread.PADDED_SIZE, outside + BOX.address)
    with pytest.raises(JobError, match="malformed"):
        engine("reply", data=data, text=CODE, salt=SALT)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
@QUICK
def test_both_write_json_alike(node: Engine, value: dict[str, object]) -> None:
    """Names are sorted by code point, beyond the first plane too, and nothing is escaped without need."""
    written_here = primitives.canonical(value)
    assert node("canonical", data=written_here).encode() == written_here


@pytest.mark.parametrize(
    ("find", "put"),
    [
        (b"utvag roster 1", b"utvag roster 2"),
        (b'"epoch":1', b'"epoch":0'),
        (b'"epoch":1', b'"epoch":4294967296'),
        (b'"epoch":1', b'"epoch":1.5'),
        (b'"epoch":1', b'"epoch":1,"epoch":1'),
        (b'"epoch":1', b'"epoch": 1'),
        (b'"not_after":"2027', b'"not_after":"2027-'),
        (b'"municipality":"ekstad"', b'"municipality":"Ekstad"'),
        (b'"suites":[1]', b'"suites":[]'),
        (b'"places":8', b'"places":7'),
        (b'"previous":""', b'"previous":"00"'),
        (b'"contact":{"sv":"Ring 070-1740605"}', b'"contact":{"sv":1}'),
        (made.RECOVERY.box_public.hex().encode(), b"ff" * 32),
        (made.RECOVERY.box_public.hex().encode(), b"ed" + b"ff" * 30 + b"7f"),
        (made.RECOVERY.box_public.hex().encode(), made.OWNER.box_public.hex().encode()),
        (made.OWNER.box_public.hex().encode(), made.COLLEAGUE.box_public.hex().encode()),
        (made.OWNER.box_public.hex().encode(), made.OWNER.box_public.hex().upper().encode()),
        (b"\n{", b"=\n{"),
        (b"}\n", b"}\n\n"),
    ],
)
def test_a_malformed_roster_is_refused(node: Engine, find: bytes, put: bytes) -> None:
    """Nothing is ever sealed to a list that breaks a rule of its format."""
    assert find in ROSTER
    assert node("roster", data=ROSTER)["epoch"] == 1
    with pytest.raises(JobError, match="malformed"):
        node("roster", data=ROSTER.replace(find, put, 1))


@pytest.mark.parametrize("names", [("granvik", "ekstad"), ("ekstad", "ekstad"), ()])
def test_teams_out_of_order_are_refused(node: Engine, names: tuple[str, ...]) -> None:
    """Each town stands once, in one order, so that two readers never mean two teams by one name."""
    title, signature, content, _ = ROSTER.split(b"\n")
    value = json.loads(content)
    for towns, holds in ((tuple(sorted({*names, "ekstad"})), True), (names, False)):
        value["teams"] = [{**value["teams"][0], "municipality": town} for town in towns]
        data = b"\n".join((title, signature, primitives.canonical(value), b""))
        if holds:
            assert node("roster", data=data)["teams"] == list(towns)
            continue
        with pytest.raises(JobError, match="malformed"):
            node("roster", data=data)


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), bytes.fromhex("ec" + "ff" * 30 + "7f")])
def test_nothing_is_sealed_to_a_key_of_low_order(node: Engine, point: bytes) -> None:
    """A key whose secret anybody can compute stops the sealing; no envelope comes out."""
    with pytest.raises(JobError, match="Error"):
        node("seal-to", public=point, content=b"x")


def test_no_team_no_envelope(node: Engine) -> None:
    """A town that the roster does not name gets nothing."""
    elsewhere = Submission(
        "0f" * 16, datetime(2026, 11, 22, tzinfo=UTC), "me", "granvik", "sv", {"message": "hej"}, "page"
    )
    with pytest.raises(JobError, match="RangeError"):
        node("seal", given=plain(elsewhere), roster=ROSTER)
