"""How a municipality carries its cases: needs to tick, partner agencies, first tasks, the follow-up template.

Every setting may be left out: what stands here then holds. Ids stand in sealed entries and in figures and stay; labels
may be reworded at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from programme.agencies import Agencies, read_agencies
from programme.erasure import NO_DECISION, Erasure, read_erasure
from programme.guidance import HELP, SECRECY, Help, Secrecy, read_help, read_secrecy
from programme.operations import USUAL, Operations, read_operations
from programme.reader import Table

ID = re.compile(r"[a-z][a-z0-9_]{0,29}")
TASK_KINDS = ("task", "meeting", "review", "application", "contact")
# The forms whose saving may be what a first task asks for, with the answers that may be asked of them. A contact is
# done by an attempt that reaches the person, a follow-up by its own form: neither is named here.
DONE_BY: Mapping[str, tuple[str, ...]] = {
    "card": ("how", "number", "when", "word", "call_name", "sees", "never", "language"),
    "talk": ("want", "safe", "safe_line", "meet_at", "meet_place", "meet_who", "meet_break", "meet_back", "note"),
    "assessment": ("motivation", "needs", "applied", "applied_on", "applied_to", "note"),
    "mapping": ("group_on", "group_who", "decision", "decision_on", "note"),
    "safety": ("note", "police_result", "police_means", "police_until", "police_contact", "review_on"),
    "plan": ("goal", "agreed", "review_on"),
    "measure": ("what", "owner", "agency", "due", "status"),
    "schedule": (),
}


@dataclass(frozen=True)
class Choice:
    """One thing to choose from a list."""

    id: str
    label: str


@dataclass(frozen=True)
class Seed:
    """A task that is planned by itself when a case enters a stage (1 to 6), so many days later.

    Saving `form` (one of DONE_BY, or "") with each of `fields` answered does it; a review only from its day on.
    """

    stage: int
    title: str
    days: int
    kind: str = "task"
    form: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Watching:
    """When a person's reading is told to the leads and auditors.

    That is when they open so many different cases and requests within so many minutes, or any at night: from one hour
    to another in Swedish time, and outside the opening hours.
    """

    many: int = 40
    minutes: int = 60
    night_from: int = 22
    night_to: int = 6


@dataclass(frozen=True)
class FollowUp:
    """When a case is followed up, counted from the day when the plan begins.

    Daily to `daily_days` where somebody is threatened or moved, then weekly, every second week and monthly to the month
    named; `later_months` only if the person has said yes. `daily_on_closed_days` keeps the daily ones on week-ends.
    """

    daily_days: int = 14
    weekly_months: int = 3
    fortnightly_months: int = 6
    monthly_months: int = 12
    later_months: tuple[int, ...] = (18, 24)
    daily_on_closed_days: bool = True


NEEDS = (
    Choice("housing", "Boende"),
    Choice("safety", "Trygghet och skydd"),
    Choice("money", "Ekonomi och skulder"),
    Choice("drugs", "Droger eller beroende"),
    Choice("work", "Arbete"),
    Choice("studies", "Studier"),
    Choice("health", "Hälsa"),
    Choice("family", "Familj och närstående"),
    Choice("friends", "Nytt umgänge och fritid"),
    Choice("papers", "Id-handling, bank, post"),
    Choice("law", "Juridisk hjälp"),
)
PARTNERS = (
    Choice("social", "Socialtjänsten"),
    Choice("police", "Polisen"),
    Choice("probation", "Kriminalvården"),
    Choice("labour", "Arbetsmarknad och vuxenutbildning"),
    Choice("addiction", "Beroendevården"),
    Choice("health", "Hälso- och sjukvården"),
    Choice("school", "Skolan"),
    Choice("housing", "Bostadsbolag"),
    Choice("business", "Näringslivet"),
    Choice("other", "Annan"),
)
SEEDS = (
    Seed(1, "Försök nå personen vid trygg tid", 0, "contact"),
    Seed(1, "Fyll i kortet Trygg kontakt", 1, form="card"),
    Seed(2, "Bestäm tid och plats för mötet", 2, "meeting", "talk", ("meet_at", "meet_place")),
    Seed(2, "Skriv vad personen vill, med egna ord", 7, form="talk", fields=("want",)),
    Seed(3, "Gå igenom motivation och behov", 7, form="assessment", fields=("motivation", "needs")),
    Seed(3, "Fråga om ansökan till socialtjänsten", 7, "application", "assessment", ("applied",)),
    Seed(4, "Kalla arbetsgruppen", 5, "meeting", "mapping", ("group_on",)),
    Seed(4, "Fråga efter socialtjänstens beslut", 14, form="mapping", fields=("decision",)),
    Seed(5, "Fråga polisen om bedömningen", 3, form="safety", fields=("police_result",)),
    Seed(5, "Gå igenom trygghetsplanen igen", 30, "review", "safety"),
    Seed(6, "Bestäm insatser, vem och när", 7, "meeting", "measure", ("owner", "due")),
    Seed(6, "Lägg upp uppföljningen", 3, form="schedule"),
)


@dataclass(frozen=True)
class Casework:
    """Everything that a municipality decides about its casework, and how its people get in.

    `totp` lets in by a one-time code where no passkey is at hand. A staff page that nobody sees for
    `lock_hidden_minutes` locks by itself.
    """

    needs: tuple[Choice, ...] = NEEDS
    partners: tuple[Choice, ...] = PARTNERS
    seeds: tuple[Seed, ...] = SEEDS
    follow_up: FollowUp = FollowUp()
    erasure: Erasure = NO_DECISION
    agencies: Agencies = field(default_factory=Agencies)
    totp: bool = True
    lock_hidden_minutes: int = 10
    watching: Watching = Watching()
    helps: tuple[Help, ...] = HELP
    secrecy: Secrecy = SECRECY
    operations: Operations = USUAL

    def need(self, name: str) -> str:
        """Give a need's label, or its id if it has left the list."""
        return _label(self.needs, name)

    def partner(self, name: str) -> str:
        """Give a partner agency's label, or its id if it has left the list."""
        return _label(self.partners, name)

    def help_of(self, stage: int) -> Help | None:
        """Give the help that stands beside a stage's form; None for a form of no stage."""
        return next((one for one in self.helps if one.stage == stage), None)

    def seeds_of(self, stage: int) -> tuple[Seed, ...]:
        """List what is planned when a case enters a stage."""
        return tuple(seed for seed in self.seeds if seed.stage == stage)


