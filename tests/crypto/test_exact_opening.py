"""Numbers, labels and borders of what is opened and of what people sign: written here once more.

Found by mutation testing: each of these could be changed without a test that failed.
"""

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from crypto.errors import CorruptError, DamagedKeyFileError, MalformedError, NotARecipientError
from crypto.opening.auditing import ROOM, Act, Spot, audit_key, fits, next_head, open_as_auditor, row_tag, seal_act
from crypto.opening.casebook import Place, open_many, seal_value
from crypto.opening.ceremony import draw_spare, sign_members
from crypto.opening.identity import Opener, new_identity
from crypto.opening.intake import new_intake, read_intake
from crypto.opening.joining import JOIN, STAYS, amended, joining, order_join, order_leave
from crypto.opening.keyfile import LIMIT, Cost, same_passphrase, write_key_file, written_with
from crypto.opening.keyring import own_key, seal_keyring
from crypto.opening.members import (
    FORMER,
    FORMER_RECOVERY,
    LEAD,
    Member,
    Members,
    called,
    fingerprint,
    read_audit,
    read_person,
    verify_members,
    write_person,
)
from crypto.opening.orders import Order, countersign, read_order, sign_order
from crypto.opening.parcel import read_parcel, write_parcel
from crypto.opening.pepper import lock
from crypto.opening.recovering import EARLY, Recovery, by_peers, live, order_recovery, ordered
from crypto.opening.unseal import unseal
from crypto.primitives import canonical, decrypt, derive, keyed_hash, read_json
from crypto.sealing.roster import Roster, verify
from crypto.sealing.seal import seal
from crypto.sealing.signed import signed_bytes, write_signed
from tests.crypto import made

WHEN = 1_790_000_000
ALMA, BO = made.member(made.OWNER, "Alma"), made.member(made.COLLEAGUE, "Bo", LEAD)
STRANGER = made.member(made.STRANGER, "Siv")
END = f"17:{'ab' * 32}"
DAY = date(2026, 11, 22)


def test_names_are_compared_without_case_and_spaces_at_the_ends() -> None:
    """One person, however the name was typed, and two words stay two."""
    assert called("  Elsa   EK ") == called("elsa ek") == "elsa ek"


def test_a_name_may_be_one_letter_or_a_hundred() -> None:
    """The shortest and the longest name of a member are read back; a longer one is refused."""
    keys = new_identity()
    for name in ("A", "a" * 100):
        member = made.member(keys, name)
        assert Member.from_json(member.to_json()) == member
    with pytest.raises(MalformedError):
        Member.from_json(made.member(keys, "a" * 101).to_json())


def test_the_audits_note_gives_number_and_head() -> None:
    """NUMBER:HEAD is read into both, in this order."""
    assert read_audit("17:" + "ab" * 32) == (17, b"\xab" * 32)


def test_a_fingerprint_is_six_groups_of_four_digits() -> None:
    """What two people compare by voice follows from the whole statement, and from nothing else."""
    member = made.member(new_identity(), "Elsa")
    assert fingerprint(member) == fingerprint(replace(member, stand_in=True))
    assert fingerprint(member) != fingerprint(replace(member, name="Elza"))
    assert [len(group) for group in fingerprint(member).split()] == [4] * 6


def read_roster(data: bytes) -> Roster:
    """Verify a roster as the portal does."""
    return verify(data, made.ROOT.sign_public, minimum_epoch=1, today=made.TODAY)


def register(**values: object) -> bytes:
    """Sign a register that says something else, with the true root key."""
    content = canonical({"epoch": 1, "members": [ALMA.to_json()], **values})
    return write_signed("members", content, made.ROOT.sign(signed_bytes("members", content)))


def test_a_register_carries_the_audits_note_or_none() -> None:
    """Number and head come back as they were noted; a register without them says so."""
    found = verify_members(sign_members(3, [ALMA], made.ROOT, audit=END), made.ROOT.sign_public)
    assert found.audit == (17, b"\xab" * 32)
    assert verify_members(sign_members(3, [ALMA], made.ROOT), made.ROOT.sign_public).audit is None
    assert found.by_box(made.STRANGER.box_public) is None


