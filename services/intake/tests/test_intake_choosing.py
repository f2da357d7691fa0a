"""From reviews to participants through the HTTP API, over a fake store."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_chassis.edge.ids import new_id
from relevo_chassis.testing.edge import Stand, stand
from relevo_contracts.intake import ParticipantEnrolled, SeatAccepted, SeatOffered
from relevo_intake.commands import calls, offers
from relevo_intake.commands.offers import settle_seating
from relevo_intake.http import applications, casework, participants, reviews, selections
from relevo_intake.http import calls as call_routes
from relevo_intake.http import offers as offer_routes
from relevo_intake.store.choosing import SEATING

OPENS = datetime(2019, 9, 12, tzinfo=UTC)
COUNTRIES = ("HN", "CO", "PE", "AR", "MX", "CL")
EDITION = "e" * 32
ROUTERS = (
    call_routes.router,
    applications.router,
    casework.router,
    reviews.router,
    selections.router,
    offer_routes.router,
    participants.router,
)


class Held:
    async def take(self) -> bool:
        return True


@dataclass
class Choosing:
    """A call with applicants, and those who decide."""

    on: Stand
    call_id: str = ""
    receipts: dict[str, str] = field(default_factory=dict)
    coordinator: dict[str, str] = field(default_factory=dict)
    reviewers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def ask(self, path: str, **headers: str) -> Any:
        answer = await self.on.http.get(path, headers=headers or self.coordinator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tell(self, path: str, content: Any = None, headers: dict[str, str] | None = None) -> Any:
        answer = await self.on.post(path, content, headers=headers or self.coordinator)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def receipt(self, application_id: str) -> dict[str, str]:
        return {"Relevo-Receipt": self.receipts[application_id]}

    async def open(self, **criteria: Any) -> None:
        form = {
            "edition_id": EDITION,
            "opens_at": OPENS.isoformat(),
            "closes_at": (OPENS + timedelta(days=20)).isoformat(),
            "seats": 6,
            "travel_grants": 2,
            "criteria": {"priority_countries": ["HN", "CO"], "reviews_per_application": 2, **criteria},
        }
        self.call_id = (await self.tell("/calls", form))["call_id"]

    async def apply(self, number: int) -> str:
        form = {
            "contact": f"person{number}@correo.org",
            "name": f"CANARYNAME{number}",
            "language": "es",
            "country": COUNTRIES[number % 6],
            "organisation": f"CANARYORG {number % 4}",
            "sex": "female" if number % 2 else "male",
            "groups": ["indigenous"] if number % 5 == 0 else [],
            "themes": ["environment"],
            "motivation": f"CANARYTEXT {number}",
            "consent": True,
        }
        receipt = await self.tell(f"/calls/{self.call_id}/applications", form, {"X": "x"})
        self.receipts[receipt["application_id"]] = receipt["receipt_code"]
        return str(receipt["application_id"])

    async def close(self) -> None:
        self.on.clock.at = OPENS + timedelta(days=21)
        await self.sweep()

    async def sweep(self) -> None:
        on_due = {calls.CALL_CLOSES: calls.on_call_closes, **offers.ON_DUE}
        committer = self.on.shell.committer
        assert isinstance(committer, Committer)
        sweeper = Sweeper(self.on.shell.store, committer, Held(), self.on.clock.now, on_due)  # type: ignore[arg-type]
        await sweeper.sweep()

    async def settle(self) -> int:
        shell = self.on.shell
        return await settle_seating(shell.committer, shell.store, shell.vault, self.call_id, self.on.clock.at, new_id())

    async def review_all(self, count: int = 4) -> Any:
        self.reviewers = {f"rev{at}": self.on.tokens.bearer(f"rev{at}", "reviewer") for at in range(count)}
        panel = [{"reviewer_id": name, "country": COUNTRIES[at % 6]} for at, name in enumerate(self.reviewers)]
        assigned = await self.tell(f"/calls/{self.call_id}/reviewers", {"reviewers": panel})
        for name, token in self.reviewers.items():
            for each in (await self.ask("/reviews/assignments?limit=200", **token))["items"]:
                score = int(each["application_id"][:6], 16)
                scores = {"experience": score % 11, "motivation": score % 7, "multiplier_idea": (score + len(name)) % 9}
                await self.tell(f"/applications/{each['application_id']}/reviews", {"scores": scores}, token)
        return assigned

    async def selected(self, **form: Any) -> Any:
        proposed = await self.tell(f"/calls/{self.call_id}/selections", form)
        assert proposed["status"] == "optimal", proposed["concessions"]
        return await self.tell(f"/selections/{proposed['selection_id']}/apply", {})

    def told(self, kind: type) -> list[Any]:
        rows = self.on.store.collections["outbox"].values()
        return [json.loads(row["body"]) for row in rows if row["headers"]["ce-type"].split(".")[2] == kind.__name__]

    async def offered(self) -> dict[str, str]:
        seating = await self.ask(f"/calls/{self.call_id}/seating")
        return {each["application_id"]: each["offer_id"] for each in seating["offers"] if each["state"] == "offered"}


@pytest.fixture
async def choosing() -> AsyncIterator[Choosing]:
    async with stand(ROUTERS, OPENS) as on:
        there = Choosing(on, coordinator=on.tokens.bearer("coo", "coordinator"))
        await there.open()
        for number in range(24):
            await there.apply(number)
        yield there


async def test_every_application_gets_its_share_of_reviewers_and_none_from_its_own_country_rule_2(
    choosing: Choosing,
) -> None:
    assigned = await choosing.review_all()
    assert (assigned["applications"], assigned["assignments"], assigned["short"]) == (24, 48, [])
    assert assigned["most_load"] - assigned["least_load"] <= 4
    found = await choosing.tell(f"/calls/{choosing.call_id}/applications/search", {"countries": ["HN"]})
    states = choosing.on.store.collections["application"]
    assert found["items"]
    assert not any("rev0" in states[each["application_id"]]["state"]["assigned"] for each in found["items"])


async def test_a_conflict_that_shows_after_the_assignment_is_refused_at_the_review_rule_2(choosing: Choosing) -> None:
    await choosing.review_all()
    token = choosing.reviewers["rev3"]
    mine = (await choosing.ask("/reviews/assignments", **token))["items"][0]["application_id"]
    country = (await choosing.ask(f"/applications/{mine}/dossier?purpose=casework"))["profile"]["country"]
    panel = {"reviewers": [{"reviewer_id": "rev3", "country": country}]}
    await choosing.tell(f"/calls/{choosing.call_id}/reviewers", panel)
    scores = {"scores": {"experience": 1, "motivation": 1, "multiplier_idea": 1}}
    for answer in (
        await choosing.on.post(f"/applications/{mine}/reviews", scores, headers=token),
        await choosing.on.http.get(f"/applications/{mine}/for-review", headers=token),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:relevo:problem:conflict-of-interest")


async def test_a_reviewer_who_declares_a_conflict_loses_the_application_and_is_never_given_it_again_rule_2(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    token = choosing.reviewers["rev0"]
    mine = (await choosing.ask("/reviews/assignments", **token))["items"][0]["application_id"]
    await choosing.tell(f"/applications/{mine}/conflicts", None, token)
    await choosing.tell(f"/calls/{choosing.call_id}/reviewers", {})
    state = choosing.on.store.collections["application"][mine]["state"]
    assert "rev0" not in state["assigned"]
    assert len(state["assigned"]) == 2


async def test_a_blind_review_shows_neither_who_it_is_nor_where_from_rule_2(choosing: Choosing) -> None:
    await choosing.review_all()
    token = choosing.reviewers["rev1"]
    mine = (await choosing.ask("/reviews/assignments", **token))["items"][0]["application_id"]
    seen = await choosing.ask(f"/applications/{mine}/for-review", **token)
    assert "CANARYTEXT" in seen["motivation"]
    assert (seen["name"], seen["organisation"], seen["country"]) == (None, None, None)
    assert "CANARYNAME" not in json.dumps(seen)
    assert "@" not in json.dumps(seen)


async def test_an_open_review_shows_the_name_and_never_the_contact_rule_2() -> None:
    async with stand(ROUTERS, OPENS) as on:
        there = Choosing(on, coordinator=on.tokens.bearer("coo", "coordinator"))
        await there.open(blind=False)
        mine = await there.apply(2)
        await there.review_all(count=2)
        seen = await there.ask(f"/applications/{mine}/for-review", **on.tokens.bearer("rev0", "reviewer"))
        assert (seen["name"], seen["country"], seen["organisation"]) == ("CANARYNAME2", "PE", "CANARYORG 2")
        assert "@" not in json.dumps(seen)


async def test_a_reviewer_sees_nothing_but_what_is_assigned(choosing: Choosing) -> None:
    await choosing.review_all()
    stranger = choosing.on.tokens.bearer("stranger", "reviewer")
    someone = next(iter(choosing.receipts))
    for wanted in (someone, "f" * 32):
        answer = await choosing.on.http.get(f"/applications/{wanted}/for-review", headers=stranger)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:relevo:problem:not-assigned")
    assert (await choosing.ask("/reviews/assignments", **stranger))["items"] == []


async def test_a_selection_waits_for_the_close_and_for_reviews_rule_3(choosing: Choosing) -> None:
    path = f"/calls/{choosing.call_id}/selections"
    early = await choosing.on.post(path, {}, headers=choosing.coordinator)
    assert early.json()["type"] == "urn:relevo:problem:call-is-still-open"
    await choosing.close()
    bare = await choosing.on.post(path, {}, headers=choosing.coordinator)
    assert bare.json()["type"] == "urn:relevo:problem:reviews-are-missing"
    assert bare.json()["applications"] == 24


async def test_a_proposal_offers_nothing_until_it_is_applied_and_applies_once_rule_3(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    proposed = await choosing.tell(f"/calls/{choosing.call_id}/selections", {})
    assert not choosing.told(SeatOffered)
    assert (proposed["offered"], proposed["waitlisted"], proposed["turned_down"]) == (6, 6, 12)
    applied = await choosing.tell(f"/selections/{proposed['selection_id']}/apply", {})
    assert (applied["state"], applied["travel_grants"]) == ("applied", 2)
    assert len(choosing.told(SeatOffered)) == 6
    for path in (f"/selections/{proposed['selection_id']}/apply", f"/calls/{choosing.call_id}/selections"):
        again = await choosing.on.post(path, {}, headers=choosing.coordinator)
        assert again.json()["type"] == "urn:relevo:problem:selection-was-applied"
    letters = Counter(row["kind"] for row in choosing.on.store.collections["letters"].values())
    assert (letters["offer"], letters["waitlisted"], letters["turned_down"]) == (6, 6, 12)


async def test_quotas_that_cannot_be_met_come_back_with_a_relaxation_that_helps_rule_3() -> None:
    async with stand(ROUTERS, OPENS) as on:
        there = Choosing(on, coordinator=on.tokens.bearer("coo", "coordinator"))
        await there.open(quotas=[{"attribute": "indigenous", "percent": 100}])
        for number in range(12):
            await there.apply(number)
        await there.review_all()
        await there.close()
        proposed = await there.tell(f"/calls/{there.call_id}/selections", {})
        assert proposed["state"] == "infeasible"
        refused = await on.post(f"/selections/{proposed['selection_id']}/apply", {}, headers=there.coordinator)
        assert refused.json()["type"] == "urn:relevo:problem:selection-is-infeasible"
        relaxed = {each["code"]: each["reachable"] for each in proposed["concessions"]}
        assert relaxed == {"indigenous": 3}
        assert proposed["concessions"][0]["words"]["en"].startswith("Indigenous people: seats asked for 6, within")
        assert (await there.selected(relaxed=relaxed))["offered"] == 6


async def test_a_selection_is_reproduced_from_what_was_stored_until_somebody_is_erased_rule_3(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    selection = await choosing.selected()
    path = f"/selections/{selection['selection_id']}/reproduction"
    again = await choosing.ask(path)
    assert (again["complete"], again["inputs_match"], again["outcomes_match"]) == (True, True, True)
    assert (again["reproduced_objective"], again["record_signed"]) == (selection["merit"], True)
    gone = selection["outcomes"][-1]["application_id"]
    await choosing.tell(f"/applications/{gone}/erasure", None, choosing.receipt(gone))
    again = await choosing.ask(path)
    assert (again["complete"], again["erased"], again["inputs_match"]) == (False, [gone], None)
    assert again["record_signed"]
    assert again["record"]["inputs_sha256"] == selection["inputs_sha256"]


async def test_a_record_that_was_edited_is_no_longer_signed_rule_3(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    selection = await choosing.selected()
    choosing.on.store.collections["selection"][selection["selection_id"]]["state"]["merit"] += 1
    again = await choosing.ask(f"/selections/{selection['selection_id']}/reproduction")
    assert not again["record_signed"]


async def test_everybody_is_told_where_they_stand_and_why_and_nothing_about_others_rule_3(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    mine = next(iter(choosing.receipts))
    early = await choosing.ask(f"/applications/{mine}/offer", **choosing.receipt(mine))
    assert early["standing"] == "undecided"
    await choosing.selected()
    seen = [await choosing.ask(f"/applications/{each}/offer", **choosing.receipt(each)) for each in choosing.receipts]
    assert Counter(each["standing"] for each in seen) == {"offered": 6, "waitlisted": 6, "turned_down": 12}
    assert all(each["reason"]["words"].keys() == {"es", "en", "pt", "fr"} for each in seen)
    assert sum(each["offer"]["travel_grant"] for each in seen if each["offer"]) == 2
    assert {each["reason"]["code"] for each in seen if each["standing"] == "offered"} == {"chosen"}


async def test_a_stranger_who_applied_in_a_defenders_name_is_answered_like_anybody_turned_down_rule_1(
    choosing: Choosing,
) -> None:
    strangers = await choosing.apply(7)
    hers = next(
        id
        for id in choosing.receipts
        if id != strangers and _contact_of(choosing, id) == _contact_of(choosing, strangers)
    )
    await choosing.review_all()
    await choosing.close()
    contact_id = _contact_of(choosing, hers)
    await choosing.tell(f"/contacts/{contact_id}/decision", {"application_id": hers})
    selection = await choosing.selected()
    assert strangers not in {each["application_id"] for each in selection["outcomes"]}
    turned_down = [each["application_id"] for each in selection["outcomes"] if each["decided"] == "turned_down"]
    seen = await choosing.ask(f"/applications/{strangers}/offer", **choosing.receipt(strangers))
    other = await choosing.ask(f"/applications/{turned_down[-1]}/offer", **choosing.receipt(turned_down[-1]))
    assert seen["standing"] == other["standing"] == "turned_down"
    assert seen.keys() == other.keys()
    assert seen["reason"].keys() == other["reason"].keys()
    assert (seen["reason"]["merit"], other["reason"]["merit"]) == (None, None)
    assert seen["reason"]["code"] in {"merit_below_last_seat", "published_shares_and_rules"}


async def test_reviewing_ends_with_the_selection(choosing: Choosing) -> None:
    await choosing.review_all()
    token = choosing.reviewers["rev0"]
    mine = (await choosing.ask("/reviews/assignments", **token))["items"][0]["application_id"]
    await choosing.close()
    await choosing.selected()
    scores = {"scores": {"experience": 1, "motivation": 1, "multiplier_idea": 1}}
    for answer in (
        await choosing.on.post(f"/applications/{mine}/reviews", scores, headers=token),
        await choosing.on.http.get(f"/applications/{mine}/for-review", headers=token),
    ):
        assert answer.json()["type"] == "urn:relevo:problem:reviews-are-over"


async def test_accepting_enrols_and_accepting_again_gives_the_same_answer_rule_4(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    mine, offer = next(iter((await choosing.offered()).items()))
    key = "k" * 5 + "0123456789abcdefghijk"
    path, receipt = f"/offers/{offer}/accept", choosing.receipt(mine)
    first = await choosing.on.post(path, key=key, headers=receipt)
    assert (await choosing.on.post(path, key=key, headers=receipt)).content == first.content
    other_key = await choosing.on.post(path, headers=receipt)
    assert other_key.json() == first.json()
    assert [each["participant_id"] for each in choosing.told(ParticipantEnrolled)] == [first.json()["participant_id"]]
    assert len(choosing.told(SeatAccepted)) == 1
    stranger = await choosing.on.post(path, headers=choosing.receipt(next(e for e in choosing.receipts if e != mine)))
    assert stranger.status_code == 404


async def test_a_declined_and_an_expired_seat_go_to_the_waitlist_and_so_does_that_of_one_who_leaves_rule_4(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    decliner, leaver, *_ = await choosing.offered()
    offered = await choosing.offered()
    await choosing.tell(f"/offers/{offered[decliner]}/decline", None, choosing.receipt(decliner))
    accepted = await choosing.tell(f"/offers/{offered[leaver]}/accept", None, choosing.receipt(leaver))
    await choosing.tell(f"/participants/{accepted['participant_id']}/withdrawal")
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    assert (seating["offered"], seating["accepted"], seating["free"], seating["waitlisted"]) == (6, 0, 0, 4)
    choosing.on.clock.at += timedelta(days=8)
    await choosing.sweep()
    assert await choosing.settle() == 4
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    assert Counter(each["state"] for each in seating["offers"]) == {
        "offered": 4,
        "expired": 6,
        "declined": 1,
        "withdrawn": 1,
    }
    late = await choosing.on.post(f"/offers/{offered[decliner]}/accept", headers=choosing.receipt(decliner))
    assert late.json()["type"] == "urn:relevo:problem:offer-is-no-longer-open"


async def test_whoever_withdraws_or_is_erased_frees_the_seat_and_is_never_offered_one(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    holder = next(iter(await choosing.offered()))
    waiting = (await choosing.ask(f"/calls/{choosing.call_id}/seating"))["waitlist"]
    await choosing.tell(f"/applications/{waiting[0]}/withdrawal", None, choosing.receipt(waiting[0]))
    await choosing.tell(f"/applications/{waiting[1]}/erasure", None, choosing.receipt(waiting[1]))
    await choosing.tell(f"/applications/{holder}/erasure", None, choosing.receipt(holder))
    await choosing.settle()
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    holding = {each["application_id"] for each in seating["offers"] if each["state"] == "offered"}
    assert len(holding) == 6
    assert not holding & {holder, waiting[0], waiting[1]}


async def test_a_selection_that_names_somebody_who_left_meanwhile_is_not_applied_rule_3(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    proposed = await choosing.tell(f"/calls/{choosing.call_id}/selections", {})
    first = next(each["application_id"] for each in proposed["outcomes"] if each["decided"] == "offered")
    await choosing.tell(f"/applications/{first}/withdrawal", None, choosing.receipt(first))
    refused = await choosing.on.post(f"/selections/{proposed['selection_id']}/apply", {}, headers=choosing.coordinator)
    assert refused.json()["type"] == "urn:relevo:problem:selection-is-outdated"
    assert (await choosing.selected())["considered"] == 23


async def test_the_seats_of_a_call_may_grow_and_the_waitlist_moves_up_rule_3(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected(seats=4)
    await choosing.tell(f"/calls/{choosing.call_id}/seats", {"seats": 6})
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    assert (seating["seats"], seating["offered"], seating["free"]) == (6, 6, 0)
    refused = await choosing.on.post(f"/calls/{choosing.call_id}/seats", {"seats": 5}, headers=choosing.coordinator)
    assert refused.json()["type"] == "urn:relevo:problem:seats-are-taken"


async def test_accepts_declines_and_withdrawals_all_at_once_never_hold_one_seat_too_many_rule_3(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    for _ in range(4):
        offered = list((await choosing.offered()).items())
        calls_at_once = []
        for at, (application_id, offer) in enumerate(offered):
            verbs = ("accept", "accept") if at % 2 else ("accept", "decline")
            calls_at_once += [
                choosing.on.post(f"/offers/{offer}/{verb}", headers=choosing.receipt(application_id)) for verb in verbs
            ]
        answers = await asyncio.gather(*calls_at_once)
        assert {each.status_code for each in answers} <= {200, 409}
        seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
        assert seating["accepted"] + seating["offered"] <= 6
    enrolled = (await choosing.ask(f"/editions/{EDITION}/participants"))["items"]
    assert len(enrolled) == (await choosing.ask(f"/calls/{choosing.call_id}/seating"))["accepted"] > 0


async def test_names_of_participants_are_opened_only_on_demand_and_on_record(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    mine, offer = next(iter((await choosing.offered()).items()))
    await choosing.tell(f"/offers/{offer}/accept", None, choosing.receipt(mine))
    assert (await choosing.ask(f"/editions/{EDITION}/participants"))["items"][0]["name"] is None
    before = len(choosing.on.store.collections["sensitive_reads"])
    named = await choosing.ask(f"/editions/{EDITION}/participants?names=true")
    assert named["items"][0]["name"].startswith("CANARYNAME")
    assert len(choosing.on.store.collections["sensitive_reads"]) == before + 1


async def test_no_attribute_of_anybody_stands_in_clear_in_the_store_or_the_log(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    sealed = {"vault", "vault_keys", "once"}
    clear = {name: rows for name, rows in choosing.on.store.collections.items() if name not in sealed}
    text = json.dumps(clear, default=str) + choosing.on.logged.getvalue()
    assert "CANARY" not in text
    assert "correo.org" not in text
    people = {id: row["state"] for id, row in clear["seating"].items()}
    offered = json.dumps(people[choosing.call_id]["offers"], default=str)
    assert not any(f'"{country}"' in offered for country in COUNTRIES)


async def test_only_coordinators_select_and_only_reviewers_review(choosing: Choosing) -> None:
    other = choosing.on.tokens.bearer("someone", "expert")
    reviewer = choosing.on.tokens.bearer("rev0", "reviewer")
    id = "a" * 32
    for method, path, wrong in (
        ("POST", f"/calls/{choosing.call_id}/reviewers", reviewer),
        ("POST", f"/calls/{choosing.call_id}/selections", reviewer),
        ("GET", f"/selections/{id}", reviewer),
        ("POST", f"/selections/{id}/apply", reviewer),
        ("GET", f"/selections/{id}/reproduction", reviewer),
        ("GET", f"/calls/{choosing.call_id}/seating", reviewer),
        ("POST", f"/calls/{choosing.call_id}/seats", reviewer),
        ("GET", f"/editions/{EDITION}/participants", reviewer),
        ("POST", f"/participants/{id}/withdrawal", reviewer),
        ("GET", "/reviews/assignments", other),
        ("GET", f"/applications/{id}/for-review", choosing.coordinator),
        ("POST", f"/applications/{id}/reviews", choosing.coordinator),
        ("POST", f"/applications/{id}/conflicts", choosing.coordinator),
    ):
        headers = {"Idempotency-Key": "0123456789abcdefghijklmnop", **wrong}
        body = {"seats": 9} if path.endswith("seats") else {"scores": {"a": 1}} if path.endswith("reviews") else {}
        sent = {"json": body} if method == "POST" else {}
        answer = await choosing.on.http.request(method, path, headers=headers, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 403, (path, answer.text)


async def test_a_selection_asks_the_store_a_constant_number_of_times(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    store = choosing.on.store
    before = (store.reads, store.transactions)
    await choosing.selected()
    assert store.reads - before[0] <= 45
    assert store.transactions - before[1] <= 4
    assert SEATING.name in store.collections


def _contact_of(choosing: Choosing, application_id: str) -> str:
    return str(choosing.on.store.collections["application"][application_id]["state"]["contact_id"])
