"""Addresses over HTTP: linked in all their spellings, kept as they are written to, refused in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from relevo_testkit.stand import Stand

Form = Callable[..., dict[str, Any]]
LABEL = "b" * 63


async def applied(intake: Stand, call_id: str, form: dict[str, Any]) -> str:
    answer = await intake.post(f"/calls/{call_id}/applications", form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["application_id"])


async def test_rule_1_spellings_of_one_address_are_linked_and_different_addresses_are_not(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    one = ("ana@straße.example", "ANA@STRAẞE.example", "ana@xn--strae-oqa.example", " ana@straße.example ")
    other = ("ana@strasse.example", "ana@xn--mxa8ab.example", "ana@xn--mxa9ab.example")
    ids = [await applied(intake, call_id, application_form(contact=each)) for each in (*one, *other)]
    linked = [intake.store.collections["application"][each]["state"]["contact_id"] for each in ids]
    assert len(set(linked[: len(one)])) == 1
    assert len(set(linked)) == 1 + len(other)


async def test_what_is_kept_of_an_address_is_what_letters_go_to(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    answer = await intake.post(f"/calls/{call_id}/applications", application_form(contact="Ana@STRAẞE.example"))
    receipt = answer.json()
    own = await intake.http.get(
        f"/applications/{receipt['application_id']}/submission", headers={"Relevo-Receipt": receipt["receipt_code"]}
    )
    assert own.json()["identity"]["contact"] == "Ana@xn--strae-oqa.example"


@pytest.mark.parametrize("written", ["ana@hotmail.com,mx", "beto@yahoo,com.mx", '"a b"@correo.org', "ñ@correo.org"])
async def test_an_address_that_is_none_is_refused_in_words_and_a_draft_keeps_it(
    intake: Stand, call_id: str, application_form: Form, written: str
) -> None:
    refused = await intake.post(f"/calls/{call_id}/applications", application_form(contact=written))
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["where"]) == (422, "body.contact")
    assert "the @" in error["reason"]
    assert written not in refused.text
    draft = await intake.post(f"/calls/{call_id}/drafts", {"contact": written})
    assert draft.status_code == 201


@pytest.mark.parametrize("length", [200, 201, 254])
async def test_an_address_may_be_as_long_as_its_description_says(
    intake: Stand, call_id: str, application_form: Form, length: int
) -> None:
    domain = f"{LABEL}.{LABEL}.{'c' * (length - 192)}.org"
    await applied(intake, call_id, application_form(contact=f"{'a' * 59}@{domain}"))
