"""`utvag roster renew`: the next epoch in one command, with new intake keys, who joined and who left."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from command import main
from crypto.errors import MalformedError
from crypto.opening.ceremony import sign_members
from crypto.opening.identity import new_identity
from crypto.opening.intake import new_intake
from crypto.opening.joining import order_join, order_leave
from crypto.opening.keyfile import write_key_file
from crypto.opening.members import FORMER, Members, fingerprint, verify_members, write_person
from crypto.opening.orders import countersign
from crypto.opening.parcel import read_parcel, write_parcel
from crypto.sealing.roster import Roster, verify
from staff.audit import store
from staff.inbox import intake
from staff.orders import Orders
from tests.staff.world import CHEAP, ORIGIN, PROGRAMME, Human, World

WORDS = "kola bada tepo sogu fite joha"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Make two towns whose root key lies in a file, and let everybody unlock once."""
    made = World(tmp_path)
    (tmp_path / "root.key").write_bytes(write_key_file(made.root, WORDS, cost=CHEAP))
    (tmp_path / "root.key").chmod(0o600)
    for human in (made.owner, made.colleague, made.stranger):
        made.browser(human)
    yield made
    made.close()


def renew(world: World, *more: str, number: int = 2, before: str = "", typed: str = "ja\n") -> Result:
    """Carry the parcel to the root key and renew from what is there."""
    parcel = world.folder / f"parcel-{number}.json"
    parcel.write_bytes(intake.parcel(world.settings))
    reader, writer = os.pipe()
    os.write(writer, f"{WORDS}\n".encode())
    os.close(writer)
    files = {"previous": f"roster{before}", "previous-members": f"members{before}", "root": "root.key"}
    words = [part for name, file in files.items() for part in (f"--{name}", str(world.folder / file))]
    words += ["--out", str(world.folder / f"roster-{number}"), "--members", str(world.folder / f"members-{number}")]
    words += ["--parcel", str(parcel), "--passphrase-fd", str(reader)]
    return CliRunner().invoke(main, ["roster", "renew", *words, *more], input=typed)


def read(world: World, number: int = 2) -> tuple[Roster, Members]:
    """Read what was signed."""
    root = world.root.sign_public
    roster = verify((world.folder / f"roster-{number}").read_bytes(), root, minimum_epoch=1, today=TODAY)
    return roster, verify_members((world.folder / f"members-{number}").read_bytes(), root)


def test_one_command_brings_everybodys_intake_key_and_draws_the_spare_ones_anew(world: World) -> None:
    """Epoch 2: no recipient of epoch 1 is left, each coordinator's intake key is there, and all places are filled."""
    told = renew(world)
    assert told.exit_code == 0, told.output
    roster, members = read(world)
    assert (roster.epoch, members.epoch, roster.not_after) == (2, 2, TODAY + timedelta(days=90))
    assert "ny intagsnyckel" in told.output
    with world.parts.casebook.read() as session:
        assert members.audit == store.head(session)
    stated = {one.box_public for one in read_parcel((world.folder / "parcel-2.json").read_bytes()).statements}
    assert len(stated) == 3
    found = {key for team in roster.teams for key in team.recipients}
    assert stated < found
    assert not found & {key for team in world.roster.teams for key in team.recipients}
    assert [team.contact for team in roster.teams] == [team.contact for team in world.roster.teams]
    kept = json.loads((world.folder / "spare.json").read_text("utf-8"))
    assert {key for keys in kept.values() for key in keys} == {key.hex() for key in found - stated}
    assert world.owner.identity.box_public not in found


