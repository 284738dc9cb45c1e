"""The draft of an epoch: a TOML file that is kept offline beside the root key.

```toml
epoch = 2
not_after = 2027-03-01
places = 8
previous = "roster.1"              # the roster of the epoch before, and the register of members
previous_members = "members.1"     # that was signed with it; both left out for the first epoch
parcel = "parcel.json"             # what `utvag staff intake` wrote, once coordinators have intake keys

[[teams]]
municipality = "ekstad"
recovery = "recovery.public"       # public files, paths from the draft's folder
people = ["alma.public", "bo.public"]
others = ["lena.public"]           # leads, auditors, agencies: in the register of members, never in the roster
stand_ins = ["Alma"]               # coordinators who may be the second to sign where a town has one lead
contact = { sv = "Ring 070-1740605", en = "Call 070-1740605" }
```
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from crypto.errors import Error
from crypto.opening.ceremony import RosterDraft, TeamDraft, draw_spare, missing_spare
from crypto.opening.intake import Intake
from crypto.opening.joining import amended
from crypto.opening.members import COORDINATOR, LEFT, Member, Members, read_person, verify_members
from crypto.opening.parcel import read_parcel
from crypto.primitives import check_public, unhex
from crypto.sealing.pin import salt_of
from crypto.sealing.roster import verify

NEEDED = {"epoch", "not_after", "teams"}
ALLOWED = NEEDED | {"places", "previous", "previous_members", "parcel"}
TEAM_NAMES = {"municipality", "recovery", "people", "contact"}
MAY_HAVE = {"others", "stand_ins"}
SPARE = "spare.json"


class DraftError(Exception):
    """Say what is wrong with a draft, in a sentence for the person who wrote it."""


def read_draft(path: Path, root_public: bytes) -> RosterDraft:
    """Read a draft and the files it names; raise DraftError or a crypto Error.

    Spare keys for unused places are kept in `<draft's folder>/spare.json`, public halves only: if they changed while
    the others stay, or stayed while the others change, two rosters side by side would tell how many coordinators there
    are. So they are drawn anew in the epochs that bring new intake keys, and in no others.
    """
    value = _toml(path)
    _check(value)
    places = value.get("places", 8)
    statements = _statements(path.parent / str(value["parcel"])) if "parcel" in value else ()
    teams = [_team(team, path.parent, statements) for team in _list(value["teams"], "teams")]
    known = _recipients(path.parent / str(value["previous"]), root_public) if "previous" in value else set()
    anew = any(one.box_public not in known for team in teams for one in team.intake)
    return RosterDraft(
        epoch=value["epoch"],
        not_after=value["not_after"],
        salt=salt_of(root_public),
        teams=_with_spare(teams, places, path.parent / SPARE, anew=anew),
        previous=_digest(path.parent / str(value["previous"])) if "previous" in value else "",
        places=places,
    )


def _check(value: dict[str, Any]) -> None:  # Any: TOML's values
    if not set(value) >= NEEDED or not set(value) <= ALLOWED:
        raise DraftError(
            f"utkastet ska ha {', '.join(sorted(NEEDED))} och får ha {', '.join(sorted(ALLOWED - NEEDED))}"
        )
    whole = type(value["epoch"]) is int and type(value.get("places", 8)) is int
    if not whole or type(value["not_after"]) is not date:
        raise DraftError("epoch och places är hela tal, not_after är en dag som 2027-03-01")


def _statements(path: Path) -> Sequence[Intake]:
    try:
        return read_parcel(path.read_bytes()).statements
    except (OSError, Error) as error:
        raise DraftError(f"parcel: {error}") from error


def _recipients(path: Path, root_public: bytes) -> set[bytes]:
    try:
        before = verify(path.read_bytes(), root_public, minimum_epoch=1, today=None)
    except (OSError, Error) as error:
        raise DraftError(f"previous: {error}") from error
    return {key for team in before.teams for key in team.recipients}


def read_others(path: Path) -> list[Member]:
    """Read the public files of those who sign in but hold no key to submissions; raise DraftError."""
    named = (team.get("others") for team in _list(_toml(path)["teams"], "teams"))
    found = [
        _person(path.parent / str(name)) for names in named if names is not None for name in _list(names, "others")
    ]
    for one in found:
        if one.role == COORDINATOR:
            raise DraftError(f"{one.name} är samordnare: skriv dem bland people, annars förseglas inget till dem")
    return found


def read_members_before(path: Path, root_public: bytes) -> Members | None:
    """Read the register of the epoch before, if the draft names one; raise DraftError or a crypto Error.

    Whoever left since then stays in the new register as a former one (crypto.opening.ceremony.sign_members).
    """
    value = _toml(path)
    if ("previous" in value) != ("previous_members" in value):
        raise DraftError("previous och previous_members hör ihop: de två filerna från förra listan")
    if "previous_members" not in value:
        if value.get("epoch") != 1:
            raise DraftError(
                "efter den första listan ska previous och previous_members peka ut de två filerna från den förra"
            )
        return None
    try:
        return verify_members((path.parent / str(value["previous_members"])).read_bytes(), root_public)
    except (OSError, Error) as error:
        raise DraftError(f"previous_members: {error}") from error


def refuse_left(path: Path, before: Members | None, people: Sequence[Member]) -> None:
    """Raise DraftError if somebody among the people has left since, by what travelled from the staff app."""
    value = _toml(path)
    if before is None or "parcel" not in value:
        return
    try:
        parcel = read_parcel((path.parent / str(value["parcel"])).read_bytes())
    except (OSError, Error) as error:
        raise DraftError(f"parcel: {error}") from error
    now = amended(before, parcel.orders, parcel.left)
    for one in people:
        if (found := now.by_sign(one.sign_public)) is not None and found.role in LEFT:
            raise DraftError(
                f"{one.name} har slutat sedan dess: ta bort dem ur utkastet, eller låt dem få en ny nyckel"
            )


def _toml(path: Path) -> dict[str, Any]:  # Any: TOML's values, each checked by the caller
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DraftError(f"{path}: {error}") from error


def _list(value: object, name: str) -> list[Any]:  # Any: as above
    if not isinstance(value, list) or not value:
        raise DraftError(f"{name} är en tom eller felaktig lista")
    return value


def _team(value: object, folder: Path, statements: Sequence[Intake]) -> TeamDraft:
    if not isinstance(value, dict) or value.keys() - MAY_HAVE != TEAM_NAMES or not isinstance(value["contact"], dict):
        raise DraftError(f"varje team har {', '.join(sorted(TEAM_NAMES))}, får ha others och stand_ins, och inget mer")
    people = [_person(folder / str(name)) for name in _list(value["people"], "people")]
    if len({one.box_public for one in people}) != len(people):
        raise DraftError(f"{value['municipality']}: någon står två gånger bland people")
    contact = {str(language): str(words) for language, words in value["contact"].items()}
    own = {one.sign_public for one in people}
    return TeamDraft(
        str(value["municipality"]),
        contact,
        _person(folder / str(value["recovery"])),
        _standing_in(people, value.get("stand_ins", [])),
        intake=[one for one in statements if one.sign_public in own],
    )


def _standing_in(people: Sequence[Member], names: object) -> list[Member]:
    """Mark those who may be the second to sign; raise DraftError for a name that is not among the people."""
    wanted = {str(name).casefold() for name in names} if isinstance(names, list) else {""}
    if not wanted <= {one.name.casefold() for one in people}:
        raise DraftError("stand_ins är en lista med namn ur people: bara en samordnare i kommunen ersätter dess chef")
    return [replace(one, stand_in=one.name.casefold() in wanted) for one in people]


def _person(path: Path) -> Member:
    try:
        return read_person(path.read_bytes())
    except (OSError, Error) as error:
        raise DraftError(f"{path.name}: {error}") from error


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DraftError(f"previous: {error}") from error


def _with_spare(teams: Sequence[TeamDraft], places: int, kept: Path, *, anew: bool) -> list[TeamDraft]:
    known = {} if anew else _known(kept)
    filled = []
    for team in teams:
        spare = known.setdefault(team.municipality, [])
        spare.extend(draw_spare(missing_spare(replace(team, spare=spare), places)))
        filled.append(replace(team, spare=tuple(spare)))
    keep_spare(kept, known)
    return filled


def keep_spare(path: Path, spare: Mapping[str, Sequence[bytes]]) -> None:
    """Write the spare keys of each town, public halves only, in place of those before."""
    path.write_text(json.dumps({name: [key.hex() for key in keys] for name, keys in spare.items()}, indent=1), "utf-8")


def _known(kept: Path) -> dict[str, list[bytes]]:
    if not kept.exists():
        return {}
    try:
        found = {name: [unhex(key, 32) for key in keys] for name, keys in json.loads(kept.read_text("utf-8")).items()}
        for key in (key for keys in found.values() for key in keys):
            check_public(key)
    except (OSError, ValueError, AttributeError, TypeError, Error) as error:
        raise DraftError(f"{kept.name} är skadad: ta kopian som du har sparat") from error
    return found