@pytest.mark.parametrize("values", [{"epoch": "1"}, {"more": 1}, {"members": [{**ALMA.to_json(), "more": "x"}]}])
def test_a_signed_register_of_another_form_is_refused(values: dict[str, object]) -> None:
    """An epoch that is a text, a name too many beside the members or in one: refused, whoever signed it."""
    with pytest.raises(MalformedError):
        verify_members(register(**values), made.ROOT.sign_public)


def test_a_stand_in_who_left_stands_in_no_more() -> None:
    """The root key signs the next register without them, and it is a register that can be read."""
    before = Members(1, (replace(ALMA, stand_in=True), BO))
    after = verify_members(sign_members(2, [BO], made.ROOT, before), made.ROOT.sign_public)
    assert after.members == (BO, replace(ALMA, role=FORMER))


def test_a_team_may_fill_every_place() -> None:
    """Seven people fill eight places; of too many spare keys only as many are taken as places are left."""
    seven = [made.member(new_identity(), f"N{number}") for number in range(7)]
    full = read_roster(made.signed(made.draft(made.team(*seven))))
    assert set(full.team("ekstad").recipients) == {one.box_public for one in seven}
    spare = draw_spare(9)
    some = read_roster(made.signed(made.draft(replace(made.team(), spare=spare))))
    people = {made.OWNER.box_public, made.COLLEAGUE.box_public}
    assert set(some.team("ekstad").recipients) == people | set(spare[:5])


def test_a_whole_team_may_have_intake_keys() -> None:
    """When everybody has one, none of their own keys stands in the roster."""
    intake = [read_intake(new_intake(one, DAY)[1]) for one in (made.OWNER, made.COLLEAGUE)]
    found = read_roster(made.signed(made.draft(replace(made.team(), intake=intake)))).team("ekstad")
    assert {one.box_public for one in intake} < set(found.recipients)
    assert not {made.OWNER.box_public, made.COLLEAGUE.box_public} & set(found.recipients)


def test_the_secret_half_of_an_intake_key_is_what_the_format_says() -> None:
    """Seed, label and associated data, by hand: docs/envelope.md section 4.5."""
    sealed, stated = new_intake(made.OWNER, DAY)
    box = read_intake(stated).box_public
    seed = decrypt(own_key(made.OWNER, "intake"), sealed, b"utvag/1/intake\0" + box)
    assert Opener(derive(seed, "utvag/1/intake/box")).box_public == box


@pytest.mark.parametrize("values", [{"more": 1}, {"format": "utvag intake 2"}, {"since": "20261122"}, {"since": 5}])
def test_a_statement_that_its_owner_signed_in_another_form_is_refused(values: dict[str, object]) -> None:
    """A true signature over another format, a name too many or another way to write the day makes no statement."""
    value = {name: one for name, one in read_json(new_intake(made.OWNER, DAY)[1]).items() if name != "signature"}
    signature = made.OWNER.sign(signed_bytes("intake", canonical({**value, **values}))).hex()
    with pytest.raises(MalformedError):
        read_intake(canonical({**value, **values, "signature": signature}))


@pytest.mark.parametrize(
    ("read", "data", "name"),
    [
        (read_person, write_person(made.OWNER, "Alma", "coordinator", "ekstad"), "signature"),
        (read_person, write_person(made.OWNER, "Alma", "coordinator", "ekstad"), "format"),
        (read_intake, new_intake(made.OWNER, DAY)[1], "signature"),
        (read_order, order_leave(ALMA, made.COLLEAGUE, 1, WHEN), "signatures"),
    ],
)
def test_a_missing_part_is_an_error_of_ours(read: Callable[[bytes], object], data: bytes, name: str) -> None:
    """Whoever takes the signature or the format out of a file gets no other error than for any bad file."""
    with pytest.raises(MalformedError):
        read(canonical({key: one for key, one in read_json(data).items() if key != name}))


