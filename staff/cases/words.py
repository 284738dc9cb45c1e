"""The words of the case pages: refusals, titles of entries, and the forms by their names."""

from collections.abc import Mapping

from programme.casework import Casework
from staff.cases.forms import acts, stages
from staff.cases.forms.base import EntryForm

REFUSALS = {
    "needed": "Fyll i det här.",
    "empty": "Skriv något först. Inget sparades.",
    "long": "Texten är för lång. Korta den eller dela upp den. Inget är borta.",
    "day": "Skriv ett datum, till exempel 2026-12-01.",
    "moment": "Skriv datum och tid, till exempel 2026-12-01 09:30.",
    "clock": "Skriv ett klockslag, till exempel 8 eller 8.30.",
    "window": "Kryssa i dagar och skriv från och till, till exempel 8 och 12.",
    "not_offered": "Det går inte längre: någon annan har ändrat ärendet. Läs vad som hänt.",
    "reason": "Skriv en anledning.",
    "drawn": "Skriv varför uppgiften inte längre kommer från en anhörig eller någon annan.",
    "stage": "Välj ett steg.",
    "outcome": "Välj hur det slutar.",
    "where": "Skriv vart, vid annat stöd.",
    "meanwhile": "Någon sparade samma sak medan du skrev. Läs vad, och spara igen om du vill.",
    "answered": "Någon har redan svarat på frågan. Ditt svar finns kvar här.",
    "gone": "Det finns inte längre i ärendet.",
    "done": "Det är redan gjort.",
    "busy": "Flera skrev samtidigt. Inget sparades. Försök igen.",
    "linked": "Förfrågan hör redan till ett ärende.",
    "recover": "En vald kollega har en ny nyckel: två måste skriva under först, under Medarbetare. Inget ändrades.",
    "closed": "Allt i förfrågan går inte att öppna med din nyckel. Inget gjordes.",
    "role": "Så kan ärendet inte delas.",
    "case": "Välj ett ärende.",
    "named": "Du måste själv vara bland dem som får läsa.",
    "nobody": "Det finns ingen med det namnet i teamet.",
}
TITLES = {
    "opened": "Öppnade ärendet",
    "renamed": "Bytte arbetsnamn",
    "real_name": "Skrev riktigt namn",
    "taken": "Bytte vem som har ärendet",
    "helper": "Ändrade vilka som delar på arbetet",
    "danger": "Ändrade läget",
    "under18": "Ändrade åldern",
    "same_day": "Noterade: gjort samma dag för ett barn",
    "protected": "Ändrade skyddet",
    "forward": "Gick vidare till steg",
    "back": "Gick tillbaka till steg",
    "close": "Avslutade ärendet",
    "reopen": "Öppnade ärendet igen",
    "erasure_hold": "Stoppade gallring",
    "erasure_release": "Hävde stoppet för gallring",
    "erasure_keep": "Behåller ärendet",
    "erasure_due": "Gallringstiden räknas",
    "linked": "Länkade en förfrågan",
    "unlinked": "Tog bort en länk",
    "tested": "Prövade en skyddad källa",
    "contact": "Skrev kortet Trygg kontakt",
    "waiting": "Väntar på",
    "attempt": "Kontaktförsök",
    "task": "Planerade",
    "seeded": "Planerade",
    "task_done": "Klart",
    "task_undone": "Öppnade igen",
    "task_moved": "Flyttade datum",
    "task_dropped": "Strök",
    "flag": "Flagga",
    "flag_lifted": "Tog ner en flagga",
    "question": "Fråga",
    "answer": "Svar",
    "measure": "Insats",
    "follow_up": "Uppföljning",
    "note": "Anteckning",
    "forged": "Ogiltig underskrift: någon har skrivit i en annans namn",
    "unreadable": "En händelse går inte att läsa",
}
FORMS: Mapping[str, type[EntryForm]] = {
    form.form_name: form
    for form in (
        stages.AttemptForm,
        stages.TalkForm,
        stages.AssessmentForm,
        stages.MappingForm,
        stages.SafetyForm,
        stages.PlanForm,
        stages.MeasureForm,
        stages.FollowUpForm,
        acts.NoteForm,
        acts.TaskForm,
        acts.FlagForm,
        acts.QuestionForm,
        acts.AnswerForm,
        acts.ContactForm,
        acts.MoveForm,
        acts.CloseForm,
        acts.ReopenForm,
        acts.RenameForm,
        acts.RealNameForm,
        acts.ScheduleForm,
        acts.WaitForm,
        acts.ProtectForm,
    )
}
BY_KIND = {form.entry_kind: form for form in FORMS.values() if form.entry_kind not in ("form", "seeded")}


def form_class(name: str, casework: Casework) -> type[EntryForm] | None:
    """Give the form of a name, with what the municipality's settings add."""
    if name == "assessment":
        return stages.with_needs(casework)
    return stages.with_partners(casework) if name == "mapping" else FORMS.get(name)
