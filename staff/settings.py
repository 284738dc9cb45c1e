"""What the staff app must be told: from the environment only, checked at start, every fault named at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crypto.errors import MalformedError
from crypto.primitives import check_public
from crypto.sealing.pin import read_pin
from programme import Programme
from staff.errors import SettingsError
from staff.reminders.mail import MailSettings
from web import strict
from web.environment import Environment, existing, key, whole, yes_or_no
from web.metrics.address import Address, private_address
from web.origin import Origin

PREFIX = "UTVAG_STAFF_"
PEPPER_SIZE = 32
FORGETFUL = "the path of a file that remembers what was erased and who has left; a backup would bring both back"
OTHERS = frozenset({"postgres", "utvag_casebook_owner", "utvag_owner", "utvag_portal"})  # database roles


@dataclass(frozen=True)
class StaffSettings:
    """Hold the staff app's settings; `repr` shows no secret.

    `casebook` and `deaddrop` are paths of SQLite files or database URLs. `collect_seconds` is the time between two
    collections; None draws a random one each time, so that nobody learns when the dead drop is empty. Without `mail`
    nobody is reminded of anything. `backup_key` is the X25519 half that backups are sealed to. `proxies` is
    how many of our own stand before it. `metrics` is where figures are served, if anywhere.
    """

    origin: Origin
    casebook: str
    deaddrop: str
    roster: Path
    members: Path
    root_key: bytes
    programme: Programme
    pepper: bytes = field(repr=False)
    minimum_epoch: int = 1
    collect_seconds: float | None = None
    host: str = "127.0.0.1"
    port: int = 8832
    demo: bool = False
    mail: MailSettings | None = None
    erased: Path | None = None
    backup_key: bytes | None = None
    proxies: int = 0
    metrics: Address | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "StaffSettings":
        """Read `UTVAG_STAFF_…`; raise SettingsError with all faults."""
        reader = Environment(PREFIX, environ)
        values = {
            "origin": reader.need("ORIGIN", Origin.parse),
            "casebook": reader.need("CASEBOOK", str),
            "deaddrop": reader.need("DEADDROP", str),
            "roster": reader.need("ROSTER", existing),
            "members": reader.need("MEMBERS", existing),
            "root_key": reader.need("ROOT_KEY", read_pin),
            "programme": reader.need("PROGRAMME", Programme.load),
            "pepper": reader.need("PEPPER", _pepper),
            "minimum_epoch": reader.may("MINIMUM_EPOCH", whole(1, 2**32 - 1), 1),
            "collect_seconds": reader.may("COLLECT_SECONDS", _seconds, None),
            "host": reader.may("HOST", str, "127.0.0.1"),
            "port": reader.may("PORT", whole(0, 65535), 8832),
            "demo": reader.may("DEMO", yes_or_no, False),
            "mail": MailSettings.read(reader),
            "erased": reader.may("ERASED", Path, None),
            "metrics": reader.may("METRICS", private_address, None),
            "proxies": reader.may("PROXIES", whole(0, 5), 0),
            "backup_key": reader.may("BACKUP_KEY", _backup_key, None),
        }
        if isinstance(values["origin"], Origin) and values["origin"].public:
            reader.faults += _weak(str(values["casebook"]), str(values["deaddrop"]), demo=bool(values["demo"]))
            if "://" in str(values["casebook"]) and values["erased"] is None:
                reader.faults.append(f"{PREFIX}ERASED: is missing: {FORGETFUL}")
        if reader.faults:
            raise SettingsError(reader.faults)
        return cls(**values)  # type: ignore[arg-type]  # each value was read by the function for its field

    @property
    def erased_file(self) -> Path | None:
        """Give the file that remembers what was erased: as set, else beside an SQLite casebook; else there is none."""
        if self.erased is not None or "://" in self.casebook:
            return self.erased
        return Path(f"{self.casebook}.erased")


def _weak(casebook: str, deaddrop: str, *, demo: bool) -> list[str]:
    """Name what weakens an app that other machines reach."""
    names = f"{PREFIX}CASEBOOK", f"{PREFIX}DEADDROP"
    return [
        *strict.database(names[0], casebook, OTHERS | {"utvag_staff"}),
        *strict.database(names[1], deaddrop, OTHERS | {"utvag_casebook"}),
        *strict.one_store(names, (casebook, deaddrop)),
        *([strict.demo(PREFIX)] if demo else []),
    ]


def _pepper(text: str) -> bytes:
    pepper = Path(text).read_bytes()
    if len(pepper) != PEPPER_SIZE:
        raise ValueError("the file must hold exactly 32 bytes")
    return pepper


def _backup_key(text: str) -> bytes:
    found = key(text)
    try:
        check_public(found)
    except MalformedError as error:
        raise ValueError(str(error)) from None
    return found


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise ValueError("must be a number of seconds, 1 to 3600")
    return seconds
