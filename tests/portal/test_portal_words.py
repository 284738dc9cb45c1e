"""The catalogues: every text translated, placeholders equal, and the words behind times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from gettext import c2py

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from portal import choices
from portal.facts import clock, facts, moment, whole_day
from programme import LANGUAGES, Programme, questions
from programme.hours import ZONE
from tests.portal.world import DEMO, Phone, World
from web.app import TEMPLATES
from web.catalogue import load, source

KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
CATALOGUES = tuple(tag for tag in LANGUAGES if source(tag).is_file())
BUTTONS = (
    "Jag vill ha hjälp",
    "Det gäller någon annan",
    "Jag har en kod",
    "Skicka nu",
    "Skicka",
    "Skicka svar",
    "Visa svar",
    "Visa koden",
    "Lämna sidan",
    "Klar. Lämna sidan",
    "Ta bort svaret härifrån",
    "Jag vill att ni tar bort det jag har skrivit",
    "Skriv en annan kod",
    "Till början",
)
ACCUSES = re.compile(
    r"anonym|avhopp|kriminell|brottsling|samtyck|utredning|\bärende|\bgäng|handlägg|åtgärd|\boffer|(?<!oros)anmälan"
    r"|nödutgång|radera|för alltid",
    re.IGNORECASE,
)
FOLDERS = ((TEMPLATES.parent / "portal", "python"), (TEMPLATES / "portal", "jinja2"), (TEMPLATES / "shared", "jinja2"))


def written() -> Iterator[str | tuple[str, ...]]:
    """Yield every text that the portal's code and templates mark for translation."""
    for folder, kind in FOLDERS:
        methods = [("**.py", "python")] if kind == "python" else [("**.html", "jinja2")]
        options = {"**.html": {"silent": "false", "extensions": "jinja2.ext.i18n"}}
        for _, _, message, _, _ in extract_from_dir(folder, methods, options, KEYWORDS):
            yield tuple(message) if isinstance(message, tuple | list) else str(message)


def catalogue(tag: str) -> Catalog:
    """Return the catalogue of a language; it must hold without an entry left out."""
    assert load(tag)[1] == []
    with source(tag).open("rb") as file:
        return read_po(file, abort_invalid=True)


def texts_of(message: Message) -> tuple[str, ...]:
    """Return a message's translations: one, or one for each plural."""
    return tuple(message.string) if isinstance(message.string, list | tuple) else (str(message.string),)


@pytest.fixture(scope="module")
def texts() -> frozenset[str | tuple[str, ...]]:
    """Return all that pages say, read once."""
    return frozenset(written())


@pytest.mark.parametrize("tag", CATALOGUES)
def test_every_text_has_its_translation(texts: frozenset[str | tuple[str, ...]], tag: str) -> None:
    """Nothing is missing, empty, or left over from a text that no page has any more; plurals are all there."""
    entries = {one.id: texts_of(one) for one in catalogue(tag) if one.id}
    assert len(texts) > 150
    assert {text for text in texts if not all(entries.get(text, [""]))} == set()
    assert entries.keys() - texts == set()
    assert {len(entry) for text, entry in entries.items() if isinstance(text, str)} == {1}


@pytest.mark.parametrize("tag", CATALOGUES)
def test_a_translation_has_the_same_placeholders_and_no_markup(tag: str) -> None:
    """A missing placeholder would drop a number to call; one too many would fail; a tag would become one."""
    for one in catalogue(tag):
        said = one.id if isinstance(one.id, str) else one.id[-1]
        for text in texts_of(one) if one.id else ():
            assert sorted(re.findall(r"%\(\w+\)s", said)) == sorted(re.findall(r"%\(\w+\)s", text)), said
            assert "%" not in re.sub(r"%\(\w+\)s", "", said + text), said
            assert not re.search("[<>&\u202a-\u202e\u2066-\u2069]", text), said
            assert text == text.strip(), said


