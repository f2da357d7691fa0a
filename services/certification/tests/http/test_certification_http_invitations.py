"""An invitation for the visa: for whoever has a seat, with a name that is kept nowhere, and verifiable by its code."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pymupdf
import pytest

from relevo_certification.deadlines import INVITATION_DUE, on_invitation_due
from relevo_certification.domain.invitation import MOST
from relevo_certification.store import INVITATIONS
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.ids import new_id
from relevo_contracts.intake import DangerReported

NAME = "ZORAIDA CANARIO ÑUFLO"
AFTER = datetime(2019, 12, 14, 5, tzinfo=UTC)
"""The first instant after the last day in Washington."""


def text_of(pdf: bytes) -> str:
    document: Any = pymupdf.open(stream=pdf)  # type: ignore[no-untyped-call]
    assert document.page_count == 1
    return " ".join(str(document[0].get_text()).split())


def code_of(pdf: bytes) -> str:
    """The code on paper, as one reads it."""
    found = re.search(r"(?:Código|Code)\s?: ((?:[0-9A-Z]{2,4} ?){7})", text_of(pdf))
    assert found, text_of(pdf)
    return str(found[1]).strip()


def kept(inviting: Any) -> str:
    """All that is stored, and all that was logged."""
    return repr(inviting.stand.store.collections) + str(inviting.stand.logged.getvalue())


async def test_whoever_has_a_seat_gets_a_paper_with_the_name_and_what_the_edition_states(inviting: Any) -> None:
    answer = await inviting.ask()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="invitation.pdf"'
    text = text_of(answer.content)
    for fact in (NAME, "Carta de invitación", "Programa académico", "Washington, DC", "1889 F Street", "Ana Ejemplo"):
        assert fact in text
    assert "del 9 al 13 de diciembre de 2019" in text
    assert "defensor" not in text


async def test_the_name_in_the_passport_is_kept_nowhere(inviting: Any) -> None:
    key = new_id()
    pdf = await inviting.made(key=key)
    await inviting.made(key=key)
    assert NAME in text_of(pdf)
    await inviting.compared(code_of(pdf), NAME)
    await inviting.ask(NAME + " 🌱")
    outbox = json.dumps(inviting.house.events())
    for text in (kept(inviting), outbox):
        for part in ("ZORAIDA", "Zoraida", "zoraida", "CANARIO", "canario", "ÑUFLO"):
            assert part not in text


async def test_neither_the_code_nor_the_paper_is_kept(inviting: Any) -> None:
    code = code_of(await inviting.made())
    stored = kept(inviting)
    assert code.replace(" ", "") not in stored
    assert "%PDF" not in stored


async def test_with_all_that_is_stored_and_the_services_keys_no_name_can_be_tried_without_the_code(
    inviting: Any,
) -> None:
    """What stands for a name and for the body of the request is hashed with what is kept nowhere: code and key."""
    person = inviting.house.making.participant(0)
    first, second = new_id(), new_id()
    await inviting.made(key=first)
    await inviting.made(key=second)
    state = await inviting.house.office.store.state(INVITATIONS(person))
    hashes = {each.name_hash for each in state.made}
    assert len(hashes) == 2
    prints = {row["fingerprint"] for row in inviting.stand.store.collections["once"].values()}
    assert len(prints) == len(inviting.stand.store.collections["once"])
    office = inviting.house.office
    assert hashes == {office.name_hash(office.invitation_code(person, key), NAME) for key in (first, second)}


async def test_a_repeated_request_gets_the_same_paper_and_makes_no_other(inviting: Any) -> None:
    key = new_id()
    first = await inviting.made(key=key)
    inviting.stand.clock.at += timedelta(days=3)
    assert await inviting.made(key=key) == first
    other = await inviting.ask("OTRA PERSONA", key=key)
    assert (other.status_code, other.json()["type"].rpartition(":")[2]) == (422, "once-key-reused")
    assert len((await inviting.own()).json()["made"]) == 1


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
async def test_ones_own_list_tells_when_and_in_which_language_and_no_code(inviting: Any, language: str) -> None:
    code = code_of(await inviting.made(language=language))
    own = await inviting.own()
    [made] = own.json()["made"]
    assert made == {
        "made_at": "2019-11-20T15:00:00Z",
        "language": language,
        "valid_until": "2019-12-13",
        "status": "valid",
    }
    assert own.json()["left"] == MOST - 1
    assert own.json()["stated"]["texts"][language]["occasion"]
    assert code.replace(" ", "") not in own.text


async def test_as_many_are_made_as_there_may_be_and_then_no_more(inviting: Any) -> None:
    for _ in range(MOST):
        await inviting.made()
    refused = await inviting.ask()
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "invitations-used-up")
    assert (await inviting.own()).json()["left"] == 0


async def test_whoever_never_had_or_gave_up_a_seat_gets_none(inviting: Any) -> None:
    for number in (1, 0):
        if number == 0:
            await inviting.house.receive(inviting.house.making.withdrawn(0))
        refused = await inviting.ask(number=number)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "not-invited")


async def test_before_an_edition_says_what_its_invitations_state_none_is_made_and_it_says_what_to_do(
    house: Any,
) -> None:
    await house.receive(house.making.enrolled(0))
    body = {"passport_name": NAME, "language": "es"}
    refused = await house.stand.post("/me/invitations", body, headers=house.holder(0))
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "nothing-to-invite-to")
    assert "/invitation" in refused.json()["title"]
    own = (await house.stand.http.get("/me/invitations", headers=house.holder(0))).json()
    assert own == {"made": [], "left": 0, "is_over": False, "stated": None}


async def test_rule_7_the_last_day_is_over_when_it_is_over_at_the_place(inviting: Any) -> None:
    key = new_id()
    code = code_of(await inviting.made(key=key))
    inviting.stand.clock.at = AFTER - timedelta(seconds=1)
    assert (await inviting.verified(code)).json()["status"] == "valid"
    inviting.stand.clock.at = AFTER
    assert (await inviting.verified(code)).json()["status"] == "over"
    for again in (key, None):
        refused = await inviting.ask(key=again)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "week-is-over")
    assert (await inviting.own()).json()["is_over"]


async def test_once_an_invitation_is_over_nothing_is_kept_that_a_name_could_be_compared_with(inviting: Any) -> None:
    code = code_of(await inviting.made())
    person = inviting.house.making.participant(0)
    [row] = [
        (key, each)
        for key, each in inviting.stand.store.collections["deadlines"].items()
        if each["kind"] == INVITATION_DUE
    ]
    assert row[1]["due_at"] == AFTER
    due = Deadline(row[0], INVITATION_DUE, person, AFTER, row[1]["facts"])
    await inviting.stand.shell.committer.commit(on_invitation_due(due, AFTER))
    inviting.stand.clock.at = AFTER
    state = await inviting.house.office.store.state(INVITATIONS(person))
    assert [each.name_hash for each in state.made] == [None]
    page = await inviting.compared(code, NAME)
    assert page.status_code == 200
    assert "the name with which" not in page.text


async def test_anybody_with_the_code_sees_that_it_is_genuine_and_what_it_states_and_no_name(inviting: Any) -> None:
    code = code_of(await inviting.made())
    found = (await inviting.verified(code)).json()
    assert (found["status"], found["made_on"], found["first_on"], found["last_on"]) == (
        ("valid", "2019-11-20", "2019-12-09", "2019-12-13")
    )
    assert found["texts"]["en"] == {
        "issuer": "Inter-American Commission on Human Rights",
        "occasion": "Academic programme of the Commission",
        "place": "Washington, DC",
        "costs": None,
    }
    assert "Zoraida" not in json.dumps(found).title()
    typed = await inviting.stand.http.post("/i?lang=en", data={"code": code.lower().replace("0", "o")})
    assert (typed.status_code, "Genuine and valid" in typed.text) == (200, True)


async def test_a_name_that_is_typed_in_is_compared_and_not_shown(inviting: Any) -> None:
    code = code_of(await inviting.made("María-José O’Brien Ñandú"))
    for name in ("María-José O’Brien Ñandú", "MARIA JOSE OBRIEN NANDU", " maría  josé o'brien ñandú "):
        page = await inviting.compared(code, name)
        assert (page.status_code, "the name with which" in page.text) == (200, True), name
        assert name.strip() not in page.text
    for name in ("María José O’Brien", "María José O’Brien Ñandú Paz", "José María O’Brien Ñandú"):
        page = await inviting.compared(code, name)
        assert (page.status_code, "not made with this name" in page.text) == (200, True), name
    for name in ("", "   ", "x" * 201, "María\x00José", "¿?"):
        assert (await inviting.compared(code, name)).status_code == 422


async def test_a_name_is_compared_with_the_one_on_that_invitation_and_no_other(inviting: Any) -> None:
    await inviting.enrolled(1)
    first, second = code_of(await inviting.made()), code_of(await inviting.made("OTRA PERSONA", number=1))
    assert "not made with this name" in (await inviting.compared(second, NAME)).text
    assert "the name with which" in (await inviting.compared(first, NAME)).text


async def test_a_code_that_never_was_gets_the_same_answer_whatever_it_is(inviting: Any) -> None:
    await inviting.made()
    pages = {
        (page.status_code, page.text)
        for code in ("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "x", "%00", "🌱", "a" * 3000)
        for page in [await inviting.stand.http.get(f"/i/{code}?lang=en", headers={"Accept": "text/html"})]
    }
    assert len(pages) == 1
    assert {status for status, _ in pages} == {404}
    assert (await inviting.verified("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")).status_code == 404
    for data in ({}, {"code": ""}, {"code": "x", "name": NAME}, {"name": NAME}):
        assert (await inviting.stand.http.post("/i", data=data)).status_code == 404


async def test_rule_14_of_whoever_was_erased_an_invitation_is_no_longer_valid_and_compares_no_name(
    inviting: Any,
) -> None:
    key = new_id()
    code = code_of(await inviting.made(key=key))
    await inviting.house.receive(inviting.house.making.erased(0))
    found = (await inviting.verified(code)).json()
    assert (found["status"], found["compares_names"]) == ("withdrawn", False)
    assert "the name with which" not in (await inviting.compared(code, NAME)).text
    state = await inviting.house.office.store.state(INVITATIONS(inviting.house.making.participant(0)))
    assert [each.name_hash for each in state.made] == [None]
    for again in (key, None):
        assert (await inviting.ask(key=again)).status_code == 410
    assert (await inviting.own()).status_code == 410


async def test_of_whoever_gave_up_the_seat_an_invitation_is_no_longer_valid_and_the_repeat_makes_none(
    inviting: Any,
) -> None:
    key = new_id()
    code = code_of(await inviting.made(key=key))
    await inviting.house.receive(inviting.house.making.withdrawn(0))
    assert (await inviting.verified(code)).json()["status"] == "withdrawn"
    assert (await inviting.ask(key=key)).status_code == 409


@pytest.mark.parametrize("what", ["days", "place", "address"])
async def test_when_the_days_or_the_place_change_the_page_says_so(inviting: Any, what: str) -> None:
    code = code_of(await inviting.made())
    if what == "address":
        tag = (await inviting.stand.http.get(inviting.path, headers=inviting.house.coordinator)).headers["etag"]
        assert (await inviting.set_terms(tag, address="Otra calle 1")).status_code == 200
    else:
        facts = inviting.house.making.facts().model_dump(mode="json")
        if what == "days":
            facts |= {"first_on": "2019-12-16", "last_on": "2019-12-20"}
        else:
            facts["texts"]["es"]["place"] = "Lima"
        path = f"/editions/{inviting.house.making.edition_id}"
        tag = (await inviting.stand.http.get(path, headers=inviting.house.coordinator)).headers["etag"]
        headers = {**inviting.house.coordinator, "If-Match": tag}
        assert (await inviting.stand.http.put(path, json=facts, headers=headers)).status_code == 200
    found = (await inviting.verified(code)).json()
    assert (found["status"], found["first_on"]) == ("changed", "2019-12-09")
    assert (await inviting.own()).json()["made"][0]["status"] == "changed"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("ANA 🌱", "character"), ("ANA 𓀀", "character"), ("A" * 200, "too_long"), ("À̴́̂̃A", "marks")],
)
async def test_a_name_that_does_not_print_is_refused_and_not_counted(inviting: Any, name: str, reason: str) -> None:
    refused = await inviting.ask(name)
    assert refused.status_code == 422
    problem = refused.json()
    assert problem["type"].endswith(":passport-name-cannot-be-printed")
    assert problem["reason"] == reason
    assert problem["errors"][0]["where"] == "body.passport_name"
    assert name not in refused.text
    assert (await inviting.own()).json()["made"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"passport_name": "", "language": "es"},
        {"passport_name": "  ", "language": "es"},
        {"passport_name": "---", "language": "es"},
        {"passport_name": "A\nB", "language": "es"},
        {"passport_name": "A\u202eB", "language": "es"},
        {"passport_name": "A" * 201, "language": "es"},
        {"passport_name": ["ANA"], "language": "es"},
        {"passport_name": NAME, "language": "de"},
        {"passport_name": NAME},
        {"passport_name": NAME, "language": "es", "passport_number": "X1234567"},
    ],
)
async def test_bad_requests_are_refused_without_what_was_sent(inviting: Any, body: dict[str, Any]) -> None:
    refused = await inviting.stand.post("/me/invitations", body, headers=inviting.house.holder(0))
    assert refused.status_code == 422
    assert "ZORAIDA" not in refused.text
    assert "X1234567" not in refused.text
    assert (await inviting.own()).json()["made"] == []


async def test_terms_are_set_once_the_facts_are_and_replaced_by_who_saw_them(house: Any, inviting: Any) -> None:
    nowhere = f"/editions/{'9' * 32}/invitation"
    lacking = await house.stand.http.put(nowhere, json=inviting.terms(), headers=house.coordinator)
    assert (lacking.status_code, lacking.json()["type"].rpartition(":")[2]) == (404, "no-such-edition")
    unseen = await house.stand.http.get(nowhere, headers=house.coordinator)
    assert (unseen.status_code, unseen.json()["type"].rpartition(":")[2]) == (409, "nothing-to-invite-to")
    assert (await inviting.set_terms()).status_code in (412, 428)
    seen = await house.stand.http.get(inviting.path, headers=house.coordinator)
    assert seen.json()["contact"] == "+1 202 000 0000"
    assert (await inviting.set_terms('"old"')).status_code == 412
    assert (await inviting.set_terms(seen.headers["etag"], contact="+1 202 111 1111")).status_code == 200


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"texts": {"es": {}, "en": {}, "pt": {}}}, 422),
        ({"address": ""}, 422),
        ({"contact": "\u200b"}, 422),
        ({"address": "a\nb"}, 422),
        ({"address": "🌱 Street"}, 422),
        ({"surplus": 1}, 422),
        ({"texts": {each: {"costs": "x" * 201} for each in ("es", "en", "pt", "fr")}}, 422),
        ({"texts": {each: {"costs": "Todo. " * 33} for each in ("es", "en", "pt", "fr")}}, 200),
    ],
)
async def test_terms_that_are_not_whole_or_do_not_print_are_refused(
    house: Any, inviting: Any, options: dict[str, Any], status: int
) -> None:
    tag = (await house.stand.http.get(inviting.path, headers=house.coordinator)).headers["etag"]
    assert (await inviting.set_terms(tag, **options)).status_code == status


async def test_rule_22_who_set_the_terms_is_on_record(house: Any, inviting: Any) -> None:
    path = f"/editions/{house.making.edition_id}/decisions"
    found = (await house.stand.http.get(path, headers=house.coordinator)).json()["items"]
    assert "invitation_terms_set" in [each["code"] for each in found]


async def test_rule_25_whoever_is_in_danger_can_have_an_invitation_made_for_it_may_be_the_way_out(
    inviting: Any, house: Any
) -> None:
    person, at = house.making.participant(0), house.stand.clock.now()
    before = code_of(await inviting.made())
    await house.receive(DangerReported(participant_id=person, edition_id=house.making.edition_id, began_at=at))
    during = code_of(await inviting.made(language="en"))
    for code in (before, during):
        found = (await inviting.verified(code)).json()
        assert (found["status"], "ZORAIDA" in json.dumps(found)) == ("valid", False)
    assert "ZORAIDA" not in kept(inviting)
