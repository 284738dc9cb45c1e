"""Somebody at the keyboard of a ceremony: reads what the screen says, writes it down, and answers what is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import click
import pyotp
import pytest

from crypto.opening.shares import Share, read_share

PASSPHRASE = re.compile(r"^    ((?:[a-z]{4} ){5}[a-z]{4})$", re.MULTILINE)
WORD = re.compile(r"(\d+)\. ([a-z]{4,8})\b")
SECRET = re.compile(r"skriv in: ([A-Z2-7]+)")


@dataclass
class Actor:
    """Answer by what is asked; `answers` maps a part of a question to what is typed, the last that fits.

    Passphrases, shares and code secrets are copied from the screen as a person would. `patience` counts the questions
    until they press Ctrl-C.
    """

    answers: dict[str, str]
    patience: int = 10**6
    asked: list[str] = field(default_factory=list)
    screen: list[str] = field(default_factory=list)
    passphrases: dict[str, str] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)
    hand: int = 0  # which share is typed next
    codes: int = 0

    def sit_down(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the terminal."""
        echo = click.echo

        def said(message: object = "", **options: bool) -> None:
            self.screen.append(str(message))
            self._copy()
            echo(message, err=bool(options.get("err")), nl=bool(options.get("nl", True)))

        monkeypatch.setattr(click, "echo", said)
        monkeypatch.setattr(click, "prompt", self.prompt)

    def prompt(self, question: str, default: str | None = None, **_options: object) -> str:
        """Answer a question."""
        self._ask(question)
        if question.endswith("(ja/nej)"):
            return "ja"
        for part, typed in reversed(self.answers.items()):
            if part in question:
                return typed
        for part, answer in self._learned().items():
            if part in question:
                return answer()
        if default is None:
            raise AssertionError(f"nobody knows what to answer: {question}")
        return default

    def _ask(self, question: str) -> None:
        self.asked.append(question)
        self.patience -= 1
        if self.patience < 0:
            raise click.Abort

    def _learned(self) -> dict[str, Callable[[], str]]:
        return {
            "Skriv den en gång till": lambda: self.passphrases["last"],
            "Rotnyckelns lösenfras": lambda: self.passphrases["rotnyckeln"],
            "Lösenfras (syns inte)": lambda: self.passphrases["Alma"],
            "Ord 1–33": self._share,
            "Koden som appen visar": self._code,
        }

    def _share(self) -> str:
        share = self.shares[self.hand % len(self.shares)]
        self.hand += 1
        return share.words

    def _code(self) -> str:
        secret = SECRET.findall("\n".join(self.screen))[-1]
        return pyotp.TOTP(secret).now()

    def _copy(self) -> None:
        """Write down by hand what was shown just now."""
        text = "\n".join(self.screen[-40:])
        if found := PASSPHRASE.findall(self.screen[-1]):
            whose = re.findall(r"Lösenfrasen till (\w+)", text)[-1]
            self.passphrases[whose] = self.passphrases["last"] = found[-1]
        if "Skriv av orden med sina nummer" in self.screen[-1]:
            self._sheet: dict[int, str] = {}
            self.shares = [] if "Delblad 1 av" in self.screen[-1] else self.shares
        elif words := WORD.findall(self.screen[-1]):
            self._sheet = {**getattr(self, "_sheet", {}), **{int(number): word for number, word in words}}
            if len(self._sheet) == 33:
                self.shares.append(read_share(" ".join(self._sheet[place] for place in sorted(self._sheet))))
                self._sheet, self.hand = {}, 0
