"""Put the outlook beside the app, and look each minute for as long as the process lives."""

from datetime import datetime

from deaddrop.collect import Collect
from staff.inbox.collecting import every
from staff.office import Office
from staff.watching.mark import Mark
from staff.watching.outlook import SECONDS, Outlook


def watch_over(parts: Office, source: Collect) -> None:
    """Give an app its outlook, and let the collector tell when it has collected."""
    mark, programme = Mark(parts.casebook, parts.settings.pepper), parts.settings.programme

    def now() -> datetime:
        return parts.now()  # asked each time: a test may put another clock there

    parts.outlook = Outlook(parts.casebook, mark, source.heard, programme.hours, programme.casework.operations, now)
    parts.collector.told = lambda: mark.keep(now())


def start(parts: Office) -> None:
    """Look now and each minute."""
    every(lambda: SECONDS, parts.outlook.look, "watch")
