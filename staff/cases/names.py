"""Working names: a tree and a number, which say nothing of anybody."""

import secrets
from collections.abc import Collection

TREES = (
    "Al", "Alm", "Ask", "Asp", "Björk", "Bok", "Ek", "En", "Gran", "Hassel", "Hägg", "Kastanj", "Lind", "Lärk", "Lönn",
    "Oxel", "Pil", "Rönn", "Sälg", "Tall", "Vide",
)  # fmt: skip
HIGHEST = 99
TRIES = 50


def suggest(taken: Collection[str]) -> str:
    """Draw a working name that none of the cases has which this person knows."""
    name = ""
    for tried in range(TRIES):
        highest = HIGHEST if tried < TRIES // 2 else HIGHEST * 100
        name = f"{secrets.choice(TREES)} {secrets.randbelow(highest - 1) + 2}"
        if name not in taken:
            break
    return name
