"""What the demo's people send, and when: command/fill.toml dealt out in the shares of a busy week, always the same."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from importlib.resources import files
from typing import Any

from programme import questions

Answers = dict[str, str | list[str]]

SHARES = {"me": 0.50, "other": 0.30, "young": 0.05, "tongue": 0.05, "wrong": 0.05, "hostile": 0.05}
TOWNS = {"ekstad": 0.92, "bjorkby": 0.05, "granvik": 0.03}
DAYS = 4  # how far back the oldest was sent
FLOOD = 0.5  # share of the hostile that is one text again and again
ANSWER_BY = {"code": 0.55, "call": 0.2, "sms": 0.15, "code_and_call": 0.1}

WHEN = (
    "vardagar före klockan 12",
    "bara på kvällen efter 21",
    "tisdag eller onsdag på lunchen",
    "när som helst utom helger",
    "mellan 7 och halv 8, då går jag till bussen",
    "inte när det är match",
)
BEWARE = (
    "Min bror har samma mobil. Säg inget om det är en kille som svarar.",
    "Ring inte på nätterna, väggarna är tunna",
    "Säg att ni är från biblioteket",
    "Hunden skäller när det ringer, då vaknar alla",
)
WORDS = ("pannkaka", "lasagne", "blåbär", "falafel", "kanelbulle", "paraply", "åska", "kardemumma", "ris å lins")
NICKNAMES = ("Kim", "M", "ingen", "Lo", "storebror", "N.", "Sasha", "x", "din vän", "Robin")
AFTERTHOUGHTS = (
    "snälla svara",
    "Skriv inte till min mamma.",
    "ps jag raderar det här sen",
    "Tack för att ni finns.",
    "måste gå nu",
    "Förlåt om det blev rörigt.",
    "inte på helgen",
    "asså på riktigt",
    "Jag vet inte vad jag ska göra.",
    "svara fort",
)


@dataclass(frozen=True)
class Request:
    """One request as a browser would send it: the form, the page's language, the fields, and when."""

    kind: str
    form: str
    page_language: str
    answers: Answers
    sent_at: datetime


class Plan:
    """Deal out requests; the same seed and number give the same ones, at the same distance from now.

    `codes` tells whether the pages offer return codes: where they do not, nobody can have chosen one.
    """

    def __init__(self, *, codes: bool, seed: int = 1) -> None:
        self._codes = codes
        self._decks: dict[str, list[Mapping[str, Any]]] = {}  # Any: TOML's values
        self._towns = list(TOWNS)
        self._random = random.Random(seed)  # noqa: S311  # nothing here is secret, and it must be repeatable
        self._times = random.Random(seed)  # noqa: S311  # by itself: what is dealt must not depend on the hour

    @cached_property
    def _texts(self) -> list[dict[str, Any]]:  # Any: TOML's values
        text = (files("command") / "fill.toml").read_text("utf-8")
        found: list[dict[str, Any]] = tomllib.loads(text)["request"]  # Any: as above
        return found

    def requests(self, number: int, now: datetime) -> list[Request]:
        """Return requests in the shares of SHARES, oldest first."""
        chosen = [self._choose(kind) for kind, count in shares(number).items() for _ in range(count)]
        for place, single in enumerate(one for one in self._texts if "once" in one):
            if place < len(chosen) // 2:  # the first half are people who write for themselves, as these do
                chosen[place] = single
        times = sorted(self._moment(now) for _ in chosen)
        self._random.shuffle(chosen)
        return [self._request(one, moment) for one, moment in zip(chosen, times, strict=True)]

    def _choose(self, kind: str) -> Mapping[str, Any]:  # Any: as above
        of_kind = [one for one in self._texts if one["kind"] == kind and "once" not in one]
        floods = [one for one in of_kind if one.get("flood")]
        if floods and self._random.random() < FLOOD:
            return floods[0]
        deck = self._decks.setdefault(kind, [])
        if not deck:  # each text comes once before any comes again
            deck += self._random.sample(of_kind, len(of_kind))
        return deck.pop()

    def _moment(self, now: datetime) -> datetime:
        """Draw a time: more the nearer to now, more at night than in the morning."""
        while True:
            back: float = self._times.random() ** 2.5
            moment = now - timedelta(days=DAYS) * back
            if self._times.random() < (0.25 if 5 <= moment.hour < 12 else 1):
                return moment.replace(microsecond=0)  # the envelope knows whole seconds

    def _request(self, one: Mapping[str, Any], moment: datetime) -> Request:  # Any: as above
        form = one.get("form", "other" if one["kind"] == "other" else "me")
        fixed = {name: value for name, value in one.items() if name not in ("kind", "form", "flood", "once")}
        page_language = str(fixed.pop("page_language", "sv"))
        answers: Answers = {**self._drawn(one["kind"], form), **fixed}
        if answers.get("answer_by") in ("call", "sms", "code_and_call"):
            answers = {**self._reachable(), **answers}
        if one["kind"] in ("me", "other", "young"):
            answers["message"] = self._longer(str(answers["message"]))
        filled = {name: value for name, value in answers.items() if value}
        return Request(one["kind"], form, page_language, filled, moment)

    def _drawn(self, kind: str, form: str) -> Answers:
        drawn: Answers = {"municipality": self._town(), "answer_by": self._answer_by(form)}
        if self._random.random() < 0.4:
            drawn["language"] = "page"
        if kind == "young":
            drawn["age"] = "under18"
        elif self._random.random() < 0.4:
            drawn["age"] = self._random.choice(["adult", "adult", "unsaid"])
        return drawn

    def _town(self) -> str:
        """Draw a town; each gets one before any gets more, so that no coordinator waits for nothing."""
        return self._towns.pop() if self._towns else self._weighted(TOWNS)

    def _answer_by(self, form: str) -> str:
        drawn = self._weighted(ANSWER_BY)
        if drawn == "code_and_call" and (form == "other" or not self._codes):
            return "call"
        return "" if drawn == "code" and not self._codes else drawn

    def _reachable(self) -> Answers:
        """Draw how to reach somebody: a number kept for fiction, and more for two of three."""
        drawn: Answers = {"contact": f"070-17406{self._random.randint(5, 99):02d}"}
        for name, choices in (("when", WHEN), ("avoid_more", BEWARE), ("code_word", WORDS), ("call_name", NICKNAMES)):
            if self._random.random() < 0.66:
                drawn[name] = self._random.choice(choices)
        if self._random.random() < 0.5:
            drawn["avoid"] = self._random.sample(questions.AVOID, self._random.randint(1, 2))
        return drawn

    def _longer(self, text: str) -> str:
        if not text or self._random.random() < 0.7:
            return text
        return f"{text.rstrip()} {self._random.choice(AFTERTHOUGHTS)}"

    def _weighted(self, weights: Mapping[str, float]) -> str:
        return self._random.choices(list(weights), list(weights.values()))[0]


def shares(number: int) -> dict[str, int]:
    """Split a number in the shares of SHARES, every piece a whole one: the largest remainders are rounded up."""
    exact = {kind: share * number for kind, share in SHARES.items()}
    whole = {kind: int(value) for kind, value in exact.items()}
    missing: Sequence[str] = sorted(exact, key=lambda kind: whole[kind] - exact[kind])
    for kind in missing[: number - sum(whole.values())]:
        whole[kind] += 1
    return whole
