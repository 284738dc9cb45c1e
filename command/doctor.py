"""`utvag doctor`: look over an installation, from its own machines and from outside. It changes nothing."""

from __future__ import annotations

import http.client
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from command import LEFT_OUT
from command.findings import ALARM, Finding, tell
from command.machine import Machine
from web.environment import Heard

if TYPE_CHECKING:
    from portal.settings import PortalSettings
    from staff.settings import StaffSettings

PORTAL, STAFF = "UTVAG_PORTAL_ORIGIN", "UTVAG_STAFF_ORIGIN"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEITHER = (
    "Läs in portalens eller personalens inställningar först: set -a; . portal.env; set +a. Eller ge --outside URL."
)
pid_option = click.option(
    "--pid", type=click.IntRange(min=1), help="The running app's process, to look at its limits and its age."
)


@click.group(invoke_without_command=True)
@pid_option
@click.option("--outside", metavar="URL", help="Look at the portal at this address as a visitor from another network.")
@click.option("--expect", type=FILE, help="What `utvag doctor portal --expect` wrote, carried here; for --outside.")
@click.option("--ca", type=FILE, help="An authority of your own; for --outside.")
@click.option("--socks", help="HOST:PORT of Tor's SOCKS; for --outside.")
@click.pass_context
def doctor(
    context: click.Context,
    pid: int | None,
    outside: str | None,
    expect: Path | None,
    ca: Path | None,
    socks: str | None,
) -> None:
    """Look over the app whose settings are loaded, or, from another network, what visitors see of the portal.

    Exit 2 if something must be mended, 1 if something should be looked at.
    """
    if context.invoked_subcommand:
        return
    if outside:
        raise SystemExit(tell(_outside(outside, expect, ca, socks)))
    if expect or ca or socks:
        raise click.ClickException("--expect, --ca och --socks hör till --outside.")
    apps = {PORTAL: portal, STAFF: staff}
    named = [one for name, one in apps.items() if os.environ.get(name)]
    if not named:
        raise click.ClickException(NEITHER)
    raise SystemExit(max(_status(context, one, pid) for one in named))


def _status(context: click.Context, one: click.Command, pid: int | None) -> int:
    try:
        context.invoke(one, pid=pid)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@doctor.command()
@pid_option
@click.option(
    "--port", "ports", type=click.IntRange(1, 65535), multiple=True, help="Where a process serves; repeat it."
)
@click.option("--expect", type=click.Path(dir_okay=False, path_type=Path), help="Write what a visitor must see here.")
@click.option("--front", metavar="HOST:PORT", help="Where this machine's own front takes TLS; else 127.0.0.1:443.")
def portal(pid: int | None, ports: tuple[int, ...] = (), expect: Path | None = None, front: str | None = None) -> None:
    """Look over the portal's machine; with --expect, write a file for `utvag doctor --outside` and no more.

    Settings are the portal's (UTVAG_PORTAL_…); run it as the user that the portal runs as.
    """
    environ = Heard(os.environ)
    settings = portal_settings(environ)
    at = host_and_port(front or "127.0.0.1:443", "--front")
    if expect is not None:
        _write_expectation(settings, at, expect)
        return
    from command.checks.portal import Asked, look

    raise SystemExit(tell(look(settings, environ, Machine(), Asked(pid, ports, at, datetime.now(UTC)))))


@doctor.command()
@pid_option
@click.option("--backups", type=click.Path(path_type=Path), help="The folder of backups; else /var/lib/utvag-backup.")
def staff(pid: int | None, backups: Path | None = None) -> None:
    """Look over the staff app's machine.

    Settings are the staff app's (UTVAG_STAFF_…); run it as the user that the app runs as.
    """
    try:
        from command.checks.staff import Asked, look, running

        environ = Heard(os.environ)
        settings = staff_settings(environ)
    except ModuleNotFoundError as error:
        if error.name not in LEFT_OUT:
            raise
        raise click.ClickException("Personalens app finns inte på den här maskinen.") from None
    machine, asked = Machine(), Asked(pid, backups, datetime.now(UTC))
    raise SystemExit(tell([*look(settings, environ, machine, asked), *running(settings, machine, asked)]))


def portal_settings(environ: Mapping[str, str]) -> PortalSettings:
    """Read the portal's settings; raise ClickException with every fault."""
    from portal.settings import PortalSettings, SettingsError

    try:
        return PortalSettings.from_env(environ)
    except SettingsError as error:
        raise wrong(error.faults) from None


def staff_settings(environ: Mapping[str, str]) -> StaffSettings:
    """Read the staff app's settings; raise ClickException with every fault."""
    from staff.errors import SettingsError
    from staff.settings import StaffSettings

    try:
        return StaffSettings.from_env(environ)
    except SettingsError as error:
        raise wrong(error.faults) from None


def wrong(faults: list[str]) -> click.ClickException:
    """Name every fault of the settings."""
    return click.ClickException("Inställningarna duger inte:\n" + "\n".join(faults))


def host_and_port(text: str, option: str) -> tuple[str, int]:
    """Read HOST:PORT as an option gives it; raise ClickException."""
    parts = urlsplit(f"//{text}")
    try:
        if parts.hostname and parts.port and text == parts.netloc:
            return parts.hostname, parts.port
    except ValueError:
        pass
    raise click.ClickException(f"{option}: skriv HOST:PORT, till exempel 127.0.0.1:443.")


def _write_expectation(settings: PortalSettings, front: tuple[str, int], path: Path) -> None:
    from command.checks.outside import expectation

    try:
        content = expectation(settings, front, datetime.now(UTC))
    except OSError as error:
        why = f"Inget facit: {error.strerror or error}. Står fronten på {front[0]}:{front[1]}?"
        raise click.ClickException(why) from None
    try:
        path.write_bytes(content)
    except OSError as error:
        why = f"{path} kan inte skrivas: {error.strerror}. Välj en mapp som appens användare får skriva i."
        raise click.ClickException(why) from None
    click.echo(f"Skrev {path}. Bär den till en maskin på ett annat nät: utvag doctor --outside {settings.origin}")


def _outside(address: str, expect: Path | None, ca: Path | None, socks: str | None) -> list[Finding]:
    from command.checks.expecting import ExpectationError, read
    from command.checks.outside import Site, look
    from web.origin import Origin

    try:
        site = Site(Origin.parse(address), host_and_port(socks, "--socks") if socks else None, ca)
        wanted = read(expect.read_bytes()) if expect else None
    except ValueError as error:
        raise click.ClickException(f"--outside: {error}") from None
    except ExpectationError:
        raise click.ClickException(f"{expect} är inget facit. Skriv det med utvag doctor portal --expect.") from None
    settings = portal_settings(os.environ) if os.environ.get(PORTAL) else None
    try:
        return look(site, wanted, settings, datetime.now(UTC))
    except (OSError, http.client.HTTPException) as error:
        return [Finding(ALARM, f"{site.origin} kan inte nås härifrån ({type(error).__name__}).")]
