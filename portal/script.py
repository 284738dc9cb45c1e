"""The scripts that seal and open in the phone, as the build left them here, and what they ask of the portal."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from flask import Response, request

from crypto.errors import MalformedError
from portal.handover import Handover
from portal.intake import Intake
from portal.mailboxes import Mailboxes
from portal.pages import Pages
from portal.roster import OtherRosterError, OutOfServiceError
from web.late import LATE

SEAL, CODE = "seal.js", "code.js"  # one for the forms, one for the page of the code: each page loads one
HERE = Path(__file__).parent
PLAIN = "text/plain; charset=utf-8"
POLICY = {
    "script-src": "'self'",
    "connect-src": "'self'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}

log = logging.getLogger("utvag.portal")


@dataclass(frozen=True)
class Script:
    """The bytes of one script; the page names their hash, which guards against corruption, not against the portal."""

    content: bytes

    @classmethod
    def built(cls, name: str) -> Script:
        """Read what the build made; raises OSError: an install without it is broken, and must not start half sealed."""
        return cls((HERE / name).read_bytes())

    @cached_property
    def integrity(self) -> str:
        """Return the hash as the page's `integrity` names it."""
        return "sha256-" + base64.b64encode(hashlib.sha256(self.content).digest()).decode("ascii")

    @cached_property
    def small(self) -> bytes:
        """Return the script in gzip: a fixed file without a secret, so that its length tells nothing."""
        return gzip.compress(self.content, 9, mtime=0)


@dataclass(frozen=True)
class Sealed:
    """The views for phones that seal and open: scripts, roster, templates, the doors for envelopes and for tokens."""

    scripts: Mapping[str, Script]
    intake: Intake
    mailboxes: Mailboxes
    handover: Handover
    pages: Pages
    language: Callable[[], str]

    def load(self, name: str) -> Response:
        """Give a script."""
        script = self.scripts[name]
        response = Response(script.content, content_type="text/javascript; charset=utf-8")
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.data = script.small
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def roster(self, now: datetime) -> Response:
        """Give the signed roster as it is; raises OutOfServiceError."""
        return Response(self.intake.keeper.file(now.date()), content_type="application/octet-stream")

    def parts(self, now: datetime) -> Response:
        """Give the templates that the forms leave out to stay small."""
        return self.pages.plain("portal/parts.html", "/parts", self.language(), now)

    def take(self, now: datetime) -> Response:
        """Take an envelope: 201 only once it is on disk. Answers are the same whatever was written inside."""
        try:
            self.intake.take(request.get_data(), now)
        except MalformedError:
            return line(400, "not an envelope of this portal")
        except OtherRosterError as other:
            return Response(other.current, 409, content_type="application/octet-stream")
        except OutOfServiceError:
            return line(503, "out of service")
        except Exception as error:  # noqa: BLE001  # whatever failed, no receipt must be given
            log.error("not stored: %s", type(error).__name__, extra=LATE)
            return line(503, "not stored")
        known = self.pages.facts(self.language(), now)
        fresh = {name: words for name, words in (("reading", known.reading), ("answer", known.answer)) if words}
        return self._renewed(Response(json.dumps(fresh), 201, content_type="application/json"))

    def ask(self, now: datetime) -> Response:
        """Give the places of a mailbox to whoever has its token: one status and one length, whatever waits there."""
        try:
            places = self.mailboxes.ask(request.get_data(), now)
        except MalformedError:
            return line(400, "not a question to a mailbox")
        except Exception as error:  # noqa: BLE001  # whatever failed, nothing must look like an answer
            log.error("not answered: %s", type(error).__name__, extra=LATE)
            return line(503, "not now")
        return self._renewed(Response(places, content_type="application/octet-stream"))

    def _renewed(self, response: Response) -> Response:
        """Change the ticket: it keeps the page out of Chromium's back-forward cache."""
        self.handover.forget(request)
        self.handover.renew(response)
        return response


def line(status: int, words: str) -> Response:
    """Answer the script in one line; it says the rest in the reader's words."""
    return Response(f"{words}\n", status, content_type=PLAIN)
