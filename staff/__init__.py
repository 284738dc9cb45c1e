"""The staff app: sign-in, inbox, and what coordinators do with a request."""

from staff.app import create_app

__all__ = ["create_app"]