@pytest.mark.parametrize("tag", CATALOGUES)
def test_numbers_to_call_stay_as_they_are(tag: str) -> None:
    """Each digit of the Swedish stands in the translation as 0 to 9: 112 is dialled on a Swedish keypad."""
    for one in catalogue(tag):
        said = one.id if isinstance(one.id, str) else one.id[-1]
        for text in texts_of(one) if one.id else ():
            numbers = re.sub(r"[\s\u00a0.,]", "", " ".join(re.findall(r"\d[\d \u00a0,.]*", text)))
            assert numbers == re.sub(r"\s", "", " ".join(re.findall(r"\d[\d ]*", said))), said
            assert text.isascii() or not re.search("[\u0660-\u0669\u06f0-\u06f9\u1369-\u137c]", text), said


@pytest.mark.parametrize("tag", CATALOGUES)
def test_a_button_stays_short(tag: str) -> None:
    """A button's words are at most half as long again as the Swedish and eight letters, to stay on two lines."""
    entries = {one.id: texts_of(one)[0] for one in catalogue(tag) if one.id}
    assert {said for said in BUTTONS if len(entries[said]) > 1.5 * len(said) + 8} == set()


@pytest.mark.parametrize("tag", CATALOGUES)
def test_numbers_take_the_form_that_the_language_has_for_them(tag: str) -> None:
    """What two numbers share in the language's own grammar (CLDR), they share in the catalogue: 3 dni, 5 dni."""
    form, category = c2py(catalogue(tag).plural_expr), Locale.parse(LANGUAGES[tag].locale).plural_form
    pairs = {(category(n), form(n)) for n in range(1, 201)}
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})


def test_easy_swedish_says_one_thing_in_a_sentence() -> None:
    """No sentence of the easy Swedish has more than 13 words or a second clause after a comma; they are shorter."""
    sentences = [
        [one for text in texts for one in re.split(r"(?<=[.!?:])\s+", text)]
        for texts in (
            [text for one in catalogue("sv-simple") if one.id for text in texts_of(one)],
            [str(one.id) for one in catalogue("sv-simple") if isinstance(one.id, str) and one.id],
        )
    ]
    lengths = [[len(re.findall(r"[^\W\d_]+", one)) for one in those] for those in sentences]
    assert max(lengths[0]) <= 13
    assert sum(lengths[0]) / len(lengths[0]) < sum(lengths[1]) / len(lengths[1])
    assert [one for one in sentences[0] if re.search(r", (?:som|att|när|medan|eftersom|men|och|fast) ", one)] == []


def test_no_text_has_a_word_that_accuses(texts: frozenset[str | tuple[str, ...]]) -> None:
    """Not on the pages of the tests alone: what a fault says and what the script says are read too."""
    said = [one for text in texts for one in ([text] if isinstance(text, str) else text)]
    assert [one for one in said if ACCUSES.search(one)] == []
    assert ACCUSES.search("Är du med i ett gäng?")
    assert ACCUSES.search("Din handläggare")
    assert not ACCUSES.search("Tillgänglighet")


def test_english_is_another_text() -> None:
    """An entry that repeats the Swedish was forgotten, but for the few that are the same word."""
    same = {one.id for one in catalogue("en") if one.id and texts_of(one) == (one.id,)}
    assert same == {"Under 18", "Partner"}


def test_numbers_keep_their_order_among_arabic_letters(world: World) -> None:
    """On an Arabic page a number to call and the address are set apart from the letters, in faults too."""
    phone = Phone(world.app(demo=True), language="ar")
    phone.get("/me")
    phone.post("/me", {"answer_by": "call", "message": "x" * 9000})
    pages = [phone.get(path).text for path in ("/me", "/", "/other?m=down", "/code", "/about", "/parts")]
    assert '<html lang="ar" dir="rtl">' in pages[0]
    for page in pages:
        places = [found.start() for found in re.finditer(r"(?<!tel:)\b070-\d|utvag\.example", page)]
        assert places
        assert {page[:place].endswith("<bdi dir=ltr>") for place in places} == {True}
    facts = re.findall(r"<dd>(.*?)</dd>", phone.get("/uppgifter").text)  # "26 kap. 1 §" begins with its number
    assert facts
    assert [one for one in facts if not re.fullmatch(r"<bdi>.+</bdi>", one)] == []


