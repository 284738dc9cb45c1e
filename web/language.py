"""Choose the reader's language and load the catalogues from their sources, so that no compiled file can go stale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Request
from flask_babel import Babel, Domain, get_locale

LOCALES = Path(__file__).resolve().parent.parent / "locales"


class PoDomain(Domain):  # type: ignore[misc]  # Flask-Babel has no annotations
    """Catalogues read once at start; a language without one, or a missing entry, falls back to the Swedish msgid."""

    def __init__(self, languages: Sequence[str]) -> None:
        super().__init__()
        self._catalogues = {tag: _read(tag) for tag in languages}
        self._nothing = NullTranslations()

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the request's language."""
        return self._catalogues.get(str(get_locale()).replace("_", "-"), self._nothing)


def _read(tag: str) -> NullTranslations:
    source = LOCALES / tag.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)


def use_catalogues(app: Flask, languages: Sequence[str], select: Callable[[], str]) -> None:
    """Make `_()` in templates and `flask_babel.gettext` speak the language that `select()` returns.

    The msgid is the Swedish text; `languages` are tags such as "sv" and "en".
    """
    babel = Babel(app, default_locale=languages[0], default_timezone="Europe/Stockholm", locale_selector=select)
    babel.domain_instance = PoDomain(languages)


def choose(request: Request, cookie: str, languages: Sequence[str]) -> str:
    """Return the language in the cookie, else the browser's, else the first; an unknown value falls through."""
    wanted = request.cookies.get(cookie)
    if wanted in languages:
        return str(wanted)
    return request.accept_languages.best_match(languages, default=languages[0]) or languages[0]