def test_who_left_travels_in_the_parcel() -> None:
    """Keys that no order shuts out any more come out in ascending order, beside the audit's note."""
    left = [made.STRANGER.sign_public, made.COLLEAGUE.sign_public]
    found = read_parcel(write_parcel([], [], END, left))
    assert (found.left, found.audit) == (tuple(sorted(left)), END)
    value = read_json(write_parcel([], [], left=left))
    for wrong in (["ab"], [5], [*value["left"], value["left"][0]], "ab"):
        with pytest.raises(MalformedError):
            read_parcel(canonical({**value, "left": wrong}))


def test_a_value_of_another_suite_is_none_among_many() -> None:
    """The first byte is looked at there too, though nothing binds it."""
    key, row = b"k" * 32, b"r" * 16
    sealed = seal_value(key, Place("folder", row, 0, 1), b"hej", "summary")
    assert list(open_many("folder", [(key, row, 1, sealed), (key, row, 1, b"\x02" + sealed[1:])])) == [b"hej", None]


def test_an_order_of_leaving_names_who_stays() -> None:
    """Ids in hex, ascending, a space between; and without any, no field at all."""
    first, second = b"a" * 16, b"b" * 16
    said = read_order(order_leave(ALMA, made.COLLEAGUE, 1, WHEN, [second, first])).order.fields
    assert said == {STAYS: f"{first.hex()} {second.hex()}"}
    assert read_order(order_leave(ALMA, made.COLLEAGUE, 1, WHEN)).order.fields == {}


def test_a_town_is_known_by_its_people() -> None:
    """Somebody is asked into a town that the register has, and into no other: not even by a form that fits."""
    known = Members(1, (ALMA, BO))
    assert joining(known, read_order(order_join(STRANGER, made.OWNER, 1, WHEN))) == STRANGER
    elsewhere = replace(STRANGER, municipality="nowhere")
    assert joining(known, read_order(order_join(elsewhere, made.OWNER, 1, WHEN))) is None


def test_who_left_before_the_register_was_signed_stays_what_they_were() -> None:
    """A key that is known to be gone, and stands in the register as a former one already, is that former one still."""
    signed = Members(2, (BO, replace(ALMA, role=FORMER)))
    assert amended(signed, [], {ALMA.sign_public}) == signed


def test_a_keyring_is_filled_with_zeros() -> None:
    """One key in sixty-four slots: number, folder, version, key, and zeros to the end."""
    sealed = seal_keyring(made.OWNER, {b"f" * 16: (3, b"k" * 32)}, 7)
    content = decrypt(derive(made.OWNER.seed, "utvag/1/keyring"), sealed[1:], b"utvag/1/keyring\0\0\0\0\7")
    slot = b"f" * 16 + struct.pack(">I", 3) + b"k" * 32
    assert content == struct.pack(">I", 1) + slot + bytes(63 * 52)


def test_a_key_shows_eight_digits_of_its_public_half() -> None:
    """What stands in a traceback says whose key it is and nothing of it."""
    assert repr(made.OWNER) == f"Identity({made.OWNER.box_public.hex()[:8]}…)"


def test_what_the_pepper_locks_is_bound_as_the_format_says() -> None:
    """Purpose, a zero byte, row: docs/envelope.md section 6."""
    pepper, row = b"p" * 32, b"r" * 16
    locked = lock(pepper, "account", row, b"hej")
    assert decrypt(derive(pepper, "utvag/1/pepper/account"), locked, b"account\0" + row) == b"hej"


def test_a_passphrase_of_half_a_letter_is_wrong_and_nothing_worse() -> None:
    """A lone surrogate, as a broken keyboard may send it, is a sign like another."""
    assert same_passphrase("kola \ud800", "Kola  \ud800")
    assert not same_passphrase("kola \ud800", "kola")


