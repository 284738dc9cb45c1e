"""What the templates about others are given: everything in words, nothing left to decide."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any  # whatever a template needs

from flask import url_for

from crypto.opening.members import AGENCY_ROLES, COORDINATOR, Member
from programme.agencies import SOCIAL, Agency, Duty
from programme.hours import ZONE
from staff.accounts.session import Row
from staff.agencies import handing, reach, rules, transferring
from staff.agencies.desk import Case, Desk
from staff.agencies.handover import HandoverSummary
from staff.agencies.inwords import title
from staff.agencies.items import Item
from staff.agencies.model import HOW_GIVEN, INFORMATION, Dealings, Handed, Waiver
from staff.agencies.steps import dealings
from staff.agencies.words import HOW_GIVEN as HOW_WORDS
from staff.agencies.words import (
    INFORMATION as INFORMATION_WORDS,
)
from staff.agencies.words import STATUS, TELLS, TRANSFER, calendar_day, day_and_time, in_words
from staff.cases.drafting import Draft
from staff.cases.sources import DRAWN, ELSEWHERE
from staff.cases.state import CaseState
from staff.documents.extracting import open_to_the_person
from staff.errors import RefusedActError
from staff.folders import Folder, Shelf
from staff.office import Office
from staff.person import Person

Context = dict[str, Any]
SOURCES = {"person": "personens egen", "relative": "en anhörigs", "other": "någon annans"}
USUAL = timedelta(days=30)  # how long a form proposes that something lasts


@dataclass(frozen=True)
class Kept:
    """Give a form what was typed into it before it was refused."""

    act: str = ""
    draft: Draft | None = field(default=None, repr=False)

    def one(self, act: str, name: str, default: str = "") -> str:
        """Give one value."""
        if self.draft is None or act != self.act:
            return default
        return next(iter(self.draft.fields.get(name, [])), default)

    def has(self, act: str, name: str, value: str) -> bool:
        """Tell whether a value was chosen."""
        return self.draft is not None and act == self.act and value in self.draft.fields.get(name, [])


@dataclass(frozen=True)
class HandedLine:
    """Hold one hand-over as the case's page lists it."""

    id: str
    agency: str
    people: str
    purpose: str
    until: str
    when: str
    status: str
    live: bool
    needs: int
    count: int


@dataclass(frozen=True)
class WaiverLine:
    """Hold one waiver as the case's page lists it."""

    id: str
    agency: str
    to: str
    purpose: str
    information: str
    until: str
    given: str
    standing: str
    live: bool
    stops: int


@dataclass(frozen=True)
class DutyLine:
    """Hold one of a child's duties of the day: what, by when, and who has done it."""

    duty: Duty
    by: str
    late: bool
    done: str


def waivers(desk: Desk, held: Dealings) -> list[WaiverLine]:
    """List the waivers, those that hold first."""
    found = [_waiver(desk, held, one) for one in held.waivers.values()]
    return sorted(found, key=lambda one: not one.live)


def _waiver(desk: Desk, held: Dealings, one: Waiver) -> WaiverLine:
    agency = desk.settings.agency(one.agency)
    live = one.active(desk.today)
    standing = f"gäller till och med {calendar_day(one.until)}" if live else "tiden är ute"
    if one.withdrawn is not None:
        standing = f"taget tillbaka {day_and_time(one.withdrawn)}"
    return WaiverLine(
        id=one.id,
        agency=one.agency,
        to=f"{one.person}, {agency.name if agency else one.agency}",
        purpose=one.purpose,
        information=", ".join(in_words(INFORMATION_WORDS, name) for name in one.information),
        until=calendar_day(one.until),
        given=f"{in_words(HOW_WORDS, one.how)}, lydelse {one.version} ({one.language}), {day_and_time(one.when)}",
        standing=standing,
        live=live,
        stops=len([handed for handed in held.under_way if handed.waiver == one.id]),
    )


def handed_lines(desk: Desk, found: Iterable[tuple[Handed, HandoverSummary | None]]) -> list[HandedLine]:
    """List the hand-overs, the newest first."""
    return [_handed(desk, *one) for one in reversed(list(found))]


