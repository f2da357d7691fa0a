"""A tiny service, run as a process by its test: a POST moves a seat, which it hears of again through the bus."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Decision, Found, Kind, New
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import answer_json, answered, once_of
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.server import run
from relevo_chassis.edge.settings import ServiceSettings, read_settings
from relevo_chassis.edge.shell import Service, Shell, application, shell_of
from relevo_chassis.testing.behaviour import PARTICIPANT, Seat, enrolled
from relevo_contracts import Envelope
from relevo_contracts.intake import ParticipantEnrolled

HEARD = Kind("heard", Seat)
DUE = Kind("due", Seat)
router = Routes()


class Settings(ServiceSettings):
    service: str = "intake"


@router.post("/seats/{number}")
async def move(number: int, request: Request, shell: Annotated[Shell, Depends(shell_of)]) -> Response:
    event, now = enrolled(number), shell.clock.now()
    ref = PARTICIPANT(event.participant_id)
    once = await once_of(request, "anonymous", shell.vault.service_key, shell.vault, lambda a: answer_json(a, 201))

    def decide(found: Found) -> Decision:
        seat = Seat(moves=(found[ref] or Seat()).moves + 1)
        row = deadlines.put(Deadline(f"due|{ref.id}", "due", ref.id, now))
        return Decision([New(ref, seat)], [event], [row], {"moves": seat.moves})

    return await answered(
        shell.vault, once, await shell.committer.commit(Change([ref], decide, now, new_id(), once=once))
    )


@router.get("/seats/{number}")
async def seen(number: int, shell: Annotated[Shell, Depends(shell_of)]) -> dict[str, int]:
    id = enrolled(number).participant_id
    kinds = {"moves": PARTICIPANT, "heard": HEARD, "due": DUE}
    states = {name: await shell.store.state(kind(id)) for name, kind in kinds.items()}
    return {name: state.moves if state else 0 for name, state in states.items()}


def on_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    ref = HEARD(event.participant_id)

    def decide(found: Found) -> Decision:
        return Decision([New(ref, Seat(moves=(found[ref] or Seat()).moves + 1))])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


def on_due(deadline: Deadline, now: object) -> Change:
    ref = DUE(deadline.aggregate_id)
    return Change([ref], lambda _: Decision([New(ref, Seat(moves=1))]), deadline.due_at, deadline.cause_id)


SERVICE = Service(
    title="A tiny service",
    version="1",
    routers=[router],
    kinds=[PARTICIPANT, HEARD, DUE],
    subscriptions=[Subscription("intake_intake", "EVENTS_INTAKE", {ParticipantEnrolled: on_enrolled})],
    on_due={"due": on_due},
)


def main() -> None:
    settings = read_settings(Settings)
    run(application(settings, SERVICE), settings)


if __name__ == "__main__":
    main()