def test_who_joined_and_who_left_by_order_is_taken_in(world: World) -> None:
    """Doris joined by two, Björn was shut out: the root key signs what the app has believed since."""
    doris = Human("Doris Dal", "coordinator", "ekstad")
    second = second_lead(world)
    keep(world, order_leave(world.colleague.member, world.lead.identity, 1, 1_800_000_000))
    asked = order_join(doris.member, world.lead.identity, 1, 1_800_000_001)
    keep(world, countersign(asked, second.identity))
    told = renew(world)
    assert told.exit_code == 0, told.output
    roster, register = read(world)
    assert f"siffror att jämföra: {fingerprint(doris.member)}" in told.output
    assert "NY, var ingen" in told.output
    assert "slutat, var samordnare" in told.output
    assert register.by_name("Doris Dal") == doris.member
    assert {one.name: one.role for one in register.members}["Björn Lind"] == FORMER
    assert doris.identity.box_public in roster.team("ekstad").recipients


def second_lead(world: World) -> Human:
    """Sign a second lead into the register, who is the second to sign."""
    second = Human("Lo Berg", "lead", "ekstad")
    world.others.append(second)
    world.roster = world.sign([world.owner, world.colleague, world.stranger])
    return second


def keep(world: World, data: bytes) -> None:
    """Put an order into the casebook."""
    with world.parts.casebook.write() as session:
        Orders(world.parts.casebook, world.settings.pepper).keep(session, data)


def test_an_order_that_does_not_count_changes_nothing(world: World) -> None:
    """A coordinator's own order, and a join by one alone, lie in the parcel: nobody is in or out by them."""
    doris = Human("Doris Dal", "coordinator", "ekstad")
    orders = [
        order_leave(world.colleague.member, world.stranger.identity, 1, 1),
        order_join(doris.member, world.lead.identity, 1, 2),
    ]
    for one in orders:
        keep(world, one)
    assert renew(world).exit_code == 0
    _, register = read(world)
    assert register.by_name("Doris Dal") is None
    assert register.by_name("Björn Lind") == world.colleague.member


def test_nothing_is_signed_before_somebody_has_said_that_it_is_right(world: World) -> None:
    """What is to be signed is shown; no means no file at all, and yes can be said beforehand."""
    assert renew(world, typed="n\n").exit_code == 1
    assert not (world.folder / "roster-2").exists()
    assert not (world.folder / "spare.json").exists()
    assert renew(world, "--yes", typed="").exit_code == 0


def test_a_key_that_was_lost_is_revoked_with_its_epoch(world: World) -> None:
    """With --revoke-previous the roster itself says that the one before is not welcome any more."""
    assert renew(world, "--revoke-previous").exit_code == 0
    assert read(world)[0].revokes
    assert not world.roster.revokes


def test_a_recovery_key_is_replaced_with_the_epoch(world: World) -> None:
    """The new one takes the old one's place, which stays as a former one; the other town keeps its own."""
    public = world.folder / "recovery-2.public"
    for role, town in (("coordinator", "ekstad"), ("recovery", "granvik")):
        public.write_bytes(write_person(new_identity(), "Ny", role, town))
        refused = renew(world, "--recovery", str(public))
        assert (refused.exit_code, "a recovery key of another town" in refused.output) == (1, True), refused.output
    key = new_identity()
    public.write_bytes(write_person(key, "Ny", "recovery", "ekstad"))
    twice = renew(world, "--recovery", str(public), "--recovery", str(public))
    assert (twice.exit_code, (world.folder / "roster-2").exists()) == (1, False)
    result = renew(world, "--recovery", str(public))
    assert result.exit_code == 0, result.output
    roster, members = read(world)
    assert roster.team("ekstad").recovery == key.box_public
    assert roster.team("bjorkby").recovery == world.roster.team("bjorkby").recovery
    roles = {one.box_public: one.role for one in members.members}
    assert roles[key.box_public] == "recovery"
    assert roles[world.recovery["ekstad"].identity.box_public] == "former_recovery"
    assert roles[world.recovery["bjorkby"].identity.box_public] == "recovery"


