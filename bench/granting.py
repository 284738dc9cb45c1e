"""Giving a newcomer every case: how long it takes, and the bare libsodium calls that it cannot do without.

`python -m bench.granting 10000`. Measured inside the process, without a server; in chunks, each a commit on disk.
"""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from nacl import bindings

from bench.casework import entries_of, fill, timed, town
from crypto.opening.identity import Identity
from crypto.opening.keyring import open_keyring, seal_keyring
from staff.folders import Keys
from staff.folders.giving import CHUNK, give
from staff.person import Person
from tests.staff.world import Human, World

NUMBER = 10_000
ENTRY = 1024 + 17  # bytes of a small entry, padded, with its tag


@dataclass(frozen=True)
class Granted:
    """CPU seconds to give so many cases to one member, and what lies beside it; `clock` are seconds by the clock.

    `grant` seals and signs the grants alone; `all` the same with the entry, the summary and the row of the audit of
    each; both are libsodium's calls and nothing else. `taken` is the newcomer's first unlock, which accepts them all;
    `keyring` opens the keyring of so many keys, in milliseconds.
    """

    number: int
    given: float
    clock: float
    grant: float
    all: float
    taken: float
    taken_floor: float
    keyring: float


def granting(number: int = NUMBER) -> Granted:
    """Fill a casebook, give all of it to a newcomer, and let them unlock."""
    with town() as world:
        person = world.person(world.owner)
        held = fill(world, person, number, entries_of(person)[:3])
        newcomer = Human("Doris Dal", "coordinator", "ekstad")
        world.roster = world.sign([world.owner, newcomer, world.stranger], epoch=2)
        person = world.person(world.owner)
        started = time.perf_counter()
        given = seconds(lambda: give_all(world, person, newcomer))
        clock = time.perf_counter() - started
        keys, other = Keys(), world.person(newcomer)
        taken = seconds(lambda: keys.refresh(world.parts.casebook, other))
        if len(keys.held()) != number:
            raise RuntimeError("some were not given")
        sealed = seal_keyring(person.identity, held, 1)
        keyring = min(timed(lambda: open_keyring(person.identity, sealed, 1)) for _ in range(5))
        floors = floor(number, person.identity, newcomer.identity)
        return Granted(number, given, clock, *floors[:2], taken, floors[2], keyring)


def give_all(world: World, person: Person, newcomer: Human) -> None:
    """Give everything that the person holds, chunk by chunk."""
    keys = Keys()
    keys.refresh(world.parts.casebook, person)
    rows, done = list(keys.held()), 0
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        now = world.clock.now()
        done += len(give(world.parts.casebook, keys, some, person, newcomer.member, now, lambda _summary: True))
    if done != len(rows):
        raise RuntimeError("some were refused")


def floor(number: int, giver: Identity, taker: Identity) -> tuple[float, float, float]:
    """Time libsodium alone: sealing and signing a grant; all that is sealed and signed; opening and checking one."""
    box, sign = bindings.crypto_sign_seed_keypair(secrets.token_bytes(32))
    key, nonce, message = secrets.token_bytes(32), bytes(24), bytes(120)

    def grant() -> None:
        bindings.crypto_box_seal(key, taker.box_public)
        bindings.crypto_sign(message, sign)

    def rest() -> None:
        for _ in range(2):  # the entry's signature, and the audit's
            bindings.crypto_sign(message, sign)
        for _ in range(4):  # the row of the audit is sealed to four places, unused ones with keys of their own
            bindings.crypto_box_seal(key, giver.box_public)
        for size in (ENTRY, 529, 529, 529):  # entry, summary, both halves of the audit's row
            bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(size), b"", nonce, key)

    sealed, signed = bindings.crypto_box_seal(key, taker.box_public), bindings.crypto_sign(message, sign)

    def take() -> None:
        taker.open_seal(sealed)
        bindings.crypto_sign_open(signed, box)

    one, more, back = (often(work, number) for work in (grant, rest, take))
    return one, one + more, back


def often(work: Callable[[], object], number: int) -> float:
    """Give the seconds that a piece of work takes so many times."""
    return seconds(lambda: [work() for _ in range(number)])


def seconds(work: Callable[[], object]) -> float:
    """Give the CPU seconds that a piece of work takes: what else the machine does is not ours."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Print one line for each number asked for."""
    parser = argparse.ArgumentParser(prog="bench.granting", description="Measure giving cases to a newcomer.")
    parser.add_argument("numbers", type=int, nargs="*", default=[NUMBER])
    for number in parser.parse_args().numbers:
        print(granting(number), flush=True)


if __name__ == "__main__":
    main()
