"""Who reaches which route: every route stands here, and nothing else does.

ANYONE: whoever reaches the host. COORDINATOR: whoever is signed in. TEAM: whoever is signed in and in the team that the
request is for; for all others the request does not exist (404).
"""

from enum import StrEnum


class Access(StrEnum):
    """Say who reaches a route."""

    ANYONE = "anyone"
    COORDINATOR = "coordinator"
    TEAM = "team"


ROUTES = {
    "accounts.front": Access.ANYONE,
    "accounts.login": Access.ANYONE,
    "accounts.sign_in": Access.ANYONE,
    "accounts.lock": Access.ANYONE,
    "pages.asset": Access.ANYONE,
    "pages.healthz": Access.ANYONE,
    "pages.keys": Access.COORDINATOR,
    "reminders.show": Access.COORDINATOR,
    "reminders.save": Access.COORDINATOR,
    "inbox.show": Access.COORDINATOR,
    "inbox.new": Access.COORDINATOR,
    "inbox.collect": Access.COORDINATOR,
    "inbox.search": Access.COORDINATOR,
    "inbox.read": Access.TEAM,
    "inbox.act": Access.TEAM,
    "inbox.reply": Access.TEAM,
    "inbox.phrase": Access.TEAM,
    "inbox.deliver": Access.TEAM,
}
