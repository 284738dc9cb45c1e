"""The guided hour: from nothing to a request sent and read, whoever presses Ctrl-C, and nothing secret left."""

from __future__ import annotations

import json
import stat
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from command import main
from command.ceremony import asking
from command.ceremony.start import STEPS
from crypto.opening import keyfile
from crypto.opening.members import verify_members
from crypto.sealing.roster import verify
from programme import Programme
from tests.command.actor import Actor


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make keys at the demo's cost, and leave this process as it is."""
    defaults = keyfile.write_key_file.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "cost", keyfile.FAST)
    monkeypatch.setattr("command.ceremony.start.harden", lambda: True)
    monkeypatch.setattr("staff.hardening.harden", lambda: True)


@pytest.fixture
def answers(tmp_path: Path) -> dict[str, str]:
    """Give what the people in the room answer."""
    for name in ("sticka1", "sticka2", "annan plats"):
        (tmp_path / name).mkdir()
    return {
        "Kommunens id": "ekstad",
        "Telefonen som någon svarar": "070-174 06 05",
        "Socialjourens": "070-174 06 40",
        "Adressen som besökare": "https://utvag.example",
        "Adressen som personalen": "https://utvag.inner.example",
        "första stickan": str(tmp_path / "sticka1"),
        "andra stickan": str(tmp_path / "sticka2"),
        "utanför mappen": str(tmp_path / "annan plats" / "pepper"),
    }


