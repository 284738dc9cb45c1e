"""The boxes of the browser that asks: each purpose has a cookie of its own, HttpOnly, that ends with the browser."""

from flask import Response, request

from staff.office import office


def lay(response: Response, purpose: str, content: bytes) -> None:
    """Lay something down for this browser, in place of what lay there."""
    parts = office()
    parts.boxes.take(purpose, _cookie(purpose))
    cookie, secure = parts.boxes.put(purpose, content), parts.settings.origin.secure
    response.set_cookie(_name(purpose), cookie, path="/", secure=secure, httponly=True, samesite="Strict")


def look(purpose: str) -> bytes | None:
    """Give what lies there for this browser."""
    return office().boxes.look(purpose, _cookie(purpose))


def take(purpose: str) -> bytes | None:
    """Give what lies there for this browser, once."""
    return office().boxes.take(purpose, _cookie(purpose))


def _cookie(purpose: str) -> str:
    return request.cookies.get(_name(purpose), "")


def _name(purpose: str) -> str:
    return office().settings.origin.cookie_name(purpose.replace(" ", "-"))
