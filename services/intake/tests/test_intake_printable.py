"""A name that no certificate can print is refused where it is given, with the character named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from relevo_testkit.stand import Stand

Form = Callable[..., dict[str, Any]]
SEEDLING = "Ana \U0001f331 Ejemplo"


async def test_an_application_with_a_name_that_does_not_print_is_told_the_character(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    answer = await intake.post(f"/calls/{call_id}/applications", application_form(name=SEEDLING))
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["where"] == "body.name"
    assert "U+1F331 (SEEDLING)" in error["reason"]
    assert "Ejemplo" not in answer.text


@pytest.mark.parametrize(
    "name", ["김예시", "Ana Ỹvoty G̃", "กุลธิดา", "ქეთევან", "አበበ", "ᏣᎳᎩ", "محمد الأمين", "ශ්‍රී", "প্রিয়াঙ্কা"]
)
async def test_names_in_every_script_that_prints_are_taken(
    intake: Stand, call_id: str, application_form: Form, name: str
) -> None:
    answer = await intake.post(f"/calls/{call_id}/applications", application_form(name=name))
    assert answer.status_code == 201


async def test_a_draft_keeps_any_name_and_is_told_the_character_when_it_is_submitted(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    form = application_form(name=SEEDLING)
    kept = await intake.post(f"/calls/{call_id}/drafts", {each: form[each] for each in form if each != "consent"})
    assert kept.status_code == 201
    draft, headers = kept.json(), {"Relevo-Receipt": kept.json()["receipt_code"]}
    answer = await intake.post(f"/drafts/{draft['draft_id']}/submit", {"consent": True}, headers=headers)
    assert answer.status_code == 422
    [wrong] = answer.json()["errors"]
    assert wrong["where"] == "draft.name"
    assert "U+1F331 (SEEDLING)" in wrong["reason"]