@pytest.mark.parametrize(("name", "most"), [("ops", LIMIT.ops), ("mem", LIMIT.mem)])
def test_a_key_file_may_cost_as_much_as_the_limit(name: str, most: int) -> None:
    """Just the limit is read, one more is damage; nothing is guessed here, so that nothing is spent."""
    value = read_json(write_key_file(made.OWNER, "kola bada tepo", cost=Cost(1, 8192)))
    del value["check"]

    def costing(cost: int) -> bytes:
        changed = {**value, name: cost}
        return canonical({**changed, "check": hashlib.sha256(canonical(changed)).hexdigest()})

    assert written_with(costing(most), None)
    with pytest.raises(DamagedKeyFileError):
        written_with(costing(most + 1), None)


def test_a_recovery_is_asked_for_in_these_words() -> None:
    """What is given anew, the digest of the lost keys and of the new ones: docs/envelope.md section 4.4."""
    lost = (made.COLLEAGUE.sign_public, made.OWNER.sign_public)
    asked = Recovery("peers", STRANGER.sign_public, lost, (STRANGER,)).fields()

    def digest(*keys: bytes) -> str:
        return hashlib.sha256(b"utvag/1/recover\0" + b"".join(sorted(keys))).hexdigest()

    assert asked == {"what": "peers", "of": digest(*lost), "to": digest(STRANGER.sign_public)}


def test_a_lost_key_is_a_former_ones_of_that_name_and_no_recovery_key() -> None:
    """A recovery key that was called like the person gives them nothing, nor does their own new key."""
    old, key = made.member(made.COLLEAGUE, "Alma", FORMER), made.member(made.RECOVERY, "Alma", FORMER_RECOVERY)
    found = by_peers(Members(1, (ALMA, old, key)), ALMA)
    assert found is not None
    assert found.of == (old.sign_public,)


def test_the_newest_order_that_counts_is_given() -> None:
    """Of two that both let it happen, the one asked for last, however the rows lie; and none before its time."""
    old = made.member(made.COLLEAGUE, "Siv", FORMER)
    lead = new_identity()
    members = Members(1, (ALMA, old, STRANGER, made.member(lead, "Lena", LEAD)))
    wanted = by_peers(members, STRANGER)
    assert wanted is not None
    first, last = (
        read_order(countersign(order_recovery(wanted, made.OWNER, 1, when), lead)) for when in (WHEN, WHEN + 9)
    )
    for orders in ([first, last], [last, first]):
        assert ordered(members, members, orders, wanted, WHEN + 60) == last
    assert live(last.order, last.order.when - EARLY)
    assert not live(last.order, last.order.when - EARLY - 1)


def test_a_place_that_an_envelope_does_not_have_opens_nothing() -> None:
    """Eight places are counted from 0: the ninth is nobody's."""
    with pytest.raises(NotARecipientError):
        unseal(seal(made.submission(message="hej"), made.roster()), made.OWNER, [8])


def test_an_order_has_one_signature_or_two_and_keeps_its_bytes() -> None:
    """What was read is what was signed, byte for byte; a third signature finds no place."""
    asked = order_join(STRANGER, made.OWNER, 1, WHEN)
    both = countersign(asked, made.COLLEAGUE)
    assert (read_order(asked).data, read_order(both).data) == (asked, both)
    with pytest.raises(MalformedError):
        countersign(both, made.STRANGER)
    value = read_json(both)
    given = value["signatures"]
    third = {"by": made.STRANGER.sign_public.hex(), "signature": given[0]["signature"]}
    bad: tuple[object, ...] = ([], [*given, third], 5, {}, [5], [{**given[0], "more": "x"}])
    for wrong in bad:
        with pytest.raises(MalformedError):
            read_order(canonical({**value, "signatures": wrong}))


@pytest.mark.parametrize("values", [{"more": "x"}, {"format": "utvag order 2"}])
def test_nothing_is_said_beside_what_was_signed(values: dict[str, object]) -> None:
    """A name beside those of an order is covered by no signature: whoever adds one has no order."""
    with pytest.raises(MalformedError):
        read_order(canonical({**read_json(order_join(STRANGER, made.OWNER, 1, WHEN)), **values}))


