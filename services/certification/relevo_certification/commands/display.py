"""The holder decides who sees the name: at once, in this service's own commit, whatever else is away (rule 18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from relevo_certification.commands.amending import Amendment, amending, commit_as_read, must_be_the_same
from relevo_certification.commands.asking import key_for
from relevo_certification.commands.office import Office
from relevo_certification.commands.readings import record_reading
from relevo_certification.domain.certificate import AlreadyRevoked, Certificate, amend
from relevo_certification.domain.display import HiddenInDanger, choose
from relevo_certification.domain.sealed import Choice, Identity
from relevo_certification.store import ANSWER_SET, CERTIFICATE, CHOICE_SET, IDENTITY_SET, PAPERS_SET
from relevo_chassis.delivery.change import Asked, Change, Decision, Found, New, Repeat, Row
from relevo_chassis.people.vault import SEALED, PersonErased, PersonKey, sealed_row


class Display(NamedTuple):
    """Who sees the name of one person now; ``identity`` is what the certificate shows, once that is known."""

    choice: Choice | None
    identity: Identity | None
    in_danger: bool = False

    @property
    def named(self) -> bool | None:
        """``None`` while neither the holder nor the application has said anything here."""
        if self.identity is not None:
            return self.identity.named
        return self.choice.named if self.choice else None


@dataclass(frozen=True, slots=True)
class SeeDisplay:
    participant_id: str


async def see_display(office: Office, query: SeeDisplay, asked: Asked) -> Display:
    """Who sees the name; that its holder looks goes on record. Raises ``PersonErased``."""
    return await _display_of(office, await _certificate(office, query.participant_id), asked)


@dataclass(frozen=True, slots=True)
class ChooseDisplay:
    """``named``: whether the name is shown to anybody who has the link."""

    participant_id: str
    named: bool


async def choose_display(office: Office, command: ChooseDisplay, asked: Asked) -> Certificate | Repeat:
    """The holder decides who sees the name, before the certificate or after.

    What was issued is superseded like by any correction, for the same reason as when a name is corrected, so that
    hiding does not show as such. Hiding what is hidden already replaces it too: papers that were passed on vouch for
    nothing any more. Of one that was revoked, hiding destroys the papers.

    Raises ``DisplayChangedTooOften``, ``HiddenInDanger``, ``AlreadyRevoked`` (there is nothing to show any more) or
    ``PersonErased``.
    """
    return await commit_as_read(office, command, asked, _choosing)


async def _choosing(office: Office, command: ChooseDisplay, asked: Asked) -> Change[Certificate]:
    certificate = await _certificate(office, command.participant_id)
    display = await _display_of(office, certificate, asked)
    if command.named and display.in_danger:
        raise HiddenInDanger(participant_id=command.participant_id)
    if command.named and display.named and display.identity is not None:
        return asked.change([CERTIFICATE(command.participant_id)], lambda _: Decision(answer=certificate))
    choice = choose(display.choice, command.named, bool(display.named), asked.now)
    key, key_rows = await key_for(office, command.participant_id)
    rows = [*key_rows, sealed_row(key, CHOICE_SET, choice)]
    if certificate.standing == "revoked" or display.identity is None:
        return _without_issue(certificate, command.named, display, key, rows, asked)
    amendment = Amendment("name_corrected", {"named": command.named}, "own", rows, at_any_rate=not command.named)
    return await amending(office, certificate, amendment, asked)


def _without_issue(
    certificate: Certificate, named: bool, display: Display, key: PersonKey, rows: Sequence[Row], asked: Asked
) -> Change[Certificate]:
    """Nothing is issued in its place: the choice waits for the name, or the papers of a revoked certificate go."""
    participant_id = certificate.participant_id
    if certificate.standing == "revoked" and named:
        raise AlreadyRevoked(participant_id=participant_id)
    changed = list(rows)
    if display.identity is not None:
        changed.append(sealed_row(key, IDENTITY_SET, display.identity.model_copy(update={"named": named})))
        changed.append(Row(SEALED, f"{participant_id}/{PAPERS_SET}", None))
    ref = CERTIFICATE(participant_id)

    def decide(found: Found) -> Decision[Certificate]:
        must_be_the_same(found[ref] or Certificate(participant_id=participant_id), certificate)
        after, events = amend(certificate)
        return Decision([New(ref, after)], events, changed, after)

    return asked.change([ref], decide)


async def _certificate(office: Office, participant_id: str) -> Certificate:
    return await office.store.state(CERTIFICATE(participant_id)) or Certificate(participant_id=participant_id)


async def _display_of(office: Office, certificate: Certificate, asked: Asked) -> Display:
    participant_id = certificate.participant_id
    if certificate.erased:
        raise PersonErased(participant_id)
    await record_reading(office.commits, asked, "own", [CHOICE_SET, IDENTITY_SET, ANSWER_SET], [participant_id])
    open = office.vault.open
    try:
        answered = await open(participant_id, ANSWER_SET, Identity)
        return Display(
            await open(participant_id, CHOICE_SET, Choice),
            await open(participant_id, IDENTITY_SET, Identity),
            in_danger=answered is not None and answered.in_danger,
        )
    except PersonErased:
        return Display(None, None)
