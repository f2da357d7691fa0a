"""I am in danger (rule 25): one act by the person; no name, no letter; undone by them or by two of staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from relevo_contracts.intake import DangerPassed, DangerReported
from relevo_intake.letters.queue import Addressee, place_of
from relevo_intake.letters.truth import facts_now
from relevo_testkit.records import decisions_of

WATCH = "guardia@oas.example"


class Person:
    """The one applicant of a call, and the staff around them."""

    def __init__(self, call: Any, application_id: str) -> None:
        self.call, self.id = call, application_id
        self.code = call.receipt(application_id)
        self.carla, self.dora = (call.on.tokens.bearer(name, "coordinator") for name in ("carla", "dora"))

    async def does(self, path: str, who: dict[str, str] | None = None) -> Any:
        return await self.call.on.post(path, headers=who or self.code)

    async def over_by(self, staff: dict[str, str]) -> Any:
        return await self.does(f"/applications/{self.id}/danger/end", staff)

    async def own(self, path: str = "/me/danger") -> Any:
        return await self.call.ask(path, **self.code)

    async def seated(self) -> str:
        """They take part; the participant's id."""
        await self.call.close()
        await self.call.review_all()
        await self.call.selected(seats=1)
        offer = (await self.own(f"/applications/{self.id}/offer"))["offer"]
        accepted = await self.call.post(f"/offers/{offer['offer_id']}/accept", None, self.code)
        return str(accepted["participant_id"])

    async def watched(self) -> None:
        """The edition names a member of staff."""
        edition_id = (await self.call.ask(f"/calls/{self.call.call_id}"))["edition_id"]
        answer = await self.call.on.http.put(
            f"/editions/{edition_id}/watch",
            json={"contact": WATCH, "language": "pt"},
            headers={**self.carla, "Idempotency-Key": "0f3k9q2m7wxyza5bc8de"},
        )
        assert answer.status_code == 200, answer.text
        assert WATCH not in answer.text

    async def letters(self) -> dict[str, Any]:
        """Those that would go out now, by kind."""
        rows = list(self.call.on.store.collections["letters"].values())
        true = await facts_now(self.call.on.shell.store, rows, self.call.on.clock.now())
        return {each["kind"]: each for each in rows if true[each["_id"]] is not None}

    async def addressee(self, letter: Any) -> Addressee | None:
        key = await self.call.on.shell.vault.key_of(letter["person_id"])
        return key.open(place_of(letter["_id"]), Addressee, bytes(letter["to"]))  # type: ignore[no-any-return]


@pytest.fixture
async def ana(call_with: Any) -> AsyncIterator[Person]:
    async with call_with() as call:
        yield Person(call, await call.apply(1))


async def test_rule_25_others_are_told_that_a_participant_is_in_danger_and_that_it_is_over(ana: Person) -> None:
    participant_id = await ana.seated()
    pressed = await ana.does("/me/danger")
    since = ana.call.on.clock.now()
    assert pressed.json() == {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "watched": False}
    assert (await ana.does("/me/danger")).json()["since"] == pressed.json()["since"]
    [event] = ana.call.events(DangerReported)
    assert event == {
        "participant_id": participant_id,
        "edition_id": event["edition_id"],
        "began_at": pressed.json()["since"],
    }
    assert (await ana.own("/me"))["next"][0]["what"] == "end_danger"
    ana.call.on.clock.at += timedelta(days=3)
    assert (await ana.does("/me/danger/end")).json()["since"] is None
    [over] = ana.call.events(DangerPassed)
    assert over.keys() == {"participant_id", "edition_id", "passed_at"}
    again = await ana.does("/me/danger/end")
    assert (again.status_code, again.json()["type"]) == (409, "urn:relevo:problem:not-in-danger")


async def test_rule_25_no_letter_goes_to_whoever_is_in_danger_and_one_goes_to_the_member_of_staff_who_is_named(
    ana: Person,
) -> None:
    await ana.watched()
    assert set(await ana.letters()) == {"receipt"}
    pressed = await ana.does("/me/danger")
    assert pressed.status_code == 200, pressed.text
    assert pressed.json()["watched"] is True
    letters = await ana.letters()
    assert set(letters) == {"danger"}
    assert await ana.addressee(letters["danger"]) == Addressee(contact=WATCH, language="pt")
    await ana.does("/me/danger/end")
    assert set(await ana.letters()) == {"receipt"}


async def test_rule_25_a_coordinator_reads_that_somebody_is_named_and_since_when_and_never_the_address(
    ana: Person,
) -> None:
    path = f"/editions/{(await ana.call.ask(f'/calls/{ana.call.call_id}'))['edition_id']}/watch"
    nobody = await ana.call.on.http.get(path, headers=ana.carla)
    assert (nobody.status_code, nobody.json()["type"]) == (404, "urn:relevo:problem:nobody-is-named")
    await ana.watched()
    named = await ana.call.ask(path, **ana.carla)
    assert (named["language"], named["named_at"]) == ("pt", f"{ana.call.on.clock.now():%Y-%m-%dT%H:%M:%SZ}")
    assert WATCH not in str(named)


