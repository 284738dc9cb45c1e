"""Do something anew when somebody else wrote first."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from staff.errors import MeanwhileError, RefusedActError

TRIES = 5
T = TypeVar("T")


def again(attempt: Callable[[], T]) -> T:
    """Attempt anew as long as somebody else wrote first; raise RefusedActError("busy") if that does not end."""
    for _ in range(TRIES):
        with suppress(MeanwhileError):
            return attempt()
    raise RefusedActError("busy")
