"""The words behind each choice on the forms; the values stand in `programme.questions`."""

from __future__ import annotations

from collections.abc import Mapping

from portal.reasons import N_
from programme import questions

Choices = Mapping[str, str]


def _pair(values: tuple[str, ...], *words: str) -> Choices:
    return dict(zip(values, words, strict=True))


UNSURE = N_("Vet inte")
UNSAID = N_("Vill inte säga")

ME: Mapping[str, Choices] = {
    "urgency": _pair(questions.URGENCY_ME, N_("Ja, nu"), N_("Kanske snart"), N_("Nej"), UNSURE),
    "need": _pair(
        questions.NEED_ME,
        N_("Att vara trygg"),
        N_("Någonstans att sova"),
        N_("Hjälp med en skuld"),
        N_("Hjälp att sluta med droger"),
        N_("Jobb eller skola"),
        N_("Att någon i min familj är trygg"),
        N_("Bara prata"),
        UNSURE,
    ),
    "age": _pair(questions.AGE_ME, N_("Under 18"), N_("18 eller mer"), UNSAID),
}

OTHER: Mapping[str, Choices] = {
    "urgency": _pair(
        questions.URGENCY_OTHER,
        N_("Ja, jag eller någon hemma"),
        N_("Ja, den jag tänker på"),
        N_("Kanske snart"),
        N_("Nej"),
        UNSURE,
    ),
    "own_safety": _pair(
        questions.OWN_SAFETY,
        N_("Någon hotar mig eller min familj"),
        N_("Jag är rädd hemma"),
        N_("Jag behöver prata med någon"),
        N_("Jag klarar mig"),
        UNSURE,
    ),
    "relation": _pair(questions.RELATION, N_("Förälder"), N_("Syskon"), N_("Partner"), N_("Vän"), N_("Annat"), UNSAID),
    "aware": _pair(questions.AWARE, N_("Ja"), N_("Nej"), UNSURE),
    "need": _pair(
        questions.NEED_OTHER,
        N_("Råd om vad jag kan göra"),
        N_("Stöd till mig"),
        N_("Att någon hos oss är trygg"),
        N_("Att få veta vilken hjälp som finns"),
        N_("Att hjälpa någon att be om hjälp själv"),
        UNSURE,
    ),
    "age": _pair(questions.AGE_OTHER, N_("Ja"), N_("Nej"), UNSURE, UNSAID),
}

BOTH: Mapping[str, Choices] = {
    "avoid": _pair(
        questions.AVOID,
        N_("Andra kan se min mobil"),
        N_("Jag svarar inte på dolt nummer"),
        N_("Ni får lämna ett kort meddelande"),
    ),
}

WITH_CODE: Choices = _pair(
    questions.ANSWER_BY,
    N_("Här på sidan. Jag får en kod efteråt."),
    N_("Ring mig"),
    N_("Skicka sms"),
    N_("Både kod och samtal"),
)
WITHOUT_CODE: Choices = {
    "call": N_("Ring mig"),
    "sms": N_("Skicka sms"),
    "": N_("Jag ringer er i stället"),
}


# What the script must know of each way: whether it draws a code, or needs a number.
_NUMBER = " data-needs=contact"
ANSWER_MARKS: Mapping[str, str] = {
    "code": " data-wants=code",
    "call": _NUMBER,
    "sms": _NUMBER,
    "code_and_call": f"{_NUMBER} data-wants=code",
}


def answer_by(code: bool) -> Choices:
    """Return the ways to be answered; without return codes a person may also choose to call us."""
    return WITH_CODE if code else WITHOUT_CODE
