"""Taking in who is on a certificate, as intake tells it."""

from __future__ import annotations

from datetime import datetime

from relevo_certification.commands.office import Office
from relevo_certification.domain import certificate as rules
from relevo_certification.identities import Identities
from relevo_certification.store import CERTIFICATE, IDENTITY_SET, identity_request_row
from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.vault import PersonErased, sealed_row


async def record_question(office: Office, participant_id: str, now: datetime) -> None:
    """Record that intake is asked, and what for, before it is asked."""
    request_id = new_id()
    row = identity_request_row(request_id, participant_id, now)
    await office.commits.commit(Change((), lambda _: Decision(rows=[row]), now, request_id))


async def ask_identity(office: Office, identities: Identities, participant_id: str, now: datetime) -> None:
    """Ask intake and keep the answer, sealed under a key of this person's own here.

    Raises ``NobodyThere`` or ``IntakeAway``. An erasure that comes meanwhile wins.
    """
    await record_question(office, participant_id, now)
    identity = await identities.of(participant_id)
    try:
        key = await office.vault.key_of(participant_id)
        key_rows = []
    except PersonErased:
        key, key_row = await office.vault.new_person(participant_id)
        key_rows = [key_row]
    sealed = sealed_row(key, IDENTITY_SET, identity)
    ref = CERTIFICATE(participant_id)

    def decide(found: Found) -> Decision:
        certificate = found[ref]
        if certificate is None or certificate.identity != "wanted" or certificate.erased:
            return Decision()
        after, events = rules.hold_identity(certificate)
        return Decision(states=[New(ref, after)], events=events, rows=[*key_rows, sealed])

    await office.commits.commit(Change([ref], decide, now, new_id()))
