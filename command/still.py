"""What `utvag status` says of what stands still: a portal, collecting, reading."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding

if TYPE_CHECKING:
    from staff.casebook import Casebook
    from staff.settings import StaffSettings
    from staff.watching.pulse import Portal


def still(settings: StaffSettings, casebook: Casebook, now: datetime) -> list[Finding]:
    """Give a finding for each portal, for collecting and for reading, by the hours that the programme's file sets."""
    return [*portals(settings, casebook, now), collected(settings, casebook, now), unread(settings, casebook, now)]


def portals(settings: StaffSettings, casebook: Casebook, now: datetime) -> list[Finding]:
    """Tell which portals have not been heard from; a clock that is behind looks the same in a single look.

    None at all is an alarm where something was collected before: a dead drop that was made anew knows no portal.
    """
    from deaddrop.collect import Collect
    from deaddrop.errors import UnavailableError
    from deaddrop.schema import engine
    from staff.watching.mark import Mark
    from staff.watching.pulse import at_once

    drop = engine(settings.deaddrop)
    try:
        found = at_once(Collect(drop).heard(), now)
    except UnavailableError:
        return [Finding(UNSURE, "Portaler: den döda brevlådan svarar inte, så ingen hörs.")]
    finally:
        drop.dispose()
    silent = timedelta(minutes=settings.programme.casework.operations.silent_minutes)
    if not found and Mark(casebook, settings.pepper).read():
        return [Finding(ALARM, "Portaler: ingen har hörts av. Går någon, och når den den döda brevlådan?")]
    return [_portal(one, silent) for one in found] or [
        Finding(UNSURE, "Portaler: ingen har hörts av än. Går någon, och når den den döda brevlådan?")
    ]


def _portal(one: Portal, silent: timedelta) -> Finding:
    if one.ahead:
        minutes = int(one.ahead.total_seconds()) // 60
        return Finding(WARNING, f"Portal {one.name}: dess klocka går {minutes} minuter före den här datorns.")
    minutes = int(one.silent.total_seconds()) // 60
    if one.silent >= silent:
        words = f"Portal {one.name}: har inte hörts av på {minutes} minuter. Går den, och går dess klocka rätt?"
        return Finding(ALARM, words)
    return Finding(GOOD, f"Portal {one.name}: hördes för {minutes} minuter sedan.")


def collected(settings: StaffSettings, casebook: Casebook, now: datetime) -> Finding:
    """Tell when something was last collected, and whether that is too many office hours ago."""
    from programme.hours import ZONE
    from staff.watching.mark import Mark

    when = Mark(casebook, settings.pepper).read()
    if when is None:
        return Finding(UNSURE, "Senast hämtat: inget är antecknat än.")
    words = f"Senast hämtat: {when.astimezone(ZONE):%Y-%m-%d %H:%M}."
    hours = settings.programme.casework.operations.uncollected_hours
    if settings.programme.hours.office_time(when, now) > timedelta(hours=hours):
        return Finding(ALARM, f"{words} Det är mer än {hours} kontorstimmar sedan: går personalens app?")
    return Finding(GOOD, words)


def unread(settings: StaffSettings, casebook: Casebook, now: datetime) -> Finding:
    """Tell whether something lies unread for too long, by its day: what stands outside it, and no finer time."""
    from staff.watching.unread import by_day, lying

    with casebook.read() as session:
        since = by_day(lying(session))
    hours = settings.programme.casework.operations.unread_hours
    if since and settings.programme.hours.office_time(since, now) > timedelta(hours=hours):
        return Finding(ALARM, f"Oläst: något har legat i mer än {hours} kontorstimmar. Säg till samordnarna.")
    return Finding(GOOD, f"Oläst: inget har legat i mer än {hours} kontorstimmar, räknat från dagens slut.")
