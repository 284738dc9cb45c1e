"""Who may reach which route: the portal is public, and this table holds every route it has and no other."""

from __future__ import annotations

from dataclasses import dataclass

PUBLIC = "public"


@dataclass(frozen=True)
class Access:
    """One route: the methods it answers (HEAD goes with GET) and who may use it."""

    methods: frozenset[str]
    who: str


def _public(*methods: str) -> Access:
    return Access(frozenset(methods), PUBLIC)


ACCESS = {
    "/": _public("GET", "POST"),
    "/me": _public("GET", "POST"),
    "/other": _public("GET", "POST"),
    "/code": _public("GET", "POST"),
    "/done": _public("GET", "POST"),
    "/envelope": _public("POST"),
    "/mailbox": _public("POST"),
    "/parts": _public("GET"),
    "/roster": _public("GET"),
    "/seal.js": _public("GET"),
    "/code.js": _public("GET"),
    "/exit": _public("GET", "POST"),
    "/about": _public("GET", "POST"),
    "/jobb": _public("GET", "POST"),
    "/uppgifter": _public("GET", "POST"),
    "/tillganglighet": _public("GET", "POST"),
    "/sound": _public("GET"),
    # Public, since a load balancer asks them without a secret, and each tells one word that the start page tells too; a
    # front may keep them to itself (docs/operations.md, Watching).
    "/healthz": _public("GET"),
    "/readyz": _public("GET"),
}
