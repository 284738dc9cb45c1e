"""The six short forms, one for each stage. Each saving is an entry; the older ones stay and are shown."""

from collections.abc import Sequence

from programme.casework import Casework
from staff.cases.forms.base import EntryForm, day, hidden, line, moment, one_of, pick, some_of, words
from staff.cases.model import MEASURE_STATES

YES_NO = (("yes", "Ja"), ("no", "Nej"), ("unsure", "Vet inte"))
MEASURE_LABELS = dict(zip(MEASURE_STATES, ("Planerad", "Pågår", "Klar", "Avbruten"), strict=True))


class AttemptForm(EntryForm):
    """Stage 1: one attempt to reach the person."""

    form_name, entry_kind, stage = "contact", "attempt", 1
    heading = "Kontaktförsök"
    guide = "Ett försök i taget. Tiden till första svar räknas av sig självt."
    how = one_of(
        "Hur",
        (("call", "Samtal"), ("sms", "Sms"), ("code", "Svar till koden"), ("meeting", "Möte"), ("other", "Annat")),
        must=True,
    )
    by = line("Av vem", "Du, om fältet är tomt.")
    result = one_of(
        "Hur gick det",
        (
            ("reached", "Nådde personen"),
            ("no_answer", "Inget svar"),
            ("left_message", "Lämnade meddelande"),
            ("wrong_number", "Fel nummer"),
            ("unsafe", "Inte tryggt"),
            ("other", "Annat"),
        ),
        must=True,
    )
    again = moment("Försök igen", "Vid personens trygga tid. Ärendet kommer då tillbaka i Min kö.")
    text = words("En rad om det", rows=2)


class TalkForm(EntryForm):
    """Stage 2: the conversation without conditions."""

    form_name, stage = "talk", 2
    heading = "Förutsättningslöst samtal"
    want = words("Vad personen vill", "Med personens egna ord.", 4)
    safe = one_of("Trygg just nu", (("yes", "Ja"), ("unsure", "Osäkert"), ("no", "Nej")))
    safe_line = line("Vad som behövs nu")
    meet_at = moment("Första mötet", "Blir en uppgift.")
    meet_place = line("Plats")
    meet_who = line("Vilka kommer")
    meet_break = line("Så bryter vi", "Ett ord eller tecken för att avbryta.")
    meet_back = moment("Personalen tillbaka senast")
    note = words("Anteckning", rows=3)
    ask = line("Öppen fråga", "Står kvar vid anteckningen tills någon svarat.")


class AssessmentForm(EntryForm):
    """Stage 3: motivation and needs; `with_needs` adds the municipality's list."""

    form_name, stage = "assessment", 3
    heading = "Första bedömning"
    motivation = words("Motivation", "Med personens egna ord.", 4)
    applied = one_of(
        "Ansökan till socialtjänsten",
        (("no", "Nej"), ("later", "Vill vänta"), ("yes", "Ja")),
        "Personen ansöker själv.",
    )
    applied_on = day("Datum för ansökan")
    applied_to = line("Till vem")
    note = words("Anteckning", rows=3)


class MappingForm(EntryForm):
    """Stage 4: the working group is called in; `with_partners` adds rows for who is asked what."""

    form_name, stage = "mapping", 4
    heading = "Fortsatt kartläggning"
    group_on = day("Arbetsgruppen kallad", "Datum för mötet. Blir en uppgift.")
    group_who = line("Vilka är med")
    decision = one_of(
        "Socialtjänstens beslut",
        (("not_asked", "Inte frågat"), ("asked", "Frågat"), ("granted", "Beviljat"), ("refused", "Avslag")),
        "Bara att det finns ett beslut. Utredningen står hos socialtjänsten.",
    )
    decision_on = day("Datum för beslutet")
    note = words("Anteckning", rows=3)


class SafetyForm(EntryForm):
    """Stage 5: our own notes for the plan, and the police's assessment as result, consequence and end."""

    form_name, stage = "safety", 5
    heading = "Trygghet"
    guide = "Kommunens egna korta anteckningar. Skriv aldrig grunderna för polisens bedömning."
    note = words("Anteckning för trygghetsplanen", rows=4)
    police_result = line("Polisens bedömning: resultat")
    police_means = line("Vad den betyder för planen")
    police_until = day("Gäller till")
    police_contact = line("Kontakt hos polisen")
    review_on = day("Nästa genomgång", "Blir en uppgift.")


class PlanForm(EntryForm):
    """Stage 6: what the joint plan is for."""

    form_name, stage = "plan", 6
    heading = "Gemensam plan"
    goal = words("Vart vi är på väg", "Med personens egna ord.", 3)
    agreed = words("Vad vi kommit överens om", rows=3)
    review_on = day("Planen gås igenom", "Blir en uppgift.")


class MeasureForm(EntryForm):
    """Stage 6: one measure of the plan."""

    form_name, entry_kind, stage = "measure", "measure", 6
    heading = "Insats"
    id = hidden()
    what = line("Insats", must=True)
    owner = line("Ansvarig")
    agency = line("Myndighet eller part")
    due = day("Klar till", "Blir en uppgift.")
    status = one_of("Läge", tuple(MEASURE_LABELS.items()))
    line = line("En rad till")


class FollowUpForm(EntryForm):
    """Stage 6: what a follow-up found."""

    form_name, entry_kind, stage = "follow_up", "follow_up", 6
    heading = "Uppföljning"
    task = hidden()
    unreached = some_of("Om personen inte nås", (("yes", "Nåddes inte: datumet står kvar"),))
    done = day("Gjord", "I dag, om fältet är tomt.")
    safe = one_of("Trygg", YES_NO)
    new_threat = one_of("Nytt hot", YES_NO)
    housing = one_of("Boende", (("lasting", "Varaktigt"), ("for_now", "Tillfälligt"), ("none", "Saknas")))
    occupation = one_of("Arbete eller studier", (("full", "Ja"), ("part", "Delvis"), ("none", "Nej")))
    drug_free = one_of("Drogfri", (*YES_NO, ("not_asked", "Inte aktuellt")))
    debt_plan = one_of("Plan för skulder", (*YES_NO, ("not_asked", "Inte aktuellt")))
    rating = pick("Personens eget betyg, 1 till 10", (("", "–"), *((str(n), str(n)) for n in range(1, 11))))
    text = words("Anteckning", rows=3)


ROWS = 3


def with_needs(casework: Casework) -> type[AssessmentForm]:
    """Give the assessment with the municipality's needs: a tick each, and a line where it helps."""
    fields: dict[str, object] = {"needs": some_of("Behov", [(need.id, need.label) for need in casework.needs])}
    fields |= {f"need_{need.id}": line(need.label) for need in casework.needs}
    return type("AssessmentForm", (AssessmentForm,), fields)


def following(days: Sequence[tuple[str, str]]) -> type[FollowUpForm]:
    """Give the follow-up that offers the planned dates it may belong to."""
    return type("FollowUpForm", (FollowUpForm,), {"task": pick("Vilket datum", (("", "Utan planerat datum"), *days))})


def with_partners(casework: Casework) -> type[MappingForm]:
    """Give the mapping with three rows of who is asked what; each row becomes a task that waits for them."""
    offered = (("", "–"), *((partner.id, partner.label) for partner in casework.partners))
    fields: dict[str, object] = {}
    for row in range(1, ROWS + 1):
        fields[f"ask_{row}_who"] = pick("Vem", offered)
        fields[f"ask_{row}_what"] = line("Tillfrågas om")
    return type("MappingForm", (MappingForm,), fields)
