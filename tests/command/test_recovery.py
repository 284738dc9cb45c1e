"""The recovery key at the command line: made in shares, rehearsed, used, replaced; nothing secret on a disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any  # whatever a prompt's options are

import click
import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader
from sqlalchemy import select

from command import main
from command.ceremony.protocol import rehearsal
from command.ceremony.sheets import sheet
from command.machine import Machine
from crypto.opening.identity import Identity
from crypto.opening.members import fingerprint, read_person, write_person
from crypto.opening.shares import Share, combine, read_share, split
from staff.models import Grant
from tests.staff.leavers import two_sign
from tests.staff.world import Human, World

SHOWN = re.compile(r"(\d+)\. ([a-z]{4,8})\b")


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave this process as it is: the commands run in it."""
    monkeypatch.setattr("staff.hardening.harden", lambda: True)


def utvag(*words: str | Path, typed: str = "", shares: list[Share] | None = None) -> Result:
    """Run `utvag`; shares go by a file descriptor, one a line."""
    arguments = [str(word) for word in words]
    if shares is not None:
        arguments += ["--shares-fd", str(pipe("\n".join(one.words for one in shares)))]
    return CliRunner().invoke(main, arguments, input=typed)


def pipe(text: str) -> int:
    """Give a file descriptor to read a text from."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    return reader


def shown(output: str) -> list[Share]:
    """Read the shares that were shown to be copied by hand."""
    found = []
    for part in output.split("Skriv av orden med sina nummer.")[1:]:
        words = {int(number): word for number, word in SHOWN.findall(part.partition("avskrivet")[0])}
        found.append(read_share(" ".join(words[place] for place in sorted(words))))
    return found


def made(folder: Path, plan: str = "2/3") -> tuple[Path, list[Share]]:
    """Make a recovery key and copy its shares by hand."""
    public = folder / f"recovery-{plan[0]}.public"
    result = utvag(
        "recovery", "split", "--municipality", "ekstad", "--plan", plan, "--public", public, typed="ja\n" * 5
    )
    assert result.exit_code == 0, result.output
    return public, shown(result.output)


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, list[Share]]:
    """Make a recovery key, 2 of 3."""
    return made(tmp_path)


@pytest.mark.parametrize("plan", ["2/3", "3/5"])
def test_the_shares_that_are_shown_give_the_key_and_no_file_does(tmp_path: Path, plan: str) -> None:
    """What was copied by hand gives the key of the public file; no word and no seed stands in any file."""
    public, shares = made(tmp_path, plan)
    assert len(shares) == int(plan[2])
    person = read_person(public.read_bytes())
    assert (person.role, person.name) == ("recovery", "Återhämtning ekstad")
    identity = combine(shares[: int(plan[0])], [(person.box_public, person.sign_public)])
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (identity.seed, identity.seed.hex().encode(), shares[0].words.split()[10].encode()):
        assert secret not in kept


def test_broken_off_it_leaves_nothing(tmp_path: Path) -> None:
    """Somebody says no at the second sheet: there is no public file, so nobody uses the key."""
    public = tmp_path / "recovery.public"
    result = utvag("recovery", "split", "--municipality", "ekstad", "--public", public, typed="ja\nnej\n")
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_sheets_are_printed_from_memory_and_go_with_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sheet at a time lies there, as PDF; afterwards none does, also when somebody says no."""
    seen: list[tuple[str, bool]] = []
    ask = click.prompt

    def look(question: str, **options: Any) -> Any:
        seen.extend((path.name, path.read_bytes().startswith(b"%PDF")) for path in tmp_path.glob("*.pdf"))
        return ask(question, **options)

    monkeypatch.setattr(click, "prompt", look)
    monkeypatch.setattr(Machine, "in_memory", lambda _machine, _path: True)
    options = ("--municipality", "ekstad", "--public", tmp_path / "r.public", "--sheets", tmp_path)
    assert utvag("recovery", "split", *options, typed="ja\nnej\n").exit_code == 1
    assert list(tmp_path.iterdir()) == []
    assert utvag("recovery", "split", *options, typed="JA\nj\nja\n").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["r.public"]
    assert seen == [(f"blad-{number}.pdf", True) for number in (1, 2, 1, 2, 3)]


