"""A process that ends in the middle: at a commit, just before so many are on disk or just after, or at any step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from staff.casebook import Casebook


class Interrupted(BaseException):
    """The process ends here."""


def die_at(where: object, step: str, after: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Die at a step once it has been done so often; give the list that notes each time it begins."""
    true, begun = getattr(where, step), list[str]()

    def dying(*given: object, **named: object) -> object:
        begun.append(step)
        if len(begun) > after:
            raise Interrupted
        return true(*given, **named)

    monkeypatch.setattr(where, step, dying)
    return begun


@contextmanager
def killed_after(commits: int, monkeypatch: pytest.MonkeyPatch, *, kept: bool = False) -> Iterator[None]:
    """Die at the commit after so many, with everything that was to be in it; `kept`: right after that commit."""
    write, left = Casebook.write, [commits]

    def count() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Interrupted

    @contextmanager
    def dying(self: Casebook) -> Iterator[Session]:
        with write(self) as session:
            yield session
            if not kept:
                count()
        if kept:
            count()

    with monkeypatch.context() as patched:
        patched.setattr(Casebook, "write", dying)
        yield