def _handed(desk: Desk, one: Handed, standing: HandoverSummary | None) -> HandedLine:
    agency = desk.settings.agency(one.agency)
    status = one.ended or (standing.status if standing else "")
    return HandedLine(
        id=one.folder,
        agency=agency.name if agency else one.agency,
        people=", ".join(one.people),
        purpose=one.purpose,
        until=calendar_day(one.until),
        when=day_and_time(one.when),
        status=in_words(STATUS, status),
        live=not one.ended,
        needs=standing.needs if standing else 0,
        count=len(one.entries),
    )


def duties(desk: Desk, state: CaseState) -> list[DutyLine]:
    """List what must be done the same day for somebody under 18, counted from when the request was collected."""
    if not state.under18:
        return []
    begun = (state.collected_at or state.opened_at or desk.now).astimezone(ZONE).date()
    done = dealings(state).duties
    lines = []
    for duty in desk.settings.duties:
        who, when = done.get(duty.id, ("", None))
        said = f"{who} {day_and_time(when)}" if when else ""
        lines.append(DutyLine(duty, calendar_day(begun), not said and desk.today > begun, said))
    return lines


def section(desk: Desk, case: Case, shelf: Shelf) -> Context:
    """Give the case page's part about people and agencies: what each has, and what must be done today."""
    held = dealings(case.state)
    standing = [(one, handing.standing(shelf, one)) for one in held.handed.values()]
    live = [line for line in handed_lines(desk, standing) if line.live]
    return {
        "handed": live,
        "ended": len(held.handed) - len(live),
        "waivers": [one for one in waivers(desk, held) if one.live],
        "duties": duties(desk, case.state),
        "transfer": transfer_line(desk, held),
        "looked": [(one.who, day_and_time(one.when), one.reason) for one in held.looked[-3:]],
        "url": url_for("agencies.show", folder=case.folder.id),
    }


def for_case(found: Folder, state: CaseState, session: Row, person: Person, parts: Office) -> Context:
    """Give the same to the page of the case, which has read it."""
    session.shelf.refresh(parts.casebook, session.keys, person)
    desk = Desk(parts.casebook, parts.folders, session.keys, person, parts.settings.programme, parts.now())
    _follow(desk, state)
    return section(desk, Case(found, state), session.shelf)


def _follow(desk: Desk, state: CaseState) -> None:
    """Finish what protecting the case began, if something stopped it; a page is shown even so."""
    if state.protected and desk.person.member.role == COORDINATOR:
        with suppress(RefusedActError):
            reach.follow(desk, state)


def transfer_line(desk: Desk, held: Dealings) -> Context | None:
    """Say which municipality is asked, or has taken over."""
    one = held.transfer
    if one is None:
        return None
    return {
        "town": town_name(desk, one.town),
        "status": in_words(TRANSFER, one.ended),
        "when": day_and_time(one.ended_at or one.when),
        "url": url_for("transfers.read", folder=bytes.fromhex(one.folder)),
    }


def town_name(desk: Desk, town: str) -> str:
    """Give a municipality's name."""
    known = desk.programme.municipality(town)
    return known.name if known else town


def overview(desk: Desk, case: Case, shelf: Shelf, kept: Kept) -> Context:
    """Give the page of a case's dealings; finishes first what an answer, a date or a withdrawal has ended."""
    _follow(desk, case.state)
    found = handing.settle(desk, case, shelf)
    transferring.settle(desk, case, shelf)
    case = desk.peek(case.folder.id)
    held = dealings(case.state)
    return {
        **common(desk, case, kept),
        "handed": handed_lines(desk, [(held.handed[one.folder], standing) for one, standing in found]),
        "waivers": waivers(desk, held),
        "duties": duties(desk, case.state),
        "asked": [
            (one, _agency_name(desk, one.agency), day_and_time(one.when), in_words(TELLS, one.answer))
            for one in reversed(list(held.asked.values()))
        ],
        "papers": [
            (one, _agency_name(desk, one.agency), day_and_time(one.when))
            for one in reversed(list(held.exported.values()))
        ],
        "extracts": [(one, day_and_time(one.when)) for one in reversed(list(held.extracts.values()))],
        "transfer": transfer_line(desk, held),
        "looked": [(one.who, day_and_time(one.when), one.reason) for one in reversed(held.looked)],
        "usual": (desk.today + USUAL).isoformat(),
        "latest": (desk.today + desk.settings.longest).isoformat(),
    }


