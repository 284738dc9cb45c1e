"""After a day of use nothing that anybody typed is readable on the disks of either app, and no address is kept.

Stands for the rows of design.md section 9 on whoever copies the portal's disk and database, or the casebook's.
"""

import base64
import os
import sqlite3
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.road import Demo, Person, Visitor, demo, listed, sign_in, wait_for_new

# What only a demo keeps beside the apps: the made-up people's own secrets, which outside a demo nobody writes down.
DEMO_ONLY = {"cast.json", "demo.json", "dir.out"}
DELETED = " (deleted)"


def canary(number: int) -> str:
    """Make a text that stands nowhere else: letters and digits, so that escaping leaves its core whole."""
    return f"kvittra{number:03d}{(number * 2654435761) % 2**32:08x}"


def encodings(text: str) -> dict[str, bytes]:
    """Write a text in each way that a program might leave it; percent and HTML escapes leave letters as they are."""
    data = text.encode()
    ways = {
        "utf-8": data,
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "utf-32-le": text.encode("utf-32-le"),
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
        "percent, all": "".join(f"%{byte:02X}" for byte in data).encode(),
        "html, all": "".join(f"&#{byte};" for byte in data).encode(),
        "reversed": data[::-1],
    }
    for shift in range(3):
        # The middle of a base64 text is the same whatever stood before and after, at each of three alignments.
        middle = base64.b64encode(b"\0" * shift + data)[4 if shift else 0 : -4]
        ways[f"base64, {shift}"] = middle
        ways[f"base64url, {shift}"] = middle.replace(b"+", b"-").replace(b"/", b"_")
    return ways


@dataclass(frozen=True)
class Find:
    """Where something readable was found, and written how."""

    where: str
    text: str
    way: str


def search(places: Mapping[str, bytes], texts: list[str]) -> list[Find]:
    """Search every place for every text in every encoding."""
    wanted = [(text, way, needle) for text in texts for way, needle in encodings(text).items()]
    return [Find(where, text, way) for where, data in places.items() for text, way, needle in wanted if needle in data]


def files(*roots: Path) -> dict[str, bytes]:
    """Read every file under the folders, whatever it is."""
    return {str(path): path.read_bytes() for root in roots for path in root.rglob("*") if path.is_file()}


def unlinked(pid: int) -> dict[str, bytes]:
    """Read the files that a process holds open though they have no name any more."""
    found = {}
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            target = os.readlink(link)
            if target.endswith(DELETED) and link.is_file():
                found[f"{pid}:{target}"] = link.read_bytes()
    return found


