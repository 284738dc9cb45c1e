"""The command line: `utvag`. Each command is imported only when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util

import click

# Where each command stands.
COMMANDS = {
    "portal": "command.serve:portal",
    "staff": "command.serve:staff",
    "keys": "command.ceremony.keys:keys",
    "roster": "command.ceremony.roster:roster",
    "recovery": "command.ceremony.recovery:recovery",
    "start": "command.ceremony.start:start",
    "migrate": "command.migrate:migrate",
    "status": "command.status:status",
    "doctor": "command.doctor:doctor",
    "upgrade": "command.upgrade:upgrade",
    "audit": "command.audit:audit",
    "backup": "command.ceremony.backups:backup",
    "verify": "command.ceremony.backups:verify",
    "restore": "command.ceremony.backups:restore",
    "rehearse": "command.ceremony.backups:rehearse",
    "cards": "command.cards:cards",
    "preview": "command.preview:preview",
    "demo": "command.demo:demo",
    "fill": "command.fill:fill",
    "figures": "command.figures:figures",
}

# A machine that serves one app may lack the other's parts on purpose: what needs them is then not offered there.
LEFT_OUT = ("crypto.opening", "portal", "staff")


class LazyGroup(click.Group):
    """Commands that are imported when called, so that one half of the house never loads the other."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Name every command, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Import one command; None where a part of the house that it needs is not installed."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        if cmd_name in LEFT_OUT and not importlib.util.find_spec(cmd_name):
            return None
        try:
            found = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name in LEFT_OUT or (error.name or "").startswith("command."):
                return None
            raise
        if not isinstance(found, click.Command):
            raise TypeError(module)
        return found


@click.command(cls=LazyGroup)
def main() -> None:
    """Utväg carries sealed requests for help from a phone to the coordinators of an exit programme."""
