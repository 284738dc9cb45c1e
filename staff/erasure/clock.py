"""Whether the clock may be believed before something goes for good because its day has come.

The file beside the casebook remembers the day on which the app last looked. A clock that is further ahead than a gap
allows destroys nothing at first: it is looked at again on a later day, and if it has gone on from there like a clock,
it is believed. A clock that fails forward, or a machine that was away for a week, costs a day; nothing else.
"""

from staff.erasure.record import Record

GAP = 2  # days between two looks of an app that runs: it looks each day, and at each unlock


def believed(record: Record, today: int) -> bool:
    """Look at the clock (days since 1970) and tell whether what ends today or before may go; remembers the look.

    False on the day of a jump, and where nothing is remembered: on the next day, or the one after, it is believed.
    """
    seen, jumped = record.day(), record.day(jumped=True)
    if seen and today <= seen + GAP:
        if today != seen or jumped:  # a jump that was set right is over: it is no first look at the next one
            record.look(today)
        return True
    if jumped < today <= jumped + GAP:
        record.look(today)
        return True
    if today != jumped:
        record.look(today, jumped=True)
    return False


def doubtful(record: Record, today: int) -> bool:
    """Tell whether the clock has jumped and waits to be looked at again, without looking."""
    seen = record.day()
    return bool(seen) and today > seen + GAP and record.day(jumped=True) == today
