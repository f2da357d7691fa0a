"""Drafts, what staff and services may read, and what is refused, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Change, Decision, New
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.ids import new_id
from relevo_contracts import Requirements
from relevo_intake.deadlines import DRAFT_EXPIRES, on_draft_expiry_due
from relevo_intake.domain.participant import Participant
from relevo_intake.store.choosing import PARTICIPANT
from relevo_testkit.records import readings_of
from relevo_testkit.stand import Stand, known_as

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


async def test_a_draft_is_saved_as_it_was_read_whatever_is_kept_in_one(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    started = (await intake.post(f"/calls/{call_id}/drafts", {"letters": "few"})).json()
    path, headers = f"/drafts/{started['draft_id']}", with_receipt(started)
    read = await intake.http.get(path, headers=headers)
    content = {**read.json()["content"], **application_form()}
    content.pop("consent")
    saved = await intake.http.put(path, headers={**headers, "If-Match": read.headers["etag"]}, json=content)
    assert saved.status_code == 200, saved.text
    assert (await intake.post(f"{path}/submit", {"consent": True}, headers=headers)).status_code == 201
    own = await intake.http.get(f"/applications/{started['draft_id']}/details", headers=headers)
    assert own.json()["letters"] == "few"


async def test_what_of_a_draft_would_be_refused_is_said_while_it_is_written(intake: Stand, call_id: str) -> None:
    started = (await intake.post(f"/calls/{call_id}/drafts", {"name": "Ana"})).json()
    path, headers = f"/drafts/{started['draft_id']}", {**with_receipt(started), "Accept-Language": "es"}
    read = await intake.http.get(path, headers=headers)
    assert read.json()["refused"] == [], "what is missing is none of it"
    content = {"name": "1789", "contact": "ana@correo", "language": "es"}
    saved = await intake.http.put(path, headers={**headers, "If-Match": read.headers["etag"]}, json=content)
    refused = {each["where"]: each for each in saved.json()["refused"]}
    assert refused.keys() == {"name", "contact"}
    assert refused["contact"]["code"] == "address_domain"
    assert (await intake.http.get(path, headers=headers)).json()["refused"] == saved.json()["refused"]
    submitted = await intake.post(f"{path}/submit", {"consent": True}, headers=headers)
    errors = {each["where"]: each["reason"] for each in submitted.json()["errors"]}
    assert {f"draft.{where}": each["reason"] for where, each in refused.items()}.items() <= errors.items()
    assert "ana@correo" not in saved.text


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
    receipt = await intake.post(f"{path}/submit", {"consent": True}, key=key, headers=headers)
    again = await intake.post(f"{path}/submit", {"consent": True}, key=key, headers=headers)
    assert receipt.status_code == 201
    assert again.content == receipt.content
    assert receipt.json()["application_id"] == draft["draft_id"]
    assert receipt.json()["receipt_code"] == draft["receipt_code"]
    anew = await intake.post(f"{path}/submit", {"consent": True}, headers=headers)
    assert anew.json()["type"] == "urn:relevo:problem:draft-was-submitted"
    own = await intake.http.get(f"/applications/{draft['draft_id']}/submission", headers=headers)
    assert own.json()["identity"]["name"] == "Ana Ejemplo"


async def test_an_incomplete_draft_is_refused_by_the_names_of_its_fields_alone(intake: Stand, call_id: str) -> None:
    draft = (await intake.post(f"/calls/{call_id}/drafts", {"name": "Ana", "contact": "not an address"})).json()
    refused = await intake.post(f"/drafts/{draft['draft_id']}/submit", {"consent": True}, headers=with_receipt(draft))
    assert refused.status_code == 422
    wrong = {each["where"]: each["code"] for each in refused.json()["errors"]}
    missing = dict.fromkeys(("draft.country", "draft.language", "draft.motivation"), "missing")
    assert wrong == {**missing, "draft.contact": "address_without_at"}
    assert "not an address" not in refused.text


async def test_a_draft_that_is_given_up_or_forgotten_leaves_nothing(intake: Stand, call_id: str) -> None:
    given_up = (await intake.post(f"/calls/{call_id}/drafts", {"name": "Ana"})).json()
    forgotten = (await intake.post(f"/calls/{call_id}/drafts", {"name": "Eva"})).json()
    deleted = await intake.http.delete(f"/drafts/{given_up['draft_id']}", headers=with_receipt(given_up))
    assert deleted.status_code == 204
    due_at = CLOSES + timedelta(days=30)
    due = Deadline(f"{DRAFT_EXPIRES}/{forgotten['draft_id']}", DRAFT_EXPIRES, forgotten["draft_id"], due_at)
    await intake.shell.committer.commit(on_draft_expiry_due(due, due_at))
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
        ("POST", "/calls/{call}/close"),
        ("POST", "/calls/{call}/late-codes"),
        ("PUT", "/calls/{call}/requirements"),
        ("GET", "/calls/{call}/applications"),
        ("POST", "/calls/{call}/applications/search"),
        ("GET", "/calls/{call}/undecided-contacts"),
        ("GET", "/applications/{call}/dossier?purpose=casework"),
        ("POST", "/contacts/{call}/decide"),
        ("POST", "/persons/{call}/erase"),
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
    entries = [(each["by"], each["purpose"], len(each["person_ids"])) for each in readings_of(intake.store)]
    assert [entries[0], (entries[1][1:])] == [("intake", "listing", 2), ("listing", 1)]


async def test_every_reading_of_sealed_data_is_on_record_before_it_is_answered(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    receipt = await submitted(intake, call_id, application_form())
    path = f"/applications/{receipt['application_id']}"
    await intake.http.get(f"{path}/dossier?purpose=casework", headers=coordinator(intake))
    await intake.http.get(f"{path}/submission", headers=with_receipt(receipt))
    assert [(each["by"], each["purpose"]) for each in readings_of(intake.store)] == [
        (known_as("coordinator-1"), "casework"),
        (f"applicant/{receipt['application_id']}", "own"),
    ]
    assert (await intake.shell.records.status("readings")).broken_at is None


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
    [person_id] = {id.partition("/")[0] for id in intake.store.collections["vault_keys"]}
    participant_id = await a_participant(intake, person_id)
    service = intake.tokens.bearer("certification", "service")
    path = f"/participants/{participant_id}/identity"
    answer = await intake.http.get(f"{path}?purpose=certificate", headers=service)
    known = {"name": "Ana Ejemplo", "language": "es", "display": "named", "in_danger": False}
    assert answer.json() == known
    assert (await intake.http.get(path, headers=service)).status_code == 422
    unknown = await intake.http.get(f"/participants/{'9' * 32}/identity?purpose=certificate", headers=service)
    assert unknown.status_code == 404
    (entry,) = readings_of(intake.store)
    assert (entry["by"], entry["purpose"], entry["field_sets"]) == (
        known_as("certification"),
        "certificate",
        ["identity"],
    )
    await intake.post(f"/applications/{receipt['application_id']}/erase", headers=with_receipt(receipt))
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


@pytest.mark.parametrize(
    "nameless", ["\u200b\u200b", "\u3164\u3164", "\u115f", "\uffa0", "\u0301", "1789", "🌱", "\u2800"]
)
async def test_a_name_has_a_letter_wherever_one_is_given(
    intake: Stand, call_id: str, call_form: dict[str, Any], application_form: Form, nameless: str
) -> None:
    reviewers = {"reviewers": [{"reviewer_id": "r", "country": "PE", "organisation": nameless}]}
    another = {**call_form, "call_id": "3" * 32, "titles": {"es": nameless}}
    answers = [
        await intake.post(f"/calls/{call_id}/applications", application_form(name=nameless)),
        await intake.post(f"/calls/{call_id}/applications", application_form(organisation=nameless)),
        await intake.post(f"/calls/{call_id}/reviewers", reviewers, headers=coordinator(intake)),
        await intake.post("/calls", another, headers=coordinator(intake)),
    ]
    assert [each.status_code for each in answers] == [422] * 4
    draft = (await intake.post(f"/calls/{call_id}/drafts", {"name": "1789", "contact": "ana@correo.org"})).json()
    path, headers = f"/drafts/{draft['draft_id']}/submit", {"Relevo-Receipt": draft["receipt_code"]}
    refused = await intake.post(path, {"consent": True}, headers=headers)
    assert "draft.name" in {each["where"] for each in refused.json()["errors"]}


@pytest.mark.parametrize("name", ["Ana", "김예시", "አበበ", "ნინო", "O", "李", "محمد", "ʻOkina", "X Æ A-12"])
async def test_a_name_may_be_of_any_alphabet(intake: Stand, call_id: str, application_form: Form, name: str) -> None:
    answer = await intake.post(f"/calls/{call_id}/applications", application_form(name=name))
    assert answer.status_code == 201


@pytest.mark.parametrize("unseen", ["\u200b\u200b", "\u3164", "\u2800\n\u2800"])
async def test_a_text_in_which_nothing_can_be_seen_is_refused(
    intake: Stand, call_id: str, application_form: Form, unseen: str
) -> None:
    for field in ("motivation", "experience", "multiplier_idea"):
        answer = await intake.post(f"/calls/{call_id}/applications", application_form(**{field: unseen}))
        assert (field, answer.status_code) == (field, 422)


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "2019-09-12T12:00:00", "now"])
@pytest.mark.parametrize("field", ["opens_at", "closes_at"])
async def test_impossible_instants_are_refused(
    intake: Stand, call_form: dict[str, Any], field: str, instant: str
) -> None:
    answer = await intake.post("/calls", {**call_form, field: instant}, headers=coordinator(intake))
    assert answer.status_code == 422


async def test_anybody_may_read_calls_and_their_published_criteria(intake: Stand, call_id: str) -> None:
    (call,) = (await intake.http.get("/calls")).json()["items"]
    assert call["state"] == "open"
    assert call["criteria"]["priority_countries"] == ["HN", "SV", "GT", "NI", "CO", "MX", "BR"]
    assert "applications" not in call
    assert (await intake.http.get(f"/calls/{'9' * 32}")).status_code == 404