class Day:
    """A day of use: everything that was typed is a canary, and everybody comes from an address of their own."""

    def __init__(self, road: Demo) -> None:
        self.road = road
        self.typed: list[str] = []
        self.addresses: list[str] = []

    def word(self) -> str:
        """Type something that was never typed before."""
        self.typed.append(canary(len(self.typed)))
        return self.typed[-1]

    def visitor(self, *, keeps_cookies: bool = True) -> Visitor:
        """Let somebody come, from an address and with a browser nobody else has."""
        number = len(self.addresses) + 1
        self.addresses.append(f"127.{41 + number % 150}.{17 + number % 200}.{201 + number % 50}")
        headers = {"Accept-Language": "sv", "User-Agent": self.word(), "Referer": f"http://x/{self.word()}"}
        return Visitor(self.road.portal, self.addresses[-1], keeps_cookies, headers)

    def answers(self, path: str) -> dict[str, str | list[str]]:
        """Fill in every field in which one can write."""
        texts: dict[str, str | list[str]] = {
            name: self.word()
            for name in ("message", "contact", "when", "avoid_more", "code_word", "call_name", "language_other")
        }
        texts |= {"answer_by": "call", "municipality": "ekstad", "language": "other", "urgency": "soon"}
        return texts | ({"relation": "parent", "aware": "no"} if path == "/other" else {"age": "under18"})

    def write(self) -> None:
        """Send, be refused, come back to a draft, write too much, change the language, and what attackers try."""
        for path in ("/me", "/other"):
            writer = self.visitor()
            assert writer.fill_in(path, self.answers(path)).headers["location"] == "/done"
            writer.get("/done")
            self.visitor(keeps_cookies=False).post(path, self.answers(path), Sec_Fetch_Site="same-origin")
            refused = self.visitor()
            without_number = {**self.answers(path), "contact": ""}
            assert refused.fill_in(path, without_number).headers["location"] == path
            assert str(without_number["message"]) in refused.get(path).text
            refused.post(path, {**refused.get(path).hidden(path), **without_number, "lang": "en"})
            wordy = {**self.answers(path), "message": f"{self.word()} {'ä' * 4600} {self.word()}"}
            assert self.visitor().fill_in(path, wordy).headers["location"] == path
            stale = self.visitor()
            stale.get(path)
            assert stale.post(path, {**self.answers(path), "csrf_token": self.word()}).headers["location"] == path

    def attack(self) -> None:
        """Put words where none belong: paths, queries, cookies, odd bodies and fields."""
        stranger = self.visitor()
        stranger.get(f"/{self.word()}?{self.word()}={self.word()}")
        stranger.cookies = {"t": self.word(), "s": self.word(), "l": self.word(), self.word(): self.word()}
        stranger.get("/me")
        stranger.post("/me", {self.word(): self.word(), "message": self.word()})
        stranger.send("POST", "/me", self.word().encode(), Content_Type="text/plain")
        stranger.send(
            "POST", "/me", f"message={self.word()}%00".encode(), Content_Type="application/x-www-form-urlencoded"
        )
        stranger.send("PUT", "/other", self.word().encode())

    def read(self) -> Visitor:
        """Sign in after some failures, read everything, take, set aside, search."""
        elsa = self.road.people[0]
        for claim in ((self.word(), self.word()), (elsa.name, self.word())):
            failed = Visitor(self.road.staff)
            failed.fill_in("/login", {"name": claim[0], "passphrase": claim[1], "otp": "123456"})
            failed.get("/login")
        reader = sign_in(self.road.staff, elsa)
        paths = sorted(wait_for_new(reader))
        for path in paths:
            reader.get(path)
        self.act(reader, paths[0], "take")
        self.act(reader, paths[0], "set-aside", reason="other", line=self.word())
        self.act(reader, paths[1], "cannot-answer", reason="other", line=self.word())
        self.act(reader, paths[1], "set-aside", reason="other", line=self.word() * 9)  # too long: refused
        reader.fill_in("/inbox/search", {"words": self.word()}, page="/inbox")
        reader.get(f"/inbox?{self.word()}={self.word()}")
        return reader

    @staticmethod
    def act(reader: Visitor, path: str, name: str, **fields: str) -> None:
        """Press one button on a request's page."""
        hidden = reader.get(path).hidden()
        assert reader.post(f"{path}/{name}", {**hidden, **fields}).status == 303


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where everything lies: the demo's folder, what it says, and the only temporary folder it knows."""
    made = tmp_path_factory.mktemp("day")
    (made / "tmp").mkdir()
    return made


@pytest.fixture(scope="module")
def day(folder: Path) -> Iterator[Day]:
    """A day of use, still going on: what was sent last may be collected or not."""
    with demo(folder / "dir", environment={"TMPDIR": str(folder / "tmp")}) as road:
        lived = Day(road)
        lived.write()
        lived.attack()
        reader = lived.read()
        lived.write()
        listed(reader)
        yield lived


def held(day: Day, folder: Path) -> dict[str, bytes]:
    """Return all that the two apps have written anywhere we can think of, while they run."""
    pids = [day.road.child("portal"), day.road.child("staff")]
    shared = [Path("/dev/shm")] if Path("/dev/shm").is_dir() else []
    found = files(folder, *shared)
    for pid in pids:
        found |= unlinked(pid)
    return found


def test_nothing_typed_is_readable(day: Day, folder: Path) -> None:
    """Not a word of any request, refusal, draft, failed sign-in or reason stands in any file of either app."""
    places = held(day, folder)
    names = {Path(place).name for place in places}
    assert {"deaddrop.sqlite", "casebook.sqlite", "portal.log", "staff.log", "dir.out"} <= names
    assert len(day.typed) > 150
    assert search(places, day.typed) == []


def test_answers_without_words_are_not_readable_either(day: Day, folder: Path) -> None:
    """Ticks are few known words, so it is the names of the questions beside them that must not be found."""
    questions = ['"urgency"', "urgency=", '"own_safety"', '"relation"', '"age":"under18"', "age=under18", '"answer_by"']
    assert search(held(day, folder), questions) == []


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
    word = canary(999)
    for number, needle in enumerate(encodings(word).values()):
        (tmp_path / f"plain{number}").write_bytes(b"\x01before" + needle + b"after\x02")
    (tmp_path / "escaped").write_text(urllib.parse.quote(f"å&{word}<ö>"), "ascii")
    ways = {find.way for find in search(files(tmp_path), [word])}
    assert ways >= set(encodings(word))
    assert search({"escaped": (tmp_path / "escaped").read_bytes()}, [word])

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