def common(desk: Desk, case: Case, kept: Kept) -> Context:
    """Give what every page of a case's dealings shows."""
    return {
        "working": case.state.working,
        "state": case.state,
        "case": case.folder.id,
        "base": url_for("agencies.show", folder=case.folder.id),
        "settings": desk.settings,
        "kept": kept,
        "today": desk.today.isoformat(),
        "information": [(name, INFORMATION_WORDS[name]) for name in INFORMATION],
        "how_given": [(name, HOW_WORDS[name]) for name in HOW_GIVEN],
        "signing": [agency for agency in desk.settings.agencies if agency.signs_in],
        "outside": [agency for agency in desk.settings.agencies if not agency.signs_in],
        "people": [(one, _agency_name(desk, one.agency)) for one in agency_people(desk)],
    }


def agency_people(desk: Desk) -> list[Member]:
    """List the people of other agencies who can be handed something."""
    here = desk.person.papers.members.with_role(desk.person.municipality, *AGENCY_ROLES)
    known = [one for one in here if (agency := desk.settings.agency(one.agency)) and agency.signs_in]
    return sorted(known, key=lambda one: (one.agency, one.name))


def _agency_name(desk: Desk, name: str) -> str:
    agency = desk.settings.agency(name)
    return agency.name if agency else name


@dataclass(frozen=True)
class Choice:
    """Hold one item to choose: its key, its words, why it cannot be chosen, whether it was."""

    key: str
    title: str
    when: str
    information: str
    stage: int
    source: str
    why_not: str
    chosen: bool


def choosing(desk: Desk, case: Case, kept: Kept, what: str) -> Context:
    """Give the page on which somebody chooses what to hand over, to put on paper, to extract or to transfer."""
    ground = desk.ground(case)
    items = list(ground.items)
    if what == "extract":
        items = open_to_the_person(case, items)
    if what == "transfer":
        items = [item for item in items if not item.submission]
    towns = [town for town in desk.programme.municipalities if town.id != desk.person.municipality]
    members = desk.person.papers.members
    social = _people_of_social(desk, ground)
    own = {agency.id for agency, _ in social}
    paper = what == "paper"  # goes to social services alone, so that only what carries it there is offered
    return {
        **common(desk, case, kept),
        "what": what,
        "choices": [_choice(desk, item, kept, what) for item in items],
        "waivers": [one for one in waivers(desk, ground.dealings) if one.live and (not paper or one.agency in own)],
        "grounds": [one for one in desk.settings.grounds if not paper or SOCIAL in one.types],
        "usual": (desk.today + USUAL).isoformat(),
        "latest": (desk.today + desk.settings.longest).isoformat(),
        "social": social,
        "towns": [(town, members.with_role(town.id, COORDINATOR)) for town in towns],
    }


def _people_of_social(desk: Desk, ground: rules.Ground) -> list[tuple[Agency, list[Member]]]:
    social = [agency for agency in desk.settings.agencies if agency.type == SOCIAL]
    return [(agency, rules.people_of(agency, ground)) for agency in social]


def _choice(desk: Desk, item: Item, kept: Kept, what: str) -> Choice:
    return Choice(
        key=item.key,
        title=title(item, desk.programme.casework),
        when=day_and_time(item.when),
        information=INFORMATION_WORDS[item.information],
        stage=item.stage,
        source=SOURCES.get(item.source, ""),
        why_not=_why_not(item),
        chosen=kept.has(what, "chosen", item.key),
    )


def _why_not(item: Item) -> str:
    if not item.protected:
        return ""
    if item.fields.get(DRAWN) == ELSEWHERE:
        return "Skyddad källa i en annan kommun: går inte att pröva här."
    return "Skyddad källa: pröva den först på ärendets sida."


def day_of(day: date | None) -> str:
    """Write a day, or nothing."""
    return calendar_day(day) if day else ""
