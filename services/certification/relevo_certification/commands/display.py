"""The holder decides who sees the name: at once, in this service's own commit, whatever else is away (rule 18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from relevo_certification.commands.amending import Amendment, Decided, amending, decided, decided_of, must_be_the_same
from relevo_certification.commands.asking import key_for
from relevo_certification.commands.office import Office
from relevo_certification.commands.readings import record_reading
from relevo_certification.domain import certificate as rules
from relevo_certification.domain.certificate import Certificate
from relevo_certification.domain.display import choose
from relevo_certification.domain.refusals import AlreadyRevoked
from relevo_certification.domain.sealed import Choice, Identity
from relevo_certification.store import CERTIFICATE, CHOICE_SET, IDENTITY_SET, PAPERS_SET
from relevo_chassis.delivery.change import Change, Decision, Found, New, Once, Row
from relevo_chassis.edge.vault import SEALED, PersonErased, PersonKey, sealed_row


class Shown(NamedTuple):
    """Who sees the name of one person now; ``identity`` is what the certificate shows, once that is known."""

    choice: Choice | None
    identity: Identity | None

    @property
    def named(self) -> bool | None:
        """``None`` while neither the holder nor the application has said anything here."""
        if self.identity is not None:
            return self.identity.named
        return self.choice.named if self.choice else None


async def display_of(office: Office, certificate: Certificate, reader: str, now: datetime) -> Shown:
    """Who sees the name; that its holder looks goes on record. Raises ``PersonErased``."""
    participant_id, sets = certificate.participant_id, [CHOICE_SET, IDENTITY_SET]
    if certificate.erased:
        raise PersonErased(participant_id)
    await record_reading(
        office.commits, reader=reader, purpose="own", field_sets=sets, person_ids=[participant_id], now=now
    )
    try:
        choice = await office.vault.open(participant_id, CHOICE_SET, Choice)
        return Shown(choice, await office.vault.open(participant_id, IDENTITY_SET, Identity))
    except PersonErased:
        return Shown(None, None)


async def choose_display(
    office: Office,
    participant_id: str,
    named: bool,
    reader: str,
    now: datetime,
    cause_id: str,
    once: Once | None = None,
) -> Any:
    """The holder decides who sees the name, before the certificate or after.

    What was issued is superseded like by any correction, for the same reason as when a name is corrected, so that
    hiding does not show as such. Hiding what is hidden already replaces it too: papers that were passed on vouch for
    nothing any more. Of one that was revoked, hiding destroys the papers.

    Raises ``DisplayChangedTooOften``, ``AlreadyRevoked`` (there is nothing to show any more) or ``PersonErased``.
    """

    async def change() -> Change[Decided]:
        ref = CERTIFICATE(participant_id)
        certificate = await office.store.state(ref) or Certificate(participant_id=participant_id)
        shown = await display_of(office, certificate, reader, now)
        if named and shown.named and shown.identity is not None:
            return Change([ref], lambda _: Decision(answer=decided_of(certificate)), now, cause_id, once=once)
        choice = choose(shown.choice, named, bool(shown.named), now)
        key, key_rows = await key_for(office, participant_id)
        rows = [*key_rows, sealed_row(key, CHOICE_SET, choice)]
        if certificate.standing == "revoked" or shown.identity is None:
            return _kept(certificate, named, shown, key, rows, now, cause_id, once)
        amendment = Amendment("name_corrected", _displayed(named), reader, "own", rows, at_any_rate=not named)
        return await amending(office, certificate, amendment, now, cause_id, once)

    return await decided(office, participant_id, change, now, cause_id, once)


def _displayed(named: bool) -> Any:
    return lambda identity: identity.model_copy(update={"named": named})


def _kept(
    certificate: Certificate,
    named: bool,
    shown: Shown,
    key: PersonKey,
    rows: Sequence[Row],
    now: datetime,
    cause_id: str,
    once: Once | None,
) -> Change[Decided]:
    """Nothing is issued in its place: the choice waits for the name, or the papers of a revoked certificate go."""
    participant_id = certificate.participant_id
    if certificate.standing == "revoked" and named:
        raise AlreadyRevoked(participant_id=participant_id)
    changed = list(rows)
    if shown.identity is not None:
        changed.append(sealed_row(key, IDENTITY_SET, _displayed(named)(shown.identity)))
        changed.append(Row(SEALED, f"{participant_id}/{PAPERS_SET}", None))
    ref = CERTIFICATE(participant_id)

    def decide(found: Found) -> Decision[Decided]:
        must_be_the_same(found[ref] or Certificate(participant_id=participant_id), certificate)
        after, events = rules.amend(certificate)
        return Decision([New(ref, after)], events, changed, decided_of(after))

    return Change([ref], decide, now, cause_id, once=once)
