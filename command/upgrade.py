"""`utvag upgrade --check`: before an upgrade, say whether it may be done and what it will do."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from command.checks.stored import BACKUPS
from command.doctor import NEITHER, PORTAL, STAFF, portal_settings, staff_settings
from command.findings import ALARM, Finding, tell
from web.environment import Heard


@click.command()
@click.option("--check", is_flag=True, help="Look, and change nothing: the one thing that this command does.")
@click.option("--backups", type=click.Path(path_type=Path), default=BACKUPS, show_default=True, help="Where they lie.")
def upgrade(check: bool, backups: Path) -> None:
    """Look whether this version may take over the installation whose settings are loaded, and what it will do there.

    Run it from the folder of the new version, before the old one is stopped. Exit 0: go on; 1: read what stands there
    first; 2: it would not work.
    """
    if not check:
        raise click.ClickException("Skriv --check. Själva uppgraderingen står i docs/it/upgrade.md.")
    named = [app for app, name in (("portal", PORTAL), ("staff", STAFF)) if os.environ.get(name)]
    if not named:
        raise click.ClickException(NEITHER)
    now = datetime.now(UTC)
    raise SystemExit(max(tell(_portal(now) if app == "portal" else _staff(now, backups)) for app in named))


def _portal(now: datetime) -> list[Finding]:
    from command.checks.upgrading import portal

    environ = Heard(os.environ)
    try:
        settings = portal_settings(environ)
    except click.ClickException as error:
        return [Finding(ALARM, error.message)]
    return portal(settings, environ, now)


def _staff(now: datetime, backups: Path) -> list[Finding]:
    from command.checks.upgrading import staff

    environ = Heard(os.environ)
    try:
        settings = staff_settings(environ)
    except click.ClickException as error:
        return [Finding(ALARM, error.message)]
    return staff(settings, environ, now, backups)
