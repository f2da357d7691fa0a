"""The people's half of intake over HTTP: calls, applications, drafts, confirmations, erasure, identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Change, Decision, New
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.edge.ids import new_id
from relevo_chassis.testing.edge import Stand
from relevo_contracts import Requirements
from relevo_intake.codes import confirmation_code
from relevo_intake.commands.calls import CALL_CLOSES, on_call_closes
from relevo_intake.commands.drafts import DRAFT_EXPIRES, on_draft_expires
from relevo_intake.domain.participant import Participant
from relevo_intake.domain.reading import LOG_ID, Reading, broken_at
from relevo_intake.store.choosing import PARTICIPANT
from relevo_intake.store.people import READING_LOG

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
    await intake.shell.committer.commit(on_call_closes(due, CLOSES))


def told(intake: Stand) -> list[str]:
    return [row["headers"]["ce-type"].split(".")[2] for row in intake.store.collections["outbox"].values()]


async def test_an_application_is_answered_with_a_receipt_that_opens_it(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    receipt = await submitted(intake, call_id, application_form())
    path = f"/applications/{receipt['application_id']}"
    shown = (await intake.http.get(path, headers=with_receipt(receipt))).json()
    assert (shown["state"], shown["call_id"]) == ("submitted", call_id)
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
    assert told(intake).count("ApplicationSubmitted") == 1
    other = await intake.post(path, application_form(name="Otra"), key=key)
    assert other.status_code == 422


async def test_rule_1_a_linked_application_is_answered_and_told_like_a_first_one(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    reads = []
    answers = []
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
    given = await intake.post(f"/calls/{call_id}/late-codes", {"expires_at": expires_at}, headers=coordinator(intake))
    code = given.json()["late_code"]
    assert code not in str(intake.store.collections), "only a keyed hash of it is kept"
    late = await submitted(intake, call_id, application_form(late_code=code))
    shown = await intake.http.get(f"/applications/{late['application_id']}", headers=with_receipt(late))
    assert shown.json()["late"] is True
    again = await intake.post(f"/calls/{call_id}/applications", application_form(late_code=code))
    assert again.json()["type"] == "urn:relevo:problem:late-code-is-not-valid"


async def test_rule_1_closing_by_hand_takes_effect_a_minute_later(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    closing = await intake.post(f"/calls/{call_id}/closing", headers=coordinator(intake))
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
    assert told(intake).count("CallClosed") == 1


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

    asked = await intake.http.get(path, headers={"Accept-Language": "fr-CA,en;q=0.5"})
    assert (asked.status_code, confirmed_at()) == (200, None)
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
    await intake.post(f"/applications/{receipt['application_id']}/withdrawal", headers=with_receipt(receipt))
    over = await intake.http.post(path, headers=form, content=b"")
    assert over.status_code == 409
    late_path = f"/confirm/{confirmation_code(intake.shell.vault, late['application_id'])}"
    assert (await intake.http.post(late_path, headers=form, content=b"")).status_code == 200


async def submitted_by_late_code(intake: Stand, call_id: str, form: dict[str, Any]) -> dict[str, Any]:
    expires_at = (CLOSES + timedelta(days=2)).isoformat()
    given = await intake.post(f"/calls/{call_id}/late-codes", {"expires_at": expires_at}, headers=coordinator(intake))
    return await submitted(intake, call_id, {**form, "late_code": given.json()["late_code"]})


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
        f"/contacts/{contact['contact_id']}/decision",
        {"application_id": first["application_id"]},
        headers=coordinator(intake),
    )
    assert [each["standing"] for each in decided.json()["linked"]] == ["stands", "superseded"]


async def test_a_withdrawal_is_told_once_and_shown(intake: Stand, call_id: str, application_form: Form) -> None:
    receipt = await submitted(intake, call_id, application_form())
    path = f"/applications/{receipt['application_id']}/withdrawal"
    for _ in range(2):
        answer = await intake.post(path, headers=with_receipt(receipt))
        assert answer.json()["state"] == "withdrawn"
    assert told(intake).count("ApplicationWithdrawn") == 1


async def test_rule_14_erasing_destroys_key_texts_letters_and_contact_at_once(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    key, path = new_id(), f"/calls/{call_id}/applications"
    receipt = (await intake.post(path, application_form(), key=key)).json()
    erased = await intake.post(f"/applications/{receipt['application_id']}/erasure", headers=with_receipt(receipt))
    assert erased.status_code == 200
    kept = intake.store.collections
    for name in ("vault", "vault_keys", "letters", "contact"):
        assert dict(kept[name]) == {}, name
    assert told(intake).count("PersonErased") == 1
    for gone in (
        await intake.http.get(f"/applications/{receipt['application_id']}", headers=with_receipt(receipt)),
        await intake.http.get(f"/applications/{receipt['application_id']}/submission", headers=with_receipt(receipt)),
        await intake.post(path, application_form(), key=key),
    ):
        assert gone.status_code == 410
    again = await intake.post(f"/applications/{receipt['application_id']}/erasure", headers=with_receipt(receipt))
    assert again.json() == erased.json()
    assert told(intake).count("PersonErased") == 1


async def test_rule_14_erasing_one_leaves_a_linked_application_as_it_was(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    first = await submitted(intake, call_id, application_form())
    second = await submitted(intake, call_id, application_form(name="Eva"))
    await intake.post(f"/applications/{first['application_id']}/erasure", headers=with_receipt(first))
    own = await intake.http.get(f"/applications/{second['application_id']}/submission", headers=with_receipt(second))
    assert own.json()["identity"]["name"] == "Eva"
    (contact,) = intake.store.collections["contact"].values()
    assert [each["application_id"] for each in contact["state"]["linked"]] == [second["application_id"]]


async def test_a_coordinator_may_erase_somebody_who_asked_another_way(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    await submitted(intake, call_id, application_form())
    listed = await intake.http.get(f"/calls/{call_id}/applications", headers=coordinator(intake))
    person_id = listed.json()["items"][0]["person_id"]
    answer = await intake.post(f"/persons/{person_id}/erasure", headers=coordinator(intake))
    assert (answer.status_code, answer.json()["person_id"]) == (200, person_id)
    unknown = await intake.post(f"/persons/{'f' * 32}/erasure", headers=coordinator(intake))
    assert unknown.status_code == 404


async def test_a_draft_is_gone_on_with_and_becomes_the_application_of_the_same_id(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    started = await intake.post(f"/calls/{call_id}/drafts", {"name": "Ana", "language": "es"})
    draft, headers = started.json(), with_receipt(started.json())
    path = f"/drafts/{draft['draft_id']}"
    read = await intake.http.get(path, headers=headers)
    assert read.json()["content"]["name"] == "Ana"
    whole = {name: value for name, value in application_form().items() if name != "consent"}
    saved = await intake.http.put(path, headers={**headers, "If-Match": read.headers["etag"]}, json=whole)
    assert saved.status_code == 200
    stale = await intake.http.put(path, headers={**headers, "If-Match": read.headers["etag"]}, json=whole)
    assert stale.status_code == 412
    key = new_id()
    receipt = await intake.post(f"{path}/submission", {"consent": True}, key=key, headers=headers)
    again = await intake.post(f"{path}/submission", {"consent": True}, key=key, headers=headers)
    assert receipt.status_code == 201
    assert again.content == receipt.content
    assert receipt.json()["application_id"] == draft["draft_id"]
    assert receipt.json()["receipt_code"] == draft["receipt_code"]
    anew = await intake.post(f"{path}/submission", {"consent": True}, headers=headers)
    assert anew.json()["type"] == "urn:relevo:problem:draft-was-submitted"
    own = await intake.http.get(f"/applications/{draft['draft_id']}/submission", headers=headers)
    assert own.json()["identity"]["name"] == "Ana Ejemplo"


async def test_an_incomplete_draft_is_refused_by_the_names_of_its_fields_alone(intake: Stand, call_id: str) -> None:
    draft = (await intake.post(f"/calls/{call_id}/drafts", {"name": "Ana", "contact": "not an address"})).json()
    refused = await intake.post(
        f"/drafts/{draft['draft_id']}/submission", {"consent": True}, headers=with_receipt(draft)
    )
    assert refused.status_code == 422
    assert refused.json()["fields"] == "contact, country, language, motivation"
    assert "not an address" not in refused.text


async def test_a_draft_that_is_given_up_or_forgotten_leaves_nothing(intake: Stand, call_id: str) -> None:
    given_up = (await intake.post(f"/calls/{call_id}/drafts", {"name": "Ana"})).json()
    forgotten = (await intake.post(f"/calls/{call_id}/drafts", {"name": "Eva"})).json()
    deleted = await intake.http.delete(f"/drafts/{given_up['draft_id']}", headers=with_receipt(given_up))
    assert deleted.status_code == 204
    due_at = CLOSES + timedelta(days=30)
    due = Deadline(f"{DRAFT_EXPIRES}/{forgotten['draft_id']}", DRAFT_EXPIRES, forgotten["draft_id"], due_at)
    await intake.shell.committer.commit(on_draft_expires(due, due_at))
    assert dict(intake.store.collections["vault"]) == {}
    assert dict(intake.store.collections["vault_keys"]) == {}
    for draft in (given_up, forgotten):
        answer = await intake.http.get(f"/drafts/{draft['draft_id']}", headers=with_receipt(draft))
        assert answer.status_code == 404


async def test_requirements_change_under_if_match_for_later_beginnings_only(intake: Stand, call_id: str) -> None:
    read = await intake.http.get(f"/calls/{call_id}")
    path, changed = f"/calls/{call_id}/requirements", {"multiplier_days": 90}
    blind = await intake.http.put(path, headers=coordinator(intake), json=changed)
    assert blind.status_code == 428
    headers = {**coordinator(intake), "If-Match": read.headers["etag"]}
    done = await intake.http.put(path, headers=headers, json=changed)
    assert (done.json()["requirements_version"], done.json()["requirements"]["multiplier_days"]) == (2, 90)
    assert (await intake.http.put(path, headers=headers, json=changed)).status_code == 412


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/calls"),
        ("GET", "/calls/{call}/figures"),
        ("POST", "/calls/{call}/closing"),
        ("POST", "/calls/{call}/late-codes"),
        ("PUT", "/calls/{call}/requirements"),
        ("GET", "/calls/{call}/applications"),
        ("POST", "/calls/{call}/applications/search"),
        ("GET", "/calls/{call}/undecided-contacts"),
        ("GET", "/applications/{call}/dossier?purpose=casework"),
        ("POST", "/contacts/{call}/decision"),
        ("POST", "/persons/{call}/erasure"),
        ("GET", "/participants/{call}/identity?purpose=certificate"),
    ],
)
async def test_what_is_for_staff_or_services_is_refused_to_everybody_else(
    intake: Stand, call_id: str, method: str, path: str
) -> None:
    key = {"Idempotency-Key": new_id(), "If-Match": '"x"'}
    for headers, status in (
        (key, 401),
        ({**key, **intake.tokens.bearer("r", "reviewer", "participant", "faculty", "expert")}, 403),
    ):
        answer = await intake.http.request(method, path.format(call=call_id), headers=headers, json={})
        assert answer.status_code == status, (method, path)


async def test_coordinators_page_through_applications_without_seeing_people(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    for number in range(5):
        await submitted(intake, call_id, application_form(contact=f"a{number}@correo.org"))
    seen: list[str] = []
    query = "limit=2"
    while True:
        answer = await intake.http.get(f"/calls/{call_id}/applications?{query}", headers=coordinator(intake))
        assert "correo" not in answer.text
        seen += [each["application_id"] for each in answer.json()["items"]]
        if not answer.json()["next"]:
            break
        query = f"limit=2&after={answer.json()['next']}"
    assert len(set(seen)) == len(seen) == 5


async def test_a_search_within_one_call_finds_by_sealed_attributes_and_goes_on_record(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    await submitted(intake, call_id, application_form(country="HN"))
    wanted = await submitted(intake, call_id, application_form(country="BR", groups=["lgbti"]))
    answer = await intake.http.post(
        f"/calls/{call_id}/applications/search",
        headers=coordinator(intake),
        json={"countries": ["BR"], "groups": ["lgbti"]},
    )
    assert [each["application_id"] for each in answer.json()["items"]] == [wanted["application_id"]]
    (entry,) = intake.store.collections["sensitive_reads"].values()
    assert (entry["purpose"], len(entry["person_ids"])) == ("listing", 2)


async def test_every_reading_of_sealed_data_is_on_record_before_it_is_answered(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    receipt = await submitted(intake, call_id, application_form())
    path = f"/applications/{receipt['application_id']}"
    await intake.http.get(f"{path}/dossier?purpose=casework", headers=coordinator(intake))
    await intake.http.get(f"{path}/submission", headers=with_receipt(receipt))
    entries = [Reading.model_validate(row) for row in intake.store.collections["sensitive_reads"].values()]
    assert [(each.reader, each.purpose) for each in entries] == [
        ("coordinator-1", "casework"),
        (f"applicant/{receipt['application_id']}", "own"),
    ]
    log = await intake.shell.store.state(READING_LOG(LOG_ID))
    assert log is not None
    assert broken_at(entries, log) is None


async def a_participant(intake: Stand, person_id: str) -> str:
    ref = PARTICIPANT("e" * 32)
    state = Participant(
        participant_id=ref.id,
        application_id="a" * 32,
        person_id=person_id,
        call_id="1" * 32,
        edition_id="2" * 32,
        enrolled_at=CLOSES,
        requirements=Requirements(),
    )
    await intake.shell.committer.commit(Change([ref], lambda _: Decision([New(ref, state)]), CLOSES, new_id()))
    return ref.id


async def test_certification_learns_name_language_and_display_of_one_participant_and_nothing_else(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    receipt = await submitted(intake, call_id, application_form())
    (key,) = intake.store.collections["vault_keys"]
    participant_id = await a_participant(intake, key)
    service = intake.tokens.bearer("certification", "service")
    path = f"/participants/{participant_id}/identity"
    answer = await intake.http.get(f"{path}?purpose=certificate", headers=service)
    assert answer.json() == {"name": "Ana Ejemplo", "language": "es", "display": "named"}
    assert (await intake.http.get(path, headers=service)).status_code == 422
    unknown = await intake.http.get(f"/participants/{'9' * 32}/identity?purpose=certificate", headers=service)
    assert unknown.status_code == 404
    (entry,) = intake.store.collections["sensitive_reads"].values()
    assert (entry["reader"], entry["purpose"], entry["field_sets"]) == ("certification", "certificate", ["identity"])
    await intake.post(f"/applications/{receipt['application_id']}/erasure", headers=with_receipt(receipt))
    assert (await intake.http.get(f"{path}?purpose=certificate", headers=service)).status_code == 410


@pytest.mark.parametrize(
    "changes",
    [
        {"contact": "a" * 320 + "@correo.org"},
        {"contact": "ana@correo.org\r\nBcc: eva@correo.org"},
        {"contact": "no-address"},
        {"name": "Ana\u202egpj"},
        {"country": "Honduras"},
        {"consent": False},
        {"groups": ["unknown"]},
        {"surplus": 1},
        {"motivation": "x" * 20_001},
        {"name": ["Ana"]},
    ],
)
async def test_what_is_not_well_formed_is_refused_and_not_repeated(
    intake: Stand, call_id: str, application_form: Form, changes: dict[str, Any]
) -> None:
    answer = await intake.post(f"/calls/{call_id}/applications", application_form(**changes))
    assert answer.status_code == 422
    for value in changes.values():
        assert not isinstance(value, str) or value not in answer.text


async def test_anybody_may_read_calls_and_their_published_criteria(intake: Stand, call_id: str) -> None:
    (call,) = (await intake.http.get("/calls")).json()["items"]
    assert call["state"] == "open"
    assert call["criteria"]["priority_countries"] == ["HN", "SV", "GT", "NI", "CO", "MX", "BR"]
    assert "applications" not in call
    assert (await intake.http.get(f"/calls/{'9' * 32}")).status_code == 404
