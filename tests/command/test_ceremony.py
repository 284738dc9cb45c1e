"""The ceremonies at the command line: keys, drafts, rosters; no secret in an argument, no file overwritten."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from command import main
from crypto.opening import keyfile
from crypto.opening.members import verify_members
from crypto.opening.parcel import write_parcel
from crypto.sealing.roster import verify

WORDS = "kola bada tepo sogu fite joha"
BEFORE = 'previous = "roster.1"\nprevious_members = "members.1"'
TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make keys at the demo's cost; the strong one is slow on purpose."""
    defaults = keyfile.write_key_file.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "cost", keyfile.FAST)


def run(*words: str | Path, secret: str | None = WORDS, typed: str | None = None) -> Result:
    """Run `utvag`, handing the secret over by a file descriptor as a script would."""
    arguments = [str(word) for word in words]
    if secret is not None:
        reader, writer = os.pipe()
        os.write(writer, f"{secret}\n".encode())
        os.close(writer)
        arguments += ["--passphrase-fd", str(reader)]
    return CliRunner().invoke(main, arguments, input=typed)


def root_key(folder: Path) -> str:
    """Make the root key and give its public half."""
    result = run("keys", "root", "--out", folder / "root.key")
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def person(folder: Path, name: str, role: str = "coordinator", municipality: str = "ekstad") -> None:
    """Make a person's two files."""
    result = new_person(folder, name, role, municipality)
    assert result.exit_code == 0, result.output


def new_person(
    folder: Path, name: str, role: str, municipality: str, *more: str | Path, peppered: bool = True
) -> Result:
    """Make a person's two files, as the docs say: with the pepper for whoever is to sign in."""
    files = ("--out", folder / f"{name}.key", "--public", folder / f"{name}.public")
    if peppered and role != "recovery":
        (folder / "pepper").write_bytes(bytes(32))
        more = (*more, "--pepper", folder / "pepper")
    return run("keys", "new", "--name", name, "--role", role, "--municipality", municipality, *files, *more)


def write_draft(folder: Path, *people: str, epoch: int = 1, days: int = 90, extra: str = "") -> Path:
    """Write the draft of an epoch."""
    files = ", ".join(f'"{name}.public"' for name in people)
    text = f"""epoch = {epoch}
not_after = {TODAY + timedelta(days=days)}
{extra}
[[teams]]
municipality = "ekstad"
recovery = "kista.public"
people = [{files}]
contact = {{ sv = "Ring 070-1740605" }}
"""
    path = folder / f"draft.{epoch}.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two coordinators, a police officer and a recovery key."""
    for name, role in (("alma", "coordinator"), ("bo", "coordinator"), ("polle", "police"), ("kista", "recovery")):
        person(tmp_path, name, role)
    return tmp_path


def test_who_holds_no_key_to_submissions_joins_the_register_only(folder: Path) -> None:
    """A lead and a police officer with their agency are signed into the register, and the roster stays the same."""
    person(folder, "lena", "lead")
    made = new_person(folder, "petra", "police", "ekstad", "--agency", "Polisen")
    assert made.exit_code == 0
    digits = made.output.rpartition("Compare by voice: ")[2].strip()
    draft = write_draft(folder, "alma", "bo")
    text = draft.read_text("utf-8").replace("contact =", 'others = ["lena.public", "petra.public"]\ncontact =')
    draft.write_text(text, "utf-8")
    root = root_key(folder)
    signed = sign(folder, draft)
    assert signed.exit_code == 0
    assert f"petra                    {digits}\n" in signed.output  # the digits that petra herself wrote down
    assert "kista" not in signed.output
    found = verify_members((folder / "members.1").read_bytes(), bytes.fromhex(root))
    assert [(one.name, one.role, one.agency) for one in found.members] == [
        ("alma", "coordinator", ""),
        ("bo", "coordinator", ""),
        ("lena", "lead", ""),
        ("petra", "police", "Polisen"),
        ("kista", "recovery", ""),
    ]
    roster = verify((folder / "roster.1").read_bytes(), bytes.fromhex(root), minimum_epoch=1, today=TODAY)
    petra = found.by_name("petra")
    assert petra is not None
    assert petra.box_public not in roster.teams[0].recipients


