"""What systemd is told to keep from an app: its unit as it is installed, and the process as it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding

PLACES = ("usr/lib/systemd/system", "lib/systemd/system", "run/systemd/system", "etc/systemd/system")
YES = frozenset({"yes", "true", "on", "1"})
# What each unit must say, and what it is for.
WANTED: Mapping[str, tuple[frozenset[str], str]] = {
    "NoNewPrivileges": (YES, "inget program därifrån får mer rätt än appen"),
    "ProtectSystem": (frozenset({"strict"}), "systemets filer går inte att skriva"),
    "ProtectHome": (YES | {"read-only", "tmpfs"}, "hemkataloger syns inte"),
    "PrivateTmp": (YES | {"disconnected"}, "andras temporära filer syns inte"),
    "LimitCORE": (frozenset({"0"}), "ingen minnesdump"),
    "RestrictAddressFamilies": (frozenset(), "bara de nät som behövs"),
    "CapabilityBoundingSet": (frozenset({""}), "inga särskilda rättigheter"),
    "MemorySwapMax": (frozenset({"0"}), "minnet växlas inte ut"),
}
CLOSED = {"NoNewPrivs": "1", "Seccomp": "2", "CapEff": "0000000000000000"}  # in /proc/PID/status
LOGGING = ("--access-log", "--access-logfile")


def unit(root: Path, name: str) -> list[Finding]:
    """Read a unit with what was put over it, and tell what is missing."""
    files = list(_files(root, name))
    if not files:
        return [Finding(UNSURE, f"{name}: finns inte här. Vem startar appen, och som vem? Mönster: deploy/systemd.")]
    told = _service(files)
    found = [Finding(ALARM, f"{name}: {fault}") for fault in _runs_as(told)]
    missing = [f"{key}= ({why})" for key, (values, why) in WANTED.items() if not _holds(told.get(key), values)]
    if missing:
        found.append(Finding(WARNING, f"{name}: saknar {', '.join(missing)}. Jämför med deploy/systemd."))
    return found or [Finding(GOOD, f"{name}: stänger om appen ({len(WANTED)} rader).")]


def _files(root: Path, name: str) -> Iterator[Path]:
    """Give the unit that counts and all that is put over it; a later place hides an earlier. systemd.unit(5)."""
    whole = [root / place / name for place in PLACES if (root / place / name).is_file()]
    yield from whole[-1:]
    stem, _, kind = name.rpartition(".")
    cuts = [stem[: place + 1] for place, sign in enumerate(stem) if sign == "-"]  # utvag-.service.d is for all of ours
    for folder in [*(f"{cut}.{kind}.d" for cut in cuts), f"{name}.d"] if whole else []:
        for place in PLACES:
            yield from sorted((root / place / folder).glob("*.conf"))


def _service(files: list[Path]) -> dict[str, str]:
    """Read [Service]: the last line of a name counts."""
    told: dict[str, str] = {}
    for path in files:
        section = ""
        text = path.read_text("utf-8", "replace").replace("\\\n", " ")
        for line in map(str.strip, text.splitlines()):
            if line.startswith("["):
                section = line
            elif section == "[Service]" and "=" in line and line[0] not in "#;":
                key, _, value = line.partition("=")
                told[key.strip()] = value.strip()
    return told


def _runs_as(told: Mapping[str, str]) -> list[str]:
    faults = []
    if told.get("User", "root") in ("root", "0") and told.get("DynamicUser", "no") not in YES:
        faults.append("kör som root. Skriv User= med appens egen användare.")
    if any(word in told.get("ExecStart", "") for word in LOGGING):
        faults.append("ExecStart loggar varje besök. Ta bort --access-log.")
    return faults


def _holds(value: str | None, wanted: frozenset[str]) -> bool:
    return value is not None and (value.lower() in wanted or not wanted)


def running(root: Path, pid: int) -> list[Finding]:
    """Tell what the kernel keeps from a process that runs, and whether its command line asks for a log of visits."""
    place = root / "proc" / str(pid)
    try:
        status = dict(line.split(":", 1) for line in (place / "status").read_text("utf-8", "replace").splitlines())
        words = (place / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except (OSError, ValueError):
        return []  # `process` has said that it cannot be seen
    found = []
    if any(word.startswith(LOGGING) for word in words):
        found.append(Finding(ALARM, "Processen loggar varje besök (--access-log). Ta bort det."))
    opened = [name for name, value in CLOSED.items() if status.get(name, "").strip() not in ("", value)]
    if opened:
        words_of = {"NoNewPrivs": "nya rättigheter", "Seccomp": "alla systemanrop", "CapEff": "särskilda rättigheter"}
        told = ", ".join(words_of[name] for name in opened)
        found.append(Finding(WARNING, f"Processen får {told}. Starta den med deploy/systemd."))
    return found or [Finding(GOOD, "Processen: systemd stänger om den, och den loggar inga besök.")]
