"""Two tiny services, run as processes by their test: intake tells of participants, scheduling counts what it hears.

Each has the rights of its namesake in MongoDB, and keeps what it counts in a collection of that one's. A file
``poison`` beside the service's settings names participants whose events scheduling cannot take.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Depends, Request, Response

from relevo_chassis.delivery.change import Asked, Change, Kind
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.rebuild import ReadModel
from relevo_chassis.given.settings import ServiceSettings, read_settings
from relevo_chassis.given.shell import Shell, shell_of
from relevo_chassis.http.once import answer_json, answered, once_of
from relevo_chassis.http.routes import Routes
from relevo_chassis.ids import new_id
from relevo_chassis.people.readings import Readings
from relevo_chassis.service.assembly import application
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.server import run
from relevo_contracts import Envelope, Unreadable
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.movers import Moved, Movers, counted, id_of

MOVERS = Movers(ParticipantEnrolled)

HEARD = Kind("attendance", Moved)
READINGS = Readings[Literal["own"]]()
POISON = Path(os.environ["RELEVO_CLOCK_FILE"]).with_name("poison")
router = Routes()


@router.post("/participants/{number}")
async def publish(number: int, request: Request, shell: Annotated[Shell, Depends(shell_of)]) -> Response:
    once = await once_of(request, "anybody", shell.vault.service_key, shell.vault, lambda a: answer_json(a, 201))
    return await answered(shell.vault, once, await shell.committer.commit(MOVERS.move(number, new_id(), once=once)))


@router.get("/participants/{number}")
async def heard(number: int, shell: Annotated[Shell, Depends(shell_of)]) -> int:
    state = await shell.store.state(HEARD(id_of(number)))
    return state.moves if state else 0


@router.get("/readings/{reader}")
async def read(reader: str, shell: Annotated[Shell, Depends(shell_of)]) -> None:
    await READINGS.record(shell.committer, Asked(reader, shell.clock.now(), new_id()), "own", ["profile"], [id_of(1)])


def on_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    if POISON.exists() and event.participant_id in POISON.read_text():
        raise Unreadable("poisoned", "it is")
    return counted(HEARD, event, envelope)


INTAKE = Service(title="Tells", version="1", routers=[router], kinds=[MOVERS.kind])
SCHEDULING = Service(
    title="Hears",
    version="1",
    routers=[router],
    kinds=[HEARD],
    subscriptions=[Subscription("scheduling_intake", "EVENTS_INTAKE", {ParticipantEnrolled: on_enrolled})],
    read_models=[ReadModel("heard", ("scheduling_intake",), (HEARD.name,))],
)

if __name__ == "__main__":
    settings = read_settings(ServiceSettings)
    run(application(settings, {"intake": INTAKE, "scheduling": SCHEDULING}[sys.argv[1]]), settings)
