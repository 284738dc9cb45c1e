"""Tell the leads and auditors of what is unusual, at the time of reading: who, how many and when, and of no case."""

from staff.cases.hand import Hand
from staff.insiders import notices
from staff.insiders.memory import About
from staff.insiders.notices import Notice


def note(hand: Hand, about: About) -> None:
    """Count what a person opens, and tell their town's leads and auditors of what is unusual."""
    programme = hand.parts.settings.programme
    by, rule = hand.person.identity.sign_public, programme.casework.watching
    for what, count in hand.parts.watch.note(by, about[1], hand.now, rule, programme.hours):
        notice = Notice(what, int(hand.now.timestamp()), count=count)
        notices.tell(hand.parts, hand.person, notice, notices.overseers(hand.person))
