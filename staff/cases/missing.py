"""What a stage still lacks before the next: shown, never in the way."""

from collections.abc import Callable
from datetime import date

from staff.cases.model import CaseState
from staff.cases.stages import Stage
from staff.cases.values import read_day

Lacks = Callable[[CaseState, date], bool]


def missing(state: CaseState, today: date) -> list[str]:
    """List what is missing, in words; what the stage has planned stands among the tasks."""
    if not state.position.open:
        return []
    return [words for words, lacks in CHECKS[state.position.stage] if lacks(state, today)]


def _unfilled(form: str, *names: str) -> Lacks:
    """Make a check that none of the fields was ever filled in."""

    def lacks(state: CaseState, _today: date) -> bool:
        return not any(version.fields.get(name) for version in state.forms.get(form, ()) for name in names)

    return lacks


def _no_plan(state: CaseState, _today: date) -> bool:
    return not state.planned


def _old_assessment(state: CaseState, today: date) -> bool:
    newest = state.form("safety")
    until = read_day(newest.fields.get("police_until", "")) if newest else None
    return until is None or until < today


CHECKS: dict[Stage, tuple[tuple[str, Lacks], ...]] = {
    Stage.CONTACT: (
        ("Ingen har nått personen än", lambda state, _today: state.reached_at is None),
        ("Kortet Trygg kontakt är tomt", lambda state, _today: not (state.contact.how or state.contact.number)),
    ),
    Stage.TALK: (("Vad personen vill, med egna ord", _unfilled("talk", "want")),),
    Stage.ASSESSMENT: (
        ("Motivation, med egna ord", _unfilled("assessment", "motivation")),
        ("Behov", _unfilled("assessment", "needs")),
        ("Om personen ansöker hos socialtjänsten", _unfilled("assessment", "applied")),
    ),
    Stage.MAPPING: (
        ("Arbetsgruppen kallad", _unfilled("mapping", "group_on", "group_who")),
        ("Socialtjänstens beslut", _unfilled("mapping", "decision")),
    ),
    Stage.SAFETY: (
        ("Polisens bedömning som gäller i dag", _old_assessment),
        ("Anteckning för trygghetsplanen", _unfilled("safety", "note")),
    ),
    Stage.PLAN: (
        ("Minst en insats", lambda state, _today: not state.measures),
        ("Uppföljningen är inte upplagd", _no_plan),
    ),
}
