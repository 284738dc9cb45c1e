"""The staff app: only this package opens what visitors seal; it imports nothing of the portal.

The app itself is imported when somebody asks for `create_app`: a command that needs one table of the casebook would
else wait a second for pages that it never shows.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from staff.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    """Give `create_app`, importing it now; AttributeError for any other name (PEP 562)."""
    if name != "create_app":
        raise AttributeError(name)
    return import_module("staff.app").create_app
