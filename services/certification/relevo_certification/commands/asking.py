"""Taking in who is on a certificate, as intake tells it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from relevo_certification.commands.amending import Amendment, DecideAgain, amending, must_be_the_same
from relevo_certification.commands.office import Office
from relevo_certification.commands.readings import record_reading
from relevo_certification.domain.certificate import Certificate, receive_identity
from relevo_certification.domain.sealed import RETENTIONS, Choice, Identity
from relevo_certification.store import (
    ANSWER_SET,
    CERTIFICATE,
    CHOICE_SET,
    IDENTITY_SET,
    PAPERS_SET,
    identity_request_row,
)
from relevo_chassis.delivery.change import Asked, Change, Decision, Found, New, Row
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import SEALED, NoLongerKept, PersonErased, PersonKey, sealed_row


@dataclass(frozen=True, slots=True)
class AskIdentity:
    participant_id: str


async def ask_identity(office: Office, command: AskIdentity, asked: Asked) -> None:
    """Ask intake and keep the answer, sealed under a key of this person's own here.

    That it is asked goes on record before. What changed in the answer since goes onto the certificate, by another in
    its place if one was issued. Raises ``NobodyThere`` or ``IntakeAway``. An erasure or a decision that comes meanwhile
    wins: it is asked again.
    """
    before = await office.store.state(CERTIFICATE(command.participant_id))
    row = identity_request_row(new_id(), command.participant_id, asked.now)
    await office.commits.commit(asked.change((), lambda _: Decision(rows=[row])))
    answer = await office.identities.of(command.participant_id)
    if before is None or before.identity != "wanted" or before.erased:
        return
    with contextlib.suppress(DecideAgain, PersonErased, NoLongerKept):
        await office.commits.commit(await _answered(office, before, answer, asked))


async def key_for(office: Office, participant_id: str) -> tuple[PersonKey, Sequence[Row]]:
    """The person's key here, and the row that keeps it if it is new.

    Whoever writes the row relies on the certificate being as it was read before: there must not be two first keys.
    Raises ``NoLongerKept``.
    """
    try:
        key = await office.vault.key_of(participant_id)
    except PersonErased:
        return await office.vault.first_keys(participant_id, RETENTIONS)
    key.like(Identity)
    return key, ()


class Known(NamedTuple):
    """What is known here of one person: what the certificate shows, what intake said last, what the holder decided."""

    identity: Identity | None = None
    answered: Identity | None = None
    choice: Choice | None = None


def merged(known: Known, answer: Identity) -> Identity:
    """What the certificate is to show: what intake says anew, and else what was corrected or decided here.

    A name that is hidden there is hidden. One that is shown there is shown if its holder did not decide here (rule 18).
    Whoever is in danger is named nowhere; when that is over, it is as it was decided before (rule 25).
    """
    by_decision = known.choice.named if known.choice else answer.named
    if known.identity is None or known.answered is None:
        return answer.model_copy(update={"named": by_decision and not answer.in_danger, "in_danger": False})
    anew = {name: getattr(answer, name) for name in ("name", "language") if _differs(known.answered, answer, name)}
    if answer.in_danger or known.answered.in_danger:
        anew["named"] = by_decision and not answer.in_danger
    elif _differs(known.answered, answer, "named") and not (known.choice is not None and answer.named):
        anew["named"] = answer.named
    return known.identity.model_copy(update=anew)


def _differs(before: Identity, after: Identity, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


async def _answered(office: Office, before: Certificate, answer: Identity, asked: Asked) -> Change[Certificate]:
    participant_id = before.participant_id
    key, key_rows = await key_for(office, participant_id)
    known = Known() if key_rows else await _known(office, participant_id, asked)
    identity = merged(known, answer)
    rows = [*key_rows, sealed_row(key, ANSWER_SET, answer)]
    if before.current is not None and identity != known.identity:
        if before.standing != "revoked":
            amendment = Amendment(
                "name_corrected", dict(identity), "correction", rows, at_any_rate=True, is_answer=True
            )
            return await amending(office, before, amendment, asked)
        rows.append(Row(SEALED, f"{participant_id}/{PAPERS_SET}", None))
    ref, rows = CERTIFICATE(participant_id), [*rows, sealed_row(key, IDENTITY_SET, identity)]

    def decide(found: Found) -> Decision[Certificate]:
        must_be_the_same(found[ref], before)
        after, events = receive_identity(before)
        return Decision([New(ref, after)], events, rows, after)

    return asked.change([ref], decide)


async def _known(office: Office, participant_id: str, asked: Asked) -> Known:
    sets = [IDENTITY_SET, ANSWER_SET, CHOICE_SET]
    await record_reading(office.commits, asked, "correction", sets, [participant_id])
    open = office.vault.open
    return Known(
        await open(participant_id, IDENTITY_SET, Identity),
        await open(participant_id, ANSWER_SET, Identity),
        await open(participant_id, CHOICE_SET, Choice),
    )
