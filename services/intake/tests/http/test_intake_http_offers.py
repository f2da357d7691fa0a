"""Offers, seats and participants (rules 3 and 4)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

from relevo_contracts.intake import ParticipantEnrolled, SeatAccepted
from relevo_intake.commands.refilling import keep_seats_refilled
from relevo_testkit.records import readings_of
from relevo_testkit.waiting import until

Choosing = Any
EDITION = "e" * 32
COUNTRIES = ("HN", "CO", "PE", "AR", "MX", "CL")


async def test_rule_4_accepting_enrols_and_accepting_again_gives_the_same_answer(choosing: Choosing) -> None:
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
    assert [each["participant_id"] for each in choosing.events(ParticipantEnrolled)] == [first.json()["participant_id"]]
    assert len(choosing.events(SeatAccepted)) == 1
    stranger = await choosing.on.post(path, headers=choosing.receipt(next(e for e in choosing.receipts if e != mine)))
    assert stranger.status_code == 404


async def test_rule_4_a_declined_and_an_expired_seat_go_to_the_waitlist_and_so_does_that_of_one_who_leaves(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    decliner, leaver, *_ = await choosing.offered()
    offered = await choosing.offered()
    await choosing.post(f"/offers/{offered[decliner]}/decline", None, choosing.receipt(decliner))
    accepted = await choosing.post(f"/offers/{offered[leaver]}/accept", None, choosing.receipt(leaver))
    await choosing.post(f"/participants/{accepted['participant_id']}/withdraw")
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


async def test_rule_4_seats_that_came_free_while_nobody_looked_are_offered_by_the_background_task(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    choosing.on.clock.at += timedelta(days=8)
    await choosing.sweep()
    assert not await choosing.offered()
    shell = choosing.on.shell
    task = asyncio.create_task(keep_seats_refilled(choosing.office, shell.clock.now, choosing.lease))
    await until(choosing.offered, 5)
    task.cancel()
    assert len(await choosing.offered()) == 6


async def test_rule_4_whoever_withdraws_or_is_erased_frees_the_seat_and_is_never_offered_one(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    holder = next(iter(await choosing.offered()))
    waiting = (await choosing.ask(f"/calls/{choosing.call_id}/seating"))["waitlist"]
    await choosing.post(f"/applications/{waiting[0]}/withdraw", None, choosing.receipt(waiting[0]))
    await choosing.post(f"/applications/{waiting[1]}/erase", None, choosing.receipt(waiting[1]))
    await choosing.post(f"/applications/{holder}/erase", None, choosing.receipt(holder))
    await choosing.settle()
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    holding = {each["application_id"] for each in seating["offers"] if each["state"] == "offered"}
    assert len(holding) == 6
    assert not holding & {holder, waiting[0], waiting[1]}


async def test_rule_3_the_seats_of_a_call_may_grow_and_the_waitlist_moves_up(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected(seats=4)
    await choosing.post(f"/calls/{choosing.call_id}/seats", {"seats": 6})
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    assert (seating["seats"], seating["offered"], seating["free"]) == (6, 6, 0)
    refused = await choosing.on.post(f"/calls/{choosing.call_id}/seats", {"seats": 5}, headers=choosing.coordinator)
    assert refused.json()["type"] == "urn:relevo:problem:seats-are-taken"


async def test_rule_3_accepts_declines_and_withdrawals_all_at_once_never_hold_one_seat_too_many(
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
    await choosing.post(f"/offers/{offer}/accept", None, choosing.receipt(mine))
    assert (await choosing.ask(f"/editions/{EDITION}/participants"))["items"][0]["name"] is None
    before = len(readings_of(choosing.on.store))
    named = await choosing.ask(f"/editions/{EDITION}/participants?names=true")
    assert named["items"][0]["name"].startswith("CANARYNAME")
    assert len(readings_of(choosing.on.store)) == before + 1


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
        ("POST", f"/participants/{id}/withdraw", reviewer),
        ("GET", "/me/assignments", other),
        ("GET", f"/applications/{id}/for-review", choosing.coordinator),
        ("POST", f"/applications/{id}/reviews", choosing.coordinator),
        ("POST", f"/applications/{id}/step-aside", choosing.coordinator),
    ):
        headers = {"Idempotency-Key": "0123456789abcdefghijklmnop", **wrong}
        body = {"seats": 9} if path.endswith("seats") else {"scores": {"a": 1}} if path.endswith("reviews") else {}
        sent = {"json": body} if method == "POST" else {}
        answer = await choosing.on.http.request(method, path, headers=headers, **sent)
        assert answer.status_code == 403, (path, answer.text)
