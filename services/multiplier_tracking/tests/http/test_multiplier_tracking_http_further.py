"""What a participant asks further about an answer stays in one thread, with the expert who gave it."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_chassis.people.vault import SEALED
from relevo_contracts.intake import ParticipantWithdrawn, PersonErased
from relevo_multiplier_tracking.domain.support import MOST_FURTHER

CANARY = "canario-zafiro"
QUESTION = {"topic": "method", "language": "es", "question": "¿Cómo empiezo?"}
FURTHER = {"question": CANARY}


async def asked(house: Any) -> str:
    """The path of a question that an expert has."""
    made = await house.post("/me/support-requests", house.ana, QUESTION, 201)
    path = f"/support-requests/{made['support_request_id']}"
    await house.post(f"{path}/take", house.expert)
    return path


async def answered(house: Any) -> str:
    path = await asked(house)
    await house.post(f"{path}/answer", house.expert, {"answer": "Por lo que ya saben."})
    return path


async def own(house: Any) -> Any:
    return (await house.get("/me/support-requests", house.ana))["items"][0]


async def test_a_further_question_goes_to_the_expert_who_answered_and_its_answer_comes_back(house: Any) -> None:
    path = await answered(house)
    after = await house.post(f"/me{path}/ask-further", house.ana, FURTHER)
    assert (after["state"], len(after["further"])) == ("assigned", 1)
    assert CANARY not in repr(after)
    await house.post(f"{path}/take", house.other_expert, status=404)
    await house.get(path, house.expert)
    read = await house.get(path, house.expert)
    assert [each["question"]["text"] for each in read["further"]] == [CANARY]
    assert read["further"][0]["answer"] is None
    await house.post(f"{path}/answer", house.expert, {"answer": f"Re: {CANARY}"})
    thread = await own(house)
    assert (thread["state"], thread["answer"]["text"]) == ("answered", "Por lo que ya saben.")
    [turn] = thread["further"]
    assert (turn["question"]["text"], turn["answer"]["text"]) == (CANARY, f"Re: {CANARY}")
    assert turn["answered_at"] is not None


async def test_every_answer_is_an_event_of_its_own_without_a_text(house: Any) -> None:
    path = await answered(house)
    await house.post(f"/me{path}/ask-further", house.ana, FURTHER)
    await house.post(f"{path}/answer", house.expert, {"answer": CANARY})
    assert house.events()[-3:] == ["SupportRequested", "SupportAnswered", "SupportAnswered"]
    assert CANARY not in repr(house.stand.store.collections) + house.stand.logged.getvalue()


async def test_further_is_asked_after_an_answer_alone_and_not_of_a_closed_question(house: Any) -> None:
    path = await asked(house)
    await house.post(f"/me{path}/ask-further", house.ana, FURTHER, 409)
    await house.post(f"{path}/answer", house.expert, {"answer": "Sí."})
    await house.post(f"/me{path}/ask-further", house.ana, FURTHER)
    await house.post(f"/me{path}/ask-further", house.ana, FURTHER, 409)
    await house.post(f"/me{path}/close", house.ana)
    await house.post(f"/me{path}/ask-further", house.ana, FURTHER, 409)
    assert len((await own(house))["further"]) == 1


async def test_a_thread_has_an_end(house: Any) -> None:
    path = await answered(house)
    for _ in range(MOST_FURTHER):
        await house.post(f"/me{path}/ask-further", house.ana, FURTHER)
        await house.post(f"{path}/answer", house.expert, {"answer": "Sí."})
    await house.post(f"/me{path}/ask-further", house.ana, FURTHER, 409)


async def test_nobody_asks_further_in_a_thread_of_somebody_else(house: Any) -> None:
    path = await answered(house)
    await house.post(f"/me{path}/ask-further", house.bea, FURTHER, 404)
    await house.post(f"/me{path}/ask-further", house.expert, FURTHER, 403)
    assert (await own(house))["further"] == []


@pytest.mark.parametrize(
    "body", [{}, {"question": ""}, {"question": "x" * 4_001}, {"question": "?", "topic": "method"}]
)
async def test_a_further_question_is_checked_like_the_first(house: Any, body: dict[str, str]) -> None:
    path = await answered(house)
    await house.post(f"/me{path}/ask-further", house.ana, body, 422)


async def test_rule_14_an_erasure_removes_what_was_asked_further(house: Any) -> None:
    path = await answered(house)
    await house.post(f"/me{path}/ask-further", house.ana, FURTHER)
    now = house.stand.clock.now()
    await house.receive(
        PersonErased(person_id="f" * 32, application_ids=(), participant_ids=("a" * 32,), erased_at=now)
    )
    assert not [id for id in house.stand.store.collections[SEALED] if "further/" in id]
    assert not [id for id in house.stand.store.collections[SEALED] if "reply/" in id]


async def test_whoever_left_asks_nothing_further(house: Any) -> None:
    path = await answered(house)
    left = {"participant_id": "a" * 32, "edition_id": "e" * 32, "application_id": "1" * 32, "call_id": "c" * 32}
    await house.receive(ParticipantWithdrawn(**left, withdrawn_at=house.stand.clock.now()), 2)
    await house.post(f"/me{path}/ask-further", house.ana, FURTHER, 409)
