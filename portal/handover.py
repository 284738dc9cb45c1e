"""What a visitor finds on the page that a 303 leads to: a draft that came back, or what follows after sending."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Request, Response

from crypto.cookiebox import TICKET_SIZE, lock, new_ticket, row_key, unlock
from crypto.errors import CorruptError
from crypto.returncode import Keys
from portal.desk import Desk
from web.origin import Origin

DRAFT, RECEIPT, VISIT = "draft", "receipt", "visit"
DRAFT_SECONDS = 120
RECEIPT_SECONDS = 600
VISIT_SECONDS = 600
VISIT_STEP = 1024  # bytes; the length of a row tells no more of what was typed than this
RECEIPT_SIZE = 1100  # bytes of a locked receipt at most: a code and two flags, rounded up to 1 KiB

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Draft:
    """A form that came back: which one, what stood in it, and why (None: the person changed the language)."""

    form: str
    fields: Fields
    reason: str | None = None
    over: int = 0


@dataclass(frozen=True)
class Receipt:
    """What `/done` shows: the code if there is one, and whether a call was chosen."""

    code: str | None
    call: bool


@dataclass(frozen=True)
class Visit:
    """What `/code` shows: the keys of the code that was entered, one line that is said, and words not yet sent.

    Replies are never laid on the desk: they are fetched and opened anew for each page, so that neither the row nor
    its length tells whether there are any.
    """

    keys: Keys | None = None
    note: str = ""
    over: int = 0
    message: str = ""
    town: str = ""
    try_id: str = ""
    code: str = ""  # as it was typed, only if its digits are wrong: one is mended sooner than 24 are typed again

    def encode(self) -> bytes:
        """Write it as JSON, padded with spaces to whole steps."""
        keys = (
            [key.hex() for key in (self.keys.token, self.keys.reply_secret, self.keys.thread_seed)] if self.keys else []
        )
        content = json.dumps([keys, self.note, self.over, self.message, self.town, self.try_id, self.code]).encode()
        return content.ljust(-(-len(content) // VISIT_STEP) * VISIT_STEP)

    @classmethod
    def decode(cls, content: bytes) -> Visit:
        """Read what `encode` wrote."""
        keys, *rest = json.loads(content)
        return cls(Keys(*map(bytes.fromhex, keys)) if keys else None, *rest)

    def said(self, note: str, over: int = 0) -> Visit:
        """Return the visit with another line said."""
        return replace(self, note=note, over=over)


class Handover:
    """Leaves rows on the desk for the bearer of a cookie, and finds them again.

    Safe: the row's key and content follow from 32 random bytes that only the browser's HttpOnly cookie holds; the
    desk alone opens nothing. Drafts and receipts have desks of their own, so that a flood of drafts takes no code.
    """

    def __init__(self, origin: Origin, drafts: Desk, receipts: Desk) -> None:
        self._origin = origin
        self._cookie = origin.cookie_name("t")
        self._drafts = drafts
        self._receipts = receipts

    def keep_draft(self, response: Response, bucket: str, draft: Draft) -> bool:
        """Leave a draft for two minutes; tell whether there was room. The cookie is renewed either way."""
        ticket = self.renew(response)
        content = json.dumps([draft.form, dict(draft.fields), draft.reason, draft.over]).encode()
        return self._drafts.put(row_key(ticket, DRAFT), bucket, lock(ticket, DRAFT, content), DRAFT_SECONDS)

    def draft(self, request: Request, form: str) -> Draft | None:
        """Return the bearer's draft of this form, as often as asked."""
        content = self._find(request, self._drafts, DRAFT)
        draft = Draft(*json.loads(content)) if content else None
        return draft if draft and draft.form == form else None

    def receipt_room(self, bucket: str) -> bool:
        """Tell whether a receipt would find room now."""
        return self._receipts.room(bucket, RECEIPT_SIZE)

    def used(self) -> tuple[int, int]:
        """Count what lies on the fuller of the two desks, and what may; whoever shows it blurs it first."""
        return max((self._drafts.used, self._receipts.used), key=lambda one: one[0] / (one[1] or 1))

    def keep_receipt(self, response: Response, bucket: str, receipt: Receipt) -> bool:
        """Leave a receipt for ten minutes; tell whether there was room. The cookie is renewed either way."""
        ticket = self.renew(response)
        content = json.dumps([receipt.code, receipt.call]).encode()
        return self._receipts.put(row_key(ticket, RECEIPT), bucket, lock(ticket, RECEIPT, content), RECEIPT_SECONDS)

    def receipt(self, request: Request) -> Receipt | None:
        """Return the bearer's receipt, as often as asked."""
        content = self._find(request, self._receipts, RECEIPT)
        return Receipt(*json.loads(content)) if content else None

    def keep_visit(self, response: Response, bucket: str, visit: Visit) -> bool:
        """Leave a visit for ten minutes; tell whether there was room. The cookie is renewed either way."""
        ticket = self.renew(response)
        return self._drafts.put(row_key(ticket, VISIT), bucket, lock(ticket, VISIT, visit.encode()), VISIT_SECONDS)

    def visit(self, request: Request) -> Visit | None:
        """Return the bearer's visit, as often as asked."""
        content = self._find(request, self._drafts, VISIT)
        return Visit.decode(content) if content else None

    def forget(self, request: Request) -> None:
        """Take away whatever lies here for the bearer."""
        ticket = self._ticket(request)
        if ticket:
            self._drafts.drop(row_key(ticket, DRAFT), row_key(ticket, VISIT))
            self._receipts.drop(row_key(ticket, RECEIPT))

    def renew(self, response: Response) -> bytes:
        """Give the browser a new ticket: the change itself keeps Back from restoring a page in Chromium."""
        ticket = new_ticket()
        response.set_cookie(
            self._cookie, ticket.hex(), path="/", secure=self._origin.secure, httponly=True, samesite="Strict"
        )
        return ticket

    def _ticket(self, request: Request) -> bytes | None:
        text = request.cookies.get(self._cookie, "")
        try:
            ticket = bytes.fromhex(text)
        except ValueError:
            return None
        return ticket if len(ticket) == TICKET_SIZE else None

    def _find(self, request: Request, desk: Desk, purpose: str) -> bytes | None:
        ticket = self._ticket(request)
        locked = desk.get(row_key(ticket, purpose)) if ticket else None
        if ticket is None or locked is None:
            return None
        try:
            return unlock(ticket, purpose, locked)
        except CorruptError:
            return None
