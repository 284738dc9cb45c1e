"""Who reaches which route: every route stands here, and nothing else does.

ANYONE: whoever reaches the host. SIGNED_IN: whoever is signed in, whatever their role. The others name the roles that
reach a route (WHO). TEAM is more: the request must be of the coordinator's own town. So are CASE, HANDED,
LOOK, READER, SIGNS and TOLD: the person must hold the folder's key. TOWN: it is about somebody of the person's own
town. Whatever is not for somebody does not exist for them (404).
"""

from enum import StrEnum

from crypto.opening.members import AGENCY_ROLES, AUDITOR, COORDINATOR, LEAD

SIGNING_IN = frozenset({COORDINATOR, LEAD, AUDITOR, *AGENCY_ROLES})


class Access(StrEnum):
    """Say who reaches a route."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    COORDINATOR = "coordinator"
    TEAM = "team"
    LEAD = "lead"
    COORDINATOR_OR_LEAD = "coordinator or lead"
    AUDITOR = "auditor"
    AGENCY = "agency"
    CASE = "case"
    HANDED = "handed"
    LOOK = "look"
    READER = "reader"
    SIGNS = "signs"
    TOLD = "told"
    LEAD_OR_AUDITOR = "lead or auditor"
    TOWN = "town"


WHO: dict[Access, frozenset[str]] = {
    Access.ANYONE: SIGNING_IN,
    Access.SIGNED_IN: SIGNING_IN,
    Access.COORDINATOR: frozenset({COORDINATOR}),
    Access.TEAM: frozenset({COORDINATOR}),
    Access.LEAD: frozenset({LEAD}),
    Access.COORDINATOR_OR_LEAD: frozenset({COORDINATOR, LEAD}),
    Access.AUDITOR: frozenset({AUDITOR}),
    Access.AGENCY: frozenset(AGENCY_ROLES),
    Access.CASE: frozenset({COORDINATOR}),
    Access.HANDED: frozenset(AGENCY_ROLES),
    Access.LOOK: frozenset({LEAD}),
    Access.READER: frozenset({COORDINATOR, LEAD}),
    Access.SIGNS: frozenset({COORDINATOR, LEAD}),
    Access.TOLD: frozenset({COORDINATOR, LEAD, AUDITOR}),
    Access.LEAD_OR_AUDITOR: frozenset({LEAD, AUDITOR}),
    Access.TOWN: frozenset({COORDINATOR, LEAD}),
}

ROUTES = {
    "accounts.front": Access.ANYONE,
    "accounts.login": Access.ANYONE,
    "accounts.sign_in": Access.ANYONE,
    "accounts.options": Access.ANYONE,
    "accounts.lock": Access.ANYONE,
    "enrol.show": Access.ANYONE,
    "enrol.type_code": Access.ANYONE,
    "enrol.type_phrase": Access.ANYONE,
    "enrol.type_otp": Access.ANYONE,
    "enrol.options": Access.ANYONE,
    "enrol.add_passkey": Access.ANYONE,
    "enrol.stop": Access.ANYONE,
    "fresh.show": Access.SIGNED_IN,
    "fresh.options": Access.SIGNED_IN,
    "fresh.prove": Access.SIGNED_IN,
    "mine.show": Access.SIGNED_IN,
    "mine.new": Access.SIGNED_IN,
    "mine.options": Access.SIGNED_IN,
    "mine.add_passkey": Access.SIGNED_IN,
    "mine.remove_passkey": Access.SIGNED_IN,
    "mine.begin_codes": Access.SIGNED_IN,
    "mine.type_otp": Access.SIGNED_IN,
    "phrase.show": Access.SIGNED_IN,
    "phrase.begin": Access.SIGNED_IN,
    "phrase.change": Access.SIGNED_IN,
    "sitting.show": Access.SIGNED_IN,
    "sitting.end": Access.SIGNED_IN,
    "people.show": Access.COORDINATOR_OR_LEAD,
    "people.invite": Access.LEAD,
    "people.agree": Access.LEAD,
    "people.withdraw": Access.LEAD,
    "people.drop": Access.LEAD,
    "people.change_role": Access.LEAD,
    "people.second": Access.COORDINATOR_OR_LEAD,
    "people.end_sessions": Access.LEAD,
    "people.renew": Access.LEAD,
    "recovering.show": Access.COORDINATOR_OR_LEAD,
    "recovering.ask": Access.COORDINATOR_OR_LEAD,
    "recovering.second": Access.COORDINATOR_OR_LEAD,
    "recovering.drop": Access.COORDINATOR_OR_LEAD,
    "pages.asset": Access.ANYONE,
    "pages.cover": Access.ANYONE,
    "pages.accessibility": Access.ANYONE,
    "pages.healthz": Access.ANYONE,
    "pages.readyz": Access.ANYONE,
    "pages.keys": Access.SIGNED_IN,
    "welcome.tour": Access.SIGNED_IN,
    "welcome.toured": Access.SIGNED_IN,
    "welcome.words": Access.SIGNED_IN,
    "welcome.sign": Access.SIGNED_IN,
    "figures.show": Access.COORDINATOR_OR_LEAD,
    "figures.count_half": Access.COORDINATOR,
    "figures.export": Access.COORDINATOR_OR_LEAD,
    "erasure.show": Access.COORDINATOR,
    "erasure.hold": Access.COORDINATOR,
    "erasure.release": Access.COORDINATOR,
    "erasure.erase": Access.COORDINATOR,
    "erasure.archive": Access.CASE,
    "calendar.show": Access.COORDINATOR,
    "calendar.file": Access.COORDINATOR,
    "reminders.show": Access.SIGNED_IN,
    "reminders.save": Access.SIGNED_IN,
    "audit.show": Access.AUDITOR,
    "audit.look_for": Access.AUDITOR,
    "oversight.show": Access.AUDITOR,
    "canaries.show": Access.LEAD_OR_AUDITOR,
    "canaries.plant": Access.LEAD,
    "conflicts.show": Access.COORDINATOR_OR_LEAD,
    "conflicts.save": Access.COORDINATOR_OR_LEAD,
    "conflicts.warn": Access.READER,
    "conflicts.answer": Access.READER,
    "conflicts.seen": Access.TOLD,
    "orders.show": Access.COORDINATOR_OR_LEAD,
    "orders.new": Access.COORDINATOR,
    "orders.ask": Access.COORDINATOR,
    "orders.read": Access.SIGNS,
    "orders.act": Access.SIGNS,
    "agencies.show": Access.CASE,
    "agencies.choose": Access.CASE,
    "agencies.act": Access.CASE,
    "agencies.handover": Access.CASE,
    "agencies.paper": Access.CASE,
    "handed.show": Access.AGENCY,
    "handed.read": Access.HANDED,
    "handed.act": Access.HANDED,
    "handed.keep": Access.HANDED,
    "transfers.show": Access.COORDINATOR,
    "transfers.read": Access.CASE,
    "transfers.act": Access.CASE,
    "lead.show": Access.LEAD,
    "lead.read": Access.LOOK,
    "lead.look": Access.LOOK,
    "documents.show": Access.COORDINATOR_OR_LEAD,
    "documents.ask": Access.COORDINATOR_OR_LEAD,
    "documents.decide": Access.COORDINATOR_OR_LEAD,
    "documents.register": Access.COORDINATOR_OR_LEAD,
    "documents.extract": Access.CASE,
    "documents.extract_paper": Access.CASE,
    "day.today": Access.COORDINATOR,
    "day.queue": Access.COORDINATOR,
    "day.attempt": Access.CASE,
    "day.cases": Access.COORDINATOR,
    "day.fresh": Access.COORDINATOR,
    "day.search": Access.COORDINATOR,
    "day.flags": Access.COORDINATOR,
    "day.shift": Access.COORDINATOR,
    "day.tell": Access.COORDINATOR,
    "together.choose": Access.COORDINATOR,
    "together.show": Access.COORDINATOR,
    "together.do": Access.COORDINATOR,
    "together.undo": Access.COORDINATOR,
    "inbox.show": Access.COORDINATOR,
    "inbox.new": Access.COORDINATOR,
    "inbox.collect": Access.COORDINATOR,
    "inbox.search": Access.COORDINATOR,
    "inbox.read": Access.TEAM,
    "inbox.act": Access.TEAM,
    "inbox.reply": Access.TEAM,
    "inbox.phrase": Access.TEAM,
    "inbox.draft": Access.TEAM,
    "inbox.deliver": Access.TEAM,
    "inbox.dismiss": Access.TEAM,
    "leaving.show": Access.TOWN,
    "leaving.leave": Access.LEAD,
    "leaving.sign_again": Access.LEAD,
    "leaving.renewals": Access.COORDINATOR_OR_LEAD,
    "leaving.renew": Access.COORDINATOR_OR_LEAD,
    "leaving.recovery": Access.COORDINATOR_OR_LEAD,
    "leaving.follow": Access.COORDINATOR_OR_LEAD,
    "sharing.show": Access.COORDINATOR,
    "sharing.give": Access.COORDINATOR,
    "sharing.give_back": Access.COORDINATOR,
    "cases.new": Access.COORDINATOR,
    "cases.create": Access.COORDINATOR,
    "cases.new_draft": Access.COORDINATOR,
    "cases.add": Access.COORDINATOR,
    "cases.show": Access.CASE,
    "cases.save_form": Access.CASE,
    "cases.draft": Access.CASE,
    "cases.act": Access.CASE,
    "cases.name": Access.CASE,
    "cases.unlink": Access.CASE,
}
