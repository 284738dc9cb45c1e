"""Every page and state of the portal as a programme's file makes it, to look at: nothing is taken, kept or passed on.

It stands on no roster, no dead drop and no desk, and has no script: what it shows is the road without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, Response, abort, g, make_response, redirect, request
from flask.typing import ResponseReturnValue

from crypto.returncode import new_code
from crypto.thread import Reply
from portal import sheets
from portal.handover import Draft, Receipt, Visit
from portal.pages import Pages
from portal.reasons import BARE, LOST, Note, Reason
from portal.script import CODE, SEAL, Script
from portal.views import READING
from programme import Language, Programme
from web.app import new_app
from web.language import choose, use_catalogues
from web.origin import Origin

COOKIE = "preview-l"
INDEX = "/preview"
WORDS = "Förhandsvisning. Ingenting skickas och ingenting sparas."
BANNER = f"<header>\n<p class=demo>{WORDS} <a href={INDEX}>Alla sidor</a></p>"
SCRIPTS = re.compile(r"<script\b[^>]*></script>|</?noscript>")  # without them a page is as it is where script is off
TEMPLATES = re.compile(r"<(/?)template>")

Answer = Response | str
Make = Callable[[Pages, str, datetime], Answer]


@dataclass(frozen=True)
class State:
    """One page in one state: what it is called here, and how it is made in a language at a time."""

    name: str
    words: str
    make: Make


def states(programme: Programme) -> dict[str, State]:
    """Return every state by its name, in the order in which a visitor could meet them."""
    found = [State("start", "Första sidan", _plain("portal/start.html", "/"))]
    for form, words in (("me", "Formuläret för en själv"), ("other", "Formuläret för någon annan")):
        found.append(State(form, words, _blank(form)))
        found += [State(f"{form}-{why}", f"{words}: {why}", _refused(form, why)) for why in Reason]
        found += [State(f"{form}-lost-{why}", f"{words}, utan kakor: {why}", _lost(form, why)) for why in LOST]
    found += [State("script", "Vad skriptet säger", _script), *_done(), *_code(programme)]
    found += [State(path[1:], f"Sidan {path}", _plain(template, path)) for path, template in READING.items()]
    found += [
        State(f"fel-{n}", f"Felsidan {n}", _plain("portal/error.html", "/", status=n))
        for n in (400, 404, 413, 429, 503)
    ]
    return {state.name: state for state in found}


def create_preview(programme: Programme, languages: Sequence[Language]) -> Flask:
    """Return an app with the portal's pages and a list of all their states; no route of it keeps what it is sent."""
    scripts = {name: Script.built(name) for name in (SEAL, CODE)}
    pages = Pages(programme, languages, demo=False, scripts=scripts)
    pages.rare = True  # the banner's looks

    def language() -> str:
        if "language" not in g:
            asked = request.args.get("l", "")
            known = {one.tag for one in languages}
            g.language = asked if asked in known else choose(request, COOKIE, languages)
        return str(g.language)

    def error_page(status: int) -> Response:
        return pages.plain("portal/error.html", "/", language(), datetime.now(UTC), status=status)

    app = new_app(
        __name__,
        templates=("portal", "shared"),
        origin=Origin.parse("http://127.0.0.1"),
        csp={"style-src": sheets.sources(rare=True), "img-src": "data:"},
        error_page=error_page,
        session_cookie="preview-s",
    )
    use_catalogues(app, languages, language)
    app.before_request(_unpacked)
    app.after_request(_marked)
    _routes(app, pages, states(programme), language, languages)
    return app


def _routes(
    app: Flask,
    pages: Pages,
    shown: Mapping[str, State],
    language: Callable[[], str],
    languages: Sequence[Language],
) -> None:
    own = {"/": "start", "/me": "me", "/other": "other", "/code": "kod", "/done": "done-kod"}
    own |= {path: path[1:] for path in READING}

    def show(name: str) -> ResponseReturnValue:
        if request.method == "POST":
            return _posted(own, languages)
        if name not in shown:
            abort(404)
        response = make_response(shown[name].make(pages, language(), datetime.now(UTC)))
        if "l" in request.args:
            response.set_cookie(COOKIE, language(), httponly=True, samesite="Lax")
        return response

    def index() -> ResponseReturnValue:
        return pages.fresh("portal/preview.html", INDEX, pages.facts("sv", datetime.now(UTC)), shown=shown.values())

    app.add_url_rule(INDEX, "index", index)
    app.add_url_rule("/exit", "exit", index)
    app.add_url_rule(f"{INDEX}/<name>", "show", show)
    for path, name in own.items():
        app.add_url_rule(path, f"own-{name}", show, defaults={"name": name}, methods=["GET", "POST"])


