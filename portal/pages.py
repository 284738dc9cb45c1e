"""Render pages: once per language and minute those that are the same for all, with the visitor's token spliced in."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from flask import Response, render_template
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from crypto.returncode import show_code
from crypto.submission import new_try
from crypto.thread import Reply
from portal import choices, sheets
from portal.access import ACCESS
from portal.facts import Facts, facts, whole_day
from portal.forms import TRY as BEGUN
from portal.handover import Draft, Receipt, Visit
from portal.mailboxes import missing
from portal.packing import Packed
from portal.reasons import FAULTS, LOST, NOTES, NUMBER_OR_CODE, Fault, Note, Reason
from programme import Language, Programme, say
from programme import language as named

# What stands in a rendered page where each visitor's own values go; no text of ours and no escaped input holds it.
TOKEN, TRY = "<TOKEN>", "<TRY>"
LAYOUT = re.compile(r"\n+<")
NEEDLESS = re.compile(r"</p>(?=<(?:p|h1|h2|div|details|fieldset|ul|/div|/fieldset|/main|/header|/footer|/details)\b)")
RENDERED = 128  # pages kept; about 25 KB each, packed and not
CODE = "portal/code.html"
SHEETS = {"portal/me.html": sheets.FORM, "portal/other.html": sheets.FORM}
OPENED = 32 * 1024  # bytes; a page behind a code is as long as this with four common answers and with none


def telephone(number: str) -> Markup:
    """Write a number as a link to call it, left to right in any language."""
    digits = re.sub(r"[^\d+]", "", number)
    return Markup('<a href="tel:{}"><bdi dir=ltr>{}</bdi></a>').format(
        digits, number.replace(" ", "\N{NO-BREAK SPACE}")
    )


def _shown(reply: Reply, language: str) -> dict[str, str | int]:
    """Return what the page says of a reply; the text stays a visitor's text, never markup."""
    day = whole_day(reply.day, language)
    return {"number": reply.number, "sender": reply.sender, "day": day, "text": reply.text}


def _fresh(name: str, words: str) -> Markup:
    """Return words that the acknowledgement of an envelope may renew."""
    return Markup("<span data-fresh={}>{}</span>").format(name, words)


def _padded(page: str) -> str:
    size = len(page.encode())
    return f"{page}<!--{' ' * (-(size + 7) % OPENED)}-->"


class Hashed(Protocol):
    """A script as pages name it: `portal.script.Script`."""

    @property
    def integrity(self) -> str:
        """Return the hash as `integrity` names it."""


