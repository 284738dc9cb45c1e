"""A whole portal for tests: keys, a signed roster, a dead drop, a client that speaks as a browser does."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crypto.opening.ceremony import RosterDraft, TeamDraft, draw_spare, sign_roster
from crypto.opening.identity import Identity, new_identity
from crypto.opening.members import Member
from crypto.opening.unseal import unseal
from crypto.returncode import Keys, derive
from crypto.sealing.pin import salt_of
from crypto.submission import Submission
from crypto.thread import Reply, seal_reply
from deaddrop.answer import Answer
from deaddrop.collect import Collect
from deaddrop.schema import engine
from portal import create_app
from portal.settings import PortalSettings
from programme import Programme
from web.origin import Origin

DEMO = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"
ORIGIN = "http://127.0.0.1:8831"
OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


def member(identity: Identity, name: str, role: str, town: str) -> Member:
    """Return a person's public half."""
    return Member(name, role, town, identity.box_public, identity.sign_public)


@dataclass
class World:
    """One programme's keys and the portal that seals to them; `coordinator` opens what any town gets."""

    folder: Path
    root: Identity = field(default_factory=new_identity)
    coordinator: Identity = field(default_factory=new_identity)
    recovery: Identity = field(default_factory=new_identity)
    spare: dict[str, list[bytes]] = field(default_factory=dict)
    programme: Programme = field(default_factory=lambda: Programme.load(DEMO))
    deaddrop: str = ""  # a server's address for the portal; else a file in the folder
    drop: str = ""  # the same server's address for the staff app
    lose: Callable[[], None] = field(init=False)  # takes the dead drop away for good

    def __post_init__(self) -> None:
        self.lose = (self.folder / "deaddrop.sqlite").unlink

    def write_roster(
        self,
        epoch: int = 1,
        *,
        days: int = 60,
        towns: tuple[str, ...] = (),
        root: Identity | None = None,
        revokes: bool = False,
    ) -> None:
        """Sign a roster for the programme's towns and lay it where the portal looks."""
        names = towns or tuple(town.id for town in self.programme.municipalities)
        teams = [
            TeamDraft(
                town,
                {"sv": "Ring oss"},
                member(self.recovery, f"Recovery {town}", "recovery", town),
                [member(self.coordinator, f"Coordinator {town}", "coordinator", town)],
                self.spare.setdefault(town, draw_spare(7)),
            )
            for town in names
        ]
        signer = root or self.root
        today = datetime.now(UTC).date()
        signed_on = min(today, today + timedelta(days=days))
        ends = today + timedelta(days=days)
        draft = RosterDraft(epoch, ends, salt_of(signer.sign_public), teams, revokes=revokes)
        self.roster.write_bytes(sign_roster(draft, signer, today=signed_on))

    @property
    def roster(self) -> Path:
        """Return where the roster lies."""
        return self.folder / "roster"

    def settings(self, **changes: Any) -> PortalSettings:  # Any: whatever the settings' fields hold
        """Return settings for this world; limits are wide unless a test narrows them."""
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        plain = PortalSettings(
            origin=Origin.parse(ORIGIN),
            roster=self.roster,
            root_key=self.root.sign_public,
            deaddrop=self.deaddrop or self.store,
            programme=self.programme,
            state=state,
            posts_per_prefix=10**6,
            posts_in_all=10**6,
        )
        return dataclasses.replace(plain, **changes)

    def app(self, **changes: Any) -> Flask:  # Any: as above
        """Return a portal of this world."""
        return create_app(self.settings(**changes))

    @property
    def store(self) -> str:
        """Say where the staff app finds the dead drop."""
        return self.drop or str(self.folder / "deaddrop.sqlite")

    def received(self) -> list[Submission]:
        """Open everything in the dead drop, as the coordinator would."""
        waiting = Collect(engine(self.store)).waiting()
        return [Submission.decode(unseal(row.sealed, self.coordinator)) for row in waiting]

    def keys(self, code: str) -> Keys:
        """Derive a code's keys, as a phone would."""
        return derive(code, salt_of(self.root.sign_public))

    def reply(self, code: str, number: int, text: str, sender: str = "Elsa", town: str = "") -> None:
        """Leave a reply for the bearer of a code, as staff would."""
        mailbox = self.keys(code).mailbox()
        sealed = seal_reply(Reply(number, date(2026, 11, 23), sender, text, town), mailbox)
        Answer(engine(self.store)).leave(mailbox.address, sealed, date(2026, 11, 23))


class Phone:
    """A visitor's browser: follows no redirect by itself, sends what browsers send, reads HTML strictly."""

    def __init__(self, app: Flask, *, cookies: bool = True, language: str = "sv") -> None:
        self.client: FlaskClient = app.test_client(use_cookies=cookies)
        self.client.environ_base["REMOTE_ADDR"] = "192.0.2.20"
        self.headers = {"Accept-Language": language}

    def get(self, path: str, **headers: str) -> TestResponse:
        """Fetch a page; its HTML must parse without a single fault."""
        return strict(self.client.get(path, headers={**self.headers, **headers}))

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, **headers: str
    ) -> TestResponse:  # Any: werkzeug's form data
        """Post a form from one of our own pages, as a present-day browser says it."""
        sent = {**self.headers, **OUR_PAGE, **headers}
        return strict(self.client.post(path, data=data or {}, headers=sent))

    def old_post(
        self, path: str, data: Mapping[str, Any] | None = None, **headers: str
    ) -> TestResponse:  # Any: as above
        """Post a form as a browser that says nothing of where it comes from."""
        return strict(self.client.post(path, data=data or {}, headers={**self.headers, **headers}))


def strict(answer: TestResponse) -> TestResponse:
    """Parse an HTML answer with every parse error fatal."""
    if answer.mimetype == "text/html" and answer.data:
        html5lib.HTMLParser(strict=True).parse(answer.get_data(as_text=True))
    return answer


def seen(page: str) -> str:
    """Return a page without its templates, which a browser shows only if the script takes from them."""
    return re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)


def inputs(page: str) -> dict[str, list[str]]:
    """Return what a browser would send of a page's form, untouched: names and values."""
    tree = html5lib.parse(seen(page), namespaceHTMLElements=False)
    found: dict[str, list[str]] = {}
    for node in tree.iter("input"):
        kind = node.get("type", "text")
        if kind in ("radio", "checkbox") and node.get("checked") is None:
            continue
        found.setdefault(node.get("name", ""), []).append(node.get("value", ""))
    for node in tree.iter("textarea"):
        found.setdefault(node.get("name", ""), []).append(node.text or "")
    return found