def _posted(own: Mapping[str, str], languages: Sequence[Language]) -> ResponseReturnValue:
    """Answer a button without looking at what was typed: change the language, or lead to what follows."""
    response = redirect(
        request.path if "lang" in request.form or own[request.path] not in ("me", "other") else "/done", 303
    )
    if request.form.get("lang") in {one.tag for one in languages}:
        response.set_cookie(COOKIE, request.form["lang"], httponly=True, samesite="Lax")
    return make_response(response)


def _unpacked() -> None:
    """Ask for pages as they are: the banner goes into them."""
    request.environ.pop("HTTP_ACCEPT_ENCODING", None)


def _marked(response: Response) -> Response:
    """Put the banner on a page and take the script off."""
    if response.mimetype == "text/html" and response.data:
        page = SCRIPTS.sub("", response.get_data(as_text=True))
        response.set_data(page.replace("<header>", BANNER, 1))
    return response


def _plain(template: str, here: str, **state: int) -> Make:
    return lambda pages, lang, now: pages.plain(template, here, lang, now, **state)


def _blank(form: str) -> Make:
    return lambda pages, lang, now: pages.form(form, lang, now)


def _refused(form: str, why: Reason) -> Make:
    typed = {"message": ["Hej. Det här är ett exempel."], "answer_by": ["call"], "municipality": [""]}
    draft = Draft(form, typed, why, 120)
    return lambda pages, lang, now: pages.form(form, lang, now, draft)


def _lost(form: str, why: Reason) -> Make:
    return lambda pages, lang, now: pages.form(form, lang, now, None, why)


def _script(pages: Pages, lang: str, now: datetime) -> Answer:
    known = pages.facts(lang, now)
    return TEMPLATES.sub(r"<\1div>", pages.fresh("portal/parts.html", "/parts", known, first=True))


def _done() -> list[State]:
    done = "portal/done.html"
    return [
        State(
            "done-kod",
            "Kvittot med en kod",
            lambda pages, lang, now: pages.receipt(Receipt(new_code(), False), lang, now),
        ),
        State(
            "done-samtal",
            "Kvittot när vi ringer",
            lambda pages, lang, now: pages.receipt(Receipt(None, True), lang, now),
        ),
        State(
            "done-bada",
            "Kvittot med båda",
            lambda pages, lang, now: pages.receipt(Receipt(new_code(), True), lang, now),
        ),
        State("done-utan", "Kvittot när ingen kod kunde visas", _plain(done, "/done", no_code=1, nothing=0)),
        State("done-skickat", "Kvittot utan kakor", _plain(done, "/done", no_code=0, nothing=0)),
        State("done-tomt", "Kvittots sida, när inget är skickat", _plain(done, "/done", no_code=0, nothing=1)),
    ]


def _code(programme: Programme) -> list[State]:
    town = programme.municipalities[-1].id

    def visit(note: str, replies: int | None) -> Make:
        def make(pages: Pages, lang: str, now: datetime) -> Answer:
            numbers = range(2, 2 + replies) if replies else ()  # the first is gone: the page says which is missing
            said = [Reply(n, now.date(), "Elsa", f"Hej. Det här är svar {n}.", town) for n in numbers]
            return pages.visit(Visit(note=note, over=120), None if replies is None else said, lang, now)

        return make

    found = [State("kod", "Sidan för koden", lambda pages, lang, now: pages.code("", lang, now))]
    found += [State(f"kod-{note}", f"Sidan för koden: {note}", visit(note, None)) for note in sorted(BARE)]
    found += [State("kod-inget", "Bakom en kod: inget svar", visit("", 0))]
    found += [State("kod-svar", "Bakom en kod: två svar, och ett som är borta", visit("", 2))]
    behind = [note for note in Note if note not in BARE]
    return found + [State(f"kod-svar-{note}", f"Bakom en kod: {note}", visit(note, 1)) for note in behind]
