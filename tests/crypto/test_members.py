"""Who works here is believed from the root key's signature only. docs/envelope.md sections 4.2 and 4.3."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import Error, ForgedError, MalformedError
from crypto.opening.ceremony import sign_members
from crypto.opening.identity import new_identity
from crypto.opening.members import (
    AGENCY_ROLES,
    Member,
    Members,
    fingerprint,
    read_person,
    verify_members,
    write_person,
)
from crypto.primitives import canonical
from tests.crypto import made

ALMA, BO = made.member(made.OWNER, "Alma"), made.member(made.COLLEAGUE, "Bo", municipality="granvik")
POLLE = made.member(made.STRANGER, "Polle", "police")
REGISTER = sign_members(3, [ALMA, BO, POLLE], made.ROOT)


def test_the_register_says_who_is_who() -> None:
    """A member is found by name, by either key, and by team; police are in no team."""
    found = verify_members(REGISTER, made.ROOT.sign_public)
    assert found.epoch == 3
    assert found.by_name("ALMA") == found.by_box(ALMA.box_public) == found.by_sign(ALMA.sign_public) == ALMA
    assert found.team("ekstad") == (ALMA,)
    assert found.by_name("nobody") is None
    assert POLLE not in found.team("ekstad")


def test_a_register_by_another_key_or_of_another_form_is_not_believed() -> None:
    """Someone who writes the staff server's disk cannot add a member."""
    with pytest.raises(ForgedError):
        verify_members(REGISTER, made.STRANGER.sign_public)
    with pytest.raises(ForgedError):
        verify_members(REGISTER.replace(b"Alma", b"Elma"), made.ROOT.sign_public)
    with pytest.raises(MalformedError):
        verify_members(made.signed(), made.ROOT.sign_public)


def test_nobody_stands_twice() -> None:
    """One name with two keys, or one key with two names, is not signed."""
    for twice in ([ALMA, made.member(made.STRANGER, "alma")], [ALMA, made.member(made.OWNER, "Bo")]):
        with pytest.raises(MalformedError, match="twice"):
            sign_members(1, twice, made.ROOT)


def test_a_public_file_travels_whole() -> None:
    """What its owner wrote is what the root key's keeper reads."""
    assert read_person(write_person(made.OWNER, "Alma", "coordinator", "ekstad")) == ALMA


@pytest.mark.parametrize("change", [("role", "coordinator"), ("municipality", "granvik"), ("name", "Alma")])
def test_a_role_cannot_be_changed_on_the_way(change: tuple[str, str]) -> None:
    """A courier who makes a police officer a coordinator breaks the officer's own signature."""
    value = json.loads(write_person(made.STRANGER, "Polle", "police", "ekstad"))
    value[change[0]] = change[1]
    with pytest.raises(ForgedError):
        read_person(canonical(value))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    """Whatever is handed over as a public file or a register, the answer is one of ours."""
    with pytest.raises(Error):
        read_person(data)
    with pytest.raises(Error):
        verify_members(data, made.ROOT.sign_public)


def test_a_member_needs_a_name_a_known_role_and_a_sound_key() -> None:
    """An empty name, a made-up role and a key that anybody could open are refused when written."""
    for name, role in (("", "coordinator"), ("Alma", "chef")):
        with pytest.raises(MalformedError):
            write_person(made.OWNER, name, role, "ekstad")
    with pytest.raises(MalformedError):
        Member.from_json({**ALMA.to_json(), "box": "00" * 32})


def test_an_agency_belongs_to_its_people_and_travels_signed() -> None:
    """A case officer's authority stands in their public file and in the register; a coordinator has none."""
    sent = write_person(made.STRANGER, "Sonja", "case_officer", "ekstad", "Socialtjänsten")
    sonja = read_person(sent)
    assert sonja.agency == "Socialtjänsten"
    assert verify_members(sign_members(1, [ALMA, sonja], made.ROOT), made.ROOT.sign_public).members[1] == sonja
    with pytest.raises(ForgedError):
        read_person(canonical({**json.loads(sent), "agency": "Polisen"}))
    for role, agency in (("coordinator", "Polisen"), ("police", "x" * 101)):
        with pytest.raises(MalformedError):
            write_person(made.OWNER, "Alma", role, "ekstad", agency)