async def test_rule_25_of_two_who_name_somebody_the_second_sees_what_the_first_did(ana: Person) -> None:
    path = f"/editions/{(await ana.call.ask(f'/calls/{ana.call.call_id}'))['edition_id']}/watch"

    async def name(contact: str, **seen: str) -> Any:
        return await ana.call.on.http.put(
            path, json={"contact": contact, "language": "es"}, headers={**ana.carla, **seen}
        )

    refused = await name(WATCH, **{"If-Match": '"anything"'})
    assert (refused.status_code, refused.json()["type"]) == (412, "urn:relevo:problem:changed-since")
    first = await name(WATCH)
    assert first.status_code == 200
    tag = (await ana.call.on.http.get(path, headers=ana.carla)).headers["etag"]
    assert tag == first.headers["etag"]
    assert (await name("otra@oas.example")).status_code == 428
    ana.call.on.clock.at += timedelta(minutes=1)
    second = await name("otra@oas.example", **{"If-Match": tag})
    assert (second.status_code, second.headers["etag"] == tag) == (200, False)
    assert (await name(WATCH, **{"If-Match": tag})).status_code == 412
    assert [each["code"] for each in decisions_of(ana.call.on.store)][-2:] == ["watch_named", "watch_named"]
    await ana.does("/me/danger")
    letters = await ana.letters()
    assert await ana.addressee(letters["danger"]) == Addressee(contact="otra@oas.example", language="es")


async def test_rule_25_where_nobody_is_named_all_else_is_done(ana: Person) -> None:
    assert (await ana.does("/me/danger")).json()["watched"] is False
    assert await ana.letters() == {}


async def test_rule_25_nobody_is_said_to_be_told_who_was_named_later_until_it_is_pressed_again_and_then_once(
    ana: Person,
) -> None:
    await ana.does("/me/danger")
    await ana.watched()
    assert (await ana.own())["watched"] is False
    for _ in range(2):
        assert (await ana.does("/me/danger")).json()["watched"] is True
    letters = [each for each in ana.call.on.store.collections["letters"].values() if each["kind"] == "danger"]
    assert len(letters) == 1
    assert set(await ana.letters()) == {"danger"}
    assert (await ana.does("/me/danger/end")).json() == {"since": None, "watched": False}


async def test_rule_25_the_name_is_shown_nowhere(ana: Person) -> None:
    participant_id = await ana.seated()
    edition_id = (await ana.call.ask(f"/calls/{ana.call.call_id}"))["edition_id"]
    service = ana.call.on.tokens.bearer("certification", "service", service="certification")
    asked = f"/participants/{participant_id}/identity?purpose=certificate"
    await ana.does("/me/danger")
    assert (await ana.call.ask(asked, **service))["in_danger"] is True
    [listed] = (await ana.call.ask(f"/editions/{edition_id}/participants?names=true"))["items"]
    assert listed["name"] is None
    await ana.does("/me/danger/end")
    assert (await ana.call.ask(asked, **service))["in_danger"] is False
    [listed] = (await ana.call.ask(f"/editions/{edition_id}/participants?names=true"))["items"]
    assert listed["name"] == "CANARYNAME1"


async def test_rule_25_two_of_staff_say_together_that_it_is_over_and_none_alone(ana: Person) -> None:
    refused = await ana.over_by(ana.carla)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:not-in-danger")
    since = (await ana.does("/me/danger")).json()["since"]
    assert (await ana.over_by(ana.carla)).json()["since"] == since
    alone = await ana.over_by(ana.carla)
    assert (alone.status_code, alone.json()["type"]) == (403, "urn:relevo:problem:another-of-staff-must-agree")
    [listed] = (await ana.call.ask(f"/calls/{ana.call.call_id}/in-danger"))["items"]
    assert (listed["application_id"], listed["since"]) == (ana.id, since)
    assert listed["proposed_by"].endswith("carla")
    assert (await ana.over_by(ana.dora)).json()["since"] is None
    assert (await ana.call.ask(f"/calls/{ana.call.call_id}/in-danger"))["items"] == []
    codes = [each["code"] for each in decisions_of(ana.call.on.store)]
    assert [each for each in codes if each.startswith("danger")] == [
        "danger_reported",
        "danger_over_proposed",
        "danger_over_agreed",
    ]


async def test_rule_25_pressed_again_nobody_of_staff_ends_it_with_a_word_from_before(ana: Person) -> None:
    await ana.does("/me/danger")
    await ana.over_by(ana.carla)
    await ana.does("/me/danger")
    assert (await ana.over_by(ana.dora)).json()["since"] is not None


async def test_rule_25_whoever_takes_a_seat_while_in_danger_takes_part_in_danger(ana: Person) -> None:
    await ana.does("/me/danger")
    participant_id = await ana.seated()
    [event] = ana.call.events(DangerReported)
    assert event["participant_id"] == participant_id


async def test_rule_25_is_forgotten_with_the_person(ana: Person) -> None:
    await ana.does("/me/danger")
    await ana.does(f"/applications/{ana.id}/erase")
    state = ana.call.on.store.collections["danger"][ana.id]["state"]
    assert (state["since"], state["times"]) == (None, 1)
