"""After a day of use nothing that anybody typed is readable on the disks of either app, and no address is kept.

Stands for the rows of design.md section 9 on whoever copies the portal's disk and database, or the casebook's.
"""

import os
import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from wtforms import StringField

from crypto.returncode import new_code
from portal.forms import FORMS
from tests.canaries import SCRIPTS, canary, encodings, files, other_digits, search, spellings, unlinked
from tests.client.tools import Engine, NodeProcess, ready
from tests.day import WRITTEN, Day
from tests.road import Person, demo, listed

# What only a demo keeps beside the apps: the made-up people's own secrets, which outside a demo nobody writes down.
DEMO_ONLY = {"cast.json", "demo.json", "dir.out"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where everything lies: the demo's folder, what it says, and the only temporary folder it knows."""
    made = tmp_path_factory.mktemp("day")
    (made / "tmp").mkdir()
    return made


@pytest.fixture(scope="module")
def client() -> Iterator[Engine]:
    """Lend the script's own code, in Node."""
    ready()
    process = NodeProcess()
    yield Engine(process.run)
    process.close()


@pytest.fixture(scope="module")
def day(folder: Path, client: Engine) -> Iterator[Day]:
    """A day of use, still going on: what was sent last may be collected or not, answers wait, drafts are kept."""
    with demo(folder / "dir", environment={"TMPDIR": str(folder / "tmp")}) as road:
        lived = Day(road, client)
        lived.write()
        lived.attack()
        in_clear, in_page = lived.send("/me"), lived.seal("/other")
        reader = lived.read(in_clear, in_page)
        for written in (in_clear, in_page):
            lived.come_back(written.code, lived.reply(reader, written))
        lived.press(lived.enter(in_clear.code), {"do": "remove"})
        lived.mistype()
        for path in listed(reader):
            reader.get(path)  # what came under the codes, in its thread
        lived.write()
        lived.seal("/me")
        listed(reader)
        lived.leave_draft(reader)
        lived.enrol()
        yield lived


def held(day: Day, folder: Path) -> dict[str, bytes]:
    """Return all that the two apps have written anywhere we can think of, while they run."""
    pids = [day.road.child("portal"), day.road.child("staff")]
    shared = [Path("/dev/shm")] if Path("/dev/shm").is_dir() else []
    found = files(folder, *shared)
    for pid in pids:
        found |= unlinked(pid)
    return found


def test_every_field_in_which_one_can_write_is_written_in() -> None:
    """A new question with free text gets its canary: nothing is typed in a field that the day leaves empty."""
    free = {one.name for form in FORMS.values() for one in form() if isinstance(one, StringField)}
    assert free - {"try", "municipality", "language"} == set(WRITTEN)


def test_nothing_typed_is_readable(day: Day, folder: Path) -> None:
    """Not a word of any request, draft, reply, follow-up, wish, failed sign-in or reason stands in any file."""
    places = held(day, folder)
    names = {Path(place).name for place in places}
    assert {"deaddrop.sqlite", "casebook.sqlite", "portal.log", "staff.log", "dir.out"} <= names
    assert len(day.typed) > 300
    assert search(places, day.typed) == []


def test_no_return_code_is_readable(day: Day, folder: Path) -> None:
    """No code that was shown or typed stands there in any script, grouped or not, and no secret that follows from it.

    Whoever copies the store has the addresses of mailboxes alone: those stand there, and lead nowhere.
    """
    places = held(day, folder)
    assert len(day.codes) > 8
    assert search(places, day.secrets()) == []
    assert search(places, [day.keys(day.codes[0]).mailbox().address]) == []  # it waits for no answer
    waiting = [code for code in day.codes if search(places, [day.keys(code).mailbox().address])]
    assert len(waiting) == 1


def test_no_address_or_header_carries_what_was_typed(day: Day) -> None:
    """Whatever histories, caches and proxies keep of an answer, no word and no code is in it."""
    answers = {f"answer {number}": text.encode() for number, text in enumerate(day.heard)}
    assert len(answers) > 150
    assert search(answers, [*day.typed, *day.secrets()]) == []


def test_answers_without_words_are_not_readable_either(day: Day, folder: Path) -> None:
    """Ticks are few known words, so it is the names of the questions beside them that must not be found."""
    questions = ['"urgency"', "urgency=", '"own_safety"', '"relation"', '"age":"under18"', "age=under18", '"answer_by"']
    wishes = ['"erase"', "do=erase", "do=remove", '"follow_up"', '"replied"']
    # The programme's own settings, which anybody may read, name the wishes that the page offers.
    places = {where: data for where, data in held(day, folder).items() if Path(where).name != "programme.toml"}
    assert search(places, [*questions, *wishes]) == []


def test_no_address_is_kept(day: Day, folder: Path) -> None:
    """Neither the addresses that people came from nor their networks stand anywhere."""
    networks = {address.rpartition(".")[0] + "." for address in day.addresses}
    assert len(networks) > 15
    assert search(held(day, folder), [*day.addresses, *networks]) == []


def test_no_secret_of_a_coordinator_is_readable(day: Day, folder: Path) -> None:
    """Passphrases and authenticator secrets stand only where the demo itself writes down its made-up people."""
    places = {where: data for where, data in held(day, folder).items() if Path(where).name not in DEMO_ONLY}
    secrets = [text for person in day.road.people for text in secrets_of(person)]
    assert search(places, secrets) == []


def secrets_of(person: Person) -> list[str]:
    """Return what a person keeps to themselves, and the longest words of it."""
    return [person.passphrase, person.totp_secret, *(word for word in person.passphrase.split() if len(word) > 6)]


def test_logs_tell_of_programs_not_of_people(day: Day, folder: Path) -> None:
    """Logged are start, stop and classes of errors: a quiet day is a handful of lines."""
    for name in ("portal.log", "staff.log"):
        lines = (folder / "dir" / name).read_text("utf-8").splitlines()
        assert len(lines) < 20, lines


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """The search itself: planted words are found in files, database pages, freed pages, the log and unnamed files."""
    word, code = canary(999), new_code()
    for number, needle in enumerate(encodings(word).values()):
        (tmp_path / f"plain{number}").write_bytes(b"\x01before" + needle + b"after\x02")
    (tmp_path / "escaped").write_text(urllib.parse.quote(f"å&{word}<ö>"), "ascii")
    ways = {find.way for find in search(files(tmp_path), [word])}
    assert ways >= set(encodings(word))
    assert search({"escaped": (tmp_path / "escaped").read_bytes()}, [word])
    for script in range(len(SCRIPTS)):
        shown = f'["{other_digits(code, script, " ")}"]'
        assert search({"shown": shown.encode(), "utf-16": shown.encode("utf-16-le")}, spellings(code))
    assert not search({"another": new_code().encode()}, spellings(code))

    database = tmp_path / "planted.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("CREATE TABLE t (text TEXT)")
        connection.execute("INSERT INTO t VALUES (?)", (word,))
        connection.commit()
        connection.execute("DELETE FROM t")
        connection.commit()
    assert search({"freed": database.read_bytes()}, [word])

    unnamed = tmp_path / "unnamed"
    with unnamed.open("wb") as open_file:
        open_file.write(word.encode())
        open_file.flush()
        unnamed.unlink()
        assert search(unlinked(os.getpid()), [word])
    assert search(files(tmp_path), [canary(998)]) == []
