"""What each kind of entry does to a case's dealings; never raises, whatever a colleague's key may have signed."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from staff.agencies.model import (
    ENDS,
    HOW_GIVEN,
    INFORMATION,
    PURPOSE,
    TELLS,
    Asked,
    Dealings,
    Exported,
    Extracted,
    Handed,
    Looked,
    Transferred,
    Waiver,
)
from staff.cases.model import CaseState, put
from staff.cases.state import extend
from staff.cases.values import day, items, line, of, text
from staff.entry import Entry

PACKAGE = "agencies"
NAME = 100
MANY = 200
Change = Callable[[Dealings, Entry], Dealings]


def dealings(state: CaseState) -> Dealings:
    """Give a case's dealings."""
    found = state.extras.get(PACKAGE)
    return found if isinstance(found, Dealings) else Dealings()


def _waiver(known: Dealings, entry: Entry) -> Dealings:
    until, name = day(entry, "until"), text(entry, "id")
    if until is None or not name or name in known.waivers or len(known.waivers) >= MANY:
        return known
    waiver = Waiver(
        id=name,
        agency=line(entry, "agency", NAME),
        person=line(entry, "person", NAME),
        purpose=line(entry, "purpose", PURPOSE),
        information=tuple(one for one in items(entry, "information") if one in INFORMATION),
        until=until,
        version=line(entry, "version", 20),
        language=line(entry, "language", 12),
        how=of(entry, "how", HOW_GIVEN, "spoken"),
        who=entry.who,
        when=entry.when,
    )
    return replace(known, waivers=put(known.waivers, name, waiver))


def _withdrawn(known: Dealings, entry: Entry) -> Dealings:
    waiver = known.waivers.get(text(entry, "waiver"))
    if waiver is None or waiver.withdrawn is not None:
        return known
    gone = replace(waiver, withdrawn=entry.when, withdrawn_by=entry.who)
    return replace(known, waivers=put(known.waivers, waiver.id, gone))


def _handed(known: Dealings, entry: Entry) -> Dealings:
    until, folder = day(entry, "until"), text(entry, "folder")
    if until is None or len(folder) != 32 or folder in known.handed or len(known.handed) >= MANY:
        return known
    handed = Handed(
        folder=folder,
        agency=line(entry, "agency", NAME),
        people=items(entry, "people"),
        purpose=line(entry, "purpose", PURPOSE),
        until=until,
        waiver=text(entry, "waiver"),
        ground=text(entry, "ground"),
        reason=text(entry, "reason"),
        test=text(entry, "test"),
        entries=items(entry, "entries"),
        who=entry.who,
        when=entry.when,
    )
    return replace(known, handed=put(known.handed, folder, handed))


def _ended(known: Dealings, entry: Entry) -> Dealings:
    handed = known.handed.get(text(entry, "folder"))
    if handed is None or handed.ended:
        return known
    over = replace(handed, ended=of(entry, "how", ENDS, "taken_back"), ended_at=entry.when)
    return replace(known, handed=put(known.handed, handed.folder, over))


def _asked(known: Dealings, entry: Entry) -> Dealings:
    name = text(entry, "id")
    if not name or name in known.asked or len(known.asked) >= MANY:
        return known
    person, question = line(entry, "person", NAME), line(entry, "question")
    asked = Asked(name, line(entry, "agency", NAME), person, question, entry.who, entry.when)
    return replace(known, asked=put(known.asked, name, asked))


def _told(known: Dealings, entry: Entry) -> Dealings:
    asked, answer = known.asked.get(text(entry, "question")), text(entry, "answer")
    if asked is None or asked.answer or answer not in TELLS:
        return known
    return replace(known, asked=put(known.asked, asked.id, replace(asked, answer=answer, told_at=entry.when)))


def _exported(known: Dealings, entry: Entry) -> Dealings:
    name = text(entry, "id")
    if not name or name in known.exported or len(known.exported) >= MANY:
        return known
    paper = Exported(
        id=name,
        agency=line(entry, "agency", NAME),
        person=line(entry, "person", NAME),
        basis=text(entry, "waiver") or text(entry, "ground"),
        reason=text(entry, "reason"),
        test=text(entry, "test"),
        entries=items(entry, "entries"),
        who=entry.who,
        when=entry.when,
    )
    return replace(known, exported=put(known.exported, name, paper))


def _extract(known: Dealings, entry: Entry) -> Dealings:
    name = text(entry, "id")
    if not name or name in known.extracts or len(known.extracts) >= MANY:
        return known
    paper = Extracted(name, text(entry, "test"), items(entry, "entries"), entry.who, entry.when)
    return replace(known, extracts=put(known.extracts, name, paper))


def _transfer(known: Dealings, entry: Entry) -> Dealings:
    folder = text(entry, "folder")
    if len(folder) != 32 or folder in known.transferred or len(known.transferred) >= MANY:
        return known
    asked = Transferred(folder, line(entry, "town", NAME), entry.who, entry.when)
    return replace(known, transferred=put(known.transferred, folder, asked))


def _transfer_ended(known: Dealings, entry: Entry) -> Dealings:
    asked = known.transferred.get(text(entry, "folder"))
    if asked is None or asked.ended:
        return known
    how = of(entry, "how", ("accepted", "declined", "taken_back"), "taken_back")
    over = replace(asked, ended=how, reason=line(entry, "reason"), ended_at=entry.when)
    return replace(known, transferred=put(known.transferred, asked.folder, over))


def _looked(known: Dealings, entry: Entry) -> Dealings:
    return replace(known, looked=(*known.looked, Looked(entry.who, entry.when, text(entry, "reason")))[-MANY:])


def _duty(known: Dealings, entry: Entry) -> Dealings:
    name = line(entry, "duty", 40)
    if not name or name in known.duties or len(known.duties) >= MANY:
        return known
    return replace(known, duties=put(known.duties, name, (entry.who, entry.when)))


CHANGES: Mapping[str, Change] = {
    "waiver": _waiver,
    "waiver_withdrawn": _withdrawn,
    "handed": _handed,
    "handover_ended": _ended,
    "agency_asked": _asked,
    "agency_told": _told,
    "personakt": _exported,
    "extract": _extract,
    "transfer": _transfer,
    "transfer_ended": _transfer_ended,
    "looked": _looked,
    "duty_done": _duty,
}


def step(state: CaseState, entry: Entry) -> CaseState:
    """Give the case's state after one of our entries."""
    return state.keeping(PACKAGE, CHANGES[entry.kind](dealings(state), entry))


extend(dict.fromkeys(CHANGES, step))
