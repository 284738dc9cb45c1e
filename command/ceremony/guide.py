"""The guide of `utvag start`: questions with their answers kept, steps that are done once, nothing secret in either.

Broken off at any prompt, the next run asks on where it was. A file that a broken-off step left is of a key that nobody
uses, and is taken away before the step begins anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from command.ceremony.asking import yes
from command.stage import write_private
from crypto.opening.keyfile import new_passphrase

STATE = "start.json"
Check = Callable[[str], str]


@dataclass
class Guide:
    """Hold the folder, what was answered (nothing secret) and which steps are done; saved after each answer."""

    folder: Path
    answers: dict[str, str] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path) -> Guide:
        """Begin in a folder, or go on there; raise ClickException if its state is damaged."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / STATE
        if not path.exists():
            return cls(folder)
        try:
            return cls(folder, **json.loads(path.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise click.ClickException(f"{path} är skadad. Börja i en tom mapp.") from error

    def save(self) -> None:
        """Write what was answered and done, whole or not at all."""
        value = {"answers": self.answers, "begun": self.begun, "done": self.done}
        write_private(self.folder / STATE, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())

    def ask(self, name: str, question: str, default: str = "", check: Check = str) -> str:
        """Give an answer that was given before, or ask for it; `check` gives it back or says why not (ValueError)."""
        while name not in self.answers:
            typed: str = click.prompt(question, default=default or None, show_default=bool(default))
            try:
                self.answers[name] = check(typed.strip())
            except ValueError as error:
                click.echo(f"  {error}")
            else:
                self.save()
        return self.answers[name]

    def begin(self, step: str, *files: Path) -> None:
        """Begin a step that writes these files: nothing of anybody else's may stand there, our own half goes."""
        if step in self.begun:
            click.echo("Förra försöket blev inte klart, så det här görs om. Kasta det som skrevs upp då.\n")
            for path in files:
                path.unlink(missing_ok=True)
            return
        for path in files:
            if path.exists():
                raise click.ClickException(f"{path} finns redan och är inte härifrån. Flytta den och kör igen.")
        self.begun.append(step)
        self.save()

    def finish(self, step: str) -> None:
        """Remember that a step is done."""
        self.done.append(step)
        self.save()


def folder_that_is(text: str) -> str:
    """Take the path of a folder that exists."""
    if not Path(text).is_dir():
        raise ValueError("Där finns ingen mapp. Sitter stickan i?")
    return str(Path(text).resolve())


def drawn(whose: str) -> str:
    """Draw a passphrase, show it once, and have it typed back."""
    words = new_passphrase()
    click.echo(f"\nLösenfrasen till {whose}. Den visas bara nu och kan aldrig återställas. Skriv den för hand:\n")
    click.echo(f"    {words}\n")
    yes("Är den uppskriven?")
    click.clear()
    while click.prompt("Skriv den en gång till (syns inte)", hide_input=True).split() != words.split():
        click.echo("  Inte samma. Titta på lappen och försök igen.")
    return words
