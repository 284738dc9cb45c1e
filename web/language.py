"""Choose the reader's language and load the catalogues from their sources, so that no compiled file can go stale."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from babel.support import NullTranslations
from flask import Flask, Request
from flask_babel import Babel, Domain

from web.catalogue import load

log = logging.getLogger("utvag.web")


class Spoken(Protocol):
    """What must be known of a language: `programme.Language` has it."""

    @property
    def tag(self) -> str:
        """Return the tag of `lang`, cookies and envelopes."""

    @property
    def also(self) -> tuple[str, ...]:
        """Return what browsers call it beside its tag."""

    @property
    def locale(self) -> str:
        """Return the name under which Babel knows it."""


class PoDomain(Domain):  # type: ignore[misc]  # Flask-Babel has no annotations
    """Catalogues read once at start; whatever one lacks is said in Swedish, the msgid."""

    def __init__(self, languages: Sequence[Spoken], select: Callable[[], str]) -> None:
        super().__init__()
        self._select = select
        self._catalogues: dict[str, NullTranslations] = {}
        self._nothing = NullTranslations()
        for one in languages[1:]:  # the first is Swedish itself
            self._catalogues[one.tag], faults = load(one.tag, line_break="<br>")
            for fault in faults:
                log.error("catalogue: %s; the pages say it in Swedish", fault)

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the request's language."""
        return self._catalogues.get(self._select(), self._nothing)


def use_catalogues(app: Flask, languages: Sequence[Spoken], select: Callable[[], str]) -> None:
    """Make `_()` in templates and `flask_babel.gettext` speak the language whose tag `select()` returns.

    The msgid is the Swedish text; Swedish is the first of `languages`. A fault in a catalogue is logged, never raised.
    """
    locales = {one.tag: one.locale for one in languages}
    babel = Babel(
        app,
        default_locale=languages[0].locale,
        default_timezone="Europe/Stockholm",
        locale_selector=lambda: locales[select()],
    )
    babel.domain_instance = PoDomain(languages, select)


def choose(request: Request, cookie: str, languages: Sequence[Spoken]) -> str:
    """Return the tag in the cookie, else the first that the browser wants, else the first; the unknown falls through.

    A browser's "fa-IR" is content with "fa", but never with "sv-simple" for "sv": easy language is asked for by name.
    """
    known = {one.tag.lower(): one.tag for one in languages}
    wanted = known.get(request.cookies.get(cookie, "").lower())
    if wanted:
        return wanted
    known |= {name.lower(): one.tag for one in languages for name in one.also}
    for asked, quality in request.accept_languages:
        found = _looked_up(asked.lower(), known) if quality > 0 else None
        if found:
            return found
    return languages[0].tag


def _looked_up(asked: str, known: dict[str, str]) -> str | None:
    """Return the tag for "fa-af-x", then "fa-af", then "fa" (RFC 4647, 3.4)."""
    while asked:
        if asked in known:
            return known[asked]
        asked = asked.rpartition("-")[0]
    return None
