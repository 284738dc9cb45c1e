"""What the pages say is on the screen is on it, what they say of the law is marked, and plain words are kept."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

MARKS = ("(ska bekräftas av en jurist)", "to be confirmed by a lawyer")
LAW = re.compile(
    r"\d+ (?:a )?kap\. \d|\d+ §|[Aa]rt(?:icles?|ike?l(?:n|arna)?) \d|\(\d{4}:\d+\)|\w{3,}lagen\b|brottsbalken"
    r"|dataskyddsförordningen|\bOSL\b|\bGDPR\b|skyldighet att"
)
SAID = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])")
COORDINATORS = sorted((DOCS / "coordinators").glob("*.md"))
# Words in slanted letters that are no words of the app.
OTHER = {"så här", "Personalen:", "från anhörig"}


@pytest.fixture(scope="module")
def screen() -> str:
    """Give every word that either app can show, as the sources have it."""
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "staff").rglob("*.py"), *(ROOT / "portal").rglob("*.py")]
    return "\n".join(path.read_text("utf-8") for path in files)


@pytest.mark.parametrize("page", [*COORDINATORS, DOCS / "it" / "incident.md", DOCS / "it" / "laptops.md"], ids=str)
def test_the_words_that_a_page_names_are_on_the_screen(page: Path, screen: str) -> None:
    """Whoever looks for a button by its name finds it: a button that is renamed fails here."""
    named = set(SAID.findall(page.read_text("utf-8"))) - OTHER
    assert {words for words in named if words not in screen} == set()


def test_the_pages_name_what_is_to_be_pressed() -> None:
    """The check above has something to check."""
    assert len({words for page in COORDINATORS for words in SAID.findall(page.read_text("utf-8"))}) > 40


def test_each_point_of_law_waits_for_a_lawyer() -> None:
    """No page for those who decide states law as settled: each row or sentence that names it is marked."""
    bare = [
        f"{page.name}: {line.strip()[:80]}"
        for folder in ("protection", "coordinators", "it")
        for page in sorted((DOCS / folder).glob("*.md"))
        for line in page.read_text("utf-8").splitlines()
        if LAW.search(line) and not any(mark in line for mark in MARKS) and not line.startswith("#")
    ]
    assert bare == []


def test_coordinators_read_plain_swedish() -> None:
    """LIX of each page is 40 at most: easier than a newspaper."""
    scores = {page.name: lix(page.read_text("utf-8")) for page in COORDINATORS}
    assert {name: score for name, score in scores.items() if score > 40} == {}


def lix(text: str) -> float:
    """Count words a sentence, and the share of words of more than six letters."""
    text = re.sub(r"```.*?```|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|^\|[- |]+\|$", " ", text, flags=re.DOTALL | re.MULTILINE)
    words = re.findall(r"[^\W\d_]+", text)
    sentences = len(re.findall(r"[.:!?](?=\s)|\n\n|\|\n", text)) or 1
    return len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)