def test_a_sheet_is_one_page_with_every_word_and_no_name(tmp_path: Path) -> None:
    """A4, the words with their numbers, what to do; nothing tells whose it is or what it opens."""
    share = split(Identity(b"reco" * 8), 3, 5)[4]
    found = PdfReader(BytesIO(sheet(share, 5, date(2026, 11, 22))), strict=True)
    (page,) = found.pages
    text = page.extract_text()
    for number, word in enumerate(share.words.split(), 1):
        assert re.search(rf"\b{number}\.\s+{word}\b", text), (number, word)
    assert "Delblad 5 av 5" in text
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
    said = f"{text} {found.metadata}".casefold()
    for name in ("utväg", "utvag", "avhopp", "återhämtning", "kriminal", "ekstad", "slip", "nyckel"):
        assert name not in said


def test_no_sheet_is_written_to_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All shares in one folder of a disk are the key itself: refused before one is drawn."""
    monkeypatch.setattr(Machine, "in_memory", lambda _machine, _path: False)
    result = utvag(
        "recovery", "split", "--municipality", "ekstad", "--public", tmp_path / "r.public", "--sheets", tmp_path
    )
    assert result.exit_code == 1
    assert "/dev/shm" in result.output
    assert list(tmp_path.iterdir()) == []


def rehearse(public: Path, typed: str = "", shares: list[Share] | None = None, more: Sequence[str] = ()) -> Result:
    """Rehearse, and write the protocol beside the public file."""
    protocol = public.with_name("protokoll.txt")
    return utvag("recovery", "rehearse", "--public", public, "--protocol", protocol, *more, typed=typed, shares=shares)


def test_a_rehearsal_by_hand_with_every_kind_of_slip(key: tuple[Path, list[Share]], tmp_path: Path) -> None:
    """A misspelt word, an exchanged one, the same sheet twice, last year's: each is told, and asked for again."""
    public, shares = key
    _, (old, *_) = made_elsewhere(tmp_path)
    first, second = (share.words.split() for share in shares[:2])
    typed = [
        " ".join(first[:10]),
        "kalle " + " ".join(first[11:20]),  # no word of the list
        " ".join(word[:4] for word in first[10:]),
        " ".join(first),  # the same sheet again
        old.words,  # of another set
        " ".join([second[1], second[0], *second[2:]]),  # two words exchanged
        " ".join(second),
    ]
    result = rehearse(public, "\n".join(typed) + "\n")
    assert result.exit_code == 0, result.output
    for words in (
        "kalle, finns inte i listan",
        "redan givet",
        "annan omgång",
        "fel plats",
        "Delbladen ger rätt nyckel",
    ):
        assert words in result.output
    protocol = public.with_name("protokoll.txt").read_text("utf-8")
    assert "Inga ärenden och inga förfrågningar rördes." in protocol
    assert not {word for share in shares for word in share.words.split()[4:]} & set(protocol.split())


def made_elsewhere(folder: Path) -> tuple[Path, list[Share]]:
    """Make another key in a folder of its own."""
    other = folder / "förra året"
    other.mkdir()
    return made(other)


@pytest.mark.parametrize(
    ("chosen", "words"), [(slice(0, 1), "behövs 2 delblad"), (slice(0, 3), "precis 2 delblad")], ids=["few", "many"]
)
def test_too_few_and_too_many_are_told(key: tuple[Path, list[Share]], chosen: slice, words: str) -> None:
    """One share is too few and three are too many, and no protocol is written."""
    result = rehearse(key[0], shares=key[1][chosen])
    assert result.exit_code == 1
    assert words in result.output
    assert not key[0].with_name("protokoll.txt").exists()


def test_shares_of_another_key_are_told(key: tuple[Path, list[Share]], tmp_path: Path) -> None:
    """Whole shares of last year's key give a key, and it is not this one."""
    _, old = made_elsewhere(tmp_path)
    result = rehearse(key[0], shares=old[:2])
    assert result.exit_code == 1
    assert "en annan nyckel" in result.output


def test_a_passphrase_of_the_shares_must_be_the_same(tmp_path: Path) -> None:
    """A wrong one would give another key in silence: the comparison tells."""
    public = tmp_path / "recovery.public"
    split_now = ("recovery", "split", "--municipality", "ekstad", "--public", public, "--with-passphrase")
    assert "Inget är gjort" in utvag(*split_now, typed="kossa\nkosa\n").output
    result = utvag(*split_now, typed="kossa\nkossa\nja\nja\nja\n")
    shares = shown(result.output)[:2]
    for typed, code, words in (("kosa", 1, "en annan nyckel"), ("kossa", 0, "rätt nyckel")):
        options = ("--public", public, "--protocol", tmp_path / "p.txt", "--with-passphrase")
        again = utvag("recovery", "rehearse", *options, typed=f"{typed}\n", shares=shares)
        assert (again.exit_code, words in again.output) == (code, True), again.output