def test_coordinators_and_leads_grant_folders_now_and_formerly() -> None:
    """Police, partners and auditors never do; a lead who left is believed for folders and for nothing else."""
    lead = made.member(made.COLLEAGUE, "Lena", "lead")
    before = Members(1, (ALMA, lead, POLLE))
    assert [before.folder_granter(one.sign_public) is not None for one in before.members] == [True, True, False]
    after = verify_members(sign_members(2, [POLLE], made.ROOT, before), made.ROOT.sign_public)
    for gone in (ALMA, lead):
        assert after.folder_granter(gone.sign_public) is not None
        assert after.by_name(gone.name) is None
    assert after.granter(ALMA.sign_public, "ekstad") is not None
    assert after.granter(lead.sign_public, "ekstad") is None
    assert after.with_role("ekstad", "lead", "coordinator") == ()


def test_everybody_who_leaves_stays_with_what_they_were() -> None:
    """Each role has a former one that keeps name, keys and agency, signs nobody in, and survives the next epoch."""
    people = [
        Member(f"P{number}", role, "ekstad", bytes([number + 1]) * 32, bytes([number + 65]) * 32, agency)
        for number, (role, agency) in enumerate(
            [("coordinator", ""), ("lead", ""), ("auditor", ""), *((role, "Kontoret") for role in AGENCY_ROLES)]
        )
    ]
    second = verify_members(sign_members(2, [BO], made.ROOT, Members(1, tuple(people))), made.ROOT.sign_public)
    third = verify_members(sign_members(3, [BO], made.ROOT, second), made.ROOT.sign_public)
    former = ["former", "former_lead", "former_auditor", *(f"former_{role}" for role in AGENCY_ROLES)]
    for register in (second, third):
        assert [one.role for one in register.members] == ["coordinator", *former]
        for gone in people:
            assert register.by_name(gone.name) is None
            found = register.by_sign(gone.sign_public)
            assert found is not None
            assert (found.name, found.agency) == (gone.name, gone.agency)
            assert register.folder_granter(gone.sign_public) is None or gone.role in ("coordinator", "lead")


def test_the_digits_that_are_compared_by_voice_cover_everything_that_is_stated() -> None:
    """Another name, role, town or key gives other digits; that somebody stands in is not theirs to state."""
    said = b"utvag/1/fingerprint\0" + canonical(ALMA.to_json())
    number = int.from_bytes(hashlib.sha256(said).digest()[:16], "big") % 10**24
    assert fingerprint(ALMA).replace(" ", "") == f"{number:024}"
    assert [len(group) for group in fingerprint(ALMA).split(" ")] == [4] * 6
    assert fingerprint(replace(ALMA, stand_in=True)) == fingerprint(ALMA)
    others = [
        replace(ALMA, name="Elma"),
        replace(ALMA, role="lead"),
        replace(ALMA, municipality="granvik"),
        replace(ALMA, box_public=BO.box_public),
        replace(ALMA, sign_public=BO.sign_public),
    ]
    assert len({fingerprint(one) for one in (ALMA, *others)}) == 6


def test_the_recovery_key_grants_to_its_own_town_and_to_those_who_read_there() -> None:
    """To a coordinator, a lead and the next recovery key of the town; never to police, an auditor or another town."""
    kista = made.member(made.RECOVERY, "Kista", "recovery")
    next_key = made.member(new_identity(), "Kista", "recovery")
    readers = {role: made.member(new_identity(), role, role) for role in ("coordinator", "lead", "auditor", "police")}
    far = made.member(new_identity(), "Cilla", "coordinator", "bjorkby")
    before = Members(1, (kista, ALMA))
    after = verify_members(sign_members(2, [ALMA, next_key], made.ROOT, before), made.ROOT.sign_public)
    assert [one.role for one in after.members] == ["coordinator", "recovery", "former_recovery"]
    for register in (before, after):
        told = {name: register.recoverer(kista.sign_public, one) is not None for name, one in readers.items()}
        assert told == {"coordinator": True, "lead": True, "auditor": False, "police": False}
        assert register.recoverer(kista.sign_public, next_key) is not None
        assert register.recoverer(kista.sign_public, far) is None
        assert register.recoverer(ALMA.sign_public, readers["lead"]) is None
        assert register.folder_granter(kista.sign_public) is None
        assert register.granter(kista.sign_public, "ekstad") is None


def test_whoever_was_never_of_an_agency_is_believed_on_who_holds_a_key() -> None:
    """Coordinators, leads, auditors, those who left; police, partners and case officers never, and no stranger."""
    roles = ("coordinator", "lead", "auditor", "former", "former_lead")
    inside = [made.member(new_identity(), role, role) for role in roles]
    outside = [made.member(new_identity(), role, role) for each in AGENCY_ROLES for role in (each, f"former_{each}")]
    register = Members(1, (*inside, *outside))
    assert [register.insider(one.sign_public) for one in register.members] == [*inside, *([None] * 6)]
    assert register.insider(made.STRANGER.sign_public) is None
