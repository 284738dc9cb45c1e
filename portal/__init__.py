"""The public app: it takes submissions, seals them and leaves them; it can open nothing."""

from portal.app import create_app

__all__ = ["create_app"]
