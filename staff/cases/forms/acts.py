"""The forms of everything that is not a stage: notes, tasks, flags, questions, names, contact, moves, a new case."""

from collections.abc import Sequence

from staff.cases.forms.base import EntryForm, day, hidden, line, one_of, pick, some_of, words
from staff.cases.model import Window
from staff.cases.stages import OUTCOMES, Position, Stage
from staff.cases.values import write_windows

YES = (("yes", "Ja"),)
STAGE_LABELS = {
    Stage.CONTACT: "Kontakt",
    Stage.TALK: "Samtal",
    Stage.ASSESSMENT: "Första bedömning",
    Stage.MAPPING: "Kartläggning",
    Stage.SAFETY: "Trygghet",
    Stage.PLAN: "Plan och uppföljning",
}
OUTCOME_LABELS = dict(
    zip(
        OUTCOMES,
        ("Klart", "Egen önskan", "Flyttat", "Överlämnat till annan kommun", "Tappad kontakt", "Annat stöd", "Avliden"),
        strict=True,
    )
)
HOW_LABELS = {
    "request": "Förfrågan",
    "outreach": "Uppsökande möte",
    "call": "Samtal till oss",
    "referral": "Hänvisning",
}
SORTS = {"note": "Anteckning", "call": "Samtal", "meeting": "Möte", "message": "Meddelande"}
TASK_LABELS = {
    "task": "Uppgift",
    "meeting": "Möte",
    "review": "Genomgång",
    "application": "Ansökan",
    "contact": "Kontakt",
    "follow_up": "Uppföljning",
    "measure": "Insats",
}
DANGER_LABELS = {"2": "Fara nu", "1": "Snart", "0": "Vanlig"}
WEEKDAYS = tuple(zip("0123456", ("mån", "tis", "ons", "tors", "fre", "lör", "sön"), strict=True))


class NoteForm(EntryForm):
    """Something to remember."""

    form_name, entry_kind, heading = "note", "note", "Anteckning"
    text = words("Vad som hänt", rows=4, must=True)
    sort = one_of("Slag", tuple(SORTS.items()))


class TaskForm(EntryForm):
    """Something to do on a day."""

    form_name, entry_kind, heading = "task", "task", "Uppgift"
    title = line("Vad", must=True)
    due = day("När")
    kind = one_of("Slag", [item for item in TASK_LABELS.items() if item[0] not in ("follow_up", "measure")])
    owner = line("Vem", "Den som har ärendet, om fältet är tomt.")
    agency = line("Väntar på", "En myndighet eller part.")


class FlagForm(EntryForm):
    """A warning that everybody should see, until a day."""

    form_name, entry_kind, heading = "flag", "flag", "Flagga"
    text = line("Vad alla ska se", must=True)
    until = day("Gäller till", must=True)


class QuestionForm(EntryForm):
    """A question about one entry."""

    form_name, entry_kind, heading = "question", "question", "Fråga"
    about = hidden(8)
    text = words("Fråga", rows=2, must=True)


class AnswerForm(EntryForm):
    """An answer, which closes the question."""

    form_name, entry_kind, heading = "answer", "answer", "Svar"
    question = hidden()
    text = words("Svar", rows=2, must=True)


WINDOWS = ("", "2", "3")  # the card's times to call, as their fields' names end


class ContactForm(EntryForm):
    """The card of safe contact."""

    form_name, entry_kind, heading = "card", "contact", "Trygg kontakt"
    how = line("Hur")
    number = line("Nummer")
    when = line("När")
    days = some_of("Dagar då vi kan ringa", WEEKDAYS)
    start = line("Från klockan", limit=5)
    end = line("Till klockan", limit=5)
    days2 = some_of("Andra tiden: dagar", WEEKDAYS)
    start2 = line("Från klockan (andra)", limit=5)
    end2 = line("Till klockan (andra)", limit=5)
    days3 = some_of("Tredje tiden: dagar", WEEKDAYS)
    start3 = line("Från klockan (tredje)", limit=5)
    end3 = line("Till klockan (tredje)", limit=5)
    word = line("Ord", "Vi säger det först.")
    call_name = line("Kallas")
    sees = line("Vilka ser mobilen")
    never = line("Gör aldrig")
    language = line("Språk", "Och om tolk ska vara från en annan ort.")

    def typed(self) -> dict[str, str]:
        """Return what was filled in, with the times to call as an entry has them."""
        typed = super().typed()
        windows = [one for one in map(self.window, WINDOWS) if one]
        return {**typed, "windows": write_windows(windows)} if windows else typed

    def window(self, which: str = "") -> Window | None:
        """Give one of the times to call, if days and both times are there."""
        chosen, begins, ends = self._asked(which)
        start, end = minutes(begins or ""), minutes(ends or "")
        days = tuple(int(one) for one in chosen or () if one in "0123456")
        if not days or start is None or end is None or start >= end:
            return None
        return Window(days, start, end)

    def faults(self) -> list[tuple[str, str]]:
        """List what must be mended: a time that is none, or days without times."""
        found = super().faults()
        for field in (self[name + which] for which in WINDOWS for name in ("start", "end")):
            if field.data and minutes(field.data) is None:
                found.append((field.short_name, "clock"))
        if not found:
            half = [which for which in WINDOWS if any(self._asked(which)) and self.window(which) is None]
            found = [(f"start{which}", "window") for which in half]
        return found

    def _asked(self, which: str) -> tuple[list[str] | None, str | None, str | None]:
        return self["days" + which].data, self["start" + which].data, self["end" + which].data


