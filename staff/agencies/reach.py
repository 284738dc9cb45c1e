"""Who of the own side reads what was made of a case, its hand-overs and transfers: who reads the case, nobody else.

A protected case's copies go to its named people alone: neither the team, nor its leads, nor the recovery key holds
them. Those to whom something was handed, or offered, keep what they got.
"""

from collections.abc import Sequence
from contextlib import suppress

from crypto.opening.members import COORDINATOR, LEAD, RECOVERY, Member
from staff.agencies import transfer
from staff.agencies.desk import Desk
from staff.agencies.steps import dealings
from staff.cases.state import CaseState
from staff.entry import Entry
from staff.errors import UnknownFolderError
from staff.folders import Folder
from staff.folders.folder import holding, mark
from staff.folders.making import with_recovery


def follow(desk: Desk, state: CaseState) -> None:
    """Give each folder that was made of a case to whom the case is for now; one commit for each folder.

    What was not reached, if anything stops it, is reached when somebody next opens the case: `follow` changes nothing
    where all is as it should be. Raises RefusedActError("busy").
    """
    held = dealings(state)
    for name in held.handed:
        with suppress(UnknownFolderError):  # erased, or never this person's
            _follow(desk, state, bytes.fromhex(name))
    for name in held.transferred:
        with suppress(UnknownFolderError):
            _mark(desk, state, bytes.fromhex(name))
            _follow(desk, state, bytes.fromhex(name))


def _follow(desk: Desk, state: CaseState, folder: bytes) -> None:
    found = desk.folders.peek(desk.keys, folder, desk.person)
    theirs = [one for one in found.holders(desk.person.papers.members) if not _own(desk, one)]
    wanted = [*theirs, *desk.colleagues(state)]
    if not state.protected:
        wanted = with_recovery(desk.person, wanted)
    if {mark(one.box_public) for one in wanted} != holding(found.entries, desk.person.papers.members):
        desk.folders.rekey(desk.keys, folder, desk.person, wanted, desk.now, recovery=False)


def _own(desk: Desk, one: Member) -> bool:
    """Tell whether somebody is of the side that the case is on."""
    return one.municipality == desk.person.municipality and one.role in (COORDINATOR, LEAD, RECOVERY)


def _mark(desk: Desk, state: CaseState, folder: bytes) -> None:
    """Tell in an offer that waits for its answer that the case was protected since: it opens there as protected."""
    members = desk.person.papers.members

    def decide(found: Folder) -> list[Entry]:
        known = transfer.fold(found.trusted, members)
        late = known.status == "asked" and state.protected and not known.protected
        return [desk.entry("protected", yes="yes")] if late else []

    desk.folders.append(desk.keys, folder, desk.person, decide, transfer.summarise(members), desk.now)


def take_from(desk: Desk, found: Folder, lost: Sequence[Member], state: CaseState) -> None:
    """Take a folder's key from members; that of a protected case reaches no recovery key on the way."""
    if not state.protected:
        desk.folders.unshare(desk.keys, found.id, desk.person, lost, desk.now)
        return
    gone = {one.box_public for one in lost}
    left = [one for one in found.holders(desk.person.papers.members) if one.box_public not in gone]
    desk.folders.rekey(desk.keys, found.id, desk.person, left, desk.now, recovery=False)
