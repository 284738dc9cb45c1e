"""What a list leaves out: the words of a row in which something of the reader's list of conflicts stands.

The row stays where it is, so that somebody takes it; opening it asks first. Only the rows that are shown are compared.
"""

from dataclasses import replace

from staff.accounts.session import Row as Session
from staff.inbox.request import Request
from staff.inbox.row import Row
from staff.insiders import conflicts
from staff.insiders.matching import Lines
from staff.office import Office
from staff.person import Person

HIDDEN = "Står på din jävslista"


def lines_of(parts: Office, session: Session, person: Person) -> Lines:
    """Give the person's list ready to be compared, opened anew when another has been kept."""
    memory = session.insiders
    with parts.casebook.read() as asked:
        version = conflicts.version_of(asked, person)
    if version != memory.version:
        memory.lines = Lines.read(conflicts.load(parts.casebook, person).lines)
        memory.version = version
        memory.found.clear()
    return memory.lines


def hide_request(request: Request, lines: Lines) -> Request:
    """Give a request without its words if any line stands in what a list would show of it."""
    if not lines or not any(lines.touch(_shown(row)) for row in request.rows):
        return request
    versions = tuple(map(_without, request.versions))
    written = tuple(map(_without, request.follow_ups))
    return replace(request, versions=versions, anchor=_without(request.anchor), follow_ups=written)


def _shown(row: Row) -> str:
    facts = row.summary.facts
    return "\n".join([facts.line, facts.contact, facts.when, facts.language]) if facts else ""


def _without(row: Row) -> Row:
    facts = row.summary.facts
    if facts is None:
        return row
    bare = replace(facts, line=HIDDEN, contact="", when="", language="")
    return replace(row, summary=replace(row.summary, facts=bare))
