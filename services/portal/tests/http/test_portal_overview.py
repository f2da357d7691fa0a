"""The overview of an edition, for staff and for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from relevo_chassis.delivery.consume import Consumer
from relevo_chassis.delivery.parked import Message
from relevo_contracts import encode
from relevo_contracts.intake import ApplicationSubmitted, ApplicationWithdrawn
from relevo_portal.consumers import SUBSCRIPTIONS
from relevo_testkit.fakes import FakeDelivery

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.counting import EDITION, Publishing, id_of
else:
    from services.portal.tests.counting import EDITION, Publishing, id_of

PATH = f"/editions/{EDITION}/overview"


async def delivered(house: Any, publish: Publishing) -> None:
    """Everything that was published comes, in the order in which it was."""
    consumers = {each.stream: Consumer(each, house.stand.shell.committer) for each in SUBSCRIPTIONS}
    for place, each in enumerate(publish.events, 1):
        consumer = consumers[f"EVENTS_{each.event.service.upper()}"]
        wire = encode(each)
        durable = consumer.subscription.durable
        await consumer.receive(Message(durable, wire.subject, wire.headers, wire.body, place, 1), FakeDelivery())


@pytest.mark.parametrize("role", ["coordinator", "auditor"])
async def test_staff_see_how_an_edition_goes_in_all_and_by_day(house: Any, role: str) -> None:
    publish = Publishing()
    for number in (1, 2, 3):
        publish(ApplicationSubmitted, application_id=id_of("application", number), later=number % 2)
    publish(ApplicationWithdrawn, application_id=id_of("application", 3), later=2)
    await delivered(house, publish)
    answer = await house.http.get(PATH, headers=house.stand.tokens.bearer("carla", role))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    found = answer.json()
    assert (found["total"]["applied"], found["total"]["withdrawn"], found["total"]["people_reached"]) == (3, 1, None)
    days = [(each["on"], each["applied"], each["withdrawn"]) for each in found["days"]]
    assert days == [("2019-10-25", 1, 0), ("2019-10-26", 2, 0), ("2019-10-27", 0, 1)]


async def test_of_an_edition_that_is_not_known_nothing_was_counted(house: Any) -> None:
    answer = await house.http.get(PATH, headers=house.stand.tokens.bearer("carla", "coordinator"))
    assert (answer.status_code, answer.json()["days"]) == (200, [])
    assert set(answer.json()["total"].values()) == {0, None}


@pytest.mark.parametrize("role", ["reviewer", "faculty", "expert", "travel", "operator", "applicant", "participant"])
async def test_nobody_else_does(house: Any, role: str) -> None:
    answer = await house.http.get(PATH, headers=house.stand.tokens.bearer("somebody", role))
    assert answer.status_code == 403


async def test_whoever_is_in_by_a_code_does_not_either(house: Any) -> None:
    house.intake.applied()
    await house.enter()
    answer = await house.http.get(PATH)
    assert answer.status_code == 401
    assert (await house.get(PATH)).headers["location"] == "/left"


@pytest.mark.parametrize("edition", ["x", "0" * 31, "0" * 33, EDITION.upper()])
async def test_what_is_no_id_is_refused(house: Any, edition: str) -> None:
    bearer = house.stand.tokens.bearer("carla", "coordinator")
    assert (await house.http.get(f"/editions/{edition}/overview", headers=bearer)).status_code in (404, 422)
