"""What was done towards others, in words for the case's history."""

from collections.abc import Callable, Mapping

from staff.agencies.words import HOW_GIVEN, INFORMATION, STATUS, TELLS, TRANSFER, calendar_day, in_words
from staff.cases.phrases import Line, Teller, Told
from staff.cases.telling import teach
from staff.cases.values import items, read_day, text
from staff.entry import Entry

Part = Callable[[Entry], Line]


def _typed(name: str, label: str) -> Part:
    return lambda entry: (label, text(entry, name), True)


def _day(name: str, label: str) -> Part:
    def part(entry: Entry) -> Line:
        day = read_day(text(entry, name))
        return label, calendar_day(day) if day else "", False

    return part


def _word(name: str, label: str, known: Mapping[str, str]) -> Part:
    return lambda entry: (label, ", ".join(in_words(known, one) for one in items(entry, name)), False)


def _to(entry: Entry) -> Line:
    people = ", ".join(items(entry, "people")) or text(entry, "person")
    return "Till", ", ".join(filter(None, (people, text(entry, "at")))), True


def _count(entry: Entry) -> Line:
    return "Uppgifter", str(len(items(entry, "entries"))), False


def _teller(title: str, *parts: Part) -> Teller:
    def tell(entry: Entry) -> Told:
        lines = (part(entry) for part in parts)
        return Told(title, tuple(one for one in lines if one[1]))

    return tell


PURPOSE, UNTIL, REASON = _typed("purpose", "Ändamål"), _day("until", "Till och med"), _typed("reason", "Anledning")
TEST, SIGNED = _typed("test", "Prövning"), _typed("signed", "Underskrivet av två")
TELLERS: Mapping[str, Teller] = {
    "waiver": _teller(
        "Skrev ett ja till att dela",
        _to,
        PURPOSE,
        _word("information", "Uppgifter", INFORMATION),
        UNTIL,
        _word("how", "Hur", HOW_GIVEN),
    ),
    "waiver_withdrawn": _teller("Personen tog tillbaka ett ja"),
    "handed": _teller("Lämnade över", _to, PURPOSE, _count, UNTIL, REASON, SIGNED, TEST),
    "handover_ended": _teller("Ett överlämnande är slut", _word("how", "", STATUS)),
    "agency_asked": _teller("Ställde en fråga", _to, _typed("question", "Fråga")),
    "agency_told": _teller("Fick svar på en fråga", _word("answer", "", TELLS)),
    "personakt": _teller("Gjorde ett papper till personakten", _to, _count, REASON, TEST),
    "extract": _teller("Gjorde ett utdrag till personen", _count, TEST),
    "transfer": _teller("Frågade en annan kommun", _typed("at", "Kommun")),
    "transfer_ended": _teller("Den andra kommunen svarade", _word("how", "", TRANSFER), REASON),
    "looked": _teller("Läste ärendet med skriven anledning", REASON),
    "duty_done": _teller("Gjorde det som görs samma dag för ett barn", _typed("line", "")),
}

teach(TELLERS)
