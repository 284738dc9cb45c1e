"""A child process that is killed (kill -9) at any step, as a power cut or an impatient administrator would."""

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest

Step = tuple[object, str]  # a module or class, and the name of what is called there


def killed(act: Callable[[], object], after: int, steps: Iterable[Step]) -> bool:
    """Do it in a child that is killed at the step after so many; True if it was, False if it came to its end first."""
    child = os.fork()
    if child == 0:  # nothing of pytest's may run in here
        with suppress(BaseException), pytest.MonkeyPatch.context() as patch:
            _doom(after, steps, patch)
            act()
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), "it failed instead of being killed"
    return status == signal.SIGKILL


def _doom(after: int, steps: Iterable[Step], patch: pytest.MonkeyPatch) -> None:
    left = [after]

    def dying(step: Callable[..., object]) -> Callable[..., object]:
        def done_or_killed(*given: object, **named: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*given, **named)

        return done_or_killed

    for owner, name in steps:
        patch.setattr(owner, name, dying(getattr(owner, name)))
