"""Applications over HTTP: submitted, linked, confirmed, withdrawn, erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.ids import new_id
from relevo_intake.codes import confirmation_code
from relevo_intake.deadlines import CALL_CLOSES, on_call_close_due
from relevo_testkit.stand import Stand

Form = Callable[..., dict[str, Any]]
CLOSES = datetime(2019, 9, 27, 4, 59, tzinfo=UTC)
RECEIPT_HEADER = "Relevo-Receipt"


def coordinator(intake: Stand) -> dict[str, str]:
    return intake.tokens.bearer("coordinator-1", "coordinator")


async def submitted(intake: Stand, call_id: str, form: dict[str, Any]) -> dict[str, Any]:
    answer = await intake.post(f"/calls/{call_id}/applications", form)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def with_receipt(receipt: dict[str, Any]) -> dict[str, str]:
    return {RECEIPT_HEADER: receipt["receipt_code"]}


async def close(intake: Stand, call_id: str) -> None:
    intake.clock.at = CLOSES
    due = Deadline(f"{CALL_CLOSES}/{call_id}", CALL_CLOSES, call_id, CLOSES)
    await intake.shell.committer.commit(on_call_close_due(due, CLOSES))


def event_types(intake: Stand) -> list[str]:
    return [row["headers"]["ce-type"].split(".")[2] for row in intake.store.collections["outbox"].values()]


async def test_an_application_is_answered_with_a_receipt_that_opens_it(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    receipt = await submitted(intake, call_id, application_form())
    path = f"/applications/{receipt['application_id']}"
    application = (await intake.http.get(path, headers=with_receipt(receipt))).json()
    assert (application["state"], application["call_id"]) == ("submitted", call_id)
    own = (await intake.http.get(f"{path}/submission", headers=with_receipt(receipt))).json()
    assert own["identity"]["contact"] == "ana@correo.org"
    found = (await intake.http.get("/receipt", headers=with_receipt(receipt))).json()
    assert found == {"kind": "application", "id": receipt["application_id"], "call_id": call_id}


async def test_a_receipt_code_is_forgiven_its_spelling(intake: Stand, call_id: str, application_form: Form) -> None:
    receipt = await submitted(intake, call_id, application_form())
    typed = receipt["receipt_code"].lower().replace("-", " ")
    answer = await intake.http.get(f"/applications/{receipt['application_id']}", headers={RECEIPT_HEADER: typed})
    assert answer.status_code == 200


async def test_a_repeat_gets_the_first_answer_byte_for_byte_and_another_body_is_refused(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    key, path = new_id(), f"/calls/{call_id}/applications"
    first = await intake.post(path, application_form(), key=key)
    again = await intake.post(path, application_form(), key=key)
    assert (again.content, again.headers["location"]) == (first.content, first.headers["location"])
    assert event_types(intake).count("ApplicationSubmitted") == 1
    other = await intake.post(path, application_form(name="Otra"), key=key)
    assert other.status_code == 422


async def test_rule_1_a_linked_application_is_answered_and_told_like_a_first_one(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    reads = []
    answers = []
    before_all = await intake.post(f"/calls/{call_id}/applications", application_form(contact="bea@correo.org"))
    assert before_all.status_code == 201, "a process reads once what the call asks"
    for address in ("ana@correo.org", "ANA@correo.org", "eva@correo.org"):
        before = (intake.store.reads, intake.store.transactions)
        answer = await intake.post(f"/calls/{call_id}/applications", application_form(contact=address))
        answers.append(answer)
        reads.append((intake.store.reads - before[0], intake.store.transactions - before[1]))
    assert {each.status_code for each in answers} == {201}
    assert len({tuple(sorted(each.json())) for each in answers}) == 1
    assert len({len(each.content) for each in answers}) == 1
    assert len(set(reads)) == 1, "the same work for a first and for a linked one"


async def test_rule_1_unknown_foreign_and_known_applications_cannot_be_told_apart_without_their_receipt(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    mine = await submitted(intake, call_id, application_form())
    theirs = await submitted(intake, call_id, application_form(contact="eva@correo.org"))
    seen = []
    for application_id, code in (
        (theirs["application_id"], mine["receipt_code"]),
        ("f" * 32, mine["receipt_code"]),
        (theirs["application_id"], "0000-0000-0000-0000-0000-0000-00"),
    ):
        before = intake.store.reads
        answer = await intake.http.get(f"/applications/{application_id}", headers={RECEIPT_HEADER: code})
        seen.append((answer.status_code, answer.content, intake.store.reads - before))
    assert len(set(seen)) == 1
    assert seen[0][0] == 404


async def test_without_a_receipt_nothing_is_shown(intake: Stand, call_id: str, application_form: Form) -> None:
    receipt = await submitted(intake, call_id, application_form())
    assert (await intake.http.get(f"/applications/{receipt['application_id']}")).status_code == 401


async def test_rule_1_after_the_close_only_a_late_access_code_lets_one_in(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    await close(intake, call_id)
    refused = await intake.post(f"/calls/{call_id}/applications", application_form())
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:call-is-closed")
    expires_at = (CLOSES + timedelta(days=2)).isoformat()
    made = await intake.post(f"/calls/{call_id}/late-codes", {"expires_at": expires_at}, headers=coordinator(intake))
    code = made.json()["late_code"]
    assert code not in str(intake.store.collections), "only a keyed hash of it is kept"
    late = await submitted(intake, call_id, application_form(late_code=code))
    application = await intake.http.get(f"/applications/{late['application_id']}", headers=with_receipt(late))
    assert application.json()["late"] is True
    again = await intake.post(f"/calls/{call_id}/applications", application_form(late_code=code))
    assert again.json()["type"] == "urn:relevo:problem:late-code-is-not-valid"


async def test_rule_1_closing_by_hand_takes_effect_a_minute_later(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    closing = await intake.post(f"/calls/{call_id}/close", headers=coordinator(intake))
    assert closing.json()["closes_at"] == "2019-09-13T09:01:00Z"
    await submitted(intake, call_id, application_form())
    intake.clock.at += timedelta(seconds=60)
    assert (await intake.post(f"/calls/{call_id}/applications", application_form())).status_code == 409


async def test_the_close_is_told_once_with_the_number_of_applications(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    for address in ("ana@correo.org", "ana@correo.org", "eva@correo.org"):
        await submitted(intake, call_id, application_form(contact=address))
    await close(intake, call_id)
    await close(intake, call_id)
    figures = (await intake.http.get(f"/calls/{call_id}/figures", headers=coordinator(intake))).json()
    assert (figures["state"], figures["applications"]) == ("closed", 3)
    assert event_types(intake).count("CallClosed") == 1


async def test_rule_1_the_holder_of_the_contact_says_which_application_stands(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    first = await submitted(intake, call_id, application_form())
    second = await submitted(intake, call_id, application_form(name="Impostora"))
    code = confirmation_code(intake.shell.vault, first["application_id"])
    assert (await intake.post("/confirmations", {"code": code})).status_code == 200
    await close(intake, call_id)
    undecided = await intake.http.get(f"/calls/{call_id}/undecided-contacts", headers=coordinator(intake))
    assert undecided.json()["items"] == []
    late = confirmation_code(intake.shell.vault, second["application_id"])
    refused = await intake.post("/confirmations", {"code": late})
    assert refused.json()["type"] == "urn:relevo:problem:confirmations-are-over"


async def test_rule_1_opening_the_link_of_a_letter_changes_nothing_and_pressing_its_button_confirms(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    receipt = await submitted(intake, call_id, application_form())
    path = f"/confirm/{confirmation_code(intake.shell.vault, receipt['application_id'])}"

    def confirmed_at() -> Any:
        (contact,) = intake.store.collections["contact"].values()
        return contact["state"]["linked"][0]["confirmed_at"]

    asked = await intake.http.get(path, headers={"Accept-Language": "en;q=0.5, fr-CA, es;q=0"})
    assert (asked.status_code, confirmed_at()) == (200, None)
    assert (asked.headers["content-language"], asked.headers["vary"]) == ("fr", "Accept-Language")
    assert "Votre demande" in asked.text
    assert "<script" not in asked.text
    assert "default-src 'none'" in asked.headers["content-security-policy"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    pressed = await intake.http.post(f"{path}?lang=pt", headers=form, content=b"")
    assert "Este é o pedido que vale" in pressed.text
    first = confirmed_at()
    intake.clock.at += timedelta(minutes=1)
    again = await intake.http.post(path, headers=form, content=b"")
    assert (again.status_code, confirmed_at()) == (200, first)
    letters = [row["kind"] for row in intake.store.collections["letters"].values()]
    assert sorted(letters) == ["confirmation", "receipt"], "pressed twice, told once"
    unknown = await intake.http.post("/confirm/0000-0000-0000", headers=form, content=b"")
    assert unknown.status_code == 404
    await close(intake, call_id)
    late = await submitted_by_late_code(intake, call_id, application_form())
    await intake.post(f"/applications/{receipt['application_id']}/withdraw", headers=with_receipt(receipt))
    over = await intake.http.post(path, headers=form, content=b"")
    assert over.status_code == 409
    late_path = f"/confirm/{confirmation_code(intake.shell.vault, late['application_id'])}"
    assert (await intake.http.post(late_path, headers=form, content=b"")).status_code == 200


async def submitted_by_late_code(intake: Stand, call_id: str, form: dict[str, Any]) -> dict[str, Any]:
    expires_at = (CLOSES + timedelta(days=2)).isoformat()
    made = await intake.post(f"/calls/{call_id}/late-codes", {"expires_at": expires_at}, headers=coordinator(intake))
    return await submitted(intake, call_id, {**form, "late_code": made.json()["late_code"]})


async def test_an_unknown_confirmation_code_is_a_404(intake: Stand, call_id: str) -> None:
    answer = await intake.post("/confirmations", {"code": "0000-0000-0000-0000-0000-0000-00"})
    assert answer.status_code == 404


async def test_rule_1_what_nobody_confirmed_is_decided_by_a_coordinator(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    first = await submitted(intake, call_id, application_form())
    await submitted(intake, call_id, application_form())
    await submitted(intake, call_id, application_form(contact="eva@correo.org"))
    await close(intake, call_id)
    listed = await intake.http.get(f"/calls/{call_id}/undecided-contacts", headers=coordinator(intake))
    (contact,) = listed.json()["items"]
    assert {each["standing"] for each in contact["linked"]} == {"undecided"}
    decided = await intake.post(
        f"/contacts/{contact['contact_id']}/decide",
        {"application_id": first["application_id"]},
        headers=coordinator(intake),
    )
    assert [each["standing"] for each in decided.json()["linked"]] == ["stands", "superseded"]


async def test_a_withdrawal_is_told_once_and_shown(intake: Stand, call_id: str, application_form: Form) -> None:
    receipt = await submitted(intake, call_id, application_form())
    path = f"/applications/{receipt['application_id']}/withdraw"
    for _ in range(2):
        answer = await intake.post(path, headers=with_receipt(receipt))
        assert answer.json()["state"] == "withdrawn"
    assert event_types(intake).count("ApplicationWithdrawn") == 1


async def test_rule_14_erasing_destroys_key_texts_letters_and_contact_at_once(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    key, path = new_id(), f"/calls/{call_id}/applications"
    receipt = (await intake.post(path, application_form(), key=key)).json()
    erased = await intake.post(f"/applications/{receipt['application_id']}/erase", headers=with_receipt(receipt))
    assert erased.status_code == 200
    kept = intake.store.collections
    for name in ("vault", "vault_keys", "letters", "contact"):
        assert dict(kept[name]) == {}, name
    assert event_types(intake).count("PersonErased") == 1
    for gone in (
        await intake.http.get(f"/applications/{receipt['application_id']}", headers=with_receipt(receipt)),
        await intake.http.get(f"/applications/{receipt['application_id']}/submission", headers=with_receipt(receipt)),
        await intake.post(path, application_form(), key=key),
    ):
        assert gone.status_code == 410
    again = await intake.post(f"/applications/{receipt['application_id']}/erase", headers=with_receipt(receipt))
    assert again.json() == erased.json()
    assert event_types(intake).count("PersonErased") == 1


async def test_rule_14_erasing_one_leaves_a_linked_application_as_it_was(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    first = await submitted(intake, call_id, application_form())
    second = await submitted(intake, call_id, application_form(name="Eva"))
    await intake.post(f"/applications/{first['application_id']}/erase", headers=with_receipt(first))
    own = await intake.http.get(f"/applications/{second['application_id']}/submission", headers=with_receipt(second))
    assert own.json()["identity"]["name"] == "Eva"
    (contact,) = intake.store.collections["contact"].values()
    assert [each["application_id"] for each in contact["state"]["linked"]] == [second["application_id"]]


async def test_rule_14_a_coordinator_may_erase_somebody_who_asked_another_way(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    await submitted(intake, call_id, application_form())
    listed = await intake.http.get(f"/calls/{call_id}/applications", headers=coordinator(intake))
    person_id = listed.json()["items"][0]["person_id"]
    answer = await intake.post(f"/persons/{person_id}/erase", headers=coordinator(intake))
    assert (answer.status_code, answer.json()["person_id"]) == (200, person_id)
    unknown = await intake.post(f"/persons/{'f' * 32}/erase", headers=coordinator(intake))
    assert unknown.status_code == 404
