"""Commands that serve one app or add a person to it; settings come from the environment only."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from command import starting
from web.environment import Heard

if TYPE_CHECKING:
    from flask import Flask

    from portal.settings import PortalSettings
    from staff.settings import StaffSettings

PATIENCE = 5.0  # seconds until another process is taken to stay
ONE_WORKER = (
    "Run one worker, or say how many by UTVAG_PORTAL_WORKERS (without codes, unless they share UTVAG_PORTAL_REDIS)"
)
HELD: list[TextIO] = []  # locks that last as long as the process


def refuse(faults: Sequence[str]) -> click.ClickException:
    """Turn faults of the settings into one message that names them all."""
    return click.ClickException("The settings will not do:\n" + "\n".join(f"  {fault}" for fault in faults))


@click.command()
def portal() -> None:
    """Serve the public pages (waitress), as UTVAG_PORTAL_… says."""
    settings = _portal_settings()
    _serve(_portal(settings), settings.host, settings.port, "PORTAL", threads=4)


def portal_application() -> Flask:
    """Make the public app for a production server: granian's `--factory command.serve:portal_application`.

    Settings are the environment's, as for `utvag portal`; raises ClickException with every fault. Called once in each
    worker, before it serves.
    """
    return _portal(_portal_settings())


def _portal(settings: PortalSettings) -> Flask:
    from portal import create_app
    from portal.settings import SettingsError
    from web.quiet import hush

    stand_alone(settings)
    try:
        app = create_app(settings)
    except SettingsError as error:
        raise refuse(error.faults) from None
    hush()
    _watch_over(app, settings)
    settle()
    return app


def _watch_over(app: Flask, settings: PortalSettings) -> None:
    """Begin what stands beside the requests of a portal that serves; figures cost memory, so only where asked for."""
    from deaddrop.schema import engine
    from portal.heartbeat import Heartbeat
    from web.late import hold

    hold()
    heart = Heartbeat(engine(settings.deaddrop), settings.name)
    heart.start()
    if settings.metrics:
        from portal.figures import show

        show(app, settings.metrics, heart)


def stand_alone(settings: PortalSettings) -> None:
    """Refuse to serve from a STATE folder that another process serves from, unless UTVAG_PORTAL_WORKERS says so.

    Two processes would each have a desk: drafts and codes laid on one are lost to whoever asks the other. A process
    that is just ending is waited for. The kernel lets go when the process dies, however it dies.
    """
    settings.state.mkdir(parents=True, exist_ok=True)
    file = (settings.state / "serving.lock").open("w")
    kind = fcntl.LOCK_EX if settings.workers == 1 else fcntl.LOCK_SH
    until, told = time.monotonic() + PATIENCE, False
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                file.close()
                raise refuse(
                    [f"UTVAG_PORTAL_STATE: another portal serves from {settings.state}. {ONE_WORKER}"]
                ) from None
            if not told:
                click.echo(f"Another portal serves from {settings.state}. Waiting {PATIENCE:.0f} seconds.", err=True)
                told = True
            time.sleep(0.1)
        else:
            HELD.append(file)
            return


def _portal_settings() -> PortalSettings:
    """Read the settings of a portal that is to serve, or refuse with every fault and every weakness."""
    from portal.settings import PortalSettings, SettingsError

    environ = Heard(os.environ)
    try:
        settings = PortalSettings.from_env(environ)
    except SettingsError as error:
        raise refuse(error.faults) from None
    if faults := starting.portal(settings, environ):
        raise refuse(faults)
    return settings


def settle() -> None:
    """Keep the collector away from what an app is made of: it lives as long as the process.

    Safe: what a request makes is still counted and collected, only less often; most of it has no cycles anyway.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@click.group(invoke_without_command=True)
@click.pass_context
def staff(context: click.Context) -> None:
    """Serve the coordinators' app, or enrol a person."""
    if context.invoked_subcommand is None:
        context.invoke(staff_serve)


