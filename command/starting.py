"""What keeps an app from starting where others reach it: each weakness of the machine in a line, with its cure.

Settings that are weak in themselves are refused by the settings classes; this looks at what is around them: who runs
the app, what its environment holds beside its settings, and who else may read or write the files that they name.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from web import strict
from web.environment import Heard

if TYPE_CHECKING:
    from portal.settings import PortalSettings
    from staff.settings import StaffSettings

PORTAL, STAFF = "UTVAG_PORTAL_", "UTVAG_STAFF_"
# Where the staff's secrets lie as docs/operations.md and the Debian packages put them.
OF_STAFF = tuple(map(Path, ("/etc/utvag/staff.env", "/etc/utvag/pepper", "/srv/utvag-pepper/pepper")))
WRITE_OTHERS, ANY_OTHERS = 0o002, 0o027  # the owner's group may read a secret, where root owns it for the app


def portal(settings: PortalSettings, environ: Heard) -> list[str]:
    """Name what keeps a portal from starting; nothing on loopback, where nobody else comes."""
    if not settings.origin.public:
        return []
    return [
        *_common(environ, PORTAL),
        *_of_staff(environ),
        *(_readable(f"{PORTAL}REDIS_PASSWORD", settings.redis_password) if settings.redis_password else []),
        *_writable(f"{PORTAL}STATE", settings.state),
        *(_writable(f"{PORTAL}SPOOL", settings.spool) if settings.spool else []),
        *_writable(f"{PORTAL}PROGRAMME", Path(environ[f"{PORTAL}PROGRAMME"])),
        *_passfile(f"{PORTAL}DEADDROP", settings.deaddrop),
        *_demo(PORTAL, settings.roster, settings.root_key),
    ]


def staff(settings: StaffSettings, environ: Heard) -> list[str]:
    """Name what keeps a staff app from starting; nothing on loopback."""
    if not settings.origin.public:
        return []
    secret = [f"{STAFF}PEPPER", *(name for name in (f"{STAFF}SMTP_PASSWORD",) if environ.get(name))]
    return [
        *_common(environ, STAFF),
        *_apart(settings, environ),
        *(fault for name in secret for fault in _readable(name, Path(environ[name]))),
        *_writable(f"{STAFF}PROGRAMME", Path(environ[f"{STAFF}PROGRAMME"])),
        *_writable(f"{STAFF}MEMBERS", settings.members),
        *_passfile(f"{STAFF}DEADDROP", settings.deaddrop),
        *_passfile(f"{STAFF}CASEBOOK", settings.casebook),
        *_demo(STAFF, settings.roster, settings.root_key),
    ]


def _common(environ: Heard, prefix: str) -> list[str]:
    faults = [*strict.surroundings(environ), *environ.unread(prefix)]
    if sys.flags.dev_mode or sys.flags.inspect:
        faults.append("python -X dev, -i: debugging writes what it holds to the log; start it without")
    if os.geteuid() == 0:
        faults.append("root: whoever breaks into the app would have the machine; run it as a user of its own")
    return faults


def _of_staff(environ: Mapping[str, str]) -> list[str]:
    """Refuse a portal that holds, or could fetch, what only the staff app may have."""
    given = sorted(name for name in environ if name.startswith(STAFF))
    faults = [
        f"{name}: is the staff app's; whoever breaks into the portal would have it; take it out" for name in given
    ]
    seen = [path for path in OF_STAFF if os.access(path, os.R_OK)]
    return faults + [f"{path}: the portal's user can read it; chmod 600, and give the portal another" for path in seen]


def _apart(settings: StaffSettings, environ: Mapping[str, str]) -> list[str]:
    """Refuse one host for both apps: browsers keep one jar of cookies for a host, whatever the port."""
    from web.origin import Origin

    try:
        portal_s = Origin.parse(environ.get(f"{PORTAL}ORIGIN", ""))
    except ValueError:
        return []
    if portal_s.host != settings.origin.host:
        return []
    return [f"{STAFF}ORIGIN: is the portal's host; a page there could act here; give the staff app a name of its own"]


def _readable(name: str, path: Path) -> list[str]:
    return [f"{name}: {fault}" for fault in mode_faults(path, ANY_OTHERS, "read or changed", "chmod 600")]


def _writable(name: str, path: Path) -> list[str]:
    return [f"{name}: {fault}" for fault in mode_faults(path, WRITE_OTHERS, "written", "chmod o-w")]


def mode_faults(path: Path, forbidden: int, what: str, cure: str) -> list[str]:
    """Say that anybody on the machine may do something with a file or folder that is there."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return []
    return [f"{path} can be {what} by others on this machine; {cure} {path}"] if mode & forbidden else []


def _passfile(name: str, address: str) -> list[str]:
    """Look at the password's file; libpq itself reads none that others may read, and says so only in passing."""
    passfile = make_url(address).query.get("passfile") if "://" in address else None
    return _readable(name, Path(passfile)) if isinstance(passfile, str) else []


def _demo(prefix: str, path: Path, root_key: bytes) -> list[str]:
    """Refuse a demo's roster: its root key, and everybody's passphrase, lie in a file beside it."""
    from crypto.errors import Error
    from crypto.sealing.pin import is_of_a_demo
    from crypto.sealing.roster import verify

    try:
        roster = verify(path.read_bytes(), root_key, minimum_epoch=1, today=None)
    except (OSError, Error):
        return []  # there is none, or none that is believed: the app itself says so, and may get a better one
    if not is_of_a_demo(roster, root_key):
        return []
    why = "is a demo's, whose keys lie beside it; sign one of your own (utvag roster sign) and pin its root key"
    return [f"{prefix}ROSTER: {why}"]