class Pages:
    """Makes the HTML of every page of one portal; call it in a request, whose language the words follow."""

    def __init__(
        self,
        programme: Programme,
        languages: Sequence[Language],
        sounds: Collection[str] = (),
        *,
        demo: bool,
        scripts: Mapping[str, Hashed],
    ) -> None:
        self._programme = programme
        self._languages = languages
        self._sounds = sounds
        self.rare = sheets.needs_rare(len(languages), demo=demo)
        self._demo = demo
        self._integrity = {name: script.integrity for name, script in scripts.items()}
        self._facts = lru_cache(maxsize=len(languages))(self._facts_of_minute)
        self._rendered = lru_cache(maxsize=RENDERED)(self._render)
        self.phone = telephone(programme.telephone.number)

    def facts(self, language: str, now: datetime) -> Facts:
        """Return the facts of this minute."""
        return self._facts(language, now.replace(second=0, microsecond=0))

    def _facts_of_minute(self, language: str, minute: datetime) -> Facts:
        return facts(self._programme, language, minute)

    def plain(self, template: str, here: str, language: str, now: datetime, **state: str | int) -> Response:
        """Answer with a page that is the same for everyone, but for the token of its language buttons."""
        page = self._rendered(template, here, self.facts(language, now), tuple(state.items()))
        return page.answer({TOKEN: generate_csrf()} if TOKEN in page.marks else {})

    def _render(self, template: str, here: str, known: Facts, state: tuple[tuple[str, str | int], ...]) -> Packed:
        # A line break before a tag is layout of the source, and a paragraph ends by itself where a block begins or
        # its parent ends; a page with a visitor's own text is left as it is.
        page = NEEDLESS.sub("", LAYOUT.sub("<", self.fresh(template, here, known, **dict(state))))
        return Packed(page, TOKEN, TRY)

    def fresh(self, template: str, here: str, known: Facts, **state: object) -> str:
        """Render a page anew; the token's place is still a mark."""
        return render_template(
            template,
            p=self._programme,
            f=known,
            lang=known.language,
            direction=named(known.language).direction,
            languages=self._languages,
            sound=known.language in self._sounds,
            spoken=named(known.language.partition("-")[0]).name,
            here=here,
            demo=self._demo,
            integrity=self._integrity,
            style=SHEETS.get(template, sheets.READ),
            tel=telephone,
            phone=self.phone,
            digits=self._digits(known.language),
            address=Markup("<bdi dir=ltr>{}</bdi>").format(self._programme.short_address),
            onion=Markup("<bdi dir=ltr>{}</bdi>").format(self._programme.onion_address),
            choices=choices,
            duty=telephone(self._programme.social_duty),
            say=say,
            fresh=_fresh,
            late=sheets.LATE,
            rare=sheets.RARE if self.rare else "",
            many=len(self._languages) > sheets.MANY,
            number=Markup("<b data-n></b>"),
            token=Markup(TOKEN),  # noqa: S704  # a mark without input
            code_page=self._programme.answers.code and "/code" in ACCESS,
            **state,
        )

    def form(self, name: str, language: str, now: datetime, draft: Draft | None = None, lost: str = "") -> Response:
        """Answer with the form "me" or "other": blank, with a draft that came back, or after one that was lost."""
        known = self.facts(language, now)
        template, here = f"portal/{name}.html", f"/{name}"
        begun = draft.fields.get("try", [""])[0] if draft else ""
        own = {TOKEN: generate_csrf(), TRY: begun if BEGUN.fullmatch(begun) else new_try()}
        if not (draft or lost):
            return self._rendered(template, here, known, ()).answer(own)
        page = self.fresh(template, here, known, **self._returned(draft, lost, language))
        return Response(page.replace(TOKEN, own[TOKEN]).replace(TRY, own[TRY]))

    def receipt(self, receipt: Receipt, language: str, now: datetime) -> str:
        """Return the confirmation with the bearer's own code, never kept among the rendered pages."""
        code = show_code(receipt.code).split() if receipt.code else None
        page = self.fresh("portal/done.html", "/done", self.facts(language, now), code=code, call=receipt.call)
        return page.replace(TOKEN, generate_csrf())

    def code(self, note: str, language: str, now: datetime) -> Response:
        """Answer with the page that asks for a code."""
        return self.plain(CODE, "/code", language, now, note=note, words=self._note(note, 0, language))

    def visit(self, visit: Visit, replies: list[Reply] | None, language: str, now: datetime) -> str:
        """Return the page behind a code, or (None) the one that asks for it with what the visit has to say.

        Behind a code it is padded to whole steps of OPENED bytes, so that its length on the wire does not tell
        whether a reply waits. The padding stands last: nothing that is seen waits for it.
        """
        hint = next((reply.municipality for reply in replies or [] if reply.municipality), "")
        town = self._programme.municipality(visit.town or hint) or self._programme.municipalities[0]
        page = self.fresh(
            CODE,
            "/code",
            self.facts(language, now),
            note=visit.note,
            words=self._note(visit.note, visit.over, language),
            code=visit.code,
            replies=None if replies is None else [_shown(reply, language) for reply in replies],
            gap=missing(replies or []),
            message=visit.message,
            town=town.id,
        )
        begun = visit.try_id if BEGUN.fullmatch(visit.try_id) else new_try()
        page = page.replace(TOKEN, generate_csrf()).replace(TRY, begun)
        return page if replies is None else _padded(page)

    def _note(self, note: str, over: int, language: str) -> Markup | str:
        return self._words(NOTES[Note(note)], over, language) if note else ""

    def _returned(self, draft: Draft | None, lost: str, language: str) -> dict[str, object]:
        """Return what the form page says and shows beside a blank one."""
        if draft is None:
            return self._said(LOST[Reason(lost)], 0, language)
        said = self._said(self._fault(Reason(draft.reason)), draft.over, language) if draft.reason else {}
        return {**said, "values": draft.fields}

    def _said(self, fault: Fault, over: int, language: str) -> dict[str, object]:
        return {"fault": fault, "fault_words": self._words(fault.words, over, language)}

    def _words(self, text: str, over: int, language: str) -> Markup:
        """Say a text of the catalogue, in which no tag can stand but the break of a line (web/catalogue.py)."""
        return Markup(gettext(text)) % {"over": over, "phone": self._digits(language)}  # noqa: S704  # as said above

    def _digits(self, language: str) -> Markup | str:
        """Return the number to call for places where a link would lead away; it turns round within Arabic alone."""
        number = self._programme.telephone.number
        return Markup("<bdi dir=ltr>{}</bdi>").format(number) if named(language).rtl else number

    def _fault(self, reason: Reason) -> Fault:
        if reason is Reason.NUMBER and self._programme.answers.code:
            return Fault(FAULTS[reason].field, NUMBER_OR_CODE)
        return FAULTS[reason]
