"""The one question that this service asks another, and what it does when it gets no answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from relevo_certification.background import Asker
from relevo_certification.domain.sealed import Identity
from relevo_certification.identities import IntakeAway, IntakeIdentities, NobodyThere, ServiceToken

PARTICIPANT = "a" * 32
DISCOVERY = {"issuer": "https://issuer.test", "token_endpoint": "https://issuer.test/token"}
Answer = Callable[[httpx.Request], httpx.Response]


class World:
    """An issuer and intake, as answers to requests."""

    def __init__(self, intake: Answer, expires_in: int = 3600) -> None:
        self.now, self.tokens, self.intake, self.expires_in = 0.0, 0, intake, expires_in
        self.requests: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json=DISCOVERY)
            case "/token":
                self.tokens += 1
                return httpx.Response(200, json={"access_token": f"token-{self.tokens}", "expires_in": self.expires_in})
            case _:
                return self.intake(request)

    def identities(self) -> IntakeIdentities:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        token = ServiceToken(
            client, "https://issuer.test", "certification", lambda: "a-secret", "intake", lambda: self.now
        )
        return IntakeIdentities(client, "https://intake.test/", token)


def known(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"name": "Rosa", "language": "pt", "display": "unnamed"})


async def test_intake_is_asked_for_one_participant_with_the_purpose_and_a_token_of_the_services_own() -> None:
    world = World(known)
    assert await world.identities().of(PARTICIPANT) == Identity(name="Rosa", language="pt", named=False)
    grant, question = world.requests[1], world.requests[2]
    assert grant.content == b"grant_type=client_credentials&audience=intake"
    assert grant.headers["authorization"].startswith("Basic ")
    assert str(question.url) == f"https://intake.test/participants/{PARTICIPANT}/identity?purpose=certificate"
    assert question.headers["authorization"] == "Bearer token-1"


async def test_a_token_is_kept_until_near_its_end() -> None:
    world = World(known)
    identities = world.identities()
    for now, expected in ((0, 1), (3000, 1), (3541, 2)):
        world.now = now
        await identities.of(PARTICIPANT)
        assert world.tokens == expected


@pytest.mark.parametrize("status", [404, 410])
async def test_who_is_not_known_or_was_erased_is_nobody(status: int) -> None:
    with pytest.raises(NobodyThere):
        await World(lambda _: httpx.Response(status)).identities().of(PARTICIPANT)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(403),
        httpx.Response(200, json={"name": "Rosa"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(302, headers={"Location": "https://elsewhere.test"}),
    ],
)
async def test_any_other_answer_is_no_answer_and_quotes_nothing_of_it(answer: httpx.Response) -> None:
    with pytest.raises(IntakeAway) as away:
        await World(lambda _: answer).identities().of(PARTICIPANT)
    assert "Rosa" not in str(away.value)


async def test_an_issuer_that_is_away_is_as_if_intake_were() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    client = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    token = ServiceToken(client, "https://issuer.test", "certification", lambda: "a-secret", "intake")
    with pytest.raises(IntakeAway):
        await IntakeIdentities(client, "https://intake.test", token).of(PARTICIPANT)


class Away:
    """Does not answer, for a while."""

    def __init__(self, times: int, then: Identity) -> None:
        self.left, self.then = times, then

    async def of(self, participant_id: str) -> Identity:
        self.left -= 1
        if self.left >= 0:
            raise IntakeAway("intake answered 503")
        return self.then


async def test_while_intake_is_away_it_is_asked_ever_less_and_nothing_is_lost(house: Any, making: Any) -> None:
    await house.receive(making.enrolled(0), making.completed(0), making.fulfilled(0))
    away = Away(3, Identity(name="Rosa", language="es", named=True))
    asker = Asker(replace(house.office, identities=away), house.stand.clock.now)
    assert [await asker.ask() for _ in range(4)] == [1.0, 2.0, 5.0, 0.5]
    assert (await house.certificate(0)).identity == "held"


async def test_rule_14_an_erasure_while_intake_is_asked_wins(house: Any, making: Any) -> None:
    await house.receive(making.enrolled(0), making.completed(0), making.fulfilled(0))

    class Slow:
        async def of(self, participant_id: str) -> Identity:
            await house.receive(making.erased(0))
            return Identity(name="Rosa", language="es", named=True)

    await Asker(replace(house.office, identities=Slow()), house.stand.clock.now).ask()
    assert (await house.certificate(0)).identity == "not_asked"
    assert house.stand.store.collections["vault"] == {}
    assert house.stand.store.collections["vault_keys"] == {}