@staff.command("serve")
def staff_serve() -> None:
    """Serve the coordinators' app (waitress); each night, when nobody is signed in, the process begins anew."""
    from staff import create_app
    from staff.errors import StaffError
    from staff.hardening import harden
    from staff.inbox.collecting import every
    from staff.lifetime import SECONDS, Lifetime
    from staff.office import KEY
    from web.quiet import hush

    harden()  # before anything secret is read
    environ = Heard(os.environ)
    settings = _staff_settings(environ)
    if faults := starting.staff(settings, environ):
        raise refuse(faults)
    try:
        app = create_app(settings)
    except StaffError as error:
        raise click.ClickException(f"{type(error).__name__}: {error}") from None
    hush()
    lifetime = Lifetime(app.extensions[KEY])
    every(lambda: SECONDS, lambda: lifetime.look(_stop), "lifetime")
    if settings.metrics:
        from staff.watching.figures import figures
        from web.metrics.exporter import serve

        serve(settings.metrics, lambda: figures(app.extensions[KEY]))
    _serve(app, settings.host, settings.port, "STAFF", threads=8)
    if lifetime.over.is_set():
        begin_anew()


def _stop() -> None:
    """Ask this very process to end its serving, as a service manager would: what is being answered is answered."""
    os.kill(os.getpid(), signal.SIGTERM)


def begin_anew() -> None:
    """Run this program again from its first line, in this process: same number, fresh memory, nothing of it left.

    Safe: every socket and file that Python opened closes itself, and whatever was cut short is taken up at the start.
    """
    arguments = [sys.executable, *sys.orig_argv[1:]]
    os.execv(sys.executable, arguments)  # noqa: S606  # our own program, with the very arguments that it was given


def _serve(app: Flask, host: str, port: int, which: str, *, threads: int) -> None:
    """Serve until told to stop, or say in one sentence why the port cannot be had.

    A portal's answers are all short: more than four threads only take turns, and at 32 clients p99 is longer with
    eight. A coordinator's search is not.
    """
    from web.serve import serve

    try:
        serve(app, host, port, threads=threads, name=which.lower())
    except OSError as error:
        why = f"UTVAG_{which}_HOST, UTVAG_{which}_PORT: {host}:{port} cannot be had: {error.strerror}"
        raise refuse([why]) from None


@staff.command("enrol")
@click.argument("name")
@click.argument("key_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def staff_enrol(name: str, key_file: Path) -> None:
    """Let NAME, who stands in the register of members, sign in with KEY_FILE and an authenticator app.

    The authenticator's secret is made here and shown once, as a picture to scan; nothing is stored until a code
    from the authenticator has proven that it was scanned.
    """
    from command.ceremony.asking import refuse_open_file
    from staff.accounts import check_enrolment, enrol
    from staff.errors import StaffError

    refuse_open_file(key_file)
    settings = _staff_settings()
    try:
        check_enrolment(settings, name, key_file.read_bytes())
        enrol(settings, name, key_file.read_bytes(), scanned_secret(name))
    except StaffError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{name} can sign in.")


@staff.command("intake")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
def staff_intake(out: Path) -> None:
    """Collect what the root key needs for the next epoch: new intake keys, and who joined or left since.

    Needs no passphrase. The file holds public keys, names of those who joined, and signatures; carry it to the
    machine of the root key, where `utvag roster renew` takes it.
    """
    from command.ceremony.asking import PRIVATE, write_new
    from staff.errors import StaffError
    from staff.inbox.intake import parcel, unsaid

    settings = _staff_settings()
    try:
        content = parcel(settings)
        names = unsaid(settings, content)
    except StaffError as error:
        raise click.ClickException(f"{type(error).__name__}: {error}") from None
    write_new(out, content, PRIVATE)
    for name in names:
        click.echo(
            f"{name} har slutat, men en säkerhetskopia tappade ordern. Paketet säger det, och `utvag roster renew` "
            "lämnar dem utanför. En chef kan skriva under ordern igen på personens sida i appen.",
            err=True,
        )
    click.echo(f"Skrev {out}. Bär den till rotnyckelns maskin.")


def scanned_secret(name: str) -> str:
    """Show a new secret and return it once a code that follows from it was typed."""
    import pyotp
    import segno

    secret = pyotp.random_base32()
    address = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Utväg")
    segno.make(address, error="m").terminal(compact=True)
    click.echo(f"Läs av bilden med kodappen, eller skriv in: {secret}")
    while not pyotp.TOTP(secret).verify(click.prompt("Koden som appen visar"), valid_window=1):
        click.echo("Det är inte koden som den visar nu. Vänta på nästa.")
    return secret


def _staff_settings(environ: Mapping[str, str] = os.environ) -> StaffSettings:
    from staff.errors import SettingsError
    from staff.settings import StaffSettings

    try:
        return StaffSettings.from_env(environ)
    except SettingsError as error:
        raise refuse(error.faults) from None
