"""Taking in who is on a certificate, as intake tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from relevo_certification.commands.office import Office
from relevo_certification.domain import certificate as rules
from relevo_certification.domain.display import Choice
from relevo_certification.identities import Identities
from relevo_certification.store import CERTIFICATE, CHOICE_SET, IDENTITY_SET, identity_request_row
from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.vault import PersonErased, PersonKey, sealed_row


async def record_question(office: Office, participant_id: str, now: datetime) -> None:
    """Record that intake is asked, and what for, before it is asked."""
    request_id = new_id()
    row = identity_request_row(request_id, participant_id, now)
    await office.commits.commit(Change((), lambda _: Decision(rows=[row]), now, request_id))


async def key_for(office: Office, participant_id: str) -> tuple[PersonKey, Sequence[Row]]:
    """The person's key here, and the row that keeps it if it is new.

    Whoever writes the row relies on the certificate being as it was read before: there must not be two first keys.
    """
    try:
        return await office.vault.key_of(participant_id), ()
    except PersonErased:
        key, row = await office.vault.new_person(participant_id)
        return key, (row,)


async def ask_identity(office: Office, identities: Identities, participant_id: str, now: datetime) -> None:
    """Ask intake and keep the answer, sealed under a key of this person's own here.

    What the holder decided here about who sees the name goes before what intake says of it (rule 18).
    Raises ``NobodyThere`` or ``IntakeAway``. An erasure or a decision that comes meanwhile wins: it is asked again.
    """
    ref = CERTIFICATE(participant_id)
    before = await office.store.state(ref)
    await record_question(office, participant_id, now)
    identity = await identities.of(participant_id)
    key, key_rows = await key_for(office, participant_id)
    choice = None if key_rows else await office.vault.open(participant_id, CHOICE_SET, Choice)
    if choice is not None:
        identity = identity.model_copy(update={"named": choice.named})
    sealed = sealed_row(key, IDENTITY_SET, identity)

    def decide(found: Found) -> Decision:
        certificate = found[ref]
        if certificate is None or certificate != before or certificate.identity != "wanted" or certificate.erased:
            return Decision()
        after, events = rules.hold_identity(certificate)
        return Decision(states=[New(ref, after)], events=events, rows=[*key_rows, sealed])

    await office.commits.commit(Change([ref], decide, now, new_id()))
