"""A tiny service, run as a process by its test: a POST moves a seat, which it hears of again through the bus."""

from __future__ import annotations

import functools

from fastapi import Response

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Asked, Change, Commits, Decision, Found, Kind, New, Repeat
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.given.settings import ServiceSettings, read_settings
from relevo_chassis.http.once import answer_json
from relevo_chassis.http.routes import Routes
from relevo_chassis.service.assembly import application
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.server import run
from relevo_contracts import Envelope
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.movers import Moved, Movers, counted, once_more

MOVERS = Movers(ParticipantEnrolled)

HEARD = Kind("heard", Moved)
DUE = Kind("due", Moved)
router = Routes()


class Settings(ServiceSettings):
    service: str = "intake"


@router.post("/seats/{number}")
async def move(number: int, asking: InAsking) -> Response:
    respond = functools.partial(answer_json, status=201)
    return await asking.answer(move_seat, asking.shell.committer, number, by="anonymous", respond=respond)


async def move_seat(commits: Commits, number: int, asked: Asked) -> dict[str, int] | Repeat:
    event = MOVERS.event_of(number)
    ref = MOVERS.kind(event.participant_id)

    def decide(found: Found) -> Decision[dict[str, int]]:
        seat = once_more(found[ref])
        row = deadlines.put(Deadline(f"due|{ref.id}", "due", ref.id, asked.now))
        return Decision([New(ref, seat)], [event], [row], {"moves": seat.moves})

    return await commits.commit(asked.change([ref], decide))


@router.get("/seats/{number}")
async def seen(number: int, shell: InShell) -> dict[str, int]:
    id = MOVERS.event_of(number).participant_id
    kinds = {"moves": MOVERS.kind, "heard": HEARD, "due": DUE}
    states = {name: await shell.store.state(kind(id)) for name, kind in kinds.items()}
    return {name: state.moves if state else 0 for name, state in states.items()}


def on_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    return counted(HEARD, event, envelope)


def on_due(deadline: Deadline, now: object) -> Change:
    ref = DUE(deadline.aggregate_id)
    return Change([ref], lambda _: Decision([New(ref, Moved(moves=1))]), deadline.due_at, deadline.cause_id)


SERVICE = Service(
    title="A tiny service",
    version="1",
    routers=[router],
    kinds=[MOVERS.kind, HEARD, DUE],
    subscriptions=[Subscription("intake_intake", "EVENTS_INTAKE", {ParticipantEnrolled: on_enrolled})],
    on_due={"due": on_due},
)


def main() -> None:
    settings = read_settings(Settings)
    run(application(settings, SERVICE), settings)


if __name__ == "__main__":
    main()
