"""Blind reviews: a warning while writing, and what a coordinator strikes out of what reviewers see (rule 2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from relevo_testkit.records import decisions_of, readings_of
from relevo_testkit.stand import known_as

Choosing = Any
FORM = {
    "contact": "ana.ejemplo84@correo.org",
    "name": "Ana Ejemplo",
    "language": "es",
    "country": "PE",
    "organisation": "Red de Agua Limpia",
    "motivation": "Soy Ana Ejemplo, de la Red de Agua Limpia.",
    "experience": "Ocho años.",
    "multiplier_idea": "Un taller.",
}
STRIKE = {
    "passages": [{"field": "motivation", "text": "Ana Ejemplo"}, {"field": "motivation", "text": "Red de Agua Limpia"}]
}


@pytest.fixture
async def there(call_with: Any) -> Any:
    """A blind call with an application whose text tells who wrote it, and two reviewers who read it."""
    async with call_with() as call:
        receipt = await call.post(f"/calls/{call.call_id}/applications", {**FORM, "consent": True}, {"X": "x"})
        call.mine = receipt["application_id"]
        call.receipts[call.mine] = receipt["receipt_code"]
        await call.apply(2)
        await call.review_all(2)
        yield call


async def seen(there: Choosing) -> Any:
    return await there.ask(f"/applications/{there.mine}/for-review", **there.reviewers["rev0"])


async def test_rule_2_whoever_writes_is_warned_and_nothing_is_kept(call_with: Any) -> None:
    async with call_with() as call:
        before = {name: len(rows) for name, rows in call.on.store.collections.items()}
        answer = await call.on.http.post(f"/calls/{call.call_id}/applications/preview", json=FORM)
        preview = answer.json()
        assert (answer.status_code, preview["blind"]) == (200, True)
        assert [(each["field"], each["names"]) for each in preview["warnings"]] == [
            ("motivation", "name"),
            ("motivation", "organisation"),
        ]
        first = preview["warnings"][0]
        assert FORM["motivation"][first["at"] : first["at"] + first["length"]] == "Ana Ejemplo"
        assert {name: len(rows) for name, rows in call.on.store.collections.items()} == before
        assert (await call.on.http.post(f"/calls/{'9' * 32}/applications/preview", json=FORM)).status_code == 404


async def test_rule_2_where_reviews_are_not_blind_nobody_is_warned(call_with: Any) -> None:
    async with call_with(blind=False) as call:
        answer = await call.on.http.post(f"/calls/{call.call_id}/applications/preview", json=FORM)
        assert answer.json() == {"blind": False, "warnings": []}


async def test_rule_2_a_draft_says_what_it_tells_whenever_it_is_saved_or_read(call_with: Any) -> None:
    async with call_with() as call:
        draft = await call.on.post(f"/calls/{call.call_id}/drafts", FORM)
        code = {"Relevo-Receipt": draft.json()["receipt_code"]}
        path = f"/drafts/{draft.json()['draft_id']}"
        assert len((await call.on.http.get(path, headers=code)).json()["warnings"]) == 2
        saved = await call.on.http.put(
            path, headers={**code, "If-Match": draft.headers["etag"]}, json={**FORM, "motivation": "Soy de aquí."}
        )
        assert (saved.status_code, saved.json()["warnings"]) == (200, [])


async def test_rule_2_a_coordinator_finds_texts_that_tell_who_wrote_them(there: Choosing) -> None:
    before = len(readings_of(there.on.store))
    listed = await there.ask(f"/calls/{there.call_id}/telling-texts")
    assert listed["items"] == [
        {"application_id": there.mine, "names": ["name", "organisation"], "redacted": False},
    ]
    assert len(readings_of(there.on.store)) == before + 1
    one = await there.ask(f"/applications/{there.mine}/redaction")
    assert (one["motivation"], one["seen"], len(one["warnings"])) == (FORM["motivation"], None, 2)


async def test_rule_2_reviewers_see_what_is_left_and_the_applicant_what_was_sent_in(there: Choosing) -> None:
    assert "Ana Ejemplo" in (await seen(there))["motivation"]
    done = await there.post(f"/applications/{there.mine}/redaction", STRIKE)
    assert done["redacted_at"] is not None
    read = await seen(there)
    assert read["motivation"] == "Soy ▮▮▮, de la ▮▮▮."
    assert read["experience"] == FORM["experience"]
    own = await there.ask(f"/applications/{there.mine}/submission", **there.receipt(there.mine))
    assert own["statement"]["motivation"] == FORM["motivation"]
    one = await there.ask(f"/applications/{there.mine}/redaction")
    assert (one["motivation"], one["seen"]["motivation"]) == (FORM["motivation"], "Soy ▮▮▮, de la ▮▮▮.")
    assert [each["text"] for each in one["passages"]] == ["Ana Ejemplo", "Red de Agua Limpia"]
    [case] = (await there.ask(f"/calls/{there.call_id}/telling-texts"))["items"]
    assert case["redacted"] is True


async def test_rule_2_a_reviewer_of_redacted_texts_opens_nothing_else(there: Choosing) -> None:
    await there.post(f"/applications/{there.mine}/redaction", STRIKE)
    before = len(readings_of(there.on.store))
    await seen(there)
    new = [row["field_sets"] for row in readings_of(there.on.store)[before:]]
    assert new == [["profile"], ["redaction"]]


async def test_what_is_struck_out_can_be_changed_and_taken_back(there: Choosing) -> None:
    path = f"/applications/{there.mine}/redaction"
    await there.post(path, STRIKE)
    await there.post(path, {"passages": STRIKE["passages"][:1]})
    assert (await seen(there))["motivation"] == "Soy ▮▮▮, de la Red de Agua Limpia."
    assert (await there.post(path, {"passages": []}))["redacted_at"] is None
    assert (await seen(there))["motivation"] == FORM["motivation"]


async def test_rule_22_a_redaction_is_on_record_and_what_was_struck_out_stands_nowhere_in_clear(
    there: Choosing,
) -> None:
    await there.post(f"/applications/{there.mine}/redaction", STRIKE)
    decisions = [(each["by"], each["code"]) for each in decisions_of(there.on.store)]
    assert (known_as("coo"), "texts_redacted") in decisions
    assert "Ana Ejemplo" not in str(dict(there.on.store.collections))
    assert "Ana Ejemplo" not in there.on.logged.getvalue()


@pytest.mark.parametrize(
    "passages",
    [
        [{"field": "motivation", "text": "Eva"}],
        [{"field": "name", "text": "Ana"}],
        [{"field": "motivation", "text": ""}],
    ],
)
async def test_what_cannot_be_struck_out_is_refused_and_changes_nothing(there: Choosing, passages: Any) -> None:
    path = f"/applications/{there.mine}/redaction"
    refused = await there.on.post(path, {"passages": passages}, headers=there.coordinator)
    assert refused.status_code == 422
    assert "Eva" not in json.dumps(refused.json())
    assert (await seen(there))["motivation"] == FORM["motivation"]


async def test_rule_14_an_erasure_takes_what_was_struck_out_with_it(there: Choosing) -> None:
    await there.post(f"/applications/{there.mine}/redaction", STRIKE)
    await there.post(f"/applications/{there.mine}/erase", None, there.receipt(there.mine))
    kept = there.on.store.collections["vault"]
    assert not [key for key in kept if key.endswith("/redaction")]
    gone = await there.on.http.get(f"/applications/{there.mine}/redaction", headers=there.coordinator)
    assert gone.status_code == 410
