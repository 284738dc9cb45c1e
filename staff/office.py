"""What the running staff app holds, for views to reach: settings, casebook, papers, accounts, sessions, collector."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import current_app, g

from staff.accounts.boxes import Boxes
from staff.accounts.browser import Browsers
from staff.accounts.invitations import Invitations
from staff.accounts.parcels import Parcels
from staff.accounts.passkeys import Passkeys
from staff.accounts.session import Row, Sessions
from staff.accounts.signin import SignIn
from staff.accounts.store import Accounts
from staff.accounts.throttle import Throttle
from staff.audit import Audit, days
from staff.casebook import Casebook
from staff.erasure.record import Record
from staff.errors import LockedError
from staff.folders import Drafts, Folders
from staff.inbox.collecting import Collector
from staff.inbox.outbox import Outbox
from staff.insiders.watch import Watch
from staff.orders import Orders
from staff.person import Person
from staff.register import Register
from staff.settings import StaffSettings
from staff.watching.outlook import Outlook
from web.ready import Ready

KEY = "utvag_staff"


def utc_now() -> datetime:
    """Give the time, aware."""
    return datetime.now(UTC)


@dataclass
class Office:
    """Hold the parts of one running app; tests may put another clock in `now`.

    `background` says that work may be done beside the requests.
    """

    settings: StaffSettings
    casebook: Casebook
    register: Register
    orders: Orders
    accounts: Accounts
    passkeys: Passkeys
    invitations: Invitations
    sign_in: SignIn
    sessions: Sessions
    parcels: Parcels
    boxes: Boxes
    throttle: Throttle
    browsers: Browsers
    collector: Collector
    outbox: Outbox
    audit: Audit
    folders: Folders
    drafts: Drafts
    erased: Record
    ready: Ready
    outlook: Outlook = field(init=False)
    watch: Watch = field(default_factory=Watch)
    now: Callable[[], datetime] = utc_now
    background: bool = False

    def today(self) -> int:
        """Give the day as it stands outside: days since 1970."""
        return days(self.now())

    @property
    def cookie(self) -> str:
        """Name the cookie that carries the ticket of a split session."""
        return self.settings.origin.cookie_name("staff")

    @property
    def known_cookie(self) -> str:
        """Name the cookie of a browser that has signed in before."""
        return self.settings.origin.cookie_name("staff-known")

    @property
    def late_cookie(self) -> str:
        """Name the cookie that carries the ticket of what was sent after the session had locked."""
        return self.settings.origin.cookie_name("staff-late")


def office() -> Office:
    """Give the parts of the app that serves this request."""
    found = current_app.extensions[KEY]
    assert isinstance(found, Office)  # noqa: S101  # for the type: create_app put it there
    return found


def person() -> Person:
    """Give whoever is signed in; raise LockedError if nobody is."""
    found = g.get("person")
    if not isinstance(found, Person):
        raise LockedError
    return found


def row() -> Row:
    """Give the session's row; raise LockedError if nobody is signed in."""
    found = g.get("row")
    if not isinstance(found, Row):
        raise LockedError
    return found
