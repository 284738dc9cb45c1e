"""Cases under kill -9: `python -m tests.staff.killing FOLDER ROUNDS` ends with 0 if nothing is lost and nothing half.

One process makes the world and keeps in mind what it was told to be done. It never opens the casebook itself: a child
acts until it is killed, and after it another child, which starts the app anew, tells what stands. Both are forked from
here while no connection is open, so that neither pays for the imports.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from crypto.opening.members import LEAD, Member
from staff.accounts.session import Row
from staff.cases import opening, shutting
from staff.cases.hand import Hand
from staff.cases.summary import summarise
from staff.entry import Entry
from staff.erasure.acts import Desk, erase
from tests.staff.standing import COORDINATORS, OWN, TEAM, Found, Reader, Report, Standing, human
from tests.staff.test_pages_of_erasing import decide
from tests.staff.world import World

FORK = multiprocessing.get_context("fork")
FEW, MANY = 8, 80  # acts that a child does at most before its kind is waited for; words that are waited for at most
SOON = 0.03  # seconds that an act takes, as long as none has been seen
MOST = 6  # cases at a time
USUAL: dict[str, float] = {}  # seconds that each kind of act took when it was last done
OPEN = "open"
SMALLER = TEAM - {"lead"}


class Act(NamedTuple):
    """One act: OPEN or a key of ACTS, on which case (its working name), by whom, with which words."""

    kind: str
    case: str
    who: str = "owner"
    words: str = ""


class Kind(NamedTuple):
    """What an act is: when it may be done, what the case is afterwards (None: gone), and how it is done."""

    may: Callable[[Standing], bool]
    then: Callable[[Standing, Act], Standing | None]
    do: Callable[[Hand, bytes, Act], object]


def write(hand: Hand, row: bytes, entry: Entry) -> None:
    """Write an entry into a case."""
    hand.parts.folders.append(hand.session.keys, row, hand.person, lambda _found: [entry], summarise, hand.now)


def leads(hand: Hand) -> list[Member]:
    """List the leads of the team."""
    return list(hand.person.papers.members.with_role(hand.person.municipality, LEAD))


def renew(hand: Hand, row: bytes) -> None:
    """Give a case another key, for whoever holds the one before."""
    folders, keys, person = hand.parts.folders, hand.session.keys, hand.person
    holders = folders.peek(keys, row, person).holders(person.papers.members)
    folders.rekey(keys, row, person, holders, hand.now, recovery=False)


def renewed(one: Standing, readers: frozenset[str]) -> Standing:
    """Give what a case is under another key."""
    return replace(one, readers=readers, keys=one.keys + 1)


ACTS: Mapping[str, Kind] = {
    "note": Kind(
        lambda one: not one.closed,
        lambda one, act: replace(one, notes=(*one.notes, act.words)),
        lambda hand, row, act: write(hand, row, hand.desk().entry("note", text=act.words)),
    ),
    "read": Kind(
        lambda _one: True,
        lambda one, _act: replace(one, reads=one.reads + 1),
        lambda hand, row, _act: hand.parts.folders.read(hand.session.keys, row, hand.person, hand.now),
    ),
    "renew": Kind(
        lambda one: not one.closed,
        lambda one, _act: renewed(one, one.readers),
        lambda hand, row, _act: renew(hand, row),
    ),
    "unshare": Kind(
        lambda one: one.readers == TEAM,
        lambda one, _act: renewed(one, SMALLER),
        lambda hand, row, _act: hand.parts.folders.unshare(hand.session.keys, row, hand.person, leads(hand), hand.now),
    ),
    "share": Kind(
        lambda one: one.readers == SMALLER,
        lambda one, _act: replace(one, readers=TEAM),
        lambda hand, row, _act: hand.parts.folders.share(hand.session.keys, row, hand.person, leads(hand), hand.now),
    ),
    "protect": Kind(
        lambda one: one.readers != OWN,
        lambda one, _act: renewed(one, OWN),
        lambda hand, row, _act: shutting.protect(hand, row, {"named": hand.person.name, "reason": "hot"}),
    ),
    "open up": Kind(
        lambda one: one.readers == OWN,
        lambda one, _act: renewed(one, TEAM),
        lambda hand, row, _act: shutting.protect(hand, row, {"reason": "inte längre"}),
    ),
    "close": Kind(
        lambda one: not one.closed,
        lambda one, _act: replace(one, closed=True),
        lambda hand, row, _act: write(hand, row, hand.desk().entry("close", reason="klart", outcome="completed")),
    ),
    "erase": Kind(
        lambda one: one.closed,
        lambda _one, _act: None,
        lambda hand, row, _act: erase(Desk(hand.parts, hand.session, hand.person), frozenset({row})),
    ),
}


def after(stands: Mapping[str, Standing], act: Act) -> dict[str, Standing]:
    """Give what all cases are after an act."""
    tied = 1 if act.words else 0
    then = Standing(tied=tied) if act.kind == OPEN else ACTS[act.kind].then(stands[act.case], act)
    others = {name: one for name, one in stands.items() if name != act.case}
    return {**others, act.case: then} if then else others


class Worker:
    """Does one act after the other, and says of each that it begins and that it is done."""

    def __init__(self, world: World, found: Mapping[str, Found], name: str, seed: int) -> None:
        world.start()
        decide(world, ("case", "closed", 0, "erase"))
        self.world, self.name, self.dice = world, name, random.Random(seed)  # noqa: S311  # which acts; no secret
        self.stands = {case: one.standing for case, one in found.items()}
        self.rows = {case: one.folder for case, one in found.items()}
        self.hands = {who: self._hand(who) for who in COORDINATORS}

    def _hand(self, who: str) -> Hand:
        keys, person = self.world.session(human(self.world, who))
        return Hand(self.world.parts, Row(b"", b"", 0.0, 0.0, keys=keys), person)

    def work(self, told: Connection) -> None:
        """Go on until somebody ends this process."""
        for number in range(1_000_000):
            act = self._draw(f"{self.name}.{number}")
            told.send((act, False))
            self._do(act)
            told.send((act, True))
            self.stands = after(self.stands, act)

    def _draw(self, name: str) -> Act:
        dice, cases = self.dice, sorted(self.stands)
        if not cases or (len(cases) < MOST and dice.random() < 0.2):
            return Act(OPEN, name, words=dice.choice(["", *[f"hjälp {name}"] * 3]))
        case = dice.choice(cases)
        one = self.stands[case]
        kind = dice.choice([name for name, kind in ACTS.items() if kind.may(one)])
        who = dice.choice(sorted(one.readers & COORDINATORS)) if kind in ("note", "read") else "owner"
        return Act(kind, case, who, name)

    def _do(self, act: Act) -> None:
        hand = self.hands[act.who]
        if act.kind != OPEN:
            ACTS[act.kind].do(hand, self.rows[act.case], act)
            return
        row = bytes.fromhex(self.world.send(message=act.words)) if act.words else None
        self.rows[act.case] = opening.create(hand, {"working": act.case, "how": "request"}, row)


def act_on(world: World, found: Mapping[str, Found], name: str, seed: int, told: Connection) -> None:
    """Act, as a child."""
    Worker(world, found, name, seed).work(told)


def tell(world: World, told: Connection) -> None:
    """Start the app and tell what stands, as a child."""
    world.start()
    told.send(Reader(world).report())


def child(target: Callable[..., None], *given: object) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    """Fork a child that tells what it does."""
    ours, theirs = FORK.Pipe(duplex=False)
    made = FORK.Process(target=target, args=(*given, theirs), daemon=True)
    made.start()
    theirs.close()
    return made, ours


def hit(world: World, found: Mapping[str, Found], name: str, dice: random.Random) -> list[tuple[Act, bool]]:
    """Let a child act, kill it amid an act, and give all that it said; raises EOFError if it ends by itself.

    Each kind of act is hit as often as any other, at a moment within the time that it usually takes.
    """
    made, ours = child(act_on, world, found, name, dice.randrange(2**32))
    kind, wanted = dice.choice([OPEN, *ACTS]), dice.randrange(FEW)
    heard: list[tuple[Act, bool]] = []
    while not heard or heard[-1][1] or len(heard) // 2 < wanted or (heard[-1][0].kind != kind and len(heard) < MANY):
        before = time.monotonic()
        heard.append(ours.recv())
        if heard[-1][1]:
            USUAL[heard[-1][0].kind] = time.monotonic() - before
    time.sleep(dice.uniform(0, USUAL.get(kind, SOON)))
    os.kill(made.pid or 0, signal.SIGKILL)
    made.join()
    with suppress(EOFError):
        while True:
            heard.append(ours.recv())
    return heard


def ask(world: World) -> Report:
    """Let a fresh child tell what stands."""
    made, ours = child(tell, world)
    report: Report = ours.recv()
    made.join()
    return report


def kill(folder: Path, rounds: int) -> dict[str, int]:
    """Kill so many children; raise AssertionError if something acknowledged is gone, or something stands half."""
    world = World(folder)
    world.close()
    dice = random.Random(rounds)  # noqa: S311  # when to kill; the same moments each time
    found: Mapping[str, Found] = {}
    counts = {"acknowledged": 0, "cut short": 0, "stood all the same": 0}
    for number in range(rounds):
        heard = hit(world, found, str(number), dice)
        sure = {name: one.standing for name, one in found.items()}
        for act in (act for act, done in heard if done):
            sure = after(sure, act)
        cut = heard[-1][0] if heard and not heard[-1][1] else None
        report = ask(world)
        stands = {name: one.standing for name, one in report.cases.items()}
        assert not report.amiss, report.amiss
        assert stands in (sure, after(sure, cut) if cut else sure), (cut, sure, stands)
        gone = [one for name, one in found.items() if name not in report.cases]
        assert all({one.folder, *one.requests} <= report.erased for one in gone), "gone, and not on record"
        counts["acknowledged"] += sum(done for _, done in heard)
        counts["cut short"] += cut is not None
        counts["stood all the same"] += stands != sure
        found = report.cases
    return counts


if __name__ == "__main__":
    print(json.dumps(kill(Path(sys.argv[1]), int(sys.argv[2]))))
