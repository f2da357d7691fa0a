"""A call under attack: who begins brings work or has waited, each proof counts once, and what staff see of it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.http.allowance import Allowance
from relevo_chassis.ids import new_id
from relevo_intake import proofs
from relevo_intake.commands.guarding import weigh_guards
from relevo_intake.commands.office import Office
from relevo_intake.equipment import TooManyTickets
from relevo_intake.store.guarding import BEGINNINGS, Beginnings
from relevo_testkit.records import decisions_of
from relevo_testkit.stand import Stand

Form = Callable[..., dict[str, Any]]
TYPE = "urn:relevo:problem:"
PROCESS_TIME = datetime(2026, 11, 30, 12, 0, 30, tzinfo=UTC)


def solved(challenge: dict[str, Any], **changes: Any) -> dict[str, str]:
    """The header with a solution; ``changes`` are of what the challenge says."""
    asked = challenge["parameters"]
    nonce, salt, prefix = bytes.fromhex(asked["nonce"]), bytes.fromhex(asked["salt"]), bytes.fromhex(asked["keyPrefix"])
    counter, derived = 0, b""
    while not derived.startswith(prefix):
        derived = hashlib.pbkdf2_hmac("sha256", nonce + counter.to_bytes(4, "big"), salt, asked["cost"], 32)
        counter += 1
    sent = {**challenge, "parameters": {**asked, **changes}}
    return encoded({"challenge": sent, "solution": {"counter": counter - 1, "derivedKey": derived.hex()}})


def encoded(payload: Any) -> dict[str, str]:
    return {"Relevo-Proof": base64.b64encode(json.dumps(payload).encode()).decode()}


class Attacked:
    """A call, whoever begins, and process time in the test's hand."""

    def __init__(self, intake: Stand, call_id: str) -> None:
        self.on, self.call_id, self.now = intake, call_id, PROCESS_TIME
        self.coordinator = intake.tokens.bearer("coordinator-1", "coordinator")
        self.beginnings = self.process()
        self.equipped(now=lambda: self.now, beginnings=self.beginnings)

    def process(self) -> Beginnings:
        return Beginnings(lambda: self.now)

    def equipped(self, **changed: Any) -> None:
        shell = self.on.app.state.shell
        self.on.app.state.shell = replace(shell, equipment=replace(shell.equipment, **changed))

    async def guard(self, when: str) -> Any:
        path = f"/calls/{self.call_id}/guard"
        answer = await self.on.http.put(path, json={"when": when}, headers=self.coordinator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def guarded(self) -> Any:
        return (await self.on.http.get(f"/calls/{self.call_id}/guard", headers=self.coordinator)).json()

    async def public(self) -> Any:
        return (await self.on.http.get(f"/calls/{self.call_id}")).json()

    async def challenge(self, call_id: str = "") -> Any:
        return (await self.on.http.get(f"/calls/{call_id or self.call_id}/challenge")).json()

    async def ticket(self) -> Any:
        answer = await self.on.http.post(f"/calls/{self.call_id}/tickets")
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def begin(self, headers: Any = None, key: str | None = None) -> Any:
        return await self.on.post(f"/calls/{self.call_id}/drafts", {}, key=key, headers=headers)

    async def weigh(self, attack: int) -> None:
        await self.beginnings.send(self.on.shell.store)
        await weigh_guards(Office.of(self.on.shell), attack, self.now, self.on.clock.at)


@pytest.fixture
def attacked(intake: Stand, call_id: str, monkeypatch: pytest.MonkeyPatch) -> Attacked:
    monkeypatch.setattr(proofs, "COUNTERS", range(10, 20))
    return Attacked(intake, call_id)


def kind_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix(TYPE)


async def test_while_nobody_attacks_nobody_brings_a_proof(attacked: Attacked) -> None:
    assert (await attacked.public())["proof_wanted"] is False
    assert (await attacked.begin()).status_code == 201
    assert (await attacked.begin({"Relevo-Proof": "whatever"})).status_code == 201


async def test_a_call_under_attack_wants_a_proof_of_whoever_begins_a_draft_or_sends_an_application(
    attacked: Attacked, application_form: Form
) -> None:
    await attacked.guard("always")
    assert (await attacked.public())["proof_wanted"] is True
    assert kind_of(await attacked.begin()) == (428, "proof-is-wanted")
    path = f"/calls/{attacked.call_id}/applications"
    assert kind_of(await attacked.on.post(path, application_form())) == (428, "proof-is-wanted")
    sent = await attacked.on.post(path, application_form(), headers=solved(await attacked.challenge()))
    assert sent.status_code == 201
    assert (await attacked.begin(solved(await attacked.challenge()))).status_code == 201
    await attacked.guard("never")
    assert (await attacked.begin()).status_code == 201


async def test_what_was_begun_before_an_attack_is_gone_on_with_and_sent_without_a_proof(
    attacked: Attacked, application_form: Form
) -> None:
    begun = (await attacked.begin()).json()
    await attacked.guard("always")
    receipt = {"Relevo-Receipt": begun["receipt_code"]}
    path = f"/drafts/{begun['draft_id']}"
    read = await attacked.on.http.get(path, headers=receipt)
    content = {name: value for name, value in application_form().items() if name != "consent"}
    tag = {**receipt, "If-Match": read.headers["etag"]}
    assert (await attacked.on.http.put(path, json=content, headers=tag)).status_code == 200
    assert (await attacked.on.post(f"{path}/submit", {"consent": True}, headers=receipt)).status_code == 201


async def test_a_refusal_says_in_the_persons_language_what_is_wanted(attacked: Attacked) -> None:
    await attacked.guard("always")
    answer = await attacked.begin({"Accept-Language": "pt"})
    assert answer.json()["title"].startswith("A chamada está sob ataque")


async def test_a_solution_lets_one_begin_once_and_a_repeated_request_is_answered_as_the_first(
    attacked: Attacked,
) -> None:
    await attacked.guard("always")
    proof, key = solved(await attacked.challenge()), new_id()
    first = await attacked.begin(proof, key)
    assert (first.status_code, (await attacked.begin(proof, key)).content) == (201, first.content)
    assert kind_of(await attacked.begin(proof)) == (428, "proof-is-not-good")


async def test_of_many_who_bring_the_same_solution_at_once_one_begins(attacked: Attacked) -> None:
    await attacked.guard("always")
    proof = solved(await attacked.challenge())
    answers = await asyncio.gather(*(attacked.begin(proof) for _ in range(20)))
    assert sorted(each.status_code for each in answers) == [201] + [428] * 19


async def test_a_solution_of_another_call_lets_nobody_begin(attacked: Attacked, call_form: dict[str, Any]) -> None:
    other = {**call_form, "call_id": "3" * 32}
    assert (await attacked.on.post("/calls", other, headers=attacked.coordinator)).status_code == 201
    await attacked.guard("always")
    foreign = await attacked.challenge("3" * 32)
    assert kind_of(await attacked.begin(solved(foreign))) == (428, "proof-is-not-good")
    renamed = solved(foreign, data={"call_id": attacked.call_id, "below": 20})
    assert kind_of(await attacked.begin(renamed)) == (428, "proof-is-not-good")


async def test_a_challenge_is_over_after_an_hour(attacked: Attacked) -> None:
    await attacked.guard("always")
    proof = solved(await attacked.challenge())
    attacked.now += timedelta(minutes=60)
    assert kind_of(await attacked.begin(proof)) == (428, "proof-is-not-good")


@pytest.mark.parametrize(
    "changes",
    [{"cost": 1}, {"expiresAt": 4_000_000_000}, {"keyPrefix": "00"}, {"salt": "00" * 16}, {"keySignature": "00" * 32}],
)
async def test_a_challenge_that_somebody_made_easier_lets_nobody_begin(
    attacked: Attacked, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await attacked.guard("always")
    assert kind_of(await attacked.begin(solved(await attacked.challenge(), **changes))) == (428, "proof-is-not-good")


async def test_a_challenge_without_its_solution_lets_nobody_begin(attacked: Attacked) -> None:
    await attacked.guard("always")
    challenge = await attacked.challenge()
    guess = {"counter": 11, "derivedKey": challenge["parameters"]["keyPrefix"] + "0" * 32}
    payloads: list[Any] = [
        {"challenge": challenge, "solution": guess},
        {"challenge": challenge},
        [],
        None,
        "text",
        {"a": 1},
    ]
    for payload in payloads:
        assert kind_of(await attacked.begin(encoded(payload))) == (428, "proof-is-not-good")


@pytest.mark.parametrize(
    "brought", [b"x", b"====", b"e30=", b"ticket", b"ticket.", b"ticket.a.b.c", b"ticket.a.1.\xc3\xa9", b"\xff"]
)
async def test_what_is_no_proof_at_all_is_refused_alike(attacked: Attacked, brought: bytes) -> None:
    await attacked.guard("always")
    assert kind_of(await attacked.begin({"Relevo-Proof": brought})) == (428, "proof-is-not-good")


async def test_a_ticket_counts_after_ten_minutes_for_an_hour_and_once(attacked: Attacked) -> None:
    await attacked.guard("always")
    issued, spare = await attacked.ticket(), await attacked.ticket()
    counts_from = datetime.fromisoformat(issued["counts_from"])
    assert timedelta(minutes=10) <= counts_from - attacked.now <= timedelta(minutes=11)
    proof = {"Relevo-Proof": issued["ticket"]}
    attacked.now = counts_from - timedelta(seconds=1)
    assert kind_of(await attacked.begin(proof)) == (428, "proof-is-not-good")
    attacked.now = counts_from
    assert (await attacked.begin(proof)).status_code == 201
    assert kind_of(await attacked.begin(proof)) == (428, "proof-is-not-good")
    attacked.now = datetime.fromisoformat(spare["counts_until"])
    assert kind_of(await attacked.begin({"Relevo-Proof": spare["ticket"]})) == (428, "proof-is-not-good")


async def test_a_ticket_that_somebody_dated_back_lets_nobody_begin(attacked: Attacked) -> None:
    await attacked.guard("always")
    word, nonce, _, mac = (await attacked.ticket())["ticket"].split(".")
    earlier = str(int(attacked.now.timestamp()) - 60)
    assert kind_of(await attacked.begin({"Relevo-Proof": ".".join((word, nonce, earlier, mac))})) == (
        428,
        "proof-is-not-good",
    )


async def test_tickets_are_few_for_one_address_and_bounded_over_all(attacked: Attacked) -> None:
    one, all_of_them = (Allowance(count, TooManyTickets, lambda: 0.0) for count in (2, 100))
    attacked.equipped(tickets=one, all_tickets=all_of_them)
    path = f"/calls/{attacked.call_id}/tickets"
    answers = [await attacked.on.http.post(path) for _ in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert answers[2].headers["retry-after"] == "30"
    attacked.equipped(tickets=Allowance(100, TooManyTickets), all_tickets=Allowance(1, TooManyTickets, lambda: 0.0))
    assert [(await attacked.on.http.post(path)).status_code for _ in range(2)] == [201, 429]


async def test_who_begins_is_counted_through_all_replicas_and_makes_an_attack_that_ends_by_itself(
    attacked: Attacked,
) -> None:
    other = attacked.process()
    for _ in range(3):
        await attacked.begin()
    attacked.equipped(beginnings=other)
    for _ in range(2):
        await attacked.begin()
    await attacked.weigh(attack=5)
    assert (await attacked.public())["proof_wanted"] is False
    await other.send(attacked.on.shell.store)
    await attacked.weigh(attack=5)
    found = await attacked.guarded()
    assert (found["proof_wanted"], found["begun_in_ten_minutes"], found["when"]) == (True, 5, "attacked")
    assert kind_of(await attacked.begin()) == (428, "proof-is-wanted")
    attacked.now += timedelta(minutes=11)
    await attacked.weigh(attack=5)
    assert (await attacked.guarded())["attacked_since"] is None
    assert (await attacked.begin()).status_code == 201
    codes = [each["code"] for each in decisions_of(attacked.on.store)]
    assert codes[-2:] == ["call_attacked", "attack_over"]


async def test_attempts_that_are_refused_for_want_of_a_proof_keep_an_attack_going(attacked: Attacked) -> None:
    for _ in range(4):
        await attacked.begin()
    await attacked.weigh(attack=4)
    for _ in range(3):
        attacked.now += timedelta(minutes=6)
        assert kind_of(await attacked.begin()) == (428, "proof-is-wanted")
        assert kind_of(await attacked.begin({"Relevo-Proof": "x"})) == (428, "proof-is-not-good")
        await attacked.weigh(attack=4)
    assert (await attacked.public())["proof_wanted"] is True


async def test_attempts_at_what_is_no_call_are_not_counted(attacked: Attacked) -> None:
    answer = await attacked.on.post(f"/calls/{new_id()}/drafts", {})
    assert answer.status_code == 404
    await attacked.beginnings.send(attacked.on.shell.store)
    assert attacked.on.store.collections.get(BEGINNINGS, {}) == {}


async def test_what_is_counted_names_nobody_and_no_address(attacked: Attacked) -> None:
    await attacked.begin()
    await attacked.beginnings.send(attacked.on.shell.store)
    (row,) = attacked.on.store.collections[BEGINNINGS].values()
    assert set(row) == {"_id", "call_id", "ends_at", "count"}
    assert (row["count"], row["ends_at"]) == (1, PROCESS_TIME.replace(second=0) + timedelta(minutes=10))


async def test_a_coordinator_says_when_proofs_are_wanted_on_record_and_nobody_elses_edit_is_outdated_by_it(
    attacked: Attacked,
) -> None:
    path = f"/calls/{attacked.call_id}"
    tag = (await attacked.on.http.get(path)).headers["etag"]
    found = await attacked.guard("always")
    assert (found["when"], found["proof_wanted"]) == ("always", True)
    assert [each["code"] for each in decisions_of(attacked.on.store)][-1] == "proofs_wanted_always"
    headers = {**attacked.coordinator, "If-Match": tag}
    assert (await attacked.on.http.patch(path, json={"answer_days": 6}, headers=headers)).status_code == 200
    assert (await attacked.public())["proof_wanted"] is True


async def test_a_call_that_is_extended_stays_guarded(attacked: Attacked) -> None:
    await attacked.guard("always")
    path = f"/calls/{attacked.call_id}"
    headers = {**attacked.coordinator, "If-Match": (await attacked.on.http.get(path)).headers["etag"]}
    answer = await attacked.on.post(f"{path}/extend", {"closes_at": "2019-10-04T04:59:00Z"}, headers=headers)
    assert answer.status_code == 200
    assert kind_of(await attacked.begin()) == (428, "proof-is-wanted")
