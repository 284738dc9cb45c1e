"""Days and times as words near at hand on the screen, and as dates on paper, which is read on another day."""

from datetime import UTC, date, datetime

from flask import Flask
from markupsafe import Markup

from programme.hours import ZONE
from staff import words
from staff.words import DAYS, MONTHS


def written(day: date) -> str:
    """Write a day out, year and all."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def written_time(when: datetime) -> str:
    """Write a time out, in Swedish time."""
    local = when.astimezone(ZONE)
    return f"{written(local.date())} {local:%H.%M}"


def both(near: str, exact: str) -> str:
    """Give words for the screen and others for paper, as markup; what is a date already, or nothing, stays one text.

    The trap: a result that is put into another text with an f-string becomes tags that are read.
    """
    if not near or near.split(maxsplit=1)[0] in DAYS:
        return near
    return Markup("<span class=onscreen>{}</span><span class=onpaper>{}</span>").format(near, exact)


def moment(when: datetime, now: datetime) -> str:
    """Say a time as `words.moment` does."""
    return both(words.moment(when, now), written_time(when))


def day(number: int, now: datetime) -> str:
    """Say a day since 1970 as `words.day` does."""
    return both(words.day(number, now), written(words.day_of(number)))


def waited(sent: int, now: datetime) -> str:
    """Say how long somebody has waited as `words.waited` does; on paper since when."""
    return both(words.waited(sent, now), written_time(datetime.fromtimestamp(sent, UTC)))


def register(app: Flask) -> None:
    """Let templates say times in both ways."""
    app.jinja_env.globals.update(moment=moment, day=day, both=both)
