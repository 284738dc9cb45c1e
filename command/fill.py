"""`utvag fill`: leave made-up requests through the portal's own code, in one process."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import click


@click.command(hidden=True)
@click.argument("number", type=click.IntRange(min=1))
def fill(number: int) -> None:
    """Leave NUMBER made-up requests, as UTVAG_PORTAL_… says; in a demo only."""
    from command.plan import Plan
    from command.serve import refuse
    from portal.intake import Intake
    from portal.settings import PortalSettings, SettingsError

    try:
        settings = PortalSettings.from_env(os.environ)
    except SettingsError as error:
        raise refuse(error.faults) from None
    if not settings.demo:
        raise click.ClickException("Made-up requests are left in a demo only: nobody may mistake them for real ones.")
    intake = Intake.from_settings(settings)
    plan = Plan(codes=settings.programme.answers.code)
    for request in plan.requests(number, datetime.now(UTC)):
        intake.receive(request.form, request.answers, language=request.page_language, now=request.sent_at)