def run(folder: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Sit down and start."""
    names = iter(["Lena", "Alma"] if actor.answers.get("två chefer") == "1" else ["Lena", "Lars", "Alma"])
    with monkeypatch.context() as patched:
        actor.answers = {**actor.answers}
        actor.sit_down(patched)
        ask = actor.prompt

        def prompt(question: str, default: str | None = None, **options: object) -> str:
            if question.startswith("Namn,"):
                actor._ask(question)
                return next(name for name in names if name not in said(folder))
            return ask(question, default, **options)

        patched.setattr("click.prompt", prompt)
        return CliRunner().invoke(main, ["start", "--dir", str(folder)])


def said(folder: Path) -> dict[str, str]:
    """Read what the state file remembers, by answer."""
    path = folder / "start.json"
    known = json.loads(path.read_text("utf-8"))["answers"] if path.exists() else {}
    return {value: name for name, value in known.items()}


def test_one_hour_from_nothing_to_open(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys on two sticks, shares proven, three people in, papers signed, a request sent and read, three reminders."""
    folder, actor = tmp_path / "utväg", Actor(answers)
    result = run(folder, actor, monkeypatch)
    assert result.exit_code == 0, result.output
    assert "Provet skickades, hämtades, öppnades" in result.output
    reminders = result.output.partition("Tre påminnelser")[2]
    assert [line.split()[0] for line in reminders.splitlines() if line.startswith("  ")] == ["1.", "2.", "3."]
    assert len([line for line in result.output.splitlines() if line.startswith("— ")]) == len(STEPS)
    root = bytes.fromhex(said_by_name(folder)["root"])
    roster = verify((folder / "roster").read_bytes(), root, minimum_epoch=1, today=None)
    members = verify_members((folder / "staff" / "members").read_bytes(), root)
    assert [(one.name, one.role) for one in members.members] == [
        ("Alma", "coordinator"),
        ("Lena", "lead"),
        ("Lars", "lead"),
        ("Återhämtning ekstad", "recovery"),
    ]
    assert roster.team("ekstad").recovery == members.members[3].box_public
    assert Programme.load(folder / "programme.toml").municipalities[0].name == "Ekstad"
    for stick in ("sticka1", "sticka2"):
        names = {path.name for path in (tmp_path / stick).iterdir()}
        assert names >= {"root.key", "draft.toml", "spare.json", "roster.1", "members.1", "recovery.public"}
    assert stat.S_IMODE((folder / "staff.env").stat().st_mode) == 0o600


def test_one_lead_has_the_coordinator_for_a_stand_in(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A programme with one lead: two people get keys, and the root key names who may be the second to sign."""
    folder = tmp_path / "utväg"
    result = run(folder, Actor({**answers, "två chefer": "1"}), monkeypatch)
    assert result.exit_code == 0, result.output
    members = verify_members((folder / "staff" / "members").read_bytes(), bytes.fromhex(said_by_name(folder)["root"]))
    assert [(one.role, one.stand_in) for one in members.members] == [
        ("coordinator", True),
        ("lead", False),
        ("recovery", False),
    ]


def said_by_name(folder: Path) -> dict[str, str]:
    """Read what the state file remembers, by name."""
    found: dict[str, str] = json.loads((folder / "start.json").read_text("utf-8"))["answers"]
    return found


def secrets_of(actor: Actor) -> set[str]:
    """Give every secret that was ever on the screen, two words at a time: one alone may stand in any text."""
    phrases = [*(share.words for share in actor.shares), *actor.passphrases.values()]
    return {f"{one} {two}" for phrase in phrases for one, two in pairwise(phrase.split())}


def test_ctrl_c_at_any_question_loses_nothing_and_leaves_no_secret(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They press Ctrl-C at the first question, then at the second, and so on; each time it goes on where it was."""
    folder, actor, broken = tmp_path / "utväg", Actor(answers), 0
    while True:
        actor.patience = broken
        result = run(folder, actor, monkeypatch)
        for path in (path for path in tmp_path.rglob("*") if path.is_file()):
            text = path.read_bytes().decode("utf-8", "replace")
            assert not {one for one in secrets_of(actor) if one in text}, path
        if result.exit_code == 0:
            break
        assert (result.exit_code, "Fortsätt med: utvag start" in result.output) == (130, True), result.output
        broken += 1
        assert broken < 60
    assert broken >= 8
    assert "Provet skickades" in result.output
    assert not [path.name for path in (tmp_path / "sticka1").iterdir() if path.suffix == ".half"]


@pytest.mark.parametrize(
    ("part", "wrong", "words"),
    [
        ("Kommunens id", "Ek stad", "små bokstäver"),
        ("Telefonen som", "ring mig", "telefonnummer"),
        ("Adressen som besökare", "http://utvag.example", "https://utvag.example"),
        ("andra stickan", "sticka1", "samma sticka"),
        ("utanför mappen", "utväg/pepper", "får inte ligga i programmets mapp"),
    ],
)
def test_a_wrong_answer_is_asked_for_again(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch, part: str, wrong: str, words: str
) -> None:
    """What will not do is told in a sentence, and nothing of it is kept."""
    given = str(tmp_path / wrong) if part in ("andra stickan", "utanför mappen") else wrong
    actor = Actor({**answers, part: given}, patience=40)
    result = run(tmp_path / "utväg", actor, monkeypatch)
    assert result.exit_code == 130
    assert words in result.output
    assert given not in said(tmp_path / "utväg") or part == "andra stickan"


class KilledError(BaseException):
    """Stand for a machine that loses its power."""


@pytest.mark.parametrize("file", ["root.key", "coordinator.key", "coordinator.public", "members"])
def test_a_machine_that_dies_between_two_files_begins_that_step_anew(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """The power goes just after one file was written: the half is taken away, and no key is of two attempts."""
    folder, actor, write = tmp_path / "utväg", Actor(answers), asking.write_new

    def dying(path: Path, content: bytes, mode: int) -> None:
        write(path, content, mode)
        if path.name == file:
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("command.ceremony.start_steps.write_new", dying)
        with pytest.raises(KilledError):
            run(folder, actor, patched)
    result = run(folder, actor, monkeypatch)
    assert result.exit_code == 0, result.output
    assert "Kasta det som skrevs upp då" in result.output
    assert (tmp_path / "sticka1" / "root.key").read_bytes() == (tmp_path / "sticka2" / "root.key").read_bytes()


def test_nothing_of_anybody_else_s_is_written_over(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A root key of another programme lies on the stick: told, and left as it is."""
    other = tmp_path / "sticka1" / "root.key"
    other.write_bytes(b"another programme's")
    result = run(tmp_path / "utväg", Actor(answers), monkeypatch)
    assert result.exit_code == 1
    assert "finns redan och är inte härifrån" in result.output
    assert other.read_bytes() == b"another programme's"


def test_a_damaged_state_is_told(tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a state file is no state: nothing is guessed."""
    folder = tmp_path / "utväg"
    folder.mkdir()
    (folder / "start.json").write_text('{"answers": {', "utf-8")
    assert "är skadad" in run(folder, Actor(answers), monkeypatch).output