def test_each_way_to_fail_is_told_and_nothing_is_signed(world: World) -> None:
    """A damaged parcel, files of another root, two statements by one: a sentence, and no file."""
    parcel = world.folder / "parcel-2.json"
    good = intake.parcel(world.settings)
    twice = json.loads(good)
    twice["statements"].append(twice["statements"][0])
    forged = json.loads(good)
    forged["statements"][0]["since"] = "2020-01-01"
    for bad in (b"", b"{}", json.dumps(twice).encode(), json.dumps(forged).encode()):
        parcel.write_bytes(bad)
        told = given(world, parcel)
        assert told.exit_code == 1
        assert "Inte underskrivet" in told.output
        assert not (world.folder / "roster-2").exists()


def given(world: World, parcel: Path) -> Result:
    """Renew with this very parcel."""
    reader, writer = os.pipe()
    os.write(writer, f"{WORDS}\n".encode())
    os.close(writer)
    names = {"previous": "roster", "previous-members": "members", "root": "root.key"}
    names |= {"out": "roster-2", "members": "members-2"}
    words = [part for name, file in names.items() for part in (f"--{name}", str(world.folder / file))]
    words += ["--parcel", str(parcel), "--passphrase-fd", str(reader)]
    return CliRunner().invoke(main, ["roster", "renew", *words], input="ja\n")


def test_a_strangers_statement_is_passed_over_and_told(world: World) -> None:
    """Somebody who is no coordinator has slipped a statement in: it is shown as passed over, and in no place."""
    stranger = Human("Okänd", "coordinator", "ekstad")
    _, statement = new_intake(stranger.identity, TODAY)
    parcel = world.folder / "slipped.json"
    parcel.write_bytes(write_parcel([statement], []))
    told = given(world, parcel)
    assert told.exit_code == 0
    assert "FÖRBIGÅNGET" in told.output
    assert "INGEN INTAGSNYCKEL" in told.output


def test_what_was_changed_on_the_way_is_shown_before_it_is_signed(world: World) -> None:
    """Anna's old statement was put in and a shorter audit, or the audit taken out: each stands in what is shown."""
    (world.folder / "members").write_bytes(
        sign_members(1, [*world.members.members], world.root, audit=f"9000:{'0' * 64}")
    )
    _, old = new_intake(world.owner.identity, date(2020, 1, 2))
    parcel = world.folder / "changed.json"
    for audit, shown in ((f"12:{'1' * 64}", "KORTARE, den hade 9000 rader"), ("", "INGET OM LOGGEN")):
        parcel.write_bytes(write_parcel([old], [], audit))
        told = given(world, parcel)
        assert told.exit_code == 0, told.output
        assert shown in told.output
        assert "från 2020-01-02" in told.output
        for name in ("roster-2", "members-2"):
            (world.folder / name).unlink()


def environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the staff app's settings as the service manager would."""
    (world.folder / "pepper").write_bytes(world.settings.pepper)
    settings = {
        "ORIGIN": ORIGIN,
        "CASEBOOK": world.settings.casebook,
        "DEADDROP": world.settings.deaddrop,
        "ROSTER": str(world.settings.roster),
        "MEMBERS": str(world.settings.members),
        "ROOT_KEY": world.settings.root_key.hex(),
        "PEPPER": str(world.folder / "pepper"),
        "PROGRAMME": str(PROGRAMME),
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"UTVAG_STAFF_{name}", value)


def test_the_command_writes_what_travels_without_anybodys_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`utvag staff intake` needs the settings and no passphrase; a file that exists is never written over."""
    environment(world, monkeypatch)
    out = world.folder / "out.json"
    told = CliRunner().invoke(main, ["staff", "intake", "--out", str(out)])
    assert told.exit_code == 0, told.output
    assert len(read_parcel(out.read_bytes()).statements) == 3
    again = CliRunner().invoke(main, ["staff", "intake", "--out", str(out)])
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_who_left_before_a_backup_was_put_back_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is gone with the casebook that held it: renewing would seal to Björn again, so his name is told."""
    environment(world, monkeypatch)
    first = CliRunner().invoke(main, ["staff", "intake", "--out", str(world.folder / "first.json")])
    assert world.colleague.name not in first.output
    world.parts.erased.leave([world.colleague.identity.sign_public])
    told = CliRunner().invoke(main, ["staff", "intake", "--out", str(world.folder / "out.json")])
    assert told.exit_code == 0
    assert f"{world.colleague.name} har slutat" in told.output