def test_a_canary_is_opened_as_a_phone_sealed_it(world: World) -> None:
    """With the roster, the canary is an envelope to the whole team; another key than the roster's is told first."""
    recovery = world.recovery["ekstad"]
    public = world.folder / "recovery.public"
    public.write_bytes(_statement(recovery))
    paper = ("--roster", str(world.folder / "roster"), "--root-key", world.root.sign_public.hex())
    result = rehearse(public, shares=split(recovery.identity, 2, 3)[:2], more=paper)
    assert result.exit_code == 0, result.output
    assert "till mottagarlista 1" in public.with_name("protokoll.txt").read_text("utf-8")
    public.with_name("protokoll.txt").unlink()
    public.write_bytes(_statement(world.recovery["bjorkby"], "ekstad"))
    assert "en annan återhämtningsnyckel" in rehearse(public, more=paper).output
    public.write_bytes(_statement(recovery))
    assert "kan inte tros" in rehearse(public, more=(*paper[:3], "00" * 32)).output
    assert "hör ihop" in rehearse(public, more=paper[:2]).output


def _statement(human: Human, town: str = "") -> bytes:
    return write_person(human.identity, human.name, "recovery", town or human.town)


@pytest.fixture
def staff(world: World, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> World:
    """Give the command the staff app's settings."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return world


def test_a_new_team_is_given_everything_by_shares(staff: World) -> None:
    """Nils, the only coordinator there is now, reads on his own page what was sent to those who are gone."""
    row = staff.send(message="finns jag kvar?")
    nils = Human("Nils Ny", "coordinator", "ekstad")
    staff.roster = staff.sign([nils, staff.stranger], epoch=2)
    shares = split(staff.recovery["ekstad"].identity, 2, 3)[1:]
    alone = utvag("recovery", "use", shares=shares, typed="ja\n")
    assert (alone.exit_code, "Två har inte skrivit under" in alone.output) == (1, True)
    two_sign(staff, nils, staff.lead, "use")
    refused = utvag("recovery", "use", shares=shares, typed="kanske\nnej\n")
    assert refused.exit_code == 1
    assert fingerprint(nils.member) in refused.output
    result = utvag("recovery", "use", shares=shares, typed="ja\n")
    assert result.exit_code == 0, result.output
    assert "1 oöppnade kuvert" in result.output
    staff.enrol(nils)
    assert "finns jag kvar?" in staff.browser(nils).get(f"/inbox/{row}").text
    again = utvag("recovery", "use", shares=shares, typed="ja\n")
    assert "0 ärenden och annat, 0 förfrågningar, 0 oöppnade kuvert" in again.output


def test_who_has_left_is_given_nothing_in_a_backup_from_before(staff: World) -> None:
    """The casebook was put back, so that the order is gone: the file beside it still says that the key has left."""
    row = bytes.fromhex(staff.send(message="finns jag kvar?"))
    nils, gone = Human("Nils Ny", "coordinator", "ekstad"), staff.colleague
    staff.roster = staff.sign([nils, gone, staff.stranger], epoch=2)
    staff.parts.erased.leave([gone.identity.sign_public])
    two_sign(staff, nils, staff.lead, "use")
    result = utvag("recovery", "use", shares=split(staff.recovery["ekstad"].identity, 2, 3)[1:], typed="ja\n")
    assert result.exit_code == 0, result.output
    assert gone.name not in result.output
    with staff.parts.casebook.read() as session:
        granted = set(session.scalars(select(Grant.member).where(Grant.submission == row)))
    tag = staff.person(staff.owner).member_tag
    assert tag(nils.identity.box_public) in granted
    assert tag(gone.identity.box_public) not in granted


def test_shares_of_a_key_that_the_register_lacks_give_nothing(staff: World) -> None:
    """A true key of somebody else's opens nothing here."""
    two_sign(staff, staff.owner, staff.lead, "use")
    result = utvag("recovery", "use", shares=split(Identity(b"else" * 8), 2, 3)[:2], typed="ja\n")
    assert result.exit_code == 1
    assert "en annan nyckel" in result.output


def test_the_key_is_replaced_and_the_old_shares_destroyed_by_protocol(staff: World) -> None:
    """Before the next epoch it is refused; then the old shares give on, and the protocol names both keys."""
    protocol, old = staff.folder / "förstörs.txt", staff.recovery["ekstad"].identity
    words = ("recovery", "replace", "--rehearsed", proof := staff.folder / "prov.txt", "--protocol", protocol)
    proof.write_text(rehearsal(old, "ekstad", date(2026, 11, 22), "prov"), "utf-8")
    assert "Ingen återhämtningsnyckel är utbytt" in utvag(*words).output
    row = staff.send(message="läst")
    staff.browser(staff.owner).get(f"/inbox/{row}")
    new = Human("Återhämtning ekstad", "recovery", "ekstad")
    staff.recovery["ekstad"] = new
    staff.roster = staff.sign([staff.owner, staff.colleague, staff.stranger], epoch=2)
    assert "inget gammalt får förstöras" in utvag(*words).output  # the old key's own rehearsal proves nothing
    proof.write_text(rehearsal(new.identity, "ekstad", date(2026, 11, 22), "prov"), "utf-8")
    assert "Två har inte skrivit under" in utvag(*words).output
    two_sign(staff, staff.owner, staff.lead, "replace")
    few = utvag(*words, shares=split(old, 2, 3)[:1])
    assert (few.exit_code, protocol.exists()) == (1, False)
    result = utvag(*words, shares=split(old, 2, 3)[:2])
    assert result.exit_code == 0, result.output
    assert "repeterades med sina delblad 2026-11-22" in protocol.read_text("utf-8")
    for box in (old.box_public, new.identity.box_public):
        assert box.hex()[:16] in protocol.read_text("utf-8")
    protocol.unlink()
    again = utvag(*words)  # nothing is left, so nothing is asked for
    assert again.exit_code == 0, again.output


def test_an_order_for_another_team_lets_the_key_do_nothing(staff: World) -> None:
    """Two signed for Nils alone; Nora joined the team since: the command asks for a new order, before any share."""
    nils, nora = (Human(name, "coordinator", "ekstad") for name in ("Nils Ny", "Nora Ny"))
    staff.roster = staff.sign([nils, staff.stranger], epoch=2)
    two_sign(staff, nils, staff.lead, "use")
    staff.roster = staff.sign([nils, nora, staff.stranger], epoch=3)
    refused = utvag("recovery", "use", typed="ja\n")
    assert (refused.exit_code, "Två har inte skrivit under" in refused.output) == (1, True)


def test_where_no_lead_is_left_the_log_says_that_nobody_signed(staff: World) -> None:
    """The key is used all the same, once somebody has said that there is no lead: a dash stands in the log."""
    nils = Human("Nils Ny", "coordinator", "ekstad")
    staff.others.remove(staff.lead)
    staff.roster = staff.sign([nils, staff.stranger], epoch=2)
    shares = split(staff.recovery["ekstad"].identity, 2, 3)[1:]
    assert utvag("recovery", "use", "--without-order", shares=shares, typed="nej\n").exit_code == 1
    done = utvag("recovery", "use", "--without-order", shares=shares, typed="ja\nja\n")
    assert done.exit_code == 0, done.output
    person = staff.person(staff.recovery["ekstad"])
    assert [one.fields["by"] for one in staff.parts.audit.own(person)] == ["-"]


def test_no_option_takes_a_share() -> None:
    """Arguments are seen by every user of a machine."""
    group = main.get_command(main.make_context("utvag", ["recovery", "--help"], resilient_parsing=True), "recovery")
    names = {option for sub in getattr(group, "commands", {}).values() for one in sub.params for option in one.opts}
    assert "--shares-fd" in names
    assert not {"--share", "--shares", "--words", "--passphrase", "--seed"} & names


LOOK = """
import os, resource
from staff.hardening import harden, hardened
before = hardened()
print(before, harden(), hardened(), resource.getrlimit(resource.RLIMIT_CORE))
print(os.stat(f"/proc/{os.getpid()}/environ").st_uid)
"""


def test_a_process_that_holds_keys_shuts_itself() -> None:
    """It leaves no core and nobody of its own user looks in; /proc gives its memory to root alone from then on."""
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == ["False True True (0, 0)", "0"]