def minutes(written: str) -> int | None:
    """Read "8", "8.30" or "08:30" as minutes of the day; None if it is no time."""
    hour, _, minute = written.replace(":", ".").partition(".")
    if not (hour.isascii() and hour.isdecimal()) or (minute and not (minute.isascii() and minute.isdecimal())):
        return None
    found = int(hour) * 60 + int(minute or 0)
    return found if int(minute or 0) < 60 and found <= 24 * 60 else None


class CloseForm(EntryForm):
    """How a case ends."""

    form_name, entry_kind, heading, button = "close", "close", "Avsluta ärendet", "Avsluta"
    outcome = one_of("Hur det slutar", tuple(OUTCOME_LABELS.items()), must=True)
    where = line("Vart, vid annat stöd")
    reason = words("Anledning", rows=2, must=True)


class ReopenForm(EntryForm):
    """Why a case opens again."""

    form_name, entry_kind, heading, button = "reopen", "reopen", "Öppna igen", "Öppna igen"
    reason = words("Anledning", rows=2, must=True)


class MoveForm(EntryForm):
    """A move to another stage; `moves` gives one that offers what the machine allows."""

    form_name, entry_kind, heading, button = "move", "move", "Byt steg", "Byt steg"
    to = line("Till steg", limit=1, must=True)
    reason = words("Anledning", rows=2, must=True)


def moves(position: Position) -> type[MoveForm]:
    """Give the form that offers the stages to which a case can be moved now, the nearest first."""
    near = (*position.ahead, *reversed(position.behind))
    offered = [(str(stage.value), f"{stage.value} {STAGE_LABELS[stage]}") for stage in near]
    offered = offered if position.ahead else [("", "–"), *offered]  # nobody goes back by pressing save
    fields = {"to": pick("Till steg", offered, must=True), "reason": words("Anledning", rows=2, must=True)}
    return type("MoveForm", (MoveForm,), fields)


class RenameForm(EntryForm):
    """Another working name."""

    form_name, entry_kind, heading = "rename", "renamed", "Arbetsnamn"
    working = line("Arbetsnamn", "Säger ingenting om vem det är.", 60, must=True)


class RealNameForm(EntryForm):
    """The real name, which is shown to nobody without being logged."""

    form_name, entry_kind, heading = "real", "real_name", "Riktigt namn"
    name = line("Riktigt namn", "Visas inte. Varje gång någon öppnar det loggas.", 200, must=True)


class ScheduleForm(EntryForm):
    """When the case is followed up, from the municipality's template."""

    form_name, entry_kind, heading, button = "schedule", "seeded", "Lägg upp uppföljningen", "Lägg in datumen"
    start = day("Räknat från", must=True)
    near = some_of("Hotad eller flyttad", (("yes", "Ja: varje dag de första veckorna"),))
    longer = some_of("Personen har sagt ja till fler", (("yes", "Ja: även efter ett år"),))


class WaitForm(EntryForm):
    """For whom the case waits."""

    form_name, entry_kind, heading, bare = "wait", "waiting", "Väntar på", True
    on = line("Väntar på", "En myndighet, en part eller personen. Tomt: väntar inte.", 60)


class ProtectForm(EntryForm):
    """Who may read a protected case."""

    form_name, entry_kind, heading, button = "protect", "protected", "Skyddat ärende", "Skydda"
    reason = words("Anledning", rows=2, must=True)


def protecting(names: Sequence[str]) -> type[ProtectForm]:
    """Give the form that offers the team's people."""
    return type("ProtectForm", (ProtectForm,), {"named": some_of("Vilka får läsa", [(name, name) for name in names])})


class NewCaseForm(EntryForm):
    """A new case."""

    form_name, entry_kind, heading, button = "new", "opened", "Nytt ärende", "Öppna ärendet"
    working = line("Arbetsnamn", "Ett namn att arbeta med. Säger ingenting om vem det är.", 60, must=True)
    how = one_of("Hur det kom", tuple(HOW_LABELS.items()), must=True)
    danger = one_of("Läge", tuple(DANGER_LABELS.items()))
    under18 = some_of("Ålder", (("yes", "Under 18"),))
    text = words("Första anteckningen", rows=4)


def new_case(names: Sequence[str]) -> type[NewCaseForm]:
    """Give the form of a new case that can be protected from the start for some of the team."""
    fields = {
        "protected": some_of("Skydd", (("yes", "Skyddat ärende: bara de namngivna läser"),)),
        "named": some_of("Vilka får läsa", [(name, name) for name in names]),
    }
    return type("NewCaseForm", (NewCaseForm,), fields)
