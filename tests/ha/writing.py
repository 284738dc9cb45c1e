"""Coordinators who write in cases without a pause, and remember what they were told stands."""

import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy.exc import SQLAlchemyError

from staff.accounts.session import Row
from staff.cases.hand import Hand
from staff.cases.summary import summarise
from tests.staff.world import Human, World


@dataclass
class Writer:
    """One coordinator with one case; `told` are the notes that were acknowledged, each with its moment, `failed` why
    others were not."""

    world: World
    human: Human
    told: dict[str, float] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open a case to write in."""
        self.hand = self._hand()
        first = [self.hand.desk().entry("opened", how="call", working=f"prov {self.human.name}")]
        self.case = self.world.open_folder(self.human, first, summarise)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def _hand(self) -> Hand:
        keys, person = self.world.session(self.human)
        return Hand(self.world.parts, Row(b"", b"", 0.0, 0.0, keys=keys), person)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the note that is under way."""
        self._stopping.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _write(self) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            text = f"{self.human.name} {number}"
            self.tried.append(text)
            try:
                self._note(text)
                self.told[text] = time.monotonic()
            except SQLAlchemyError as error:
                self.failed.append(type(error).__name__)
                time.sleep(0.1)  # as somebody who reads the page and tries again, if quicker

    def _note(self, text: str) -> None:
        entry = self.hand.desk().entry("note", text=text)
        folders, keys, person = self.world.parts.folders, self.hand.session.keys, self.hand.person
        folders.append(keys, self.case, person, lambda _found: [entry], summarise, self.hand.now)

    def read(self) -> list[str]:
        """List the notes that stand, read with a fresh session."""
        keys, person = self.world.session(self.human)
        folder = self.world.parts.folders.peek(keys, self.case, person)
        return [str(one.fields["text"]) for one in folder.trusted if one.kind == "note"]

    def silence(self, since: float) -> float:
        """Give the longest pause between two acknowledgements from a moment on, in seconds."""
        moments = [since, *(when for when in self.told.values() if when > since)]
        return max(later - earlier for earlier, later in pairwise(moments))


def wait_for_notes(writers: list[Writer], more: int, seconds: float = 60.0) -> None:
    """Wait until each has written so many notes more."""
    wanted, until = [len(one.told) + more for one in writers], time.monotonic() + seconds
    while any(len(one.told) < want for one, want in zip(writers, wanted, strict=True)):
        assert time.monotonic() < until, [(len(one.told), one.failed[-3:]) for one in writers]
        time.sleep(0.02)


def check(writers: list[Writer]) -> None:
    """What was acknowledged stands, once, in order; nothing stands that nobody wrote."""
    for one in writers:
        one.stop()
        found = one.read()
        assert set(one.told) <= set(found)
        assert len(found) == len(set(found))
        assert found == [text for text in one.tried if text in set(found)]
