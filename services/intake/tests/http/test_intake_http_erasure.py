"""Rule 14: erased at once, everywhere, for good; what was counted stays counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Change, Decision, New
from relevo_chassis.ids import new_id
from relevo_contracts import Requirements
from relevo_intake.domain.participant import Participant, participant_id_of
from relevo_intake.domain.sealed import IDENTITY, STATEMENT
from relevo_intake.domain.seating.state import Offer, Seating
from relevo_intake.store import ERASED
from relevo_intake.store.choosing import PARTICIPANT, SEATING
from relevo_testkit.stand import Stand

Form = Callable[..., dict[str, Any]]
ENROLLED = datetime(2019, 9, 13, 9, tzinfo=UTC)
WEEK = ENROLLED + timedelta(days=60)


async def a_seat(intake: Stand, application_id: str, person_id: str) -> None:
    """The application has an accepted seat; free seats are offered anew until the week begins."""
    seating = Seating(
        call_id="1" * 32,
        edition_id="2" * 32,
        seats=30,
        selection_id="5" * 32,
        refill_until=WEEK,
        offers=(
            Offer(
                offer_id="6" * 32,
                application_id=application_id,
                person_id=person_id,
                state="accepted",
                offered_at=ENROLLED,
                expires_at=WEEK,
                offered_from="selection",
            ),
        ),
    )
    participant = Participant(
        participant_id=participant_id_of(application_id),
        application_id=application_id,
        person_id=person_id,
        call_id="1" * 32,
        edition_id="2" * 32,
        enrolled_at=ENROLLED,
        requirements=Requirements(),
    )
    states = [New(SEATING(seating.call_id), seating), New(PARTICIPANT(participant.participant_id), participant)]
    change = Change([each.ref for each in states], lambda _: Decision(states), ENROLLED, new_id())
    await intake.shell.committer.commit(change)


def the_only_person(intake: Stand) -> str:
    [person_id] = {id.partition("/")[0] for id in intake.store.collections["vault_keys"]}
    return person_id


def events_by_type(intake: Stand) -> dict[str, dict[str, Any]]:
    rows = intake.store.collections["outbox"].values()
    return {row["headers"]["ce-type"].split(".")[2]: json.loads(row["body"]) for row in rows}


@pytest.mark.parametrize(("days_later", "freed"), [(1, True), (61, False)])
async def test_rule_14_a_participants_seat_comes_free_before_the_week_and_stays_counted_after_it(
    intake: Stand, call_id: str, application_form: Form, days_later: int, freed: bool
) -> None:
    receipt = (await intake.post(f"/calls/{call_id}/applications", application_form())).json()
    person_id = the_only_person(intake)
    await a_seat(intake, receipt["application_id"], person_id)
    intake.clock.at += timedelta(days=days_later)
    headers = {"Relevo-Receipt": receipt["receipt_code"]}
    answer = await intake.post(f"/applications/{receipt['application_id']}/erase", headers=headers)
    assert answer.status_code == 200, answer.text
    events = events_by_type(intake)
    assert events["PersonErased"]["participant_ids"] == [participant_id_of(receipt["application_id"])]
    assert events["PersonErased"]["application_ids"] == [receipt["application_id"]]
    assert ("SeatDeclined" in events, "ParticipantWithdrawn" in events) == (freed, freed)
    seating = await intake.shell.store.state(SEATING(call_id))
    assert seating is not None
    assert len(seating.held) == (0 if freed else 1)


async def test_rule_14_a_restored_backup_brings_nobody_back(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    receipt = (await intake.post(f"/calls/{call_id}/applications", application_form())).json()
    await intake.post(f"/calls/{call_id}/applications", application_form(contact="eva@correo.org"))
    kept = {name: dict(intake.store.collections[name]) for name in ("vault", "vault_keys", "letters")}
    headers = {"Relevo-Receipt": receipt["receipt_code"]}
    erased = await intake.post(f"/applications/{receipt['application_id']}/erase", headers=headers)
    person_id = erased.json()["person_id"]
    for name, rows in kept.items():
        intake.store.collections[name].update(rows)
    assert person_id in str(intake.store.collections["vault_keys"])
    assert await ERASED.destroy_again(intake.shell.store) == 1
    assert person_id not in str({name: intake.store.collections[name] for name in kept})
    assert len(intake.store.collections["vault_keys"]) == len((IDENTITY, STATEMENT)), "the other person is still there"