def test_no_swedish_is_left_on_an_english_page(world: World) -> None:
    """Running text of English pages has none of the commonest Swedish words."""
    phone = Phone(world.app(), language="en")
    for path in ("/", "/me", "/other", "/code", "/about", "/jobb", "/done", "/no-such-page"):
        page = re.sub(r"<style>.*?</style>|<[^>]+>", " ", phone.get(path).text, flags=re.DOTALL)
        assert not re.search(r"\b(och|inte|är|eller|någon|vill|klockan|Ring)\b", page), path


def test_each_choice_has_words() -> None:
    """Every value that a form offers is said in words, and no other."""
    assert tuple(choices.ME["urgency"]) == questions.URGENCY_ME
    assert tuple(choices.OTHER["own_safety"]) == questions.OWN_SAFETY
    assert tuple(choices.answer_by(code=True)) == questions.ANSWER_BY
    assert tuple(choices.answer_by(code=False)) == ("call", "sms", "")


@pytest.mark.parametrize(
    ("value", "swedish", "english_words"),
    [(time(8), "8", "8:00"), (time(8, 30), "8.30", "8:30"), (time(16, 5), "16.05", "16:05")],
)
def test_a_time_is_written_as_people_say_it(value: time, swedish: str, english_words: str) -> None:
    """Full hours without minutes in Swedish."""
    assert (clock(value, "sv"), clock(value, "en")) == (swedish, english_words)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", "الاثنين 30 نوفمبر"),
        ("so", "Isniin 30 Noofeembar"),
        ("fa", "دوشنبه 30 نوامبر"),
        ("prs", "دوشنبه 30 نومبر"),
        ("ti", "ሰኑይ 30 ሕዳር"),
        ("pl", "poniedziałek 30 listopada"),
    ],
)
def test_a_day_has_the_languages_own_names_and_the_keypads_digits(language: str, words: str) -> None:
    """By the calendar of Sweden, in every language: 30 November, never another era's month or a phone's own digits."""
    assert whole_day(date(2026, 11, 30), language) == words


@pytest.mark.parametrize(
    ("coming", "words"),
    [
        (datetime(2026, 11, 23, 8, tzinfo=ZONE), "i dag klockan 8"),
        (datetime(2026, 11, 24, 8, tzinfo=ZONE), "i morgon klockan 8"),
        (datetime(2026, 11, 27, 8, 30, tzinfo=ZONE), "fredag klockan 8.30"),
        (datetime(2026, 11, 30, 8, tzinfo=ZONE), "måndag 30 november klockan 8"),
    ],
)
def test_a_coming_moment_is_named_as_shortly_as_it_is_clear(app: Flask, coming: datetime, words: str) -> None:
    """Today, tomorrow, the weekday, and with the date beyond a week."""
    with app.test_request_context("/"):
        assert moment(coming, datetime(2026, 11, 23, 6, tzinfo=ZONE), "sv") == words


@pytest.mark.parametrize(
    ("now", "reading", "until", "answer"),
    [
        (datetime(2026, 11, 23, 10, tzinfo=ZONE), "", "16", "i morgon klockan 10"),
        (datetime(2026, 11, 23, 15, 45, tzinfo=ZONE), "i morgon klockan 8", "", "i morgon klockan 16"),
        (datetime(2026, 12, 23, 20, tzinfo=ZONE), "måndag klockan 8", "", "måndag klockan 16"),
    ],
)
def test_the_next_reading_is_computed(app: Flask, now: datetime, reading: str, until: str, answer: str) -> None:
    """While somebody reads, the end of the day; else the next opening, over Christmas too."""
    with app.test_request_context("/"):
        known = facts(Programme.load(DEMO), "sv", now)
    assert (known.reading, known.until, known.answer) == (reading, until, answer)
    assert known.hours == "vardagar klockan 8 till 16"
    assert known.towns == "Ekstad, Björkby och Granvik"