@pytest.mark.parametrize(
    "values",
    [
        {"when": -1},
        {"when": 2**40},
        {"when": 1.5},
        {"when": True},
        {"epoch": -1},
        {"epoch": "1"},
        {"act": 5},
        {"fields": []},
        {"fields": {"name": 5}},
        {"subject": 5},
        {"subject": "ab" * 17},
        {"nonce": "ab" * 15},
    ],
)
def test_an_order_of_other_values_is_refused_though_it_is_signed(values: dict[str, object]) -> None:
    """A number out of range or a value of another type: one error, and never another than ours."""
    content = {**read_json(Order(JOIN, b"s" * 16, WHEN, 1).content()), **values}
    signature = made.OWNER.sign(signed_bytes("order", canonical(content))).hex()
    given = [{"by": made.OWNER.sign_public.hex(), "signature": signature}]
    with pytest.raises(MalformedError):
        read_order(canonical({**content, "signatures": given}))


@pytest.mark.parametrize("subject", [b"s" * 16, b"s" * 32])
@pytest.mark.parametrize("number", [0, 2**40 - 1])
def test_an_order_is_on_a_row_or_on_a_key(subject: bytes, number: int) -> None:
    """A subject of 16 or of 32 bytes, and numbers from zero to the last that five bytes hold, are read back."""
    order = Order(JOIN, subject, number, number)
    assert read_order(sign_order(order, made.OWNER)).order == order


def test_the_audits_chain_is_what_the_format_says() -> None:
    """Each label and each byte that a row is bound to, by hand: docs/envelope.md section 5.6."""
    key = audit_key(b"k" * 32)
    assert key == derive(b"k" * 32, "utvag/1/audit")
    tag = row_tag(key, 2**32 - 1)
    assert tag == keyed_hash(key, "utvag/1/audit-tag", b"\xff" * 4)[:16]
    spot = Spot(b"h" * 32, 2**64 - 1, 20_000, tag)
    placed = b"h" * 32 + b"\xff" * 8 + struct.pack(">I", 20_000) + tag
    assert spot.associated() == b"utvag/1/audit\0" + placed
    assert (
        next_head(spot, b"sealed", b"own")
        == hashlib.sha256(b"utvag/1/audit-head\0" + placed + b"sealed" + b"own").digest()
    )


def test_each_of_four_auditors_opens_a_row_of_any_number() -> None:
    """The last of them as the first, and a number of eight bytes comes back whole."""
    auditors = [new_identity() for _ in range(4)]
    spot = Spot(b"h" * 32, 2**63, 20_000, row_tag(b"k" * 32, 1))
    act = Act("Anna", "opened", WHEN, b"f" * 16, 1, {"why": "Å"})
    sealed, _ = seal_act(act, spot, made.OWNER, b"k" * 32, [one.box_public for one in auditors])
    for one in auditors:
        found = open_as_auditor(one, spot, sealed)
        assert (found.act, found.previous, found.number) == (act, b"h" * 32, 2**63)
    with pytest.raises(CorruptError):
        open_as_auditor(auditors[0], replace(spot, number=2**63 - 1), sealed)


def test_a_row_of_the_audit_holds_as_many_bytes_as_it_has_room_for() -> None:
    """Letters count as they are written, without spaces between; the last byte fits, one more is told beforehand."""
    words = ["Åsa\ud800", "opened", WHEN, (b"f" * 16).hex(), 1, {"why": ""}]
    around = len(json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
    act = Act("Åsa\ud800", "opened", WHEN, b"f" * 16, 1, {"why": "x" * (ROOM - around)})
    more = replace(act, fields={"why": "x" * (ROOM - around + 1)})
    spot = Spot(b"h" * 32, 1, 20_000, row_tag(b"k" * 32, 1))
    assert (fits(act), fits(more)) == (True, False)
    assert seal_act(act, spot, made.OWNER, b"k" * 32, [])
    with pytest.raises(ValueError, match="do not fit"):
        seal_act(more, spot, made.OWNER, b"k" * 32, [])