def sign(folder: Path, draft: Path, number: int = 1, secret: str = WORDS) -> Result:
    """Sign a draft with the root key."""
    files = ("--out", folder / f"roster.{number}", "--members", folder / f"members.{number}")
    return run("roster", "sign", draft, "--root", folder / "root.key", *files, secret=secret)


def test_from_nothing_to_a_roster_that_is_checked_and_shown(folder: Path) -> None:
    """Root key, people, draft, signature; the check says how long it holds, the picture names nobody."""
    public = root_key(folder)
    assert sign(folder, write_draft(folder, "alma", "bo")).exit_code == 0
    checked = run("roster", "check", folder / "roster.1", "--root-key", public, secret=None)
    assert checked.output == "Good: epoch 1, 90 days left.\n"
    shown = run("roster", "show", folder / "roster.1", "--root-key", public, secret=None).output
    assert "ekstad" in shown
    assert shown.count("recipient") == 7
    assert "alma" not in shown
    register = verify_members((folder / "members.1").read_bytes(), bytes.fromhex(public))
    assert [member.name for member in register.members] == ["alma", "bo", "kista"]


def test_police_are_refused_by_name(folder: Path) -> None:
    """A draft that names a police officer is not signed, and says who."""
    root_key(folder)
    result = sign(folder, write_draft(folder, "alma", "polle"))
    assert result.exit_code == 1
    assert "polle is police" in result.output
    assert not (folder / "roster.1").exists()


def test_a_second_epoch_is_linked_and_keeps_the_spare_keys(folder: Path) -> None:
    """The next epoch names the file before it; unused places keep their keys, so comparing tells nothing."""
    public = bytes.fromhex(root_key(folder))
    sign(folder, write_draft(folder, "alma", "bo"))
    spare = (folder / "spare.json").read_text("utf-8")
    assert sign(folder, write_draft(folder, "alma", "bo", epoch=2, extra=BEFORE), 2).exit_code == 0
    first, second = (
        verify((folder / f"roster.{n}").read_bytes(), public, minimum_epoch=1, today=TODAY) for n in (1, 2)
    )
    assert second.teams == first.teams
    assert second.salt == first.salt
    assert len(second.previous) == 64
    assert (folder / "spare.json").read_text("utf-8") == spare
    assert len(json.loads(spare)["ekstad"]) == 5


def test_who_leaves_stays_in_the_register_as_former(folder: Path) -> None:
    """Bo leaves: no key for him in the new roster, but what he granted is still believed; forgetting is impossible."""
    public = bytes.fromhex(root_key(folder))
    sign(folder, write_draft(folder, "alma", "bo"))
    assert sign(folder, write_draft(folder, "alma", epoch=2, extra=BEFORE), 2).exit_code == 0
    register = verify_members((folder / "members.2").read_bytes(), public)
    standing = [("alma", "coordinator"), ("kista", "recovery"), ("bo", "former")]
    assert [(one.name, one.role) for one in register.members] == standing
    assert register.by_name("bo") is None
    assert register.team("ekstad") == (register.members[0],)
    bo = register.members[2]
    assert register.granter(bo.sign_public, "ekstad") == bo
    assert register.granter(bo.sign_public, "granvik") is None
    half = sign(folder, write_draft(folder, "alma", epoch=3, extra='previous = "roster.2"'), 3)
    assert "hör ihop" in half.output


def test_each_way_to_fail_is_told_in_a_sentence(folder: Path) -> None:
    """A wrong passphrase, a damaged key, a draft that lacks something: one sentence, exit 1, nothing written."""
    root_key(folder)
    draft = write_draft(folder, "alma")
    assert "try again" in sign(folder, draft, secret="fel").output
    for wrong, words in (
        (write_draft(folder, "alma", epoch=3, days=200), "120 days"),
        (write_draft(folder, "nobody", epoch=4), "nobody.public"),
        (write_draft(folder, epoch=5), "tom eller"),
        (write_draft(folder, "alma", epoch=6, extra='colour = "red"'), "får ha parcel, places"),
        (write_draft(folder, "alma", epoch=7, extra='places = "8"'), "hela tal"),
    ):
        result = sign(folder, wrong)
        assert result.exit_code == 1
        assert words in result.output
    (folder / "root.key").write_bytes((folder / "root.key").read_bytes()[:-30])
    assert "damaged" in sign(folder, draft).output
    assert not (folder / "roster.1").exists()


