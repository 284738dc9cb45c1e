"""The answer to every POST: go and look, with no body that a browser could keep or show."""

from flask import Response


def see_other(location: str) -> Response:
    """Answer 303 to an address of ours."""
    return Response(status=303, headers={"Location": location})
