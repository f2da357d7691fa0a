"""Nobody needs an e-mail address: who gives none keeps the code and stands like any single application (rule 24)."""

from __future__ import annotations

from typing import Any

import pytest

Choosing = Any


def form(**contact: Any) -> dict[str, Any]:
    fields = {"name": "Ana Ejemplo", "language": "es", "country": "HN", "motivation": "El río.", "consent": True}
    return {**fields, **contact}


async def applied(choosing: Choosing, **contact: Any) -> str:
    receipt = await choosing.post(f"/calls/{choosing.call_id}/applications", form(**contact), {"X": "x"})
    choosing.receipts[receipt["application_id"]] = receipt["receipt_code"]
    return str(receipt["application_id"])


async def cases(choosing: Choosing) -> dict[str, Any]:
    listed = await choosing.ask(f"/calls/{choosing.call_id}/applications?limit=200")
    return {each["application_id"]: each for each in listed["items"]}


@pytest.mark.parametrize("contact", [{}, {"contact": None}])
async def test_rule_24_an_application_needs_no_contact_and_is_opened_by_its_code(
    call_with: Any, contact: dict[str, Any]
) -> None:
    async with call_with() as there:
        mine = await applied(there, **contact)
        own = await there.ask(f"/applications/{mine}", **there.receipt(mine))
        assert (own["state"], own["letters"]) == ("submitted", "none")
        sent_in = await there.ask(f"/applications/{mine}/submission", **there.receipt(mine))
        assert sent_in["identity"]["contact"] is None
        assert (await cases(there))[mine]["letters"] == "none"
        assert "letters" not in there.on.store.collections or not there.on.store.collections["letters"]


@pytest.mark.parametrize("contact", [{}, {"contact": None}, {"contact": ""}])
async def test_rule_24_a_draft_without_a_contact_can_be_submitted(call_with: Any, contact: dict[str, Any]) -> None:
    async with call_with() as there:
        content = {name: value for name, value in form(**contact).items() if name != "consent"}
        draft = await there.post(f"/calls/{there.call_id}/drafts", content, {"X": "x"})
        code = {"Relevo-Receipt": draft["receipt_code"]}
        await there.post(f"/drafts/{draft['draft_id']}/submit", {"consent": True}, code)
        own = await there.ask(f"/applications/{draft['draft_id']}", **code)
        assert own["letters"] == "none"


async def test_rule_24_those_without_a_contact_are_linked_to_nobody_and_stand_each_for_itself(call_with: Any) -> None:
    async with call_with() as there:
        lone = [await applied(there) for _ in range(3)]
        other = await there.apply(1)
        await there.close()
        undecided = await there.ask(f"/calls/{there.call_id}/undecided-contacts")
        assert undecided["items"] == []
        assert len({there.contact_of(each) for each in (*lone, other)}) == 4
        await there.review_all()
        selected = await there.selected(seats=4, waitlist=0)
        assert {each["application_id"] for each in await there.outcomes(selected)} == {*lone, other}


async def test_rule_24_a_seat_is_offered_and_taken_without_a_letter(call_with: Any) -> None:
    async with call_with() as there:
        mine = await applied(there)
        await there.close()
        await there.review_all()
        await there.selected(seats=1)
        answer = await there.ask(f"/applications/{mine}/offer", **there.receipt(mine))
        await there.post(f"/offers/{answer['offer']['offer_id']}/accept", None, there.receipt(mine))
        answer = await there.ask(f"/applications/{mine}/offer", **there.receipt(mine))
        assert answer["standing"] == "accepted"


async def test_rule_1_the_answer_without_a_contact_is_like_any_other(call_with: Any) -> None:
    async with call_with() as there:
        await there.on.post(f"/calls/{there.call_id}/applications", form())  # a process reads its questions once
        answers, reads = [], []
        for contact in ({}, {"contact": "ana@correo.org"}):
            before = (there.on.store.reads, there.on.store.transactions)
            answers.append(await there.on.post(f"/calls/{there.call_id}/applications", form(**contact)))
            reads.append((there.on.store.reads - before[0], there.on.store.transactions - before[1]))
        assert len({tuple(sorted(each.json())) for each in answers}) == 1
        assert len(set(reads)) == 1