def test_who_left_before_a_backup_was_put_back_stays_out_of_the_next_epoch(world: World) -> None:
    """The parcel carries the key that the file beside the casebook names: shown before it is signed, and left out."""
    world.parts.erased.leave([world.colleague.identity.sign_public])
    told = renew(world)
    assert told.exit_code == 0, told.output
    assert f"SLUTADE UTAN ORDER: {world.colleague.name}" in told.output
    roster, register = read(world)
    assert {one.name: one.role for one in register.members}["Björn Lind"] == FORMER
    stated = read_parcel((world.folder / "parcel-2.json").read_bytes())
    his = next(one for one in stated.statements if one.sign_public == world.colleague.identity.sign_public)
    assert his.box_public not in roster.team("ekstad").recipients
    assert stated.left == (world.colleague.identity.sign_public,)


def test_an_order_that_stands_is_not_said_twice(world: World) -> None:
    """Björn left by an order that is there: the parcel has the order, and no key without one."""
    keep(world, order_leave(world.colleague.member, world.lead.identity, 1, 1_800_000_000))
    world.parts.erased.leave([world.colleague.identity.sign_public])
    told = renew(world)
    assert told.exit_code == 0, told.output
    assert "SLUTADE UTAN ORDER" not in told.output
    assert read_parcel((world.folder / "parcel-2.json").read_bytes()).left == ()


def test_a_key_that_was_added_on_the_way_is_named_before_anything_is_signed(world: World) -> None:
    """Somebody puts Anna's key among those who have left: it stands in what is shown, and no means no file."""
    parcel = world.folder / "changed.json"
    parcel.write_bytes(write_parcel([], [], "", [world.owner.identity.sign_public]))
    assert f"SLUTADE UTAN ORDER: {world.owner.name}" in given(world, parcel).output
    keys = sorted(one.identity.sign_public.hex() for one in (world.owner, world.colleague))
    for left in (keys[::-1], [keys[0], keys[0]], ["x"], "x", [1]):
        value = {**json.loads(write_parcel([], [])), "left": left}
        with pytest.raises(MalformedError):
            read_parcel(json.dumps(value).encode())


OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def commands(ceremony: str) -> list[list[str]]:
    """Take the commands of a ceremony's page, in their order."""
    page = OPERATIONS.read_text("utf-8").partition(f"### {ceremony}\n")[2].partition("\n### ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_the_page_renew_the_keys_is_followed_word_by_word(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands as they stand, in its order, in one folder; then the two files are put in place, members first."""
    environment(world, monkeypatch)
    monkeypatch.chdir(world.folder)
    parcel, renewing = commands("Renew the keys")
    assert parcel[0] == renewing[0] == "utvag"
    told = CliRunner().invoke(main, parcel[1:])
    assert told.exit_code == 0, told.output
    told = CliRunner().invoke(main, renewing[1:], input=f"{WORDS}\nja\n")
    assert told.exit_code == 0, told.output
    for name in ("members", "roster"):
        (world.folder / f"{name}-2").replace(world.folder / name)
        assert world.parts.register.current().members.by_name(world.owner.name)
    assert world.parts.register.current().roster.epoch == 2
    world.roster = world.parts.register.current().roster
    sealed = world.envelope(message="efter bytet")
    world.leave(sealed)
    world.collect()
    world.clock.turn(minutes=1)
    assert "efter bytet" in world.browser(world.owner).get("/inbox").text
