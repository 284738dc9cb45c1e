"""Compare words with a list of conflicts: names, nicknames and telephone numbers, one a line, in whatever spelling.

It would rather warn once too often: case and accents make no difference, a genitive's s neither, and a number is found
however it is grouped, with or without the country's prefix.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SHORTEST = 3  # letters of a name: two would be found in every text
DIGITS = 7  # of a telephone number
WORD = re.compile(r"\w+")
NUMBER = re.compile(r"\+?\d(?:[\s\-/().]{0,3}\d){5,}")
ONLY_NUMBER = re.compile(r"[+\d\s\-/().]+")


@dataclass(frozen=True)
class Lines:
    """Hold a list made ready to be compared: names as " folded words ", numbers as their last digits."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @classmethod
    def read(cls, lines: Iterable[str]) -> "Lines":
        """Read a list, one name or number a line; what is too short to mean anybody is left out."""
        names, numbers = [], []
        for line in lines:
            if ONLY_NUMBER.fullmatch(line.strip()):
                numbers.append(_digits(line))
            else:
                names.append(_words(line))
        return cls(
            tuple(one for one in names if len(one.replace(" ", "")) >= SHORTEST),
            tuple(one for one in numbers if len(one) >= DIGITS),
        )

    def __bool__(self) -> bool:
        """Tell whether there is anything to compare with."""
        return bool(self.names or self.numbers)

    def touch(self, text: str) -> bool:
        """Tell whether any line stands in a text."""
        folded = f" {_words(text)} "
        if any(f" {name} " in folded or f" {name}s " in folded for name in self.names):
            return True
        said = [_digits(found) for found in NUMBER.findall(text)] if self.numbers else []
        return any(one.endswith(known) or known in one for known in self.numbers for one in said)


def too_short(line: str) -> bool:
    """Tell whether a line could mean nearly anybody."""
    bare = line.strip()
    return bool(bare) and not Lines.read([bare])


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(one for one in folded if not unicodedata.combining(one))
    return " ".join(WORD.findall(bare))


def _digits(text: str) -> str:
    """Give a number's digits without the country's prefix and the leading zero."""
    digits = "".join(str(unicodedata.decimal(one)) for one in text if one.isdecimal())
    for prefix in ("0046", "46"):
        if digits.startswith(prefix) and (text.strip().startswith(("+", "00")) or prefix == "0046"):
            return digits.removeprefix(prefix).removeprefix("0")
    return digits.removeprefix("0")
