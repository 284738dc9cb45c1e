"""A fuzzer that mutates good inputs with a fixed seed: every case can be made again from its number alone."""

import json
import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from crypto.errors import Error

SEED = os.environ.get("UTVAG_FUZZ_SEED", "20261122")
SECONDS = 0.5  # of CPU that one case may take
MEGABYTES = 64  # that all cases together may need beyond what was there before the first
WORDS = (
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", "\u202e\u2066".encode(), b"\\u0000", b"\\ud800"),
    *(b'"', b"\n", b"=", b"{", b"[" * 3000, b'{"v":' * 1500, b"1e999", b"-1", b"9" * 4400, b"NaN", b"null", b'"v":1,'),
    "\u0663\u0660".encode(),
)
TEXTS = ("", "0" * 64, "A" * 64, "\0", "\ud800", "\u202e\u2066", "2026-02-30", "9999-12-31T23:59:60Z", "x" * 9000)
NUMBERS = (0, -1, 2**53, 2**64, 10**400, 1.5, 1e308)
LISTS: tuple[list[Any], ...] = ([], [[]], ["x"] * 41)  # Any: as below
OBJECTS: tuple[dict[str, Any], ...] = ({}, {"": {}}, {str(number): "x" for number in range(50)})  # Any: as below
VALUES: tuple[Any, ...] = (None, True, *TEXTS, *NUMBERS, *LISTS, *OBJECTS)  # Any: whatever JSON holds

Json = Any  # whatever JSON holds


@dataclass(frozen=True)
class Report:
    """How many cases ran, how many of them were taken for good, and the slowest in seconds of CPU."""

    cases: int
    taken: int
    slowest: float


def bent(dice: random.Random, corpus: Sequence[bytes]) -> bytes:
    """Change one good input in one to four places: bits, pieces cut or doubled, words put in, two inputs joined."""
    data = bytearray(dice.choice(corpus))
    for _ in range(dice.randint(1, 4)):
        start = dice.randint(0, len(data))
        end = min(len(data), start + dice.choice((0, 1, 2, 8, 33, 500)))
        other = dice.choice(corpus)
        put = dice.choice(
            (
                bytes(byte ^ (1 << dice.randrange(8)) for byte in data[start:end]),
                b"",
                bytes(data[start:end]) * 2,
                dice.choice(WORDS),
                dice.randbytes(end - start),
                other[dice.randint(0, len(other)) :][:200],
            )
        )
        data[start:end] = put
    return bytes(data)


def bent_json(dice: random.Random, corpus: Sequence[Json]) -> bytes:
    """Change values and names of one good JSON value, anywhere in it, and now and then its bytes too."""
    value = json.loads(json.dumps(dice.choice(corpus)))
    for _ in range(dice.choice((1, 1, 2, 3))):
        value = _bend(dice, value)
    text = json.dumps(value, ensure_ascii=dice.random() < 0.2, sort_keys=dice.random() < 0.9, separators=(",", ":"))
    data = text.encode("utf-8", dice.choice(("surrogatepass", "replace")))
    return bent(dice, [data]) if dice.random() < 0.2 else data


def _bend(dice: random.Random, value: Json) -> Json:
    """Go down a random way and change what is there."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        deep = [name for name in value if isinstance(value[name], (dict, list))]
        name = dice.choice(deep if deep and dice.random() < 0.6 else list(value))
        match dice.randrange(12):
            case 0:
                del value[name]
            case 1:
                value[dice.choice(("", "v", "x" * 40, "V", name + " "))] = value.pop(name)
            case 2:
                value[dice.choice(("v", "extra", "mailbox", "follow_up"))] = deepcopy(dice.choice(VALUES))
            case _:
                value[name] = _bend(dice, value[name])
        return value
    if isinstance(value, list) and value and dice.random() < 0.6:
        place = dice.randrange(len(value))
        value[place] = _bend(dice, value[place])
        return value * dice.choice((1, 1, 2, 30))
    alike = [other for other in VALUES if type(other) is type(value)]  # of its own type it often stays readable
    return deepcopy(dice.choice(alike if alike and dice.random() < 0.7 else VALUES))


def fuzz(name: str, cases: int, make: Callable[[random.Random], bytes], read: Callable[[bytes], object]) -> Report:
    """Read so many cases; fail on anything but a value or one of our errors, and on a case that takes too much.

    A failure names the case: with the same UTVAG_FUZZ_SEED it is made again.
    """
    taken, slowest = 0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(cases):
        data = make(random.Random(f"{SEED}/{name}/{number}"))  # noqa: S311  # repeatable is the point
        started = time.process_time()
        try:
            with suppress(Error):
                read(data)
                taken += 1
        except BaseException as error:
            raise AssertionError(f"UTVAG_FUZZ_SEED={SEED} {name} case {number}: {error!r} of {data[:300]!r}") from error
        slowest = max(slowest, time.process_time() - started)
        assert slowest < SECONDS, f"UTVAG_FUZZ_SEED={SEED} {name} case {number} took {slowest:.2f} s"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MEGABYTES, f"UTVAG_FUZZ_SEED={SEED} {name}: needed {grown:.0f} MB"
    print(f"{name}: {cases:,} cases with seed {SEED}, {taken:,} taken, the slowest {slowest * 1000:.1f} ms")
    return Report(cases, taken, slowest)
