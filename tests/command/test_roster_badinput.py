"""A draft with keys that must not be signed: each is named in a sentence, and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crypto.opening import keyfile
from crypto.opening.ceremony import sign_members
from crypto.opening.identity import Identity, new_identity
from crypto.opening.members import PERSON_FORMAT, Member, write_person
from crypto.primitives import canonical
from crypto.sealing.signed import signed_bytes
from tests.command.test_ceremony import BEFORE, root_key, run, write_draft
from tests.test_boundaries import signed_roster

ALMA, BO, KISTA = (Identity(name * 8) for name in (b"alma", b"booo", b"kist"))
LOW = bytes(32)  # the point zero: whatever is sealed to it, anybody opens
LARGE = (2**255 - 19).to_bytes(32, "little")  # zero again, written another way


def public(identity: Identity, name: str, role: str = "coordinator", town: str = "ekstad") -> bytes:
    """Write a public file."""
    return write_person(identity, name, role, town)


def weak(box: bytes) -> bytes:
    """Write the public file of somebody whose own signature stands under a weak key."""
    member = replace(Member("bo", "coordinator", "ekstad", BO.box_public, BO.sign_public), box_public=box)
    value = {"format": PERSON_FORMAT, **member.to_json()}
    signature = BO.sign(signed_bytes("person", canonical(value)))
    return canonical({**value, "signature": signature.hex()}) + b"\n"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a root key once."""
    folder = tmp_path_factory.mktemp("root")
    with pytest.MonkeyPatch.context() as patched:
        defaults = keyfile.write_key_file.__kwdefaults__
        assert defaults
        patched.setitem(defaults, "cost", keyfile.FAST)
        root_key(folder)
    return folder / "root.key"


BAD: dict[str, tuple[dict[str, bytes], str]] = {
    "a coordinator twice under one name": ({"bo": public(ALMA, "alma")}, "två gånger"),
    "one key under two names": ({"bo": public(ALMA, "bo")}, "två gånger"),
    "two people under one name": ({"bo": public(BO, "Alma")}, "twice"),
    "a key that anybody opens": ({"bo": weak(LOW)}, "bo.public"),
    "a key that is written in another way": ({"bo": weak(LARGE)}, "bo.public"),
    "a coordinator of another town": ({"bo": public(BO, "bo", town="granvik")}, "belongs to granvik"),
    "the recovery key as a coordinator": ({"bo": public(BO, "bo", "recovery")}, "only coordinators"),
    "a coordinator as the recovery key": ({"kista": public(KISTA, "kista")}, "recovery key's role"),
    "the recovery key among the recipients": ({"kista": public(ALMA, "kista", "recovery")}, "apart from recovery"),
    "a file that somebody changed on the way": ({"bo": public(BO, "bo").replace(b'"bo"', b'"by"')}, "bo.public"),
    "half a file": ({"bo": public(BO, "bo")[:80]}, "bo.public"),
}


@pytest.mark.parametrize("fault", BAD)
def test_no_draft_with_a_bad_key_is_signed(fault: str, keys: Path, tmp_path: Path) -> None:
    """Duplicate, weak, foreign, changed and cut keys: exit 1, a sentence, no roster and no register."""
    files, words = BAD[fault]
    good = {"alma": public(ALMA, "alma"), "bo": public(BO, "bo"), "kista": public(KISTA, "kista", "recovery")}
    for name, data in {**good, **files}.items():
        (tmp_path / f"{name}.public").write_bytes(data)
    out = ("--out", tmp_path / "roster", "--members", tmp_path / "members")
    result = run("roster", "sign", write_draft(tmp_path, "alma", "bo"), "--root", keys, *out)
    assert (result.exit_code, "Inte underskrivet" in result.output, words in result.output) == (1, True, True), (
        result.output
    )
    assert not (tmp_path / "roster").exists()
    assert not (tmp_path / "members").exists()


@pytest.mark.parametrize("foreign", ["roster", "members"])
def test_papers_of_another_programme_are_no_past(foreign: str, keys: Path, tmp_path: Path) -> None:
    """The epoch before, one of its files signed by another root key: nobody's former colleagues are taken over."""
    for name, data in {"alma": public(ALMA, "alma"), "kista": public(KISTA, "kista", "recovery")}.items():
        (tmp_path / f"{name}.public").write_bytes(data)
    first = ("--out", tmp_path / "roster.1", "--members", tmp_path / "members.1")
    assert run("roster", "sign", write_draft(tmp_path, "alma"), "--root", keys, *first).exit_code == 0
    other = new_identity()
    theirs = {"roster": signed_roster(other, ["ekstad"]), "members": sign_members(1, [], other)}
    (tmp_path / f"{foreign}.1").write_bytes(theirs[foreign])
    out = ("--out", tmp_path / "roster.2", "--members", tmp_path / "members.2")
    result = run("roster", "sign", write_draft(tmp_path, "alma", epoch=2, extra=BEFORE), "--root", keys, *out)
    told = {"roster": "previous: ", "members": "previous_members: "}[foreign]
    assert (result.exit_code, told in result.output) == (1, True), result.output
    assert not (tmp_path / "roster.2").exists()
