"""What stands in a list of conflicts is found however it is spelt, and ordinary words are not."""

from __future__ import annotations

import time

import pytest

from staff.insiders.matching import Lines, too_short

FOUND = {
    "a name in other letters": ("Åsa Lindqvist", "i går träffade jag ÅSA  lindqvist på torget"),
    "without its accents": ("Åsa", "asa ringde"),
    "a genitive": ("Hassan", "det är Hassans bror"),
    "a nickname in a list of answers": ("Snabben", "kallas\nsnabben, tror jag"),
    "a number grouped otherwise": ("070-174 06 05", "ring 0701740605 efter sex"),
    "a number with the country before it": ("0701740605", "nås på +46 70 174 06 05"),
    "a number with two zeros": ("+46701740605", "0046-70-1740605"),
    "a number in other digits": ("0701740605", "٠٧٠١٧٤٠٦٠٥"),
    "a name put together of marks": ("André", "Andre\u0301 kommer"),
}
PASSED = {
    "a name within a word": ("Ali", "kvaliteten på allt"),
    "another number": ("0701740605", "0701740606"),
    "half a number": ("0701740605", "174 06"),
    "a line too short to mean anybody": ("Bo", "Bo bor här"),
    "nothing": ("", "vad som helst"),
}


@pytest.mark.parametrize(("line", "text"), FOUND.values(), ids=FOUND)
def test_it_is_found(line: str, text: str) -> None:
    """However it is written it is the same person."""
    assert Lines.read(["Någon Annan", line]).touch(text)


@pytest.mark.parametrize(("line", "text"), PASSED.values(), ids=PASSED)
def test_it_is_not_found(line: str, text: str) -> None:
    """What only looks alike warns nobody."""
    assert not Lines.read([line]).touch(text)


def test_what_would_be_found_everywhere_is_known_as_such() -> None:
    """A letter or a few digits are refused when the list is saved."""
    assert [one for one in ("", "Bo", "112", "Åsa", "0701740605") if too_short(one)] == ["Bo", "112"]


def test_a_long_list_and_a_long_text_take_no_time() -> None:
    """Two hundred lines against the longest entry there is: less than a tenth of a second."""
    lines = Lines.read([f"Person Nummer{number}" for number in range(200)] + ["0701740605"])
    begun = time.process_time()
    assert not lines.touch("ord och 0701740699 " * 3400)
    assert time.process_time() - begun < 0.5