def _label(choices: tuple[Choice, ...], name: str) -> str:
    return next((choice.label for choice in choices if choice.id == name), name)


def read_casework(table: Table | None) -> Casework:
    """Read the table `casework`; what is left out keeps its default, and every fault is noted in the table."""
    if table is None:
        return Casework()
    found = Casework(
        needs=_choices(table, "need", NEEDS),
        partners=_choices(table, "partner", PARTNERS),
        seeds=tuple(_seed(one) for one in table.tables("task")) if table.has("task") else SEEDS,
        follow_up=_follow_up(table.maybe("follow_up")),
        erasure=read_erasure(table),
        agencies=read_agencies(table.maybe("agencies")),
        totp=table.flag("totp") if table.has("totp") else True,
        lock_hidden_minutes=table.number("lock_hidden_minutes", 10, 1, 15),
        watching=_watching(table.maybe("watching")),
        helps=read_help(table),
        secrecy=read_secrecy(table.maybe("secrecy")),
        operations=read_operations(table.maybe("operations")),
    )
    table.done()
    return found


def _choices(table: Table, key: str, default: tuple[Choice, ...]) -> tuple[Choice, ...]:
    if not table.has(key):
        return default
    found = [_choice(one) for one in table.tables(key)]
    if len({choice.id for choice in found}) < len(found):
        table.fault(key, "two have the same id")
    return tuple(found)


def _choice(table: Table) -> Choice:
    choice = Choice(table.text("id"), table.text("label"))
    if choice.id and not ID.fullmatch(choice.id):
        table.fault("id", "must be small letters a to z, digits and _, 30 at most")
    table.done()
    return choice


def _seed(table: Table) -> Seed:
    kind = table.text("kind", required=False) or "task"
    if kind not in TASK_KINDS:
        table.fault("kind", f"must be one of {', '.join(TASK_KINDS)}")
    title = " ".join(table.text("title").split())
    if len(title) > 120:
        table.fault("title", "must be 120 characters at most")
    if not table.has("stage"):
        table.fault("stage", "must be a whole number from 1 to 6")
    form, fields = _done_by(table)
    seed = Seed(table.number("stage", 1, 1, 6), title, table.number("days", 0, 0, 365), kind, form, fields)
    table.done()
    return seed


def _done_by(table: Table) -> tuple[str, tuple[str, ...]]:
    """Read which form does a task, and which of its answers; a slip would leave the task standing for ever."""
    form = table.text("form", required=False)
    fields = table.texts("fields") if table.has("fields") else ()
    if form and form not in DONE_BY:
        table.fault("form", f"must be one of {', '.join(DONE_BY)}")
    elif unknown := [name for name in fields if name not in DONE_BY.get(form, ())]:
        table.fault("fields", f"{', '.join(unknown)}: no answer of the form {form}" if form else "needs form")
    return form, fields


def _watching(table: Table | None) -> Watching:
    usual = Watching()
    if table is None:
        return usual
    found = Watching(
        many=table.number("many", usual.many, 2, 1000),
        minutes=table.number("minutes", usual.minutes, 5, 1440),
        night_from=table.number("night_from", usual.night_from, 0, 23),
        night_to=table.number("night_to", usual.night_to, 0, 23),
    )
    table.done()
    return found


def _follow_up(table: Table | None) -> FollowUp:
    usual = FollowUp()
    if table is None:
        return usual
    found = FollowUp(
        daily_days=table.number("daily_days", usual.daily_days, 0, 90),
        weekly_months=table.number("weekly_months", usual.weekly_months, 0, 24),
        fortnightly_months=table.number("fortnightly_months", usual.fortnightly_months, 0, 36),
        monthly_months=table.number("monthly_months", usual.monthly_months, 0, 60),
        later_months=table.numbers("later_months", usual.later_months, 1, 120),
        daily_on_closed_days=table.flag("daily_on_closed_days") if table.has("daily_on_closed_days") else True,
    )
    ends = [found.weekly_months, found.fortnightly_months, found.monthly_months, *found.later_months]
    if ends != sorted(ends):
        table.fault("", "each span ends no earlier than the one before")
    table.done()
    return found
