"""The programme's times and promises as sentences need them, in one language and for one minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from babel.dates import format_date, get_day_names
from babel.lists import format_list
from flask_babel import gettext as _

from programme import Programme, say
from programme import language as named
from programme.hours import ZONE, Slot

WORKDAYS = frozenset(range(5))


@dataclass(frozen=True)
class Facts:
    """What pages print of the programme; equal facts make equal pages, so they are the key of rendered ones.

    `reading` is when somebody reads next ("" while somebody reads), `until` when today's reading ends, `answer` when
    an answer is promised at the latest ("" without a promise), `assessed` when the board went
    through the pages ("" before).
    """

    language: str
    readers: str
    towns: str
    hours: str
    reading: str
    until: str
    answer: str
    exit_name: str
    assessed: str


def facts(programme: Programme, language: str, now: datetime) -> Facts:
    """Compute the facts; `now` is aware. Call it in a request, since words come from the reader's catalogue."""
    reading = programme.hours.next_reading(now)
    within = programme.answers.within
    slot = programme.hours.slot(reading.date())
    open_now = reading <= now
    assessed = programme.accessibility.assessed
    return Facts(
        language=language,
        readers=say(programme.readers, language),
        towns=format_list([town.name for town in programme.municipalities], locale=named(language).locale),
        hours=_hours(programme.hours.week, language),
        reading="" if open_now else moment(reading, now, language),
        until=clock(slot.end, language) if slot and open_now else "",
        answer=moment(programme.hours.after(reading, within), now, language) if within else "",
        exit_name=say(programme.exit_name, language),
        assessed=f"{whole_day(assessed, language)} {assessed.year}" if assessed else "",
    )


def clock(value: time, language: str) -> str:
    """Write a time of day as people say it: "8" and "8.30" in Swedish, "8:00" and "8:30" elsewhere."""
    if named(language).locale == "sv":
        return f"{value.hour}.{value.minute:02}" if value.minute else str(value.hour)
    return f"{value.hour}:{value.minute:02}"


def weekday(day: date, language: str) -> str:
    """Write a day of the week."""
    return format_date(day, "EEEE", locale=named(language).locale)


def whole_day(day: date, language: str) -> str:
    """Write a day with its weekday and month, after the calendar of Sweden in every language."""
    return format_date(day, named(language).day, locale=named(language).locale)


def moment(value: datetime, now: datetime, language: str) -> str:
    """Write a coming moment: "i dag klockan 8", "måndag klockan 8", with the date beyond six days."""
    local = value.astimezone(ZONE)
    days = (local.date() - now.astimezone(ZONE).date()).days
    at = clock(local.time(), language)
    if days == 0:
        return str(_("i dag klockan %(time)s", time=at))
    if days == 1:
        return str(_("i morgon klockan %(time)s", time=at))
    day = weekday(local.date(), language) if days < 7 else whole_day(local.date(), language)
    return str(_("%(day)s klockan %(time)s", day=day, time=at))


def _hours(week: Mapping[int, Slot], language: str) -> str:
    """Write the weekly hours, days with equal hours together: "vardagar klockan 8 till 16"."""
    spans: list[tuple[list[int], Slot]] = []
    for day, slot in sorted(week.items()):
        if spans and spans[-1][1] == slot and spans[-1][0][-1] == day - 1:
            spans[-1][0].append(day)
        else:
            spans.append(([day], slot))
    return format_list([_span(days, slot, language) for days, slot in spans], locale=named(language).locale)


def _span(days: list[int], slot: Slot, language: str) -> str:
    names = get_day_names("wide", locale=named(language).locale)
    if set(days) == WORKDAYS:
        label = str(_("vardagar"))
    elif len(days) == 1:
        label = names[days[0]]
    else:
        label = str(_("%(first)s till %(last)s", first=names[days[0]], last=names[days[-1]]))
    return str(
        _(
            "%(days)s klockan %(start)s till %(end)s",
            days=label,
            start=clock(slot.start, language),
            end=clock(slot.end, language),
        )
    )
