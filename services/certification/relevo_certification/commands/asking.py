"""Taking in who is on a certificate, as intake tells it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from relevo_certification.commands.amending import Amendment, Decided, amending, must_be_the_same
from relevo_certification.commands.office import DecideAgain, Office
from relevo_certification.commands.readings import THE_SERVICE, record_reading
from relevo_certification.domain import certificate as rules
from relevo_certification.domain.certificate import Certificate
from relevo_certification.domain.sealed import Choice, Identity
from relevo_certification.identities import Identities
from relevo_certification.store import CERTIFICATE, CHOICE_SET, IDENTITY_SET, PAPERS_SET, TOLD_SET, identity_request_row
from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.vault import SEALED, PersonErased, PersonKey, sealed_row


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


class Kept(NamedTuple):
    """What is kept here of one person: what the certificate shows, what intake said last, what the holder decided."""

    identity: Identity | None = None
    told: Identity | None = None
    choice: Choice | None = None


async def ask_identity(office: Office, identities: Identities, participant_id: str, now: datetime) -> None:
    """Ask intake and keep the answer, sealed under a key of this person's own here.

    What changed in it since intake was asked last goes onto the certificate, by another in its place if one was issued.
    Raises ``NobodyThere`` or ``IntakeAway``. An erasure or a decision that comes meanwhile wins: it is asked again.
    """
    before = await office.store.state(CERTIFICATE(participant_id))
    await record_question(office, participant_id, now)
    told = await identities.of(participant_id)
    if before is None or before.identity != "wanted" or before.erased:
        return
    with contextlib.suppress(DecideAgain, PersonErased):
        await office.commits.commit(await _answered(office, before, told, now))


def merged(kept: Kept, told: Identity) -> Identity:
    """What the certificate is to show: what intake says anew, and else what was corrected or decided here.

    A name that is hidden there is hidden. One that is shown there is shown if its holder did not decide here (rule 18).
    """
    if kept.identity is None or kept.told is None:
        return told.model_copy(update={"named": kept.choice.named if kept.choice else told.named})
    anew = {name for name in ("name", "language", "named") if getattr(told, name) != getattr(kept.told, name)}
    if kept.choice is not None and told.named:
        anew.discard("named")
    return kept.identity.model_copy(update={name: getattr(told, name) for name in anew})


async def _answered(office: Office, before: Certificate, told: Identity, now: datetime) -> Change[Decided]:
    participant_id = before.participant_id
    key, key_rows = await key_for(office, participant_id)
    kept = Kept() if key_rows else await _kept(office, participant_id, now)
    identity = merged(kept, told)
    rows = [*key_rows, sealed_row(key, TOLD_SET, told)]
    if before.current is not None and identity != kept.identity:
        if before.standing != "revoked":
            answer = Amendment(
                "name_corrected",
                lambda _: identity,
                THE_SERVICE,
                "correction",
                rows,
                at_any_rate=True,
                answers=True,
            )
            return await amending(office, before, answer, now, new_id())
        rows.append(Row(SEALED, f"{participant_id}/{PAPERS_SET}", None))
    ref, rows = CERTIFICATE(participant_id), [*rows, sealed_row(key, IDENTITY_SET, identity)]

    def decide(found: Found) -> Decision[Decided]:
        must_be_the_same(found[ref], before)
        after, events = rules.hold_identity(before)
        return Decision([New(ref, after)], events, rows)

    return Change([ref], decide, now, new_id())


async def _kept(office: Office, participant_id: str, now: datetime) -> Kept:
    sets, people = [IDENTITY_SET, TOLD_SET, CHOICE_SET], [participant_id]
    await record_reading(
        office.commits, reader=THE_SERVICE, purpose="correction", field_sets=sets, person_ids=people, now=now
    )
    open = office.vault.open
    return Kept(
        await open(participant_id, IDENTITY_SET, Identity),
        await open(participant_id, TOLD_SET, Identity),
        await open(participant_id, CHOICE_SET, Choice),
    )