def test_a_key_that_could_never_be_used_is_not_made(folder: Path) -> None:
    """Without the pepper nobody could sign in with it, and a town in capitals is in no roster: told first."""
    for result, words in (
        (new_person(folder, "olle", "coordinator", "ekstad", peppered=False), "--pepper"),
        (new_person(folder, "olle", "coordinator", "Ekstad"), "--municipality"),
    ):
        assert result.exit_code == 1
        assert words in result.output
    assert not (folder / "olle.key").exists()


def test_an_epoch_after_the_first_names_the_one_before(folder: Path) -> None:
    """Without it who has left would be forgotten, and what they opened closed to all: refused."""
    root_key(folder)
    result = sign(folder, write_draft(folder, "alma", epoch=2), 2)
    assert result.exit_code == 1
    assert "previous_members" in result.output


def test_a_draft_that_names_somebody_who_has_left_is_refused(folder: Path) -> None:
    """Bo has left, says the parcel by the file beside the casebook: with him it is refused, without him signed."""
    public = root_key(folder)
    assert sign(folder, write_draft(folder, "alma", "bo")).exit_code == 0
    bo = verify_members((folder / "members.1").read_bytes(), bytes.fromhex(public)).by_name("bo")
    assert bo
    (folder / "parcel.json").write_bytes(write_parcel([], [], "", [bo.sign_public]))
    more = f'{BEFORE}\nparcel = "parcel.json"'
    refused = sign(folder, write_draft(folder, "alma", "bo", epoch=2, extra=more), 2)
    assert (refused.exit_code, "bo har slutat" in refused.output) == (1, True), refused.output
    assert not (folder / "roster.2").exists()
    assert sign(folder, write_draft(folder, "alma", epoch=2, extra=more), 2).exit_code == 0


def test_no_key_is_ever_overwritten_or_readable_to_others(folder: Path) -> None:
    """A second key by the same name is refused; key files and the register are their owner's alone."""
    root_key(folder)
    before = (folder / "root.key").read_bytes()
    again = run("keys", "root", "--out", folder / "root.key")
    assert again.exit_code == 1
    assert "exists already" in again.output
    drawn = run("keys", "root", "--out", folder / "root.key", secret=None)
    assert "passphrase" not in drawn.output  # none is drawn for a file that cannot be written
    assert (folder / "root.key").read_bytes() == before
    sign(folder, write_draft(folder, "alma"))
    for name in ("root.key", "alma.key", "members.1"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Arguments are seen by every user of a machine: no option is named like a secret, but descriptors and files."""
    for group in ("keys", "roster"):
        command = main.get_command(main.make_context("utvag", [group, "--help"], resilient_parsing=True), group)
        names = [
            option for sub in getattr(command, "commands", {}).values() for one in sub.params for option in one.opts
        ]
        assert names
        assert not {"--passphrase", "--password", "--seed", "--secret", "--pin"} & set(names)


def test_a_passphrase_can_be_asked_for_or_drawn(tmp_path: Path) -> None:
    """Without a descriptor a new key's passphrase is drawn and shown once; an existing key's is asked for."""
    drawn = run("keys", "root", "--out", tmp_path / "root.key", secret=None, typed="y\n")
    assert drawn.exit_code == 0
    words = next(
        line.strip() for line in drawn.output.splitlines() if len(line.split()) == 6 and line.startswith("    ")
    )
    person(tmp_path, "alma")
    person(tmp_path, "kista", "recovery")
    files = ("--out", tmp_path / "r", "--members", tmp_path / "m")
    signing = ("roster", "sign", write_draft(tmp_path, "alma"), "--root", tmp_path / "root.key", *files)
    assert run(*signing, secret=None, typed=f"{words}\n").exit_code == 0
    assert run("keys", "root", "--out", tmp_path / "other", secret=None, typed="n\n").exit_code == 1
    assert not (tmp_path / "other").exists()


def test_a_roster_is_checked_as_the_portal_would(folder: Path) -> None:
    """Another root key, a minimum above it, a key that is no key: each told by its name."""
    public = root_key(folder)
    sign(folder, write_draft(folder, "alma"))
    for options, words in (
        (("--root-key", "00" * 32), "RosterForgedError"),
        (("--root-key", public, "--minimum-epoch", "2"), "RosterTooOldError"),
        (("--root-key", "hej"), "--root-key"),
    ):
        result = run("roster", "check", folder / "roster.1", *options, secret=None)
        assert result.exit_code == 1
        assert words in result.output
