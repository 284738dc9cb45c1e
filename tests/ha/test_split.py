"""The network between the casebook's three machines is cut: at most one of them leads, and nothing is lost."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.ha.nodes import ALL_WELL, NAMES, Machines, machines
from tests.ha.wires import wires
from tests.ha.writing import Writer, check, wait_for_notes

pytestmark = pytest.mark.long
WITHIN = 60.0  # seconds until writing goes on: as when a leader is killed, and it may hold a note's commit before
SETTLED = 40.0  # seconds after which nobody changes places any more: twice as long as a leader may be silent


@pytest.fixture(scope="module")
def three() -> Iterator[Machines]:
    """Start etcd, Patroni and PostgreSQL three times, each in a network of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can make networks")
    with wires(NAMES) as between, machines(between) as made:
        yield made


def write_until(moment: float, writers: list[Writer]) -> None:
    """Let all go on writing."""
    while time.monotonic() < moment:
        wait_for_notes(writers, 1)


def test_a_leader_that_hears_neither_of_the_others_stops_for_good(three: Machines, writers: list[Writer]) -> None:
    """The app still reaches it: alone it acknowledges nothing; another one leads, and goes on when it is back."""
    assert three.wires
    lost = three.leader().name
    parted = time.monotonic()
    three.wires.part(lost, set(NAMES) - {lost})
    wait_for_notes(writers, 20, 2 * WITHIN)
    silence = max(one.silence(parted) for one in writers)
    print(f"leader cut off: {silence:.1f} s without an acknowledgement")  # the figure, for docs/reliability.md
    write_until(parted + SETTLED, writers)  # until its lease has run out too: then it has most to be wrong about
    three.wires.mend()
    write_until(time.monotonic() + SETTLED, writers)
    assert three.wait_for(*ALL_WELL)[lost] != "Leader"
    check(writers)
    assert silence < WITHIN


def test_a_copy_that_hears_neither_of_the_others_is_not_missed(three: Machines, writers: list[Writer]) -> None:
    """The one that has all that was acknowledged is cut off: the third takes its part, and the leader goes on."""
    assert three.wires
    roles = {role: name for name, role in three.wait_for(*ALL_WELL).items()}
    copy, parted = roles["Sync Standby"], time.monotonic()
    three.wires.part(copy, set(NAMES) - {copy})
    wait_for_notes(writers, 20, 2 * WITHIN)
    print(f"copy cut off: {max(one.silence(parted) for one in writers):.1f} s")  # as above
    three.wires.mend()
    write_until(parted + SETTLED, writers)
    assert three.wait_for(*ALL_WELL)[roles["Leader"]] == "Leader"
    check(writers)


def test_without_etcd_the_leader_goes_on_while_all_answer_it(three: Machines, writers: list[Writer]) -> None:
    """All three etcd fall silent for longer than a leader may be: the others still answer it, and nobody notices."""
    roles = {role: name for name, role in three.wait_for(*ALL_WELL).items()}
    began, keepers = time.monotonic(), [node.processes["etcd"] for node in three.nodes.values()]
    for one in keepers:
        one.send_signal(signal.SIGSTOP)
    try:
        write_until(began + SETTLED, writers)
    finally:
        for one in keepers:
            one.send_signal(signal.SIGCONT)
    print(f"etcd silent: {max(one.silence(began) for one in writers):.1f} s")  # as above
    assert three.wait_for(*ALL_WELL)[roles["Leader"]] == "Leader"
    check(writers)
