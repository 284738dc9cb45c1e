"""A day of use of both apps through their real processes: everything that anybody types is a canary."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyotp

from crypto.returncode import Keys, derive, new_code
from crypto.submission import new_try
from tests.canaries import SCRIPTS, Word, canary, other_digits, spellings
from tests.client.tools import Engine
from tests.road import Answer, Demo, Fields, Visitor, collected, listed, sign_in, wait_for_new

CODE = re.compile(r"<p class=code>(.*?)</p>", re.DOTALL)
SHOWN = re.compile(r'class="secret"><bdi[^>]*>([^<]+)<')
SECRET = re.compile(r'<code class="wrap">([A-Z2-7]{32})</code>')
FROM_US = {"Sec-Fetch-Site": "same-origin"}
# The fields in which one can write, but those that hold a value of ours: a test compares them with the forms.
WRITTEN = ("message", "contact", "when", "avoid_more", "code_word", "call_name", "language_other")


@dataclass
class Heard(Visitor):
    """A visitor who keeps the headers of every answer: what they say goes to histories, caches and proxies."""

    heard: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send as a visitor does, and keep what the answer's headers say."""
        answer = super().send(method, path, body, **headers)
        self.heard.append("\n".join(f"{name}: {value}" for name, value in answer.headers.items()))
        return answer


@dataclass(frozen=True)
class Written:
    """What somebody sent who wants an answer: the words, the code, and where the coordinator finds it."""

    message: str
    code: str


def keys_of(road: Demo, code: str) -> Keys:
    """Derive what follows from a code, as the portal and the phone do."""
    roster = json.loads(Path(road.said["roster"]).read_bytes().split(b"\n")[2])
    return derive(code, bytes.fromhex(roster["salt"]))


