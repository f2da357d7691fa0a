"""Enrolments by HTTP, told on intake's stream; and one consumer for each stream that follows whole aggregates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from relevo_chassis.delivery.change import Change, Decision, Found, Kind, New, Refusal
from relevo_chassis.delivery.consume import Handler, Subscription
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.given.shell import Shell, shell_of
from relevo_chassis.http.once import answer_json, answered, once_of
from relevo_chassis.http.routes import Routes
from relevo_chassis.ids import new_id
from relevo_chassis.service.made_of import Service
from relevo_contracts import CONTRACTS, Envelope, Event, Requirements, derived_id, stream_of
from relevo_contracts.intake import ParticipantEnrolled, ParticipantWithdrawn
from relevo_contracts.model import Id
from relevo_intake.issuing import TokenIssuer

FOLLOWED_AGGREGATES = {
    "intake": ("participant", "application"),
    "scheduling": ("attendance",),
    "multiplier_tracking": ("commitment",),
    "certification": ("certificate",),
}
POISONED_EDITION = "0" * 31 + "1"
"""The handlers fail on whatever is of this edition, every time."""


class Settings(ServiceSettings):
    service: str = "witness"
    token_keys: Path


class _State(BaseModel):
    model_config = ConfigDict(frozen=True)


class Participant(_State):
    """Somebody who was enrolled here."""

    edition_id: str
    withdrawn: bool = False


class Followed(_State):
    """The sequences of one aggregate, in the order in which its events took effect here."""

    sequences: tuple[int, ...] = ()


class EnrolForm(BaseModel):
    participant_id: Id
    edition_id: Id


class NotEnrolled(Refusal):
    """There is no such participant, or they have left."""


class EnrolledAlready(Refusal):
    """There is such a participant already."""


PARTICIPANT = Kind("participant", Participant)
ENROLLED_AT = datetime(2019, 11, 20, tzinfo=UTC)
FOLLOWED = Kind("followed", Followed)
InShell = Annotated[Shell, Depends(shell_of)]
router = Routes()


@router.post("/participants", status_code=201)
async def enrol(request: Request, form: EnrolForm, shell: InShell) -> Response:
    """Enrol somebody under the requirements of 2019, before the week: it is told late."""
    ref, now = PARTICIPANT(form.participant_id), shell.clock.now()

    def decide(found: Found) -> Decision[dict[str, Any]]:
        if found[ref] is not None:
            raise EnrolledAlready()
        event = ParticipantEnrolled(
            participant_id=form.participant_id,
            application_id=derived_id("application", form.participant_id),
            call_id=derived_id("call", form.edition_id),
            edition_id=form.edition_id,
            enrolled_at=ENROLLED_AT,
            requirements=Requirements(),
        )
        return Decision([New(ref, Participant(edition_id=form.edition_id))], [event], answer={"enrolled": ref.id})

    return await _committed(request, shell, Change([ref], decide, now, new_id()), 201)


@router.post("/participants/{participant_id}/withdraw")
async def withdraw(request: Request, participant_id: Id, shell: InShell) -> Response:
    """Let somebody leave."""
    ref, now = PARTICIPANT(participant_id), shell.clock.now()

    def decide(found: Found) -> Decision[dict[str, Any]]:
        participant = found[ref]
        if participant is None or participant.withdrawn:
            raise NotEnrolled()
        event = ParticipantWithdrawn(
            participant_id=participant_id,
            application_id=derived_id("application", participant_id),
            call_id=derived_id("call", participant.edition_id),
            edition_id=participant.edition_id,
            withdrawn_at=now,
        )
        left = participant.model_copy(update={"withdrawn": True})
        return Decision([New(ref, left)], [event], answer={"withdrawn": participant_id})

    return await _committed(request, shell, Change([ref], decide, now, new_id()), 200)


async def _committed(request: Request, shell: Shell, change: Change[Any], status: int) -> Response:
    def respond(answer: Any) -> Any:
        return answer_json(answer, status)

    once = await once_of(request, "client", shell.vault.service_key, shell.vault, respond)
    outcome = await shell.committer.commit(Change(change.refs, change.decide, change.now, change.cause_id, once=once))
    return await answered(shell.vault, once, outcome)


def on_event(event: Event, envelope: Envelope) -> Change:
    """Write its sequence down behind those that took effect before."""
    if getattr(event, "edition_id", None) == POISONED_EDITION:
        raise ValueError("this was planted to fail")
    ref = FOLLOWED(f"{event.aggregate}/{event.aggregate_id}")

    def decide(found: Found) -> Decision:
        before = found[ref] or Followed()
        return Decision([New(ref, Followed(sequences=(*before.sequences, envelope.sequence)))])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


def subscription(source: str) -> Subscription:
    """Follows whole aggregates of a service."""
    aggregates = FOLLOWED_AGGREGATES[source]
    handlers: dict[type[Event], Handler] = {
        each.model: on_event
        for each in CONTRACTS
        if each.model.service == source and each.model.aggregate in aggregates
    }
    return Subscription(f"witness_{source}", stream_of(source), handlers)


def equip(shell: Shell) -> TokenIssuer:
    settings = shell.settings
    assert isinstance(settings, Settings)
    return TokenIssuer(settings.people_issuer, settings.token_keys)


@router.get("/.well-known/openid-configuration")
async def read_discovery(shell: InShell) -> Any:
    """The witness tells of the people, and so it gives them their tokens."""
    return cast(TokenIssuer, shell.equipment).discovery()


@router.get("/.well-known/jwks.json")
async def read_key_set(shell: InShell) -> Any:
    return cast(TokenIssuer, shell.equipment).key_set()


SERVICE = Service(
    title="The witness of a storm",
    version="1",
    routers=[router],
    kinds=[PARTICIPANT, FOLLOWED],
    equip=equip,
    subscriptions=[subscription(source) for source in FOLLOWED_AGGREGATES],
)
