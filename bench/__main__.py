"""`python -m bench`: measure everything, print it, and write bench/RESULTS.md."""

from __future__ import annotations

import argparse
import sys

from bench.casework import COUNTED, FLOOD, NUMBERS, count_half_year, set_a_flood_aside, work
from bench.databases import databases
from bench.floods import floods
from bench.granting import granting
from bench.inbox import open_inbox
from bench.measure import noise
from bench.pages import first_loads
from bench.phones import coming_back, on_a_slow_phone, sealed_in_phone, with_code
from bench.posting import SERVERS, Effort, control, post, read_form
from bench.report import Findings, best, targets, write

FULL = Effort(seconds=6, rounds=3, cases=NUMBERS, flood=FLOOD)
QUICK = Effort(seconds=1.5, rounds=1, cases=(1_000, 10_000), flood=1_000)


def say(what: str) -> None:
    """Tell what is being done; it takes minutes."""
    print(f"… {what}", file=sys.stderr, flush=True)


def measure(effort: Effort) -> Findings:
    """Measure one thing after the other, nothing beside."""
    found = Findings(effort.rounds, effort.seconds, noise_before=noise())
    measure_portal(effort, found)
    measure_staff(effort, found)
    found.noise_after = noise()
    say("sealing on a slow phone")  # last: nothing else is measured beside a running browser
    found.slow_phone = on_a_slow_phone()
    return found


def measure_portal(effort: Effort, found: Findings) -> None:
    """Measure the public path."""
    say("public pages")
    found.pages = first_loads()
    for name, command in SERVERS.items():
        say(f"POST, {name}")
        found.rows += post(name, command, effort)
    say("POST with a return code")
    found.coded, found.coded_memory = with_code(effort)
    say("sealed in the phone")
    found.sealed = sealed_in_phone(effort)
    say("coming back with a code")
    found.back = coming_back(effort)
    say("POST on each database")
    found.databases = databases(effort)
    say("floods")
    found.floods = floods(effort.seconds * 3)
    say("GET of a form, memory")
    found.get, found.memory = read_form(effort, SERVERS[best(found).name])
    say("the control app")
    found.control, found.control_get = control(effort)


def measure_staff(effort: Effort, found: Findings) -> None:
    """Measure the coordinators' app."""
    for number in (1_000, 10_000):
        say(f"an inbox of {number:,}")
        found.inboxes.append(open_inbox(number))
    for number in effort.cases:
        say(f"casework of {number:,}")
        found.casework.append(work(number))
    for number in COUNTED:
        say(f"figures over {number:,} cases")
        found.counted.append(count_half_year(number))
    say(f"a flood of {effort.flood:,}")
    found.flood = set_a_flood_aside(effort.flood)
    say("a newcomer's cases")
    found.granted = granting()


def main() -> int:
    """Return 1 if a figure to reach is not met."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure Utväg on this machine (about ten minutes).")
    parser.add_argument("--quick", action="store_true", help="one short round each: to see that it runs")
    found = measure(QUICK if parser.parse_args().quick else FULL)
    print(write(found))
    return 0 if all(target.met for target in targets(found)) else 1


if __name__ == "__main__":
    sys.exit(main())
