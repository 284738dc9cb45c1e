"""Bring a summary of form 1 up to date: it was written before requests had mailboxes in the list."""

from dataclasses import replace

from sqlalchemy.orm import Session

from crypto.opening.casebook import Place, open_value
from staff.inbox import store
from staff.inbox.summary import FORM, Summary, facts_of
from staff.inbox.unsealing import read_content

CONTENT = "content"


def upgraded(session: Session, row: bytes, day: int, key: bytes, summary: Summary) -> Summary:
    """Read the facts anew from the words themselves, if the summary is of an older form.

    Raises CorruptError if the words were changed.
    """
    if summary.form >= FORM or summary.facts is None:
        return summary
    content = open_value(key, Place(CONTENT, row), store.content(session, row) or b"")
    submission = read_content(content).submission
    return replace(summary, facts=facts_of(submission, day) if submission else None, form=FORM)
