"""A person with a return code: sends, reads what waits in the dead drop, writes again, removes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crypto.envelope import envelope_id
from crypto.errors import CorruptError, MalformedError, NotARecipientError
from crypto.returncode import Keys, derive, new_code
from crypto.sealing.seal import seal
from crypto.submission import Answer, Submission, new_try
from crypto.thread import Reply, open_reply, sign_follow_up
from deaddrop import answer
from deaddrop.fetch import Fetch
from tests.staff.world import World


class Writer:
    """Somebody who wrote with a code. `counter` is that of the last message."""

    def __init__(self, world: World, code: str | None = None) -> None:
        self.world = world
        self.keys: Keys = derive(code or new_code(), world.roster.salt)
        self.counter = 1000

    def message(self, minutes: float = 5, **answers: Answer) -> Submission:
        """Make a submission that was sent some minutes ago, without a mailbox."""
        try_id = str(answers.pop("try_id", new_try()))
        page, town = (str(answers.pop(name, usual)) for name, usual in (("page", "sv"), ("town", "ekstad")))
        sent = self.world.clock.now() - timedelta(minutes=minutes)
        return Submission(try_id, sent.replace(microsecond=0), "me", town, page, answers, "page")

    def send(self, minutes: float = 5, **answers: Answer) -> str:
        """Send a first request with this code; gives its id in hex."""
        return self.leave(replace(self.message(minutes, **answers), mailbox=self.keys.mailbox()))

    def again(self, minutes: float = 1, counter: int | None = None, **answers: Answer) -> str:
        """Write again, signed with the code."""
        self.counter = self.counter + 1 if counter is None else counter
        return self.leave(sign_follow_up(self.message(minutes, **answers), self.keys, self.counter))

    def leave(self, submission: Submission) -> str:
        """Put a submission into the dead drop and let it be collected; gives its id in hex."""
        sealed = seal(submission, self.world.roster)
        self.world.leave(sealed)
        self.world.collect()
        return envelope_id(sealed).hex()

    def replies(self) -> list[Reply]:
        """Read what waits, by number."""
        found = []
        for sealed in Fetch(self.world.engine).replies(self.keys.token):
            try:
                found.append(open_reply(sealed, self.keys))
            except (NotARecipientError, CorruptError, MalformedError):
                continue
        return sorted(found, key=lambda reply: reply.number)

    def waiting(self) -> list[bytes]:
        """Name what waits."""
        return list(answer.Answer(self.world.engine).waiting(self.keys.mailbox().address))

    def open(self) -> None:
        """Tell that what waits was opened, as the page does."""
        Fetch(self.world.engine).opened(self.keys.token, self.waiting(), self.world.clock.now().date())

    def remove(self) -> None:
        """Remove what waits."""
        Fetch(self.world.engine).remove(self.keys.token, self.waiting())