class Day:
    """A day of use: everything that was typed is a canary, and everybody comes from an address of their own."""

    def __init__(self, road: Demo, client: Engine) -> None:
        self.road = road
        self.client = client
        self.typed: list[str] = []
        self.codes: list[str] = []
        self.addresses: list[str] = []
        self.heard: list[str] = []

    def word(self) -> str:
        """Type something that was never typed before."""
        self.typed.append(canary(len(self.typed)))
        return self.typed[-1]

    def keys(self, code: str) -> Keys:
        """Derive what follows from a code."""
        return keys_of(self.road, code)

    def secrets(self) -> list[Word]:
        """Return every return code in each of its spellings, and the secrets that follow from it."""
        found: list[Word] = [way for code in self.codes for way in spellings(code)]
        for code in self.codes:
            keys = self.keys(code)
            found += [keys.token, keys.reply_secret, keys.thread_seed]
        return found

    def visitor(self, *, keeps_cookies: bool = True) -> Visitor:
        """Let somebody come, from an address and with a browser nobody else has."""
        number = len(self.addresses) + 1
        self.addresses.append(f"127.{41 + number % 150}.{17 + number % 200}.{201 + number % 50}")
        headers = {"Accept-Language": "sv", "User-Agent": self.word(), "Referer": f"http://x/{self.word()}"}
        return Heard(self.road.portal, self.addresses[-1], keeps_cookies, headers, heard=self.heard)

    def answers(self, path: str) -> dict[str, str | list[str]]:
        """Fill in every field in which one can write."""
        texts: dict[str, str | list[str]] = {name: self.word() for name in WRITTEN}
        texts |= {"answer_by": "code_and_call", "municipality": "ekstad", "language": "other", "urgency": "soon"}
        return texts | ({"relation": "parent", "aware": "no"} if path == "/other" else {"age": "under18"})

    # --- sending -----------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Send, be refused, come back to a draft, write too much, change the language, and what attackers try."""
        for path in ("/me", "/other"):
            self.send(path)
            self.visitor(keeps_cookies=False).post(path, self.answers(path), **FROM_US)
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

    def send(self, path: str) -> Written:
        """Send without a script and look at the code."""
        writer, answers = self.visitor(), self.answers(path)
        assert writer.fill_in(path, answers).headers["location"] == "/done"
        shown = CODE.search(writer.get("/done").text)
        assert shown
        return self.coded(answers, "".join(re.findall(r"<bdi>(\d{4})</bdi>", shown[1])))

    def seal(self, path: str) -> Written:
        """Send as the script does: the client's own code fetches the roster, seals, and posts what it sealed."""
        answers = self.answers(path)
        draft = {
            "form": path.strip("/"),
            "municipality": answers["municipality"],
            "fallback": "ekstad",
            "page": "sv",
            "answers": answers,
            "wantsCode": True,
        }
        sent = self.client("send", draft=draft, portal=self.road.portal, headers={**FROM_US, "User-Agent": self.word()})
        return self.coded(answers, sent["code"])

    def coded(self, answers: Mapping[str, str | list[str]], code: str) -> Written:
        """Remember the code of what was sent."""
        assert len(code) == 24
        self.codes.append(code)
        return Written(str(answers["message"]), code)

    def attack(self) -> None:
        """Put words where none belong: paths, queries, cookies, odd bodies and fields."""
        stranger = self.visitor()
        stranger.get(f"/{self.word()}?{self.word()}={self.word()}")
        stranger.cookies = {"t": self.word(), "s": self.word(), "l": self.word(), self.word(): self.word()}
        for path in ("/me", "/code"):
            stranger.get(path)
            stranger.post(path, {self.word(): self.word(), "message": self.word(), "code": self.word()})
        stranger.send("POST", "/me", self.word().encode(), Content_Type="text/plain")
        stranger.send(
            "POST", "/me", f"message={self.word()}%00".encode(), Content_Type="application/x-www-form-urlencoded"
        )
        stranger.send("PUT", "/other", self.word().encode())
        stranger.send("POST", "/envelope", self.word().encode(), Content_Type="application/octet-stream", **FROM_US)

    # --- coming back -------------------------------------------------------------------------------------------

    def enter(self, typed: str) -> Visitor:
        """Type a code where it belongs."""
        visitor = self.visitor()
        assert visitor.fill_in("/code", {"code": typed}).status == 303
        return visitor

    def come_back(self, code: str, reply: str) -> None:
        """Enter the code in each script's digits, read, write, write too much, from an old page, ask for erasure."""
        for script, between in zip(range(len(SCRIPTS)), (" ", "-", "", " ", ""), strict=True):
            assert reply in self.enter(other_digits(code, script, between)).get("/code").text
        reader = self.enter(code)
        asked = {"municipality": "ekstad", "do": "write"}
        assert "Det kom fram" in self.press(reader, {**asked, "message": self.word()})
        wordy = f"{self.word()} {'ä' * 4600} {self.word()}"
        assert wordy in self.press(reader, {**asked, "message": wordy})
        draft = self.word()
        assert draft in self.press(reader, {**asked, "message": draft, "lang": "en"})
        reader.post("/code", {**asked, "message": self.word(), "csrf_token": self.word()})
        # What is typed beside the wish is no part of it, and is kept as a draft.
        self.press(reader, {**asked, "message": self.word(), "do": "erase"})
        assert reply in self.come_back_sealed(code)

    def come_back_sealed(self, code: str) -> list[str]:
        """Look and write as the script does: what leaves the phone is the token, names of replies, and an envelope."""
        draft = {"form": "me", "municipality": "ekstad", "fallback": "ekstad", "page": "sv"}
        headers = {**FROM_US, "User-Agent": self.word()}
        answers = {"answers": {"message": self.word()}}
        read: list[str] = self.client(
            "visit", text=code, draft={**draft, **answers}, portal=self.road.portal, headers=headers
        )
        return read

    def press(self, visitor: Visitor, fields: Fields) -> str:
        """Press a button of the page that the code led to, and return the page that follows."""
        assert visitor.fill_in("/code", {"try": new_try(), **fields}).status == 303
        return visitor.get("/code").text

    def mistype(self) -> None:
        """Enter a code of nobody, one with a wrong digit, which the page shows again, and words instead of one."""
        wrong = self.codes[0][:-1] + str((int(self.codes[0][-1]) + 1) % 10)
        for code in (new_code(), wrong):
            self.codes.append(code)
            self.enter(other_digits(code, 0, " ")).get("/code")
        self.enter(self.word()).get("/code")

    # --- reading -----------------------------------------------------------------------------------------------

    def read(self, *waiting: Written) -> Visitor:
        """Sign in after some failures, read everything, take and set aside what is not to be answered, search."""
        elsa = self.road.people[0]
        for claim in ((self.word(), self.word()), (elsa.name, self.word())):
            failed = Heard(self.road.staff, heard=self.heard)
            failed.fill_in("/login", {"name": claim[0], "passphrase": claim[1], "otp": "123456"})
            failed.get("/login")
        reader = Heard(self.road.staff, cookies=sign_in(self.road.staff, elsa).cookies, heard=self.heard)
        pages = {path: reader.get(path).text for path in sorted(wait_for_new(reader))}
        paths = [path for path, page in pages.items() if not any(one.message in page for one in waiting)]
        self.act(reader, paths[0], "take")
        self.act(reader, paths[0], "set-aside", reason="other", line=self.word())
        self.act(reader, paths[1], "cannot-answer", reason="other", line=self.word())
        self.act(reader, paths[1], "set-aside", reason="other", line=self.word() * 9)  # too long: refused
        reader.fill_in("/inbox/search", {"words": self.word()}, page="/inbox")
        reader.fill_in("/inbox/search", {"words": ""}, page="/inbox")  # else it is kept, and the list stays empty
        reader.get(f"/inbox?{self.word()}={self.word()}")
        return reader

    def reply(self, reader: Visitor, written: Written) -> str:
        """Answer what somebody wrote, after a draft and one that was too long; return the words of the answer."""
        path = next(path for path in collected(reader) if written.message in reader.get(path).text)
        for name, text in (("phrase", self.word()), ("reply", f"{self.word()} {'ä' * 3200} {self.word()}")):
            self.act(reader, path, name, text=text, phrase="danger", **{"from": self.word()})
            assert text in reader.get(path).text
        answer = self.word()
        self.act(reader, path, "reply", text=answer, **{"from": self.word()})
        return answer

    def leave_draft(self, reader: Visitor) -> None:
        """Write half an answer and leave it: it is kept for as long as the session is unlocked."""
        path = min(listed(reader))
        self.act(reader, path, "phrase", text=self.word(), phrase="danger", **{"from": self.word()})

    def enrol(self) -> None:
        """Invite somebody, who mistypes and types the code, learns the passphrase, and scans the app."""
        lena = next(one for one in self.road.people if one.role == "lead")
        lead = Heard(self.road.staff, cookies=sign_in(self.road.staff, lena).cookies, heard=self.heard)
        lead.fill_in("/people/invite", {"name": self.word(), "role": "coordinator"}, page="/people")
        lead.post("/fresh", {"passphrase": self.word(), "to": "/people"}, **FROM_US)
        (code,) = SHOWN.findall(lead.get("/people").text)
        newcomer = Heard(self.road.staff, heard=self.heard)
        newcomer.fill_in("/enrol", {"code": self.word()})
        assert newcomer.fill_in("/enrol", {"code": code}).headers["location"] == "/enrol"
        (phrase,) = SHOWN.findall(newcomer.get("/enrol").text)
        for typed in (self.word(), phrase):
            newcomer.fill_in("/enrol/passphrase", {"passphrase": typed}, page="/enrol?type=1")
        (secret,) = SECRET.findall(newcomer.get("/enrol").text)
        for otp in (self.word(), pyotp.TOTP(secret).now()):
            newcomer.fill_in("/enrol/otp", {"otp": otp}, page="/enrol")
        assert "siffrorna" in newcomer.get("/enrol").text
        self.typed += [code, code.replace("-", ""), phrase, secret]

    @staticmethod
    def act(reader: Visitor, path: str, name: str, **fields: str) -> None:
        """Press one button on a request's page."""
        hidden = reader.get(path).hidden()
        assert reader.post(f"{path}/{name}", {**hidden, **fields}).status == 303
