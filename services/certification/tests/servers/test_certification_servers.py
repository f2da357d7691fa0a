"""The whole service as a process, on a real nats-server and a real mongod."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import ECKey

from relevo_certification.consumers import SUBSCRIPTIONS
from relevo_certification.credential.keys import generate
from relevo_certification.domain.sealed import CERTIFICATE
from relevo_certification.store import COLLECTIONS, KINDS
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import KEYS, SEALED, key_id
from relevo_contracts import Event, decode, encode
from relevo_servers import MongoServer, free_port
from relevo_testkit.backup import backed_up, restored
from relevo_testkit.serving import ServiceProcess, listening
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

CANARY = "Zoraida Canario-Zafiro"
WRITTEN = ("certificate", "vault", "vault_keys", "links", "once", "outbox", "status_entry", "identity_requests")
VERY_MANY = int(os.environ.get("RELEVO_TEST_CERTIFICATES", "120"))
DURABLES = ("intake", "scheduling", "multiplier_tracking")


class Outside:
    """A token issuer and intake, in one."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.key = ECKey.generate_key("P-256", {"kid": "k"})
        self.asked: list[str] = []
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.discovery)
        self.app.get("/jwks.json")(self.key_set)
        self.app.post("/token")(self.grant)
        self.app.get("/participants/{participant_id}/identity")(self.identity)

    def token(self, audience: str, *roles: str, **claims: Any) -> str:
        now = int(time.time())
        usual = {"iss": self.url, "sub": "somebody", "aud": audience, "iat": now, "exp": now + 600, "roles": [*roles]}
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "k"}, {**usual, **claims}, self.key)

    async def discovery(self) -> dict[str, str]:
        jwks, token = f"{self.url}/jwks.json", f"{self.url}/token"
        return {"issuer": self.url, "jwks_uri": jwks, "token_endpoint": token}

    async def key_set(self) -> dict[str, Any]:
        return {"keys": [{**self.key.as_dict(private=False), "kid": "k", "alg": "ES256", "use": "sig"}]}

    async def grant(self) -> dict[str, Any]:
        return {"access_token": self.token("intake", "service"), "expires_in": 600}

    async def identity(self, participant_id: str, request: Request) -> dict[str, str]:
        assert request.query_params["purpose"] == "certificate"
        self.asked.append(participant_id)
        return {"name": CANARY, "language": "pt", "display": "unnamed"}


class Running(ServiceProcess):
    """The service's process, its bus and its surroundings."""

    def __init__(self, environment: dict[str, str], output: Path, outside: Outside, streams: Streams) -> None:
        super().__init__(("-m", "relevo_certification"), environment, output)
        self.outside, self.streams = outside, streams
        self.coordinator = {"Authorization": f"Bearer {outside.token('certification', 'coordinator')}"}

    async def begin(self) -> None:
        """Start it and return when it is ready."""
        self.start()
        await self.until_ready()

    async def every(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list."""
        found, params = [], {"limit": "200"}
        while True:
            page = (await self.http.get(path, params=params, headers=self.coordinator)).json()
            found += page["items"]
            if page["next"] is None:
                return found
            params["after"] = page["next"]

    async def issued(self, path: str, within: float = 60) -> list[dict[str, Any]]:
        """Have what is ready issued; what became of each."""
        asked = await self.http.post(path, headers={**self.coordinator, "Idempotency-Key": new_id()}, timeout=60)
        assert asked.status_code == 202, asked.text
        place = asked.headers["location"]

        async def finished() -> bool:
            return bool((await self.http.get(place, headers=self.coordinator)).json()["state"] == "finished")

        await until(finished, within)
        return await self.every(f"{place}/rows")

    async def events(self) -> list[Event]:
        wires = await self.streams.stored("EVENTS_CERTIFICATION")
        return [decode(wire.headers, wire.body).event for wire in wires]

    async def standing(self, participant_id: str) -> str:
        answer = await self.http.get(f"/certificates/{participant_id}", headers=self.coordinator)
        return str(answer.json().get("standing"))


@pytest_asyncio.fixture
async def service(surroundings: Surroundings, streams: Streams) -> AsyncIterator[Running]:
    await streams.of(*DURABLES, "certification")
    await streams.erasures("intake")
    await streams.durables(SUBSCRIPTIONS)
    signing_keys = surroundings.folder / "signing-keys"
    generate(signing_keys, 2020)
    outside_port, port = free_port(), free_port()
    outside = Outside(outside_port)
    environment = surroundings.environment(
        oidc_issuer=outside.url,
        http_port=port,
        intake_url=outside.url,
        public_url=f"http://127.0.0.1:{port}",
        signing_keys=signing_keys,
    )
    async with listening(outside.app, outside_port):
        made = Running(environment, surroundings.folder / "output", outside, streams)
        await made.begin()
        yield made
        await made.close()


async def test_from_events_to_a_certificate_that_a_stranger_verifies_across_a_kill(
    service: Running, making: Any, verifier: Any, tmp_path: Path, mongo_server: MongoServer, mongo_database: str
) -> None:
    person = making.participant(0)
    facts = making.facts().model_dump(mode="json")
    put = await service.http.put(f"/editions/{making.edition_id}", json=facts, headers=service.coordinator)
    assert put.status_code == 200, put.text
    events = [making.enrolled(0, by_the_service=True), making.completed(0), making.fulfilled(0)]
    for envelope in making.enveloped(events)[:2]:
        await service.streams.publish(encode(envelope))
    await service.kill()
    await service.streams.publish(encode(making.enveloped(events)[2]))
    await service.begin()

    async def is_issued() -> bool:
        return await service.standing(person) == "issued"

    await until(is_issued, 30)
    seen = (await service.http.get(f"/certificates/{person}", headers=service.coordinator)).json()
    link = seen["issued"][0]["verification_url"]
    files = []
    for name in ("credential.json", "credential.jwt"):
        files.append(tmp_path / name)
        files[-1].write_bytes((await service.http.get(f"{link}/{name}")).content)
    served = {"did.json": "/.well-known/did.json", "status.json": "/status/1", "refresh.json": "/status/1/refresh"}
    for name, path in served.items():
        (tmp_path / name).write_bytes((await service.http.get(path)).content)
    now = making.issued_at.now(making.issued_at.tzinfo)
    found = verifier.outcomes(files, tmp_path / "did.json", [tmp_path / "status.json", tmp_path / "refresh.json"], now)
    assert [each["outcome"] for each in found] == ["valid", "valid"], found
    page = await service.http.get(f"{link}?lang=pt")
    assert "Certificado válido" in page.text
    assert CANARY not in page.text

    async def all_are_published() -> bool:
        names = [type(each).__name__ for each in await service.events()]
        return sorted(names) == ["CertificateIssued", "CertificateReady"]

    await until(all_are_published)
    await service.stop()
    assert service.exit_code == 0
    output = service.output
    assert "Traceback" not in output
    await _nobody_is_named(mongo_server.url, mongo_database, output, await service.events(), link.rpartition("/")[2])


async def _nobody_is_named(url: str, database: str, output: str, events: list[Event], token: str) -> None:
    store = Store.connected(url, database)
    documents = [
        repr([row async for row in store.every(name)])
        for name in (
            "certificate",
            "vault",
            "vault_keys",
            "links",
            "once",
            "outbox",
            "status_entry",
            "identity_requests",
        )
    ]
    store.close()
    everything = output + repr(events) + "".join(documents)
    for word in ("Zoraida", "Zafiro", token):
        assert word not in everything


async def test_rule_14_a_database_restored_from_before_an_erasure_has_forgotten_the_person_when_it_is_ready(
    service: Running, making: Any, mongo_server: MongoServer, mongo_database: str
) -> None:
    facts = making.facts().model_dump(mode="json")
    await service.http.put(f"/editions/{making.edition_id}", json=facts, headers=service.coordinator)
    person, events = (
        making.participant(0),
        [making.enrolled(0, by_the_service=True), making.completed(0), making.fulfilled(0)],
    )
    *before, erased = making.enveloped([*events, making.erased(0)])
    for envelope in before:
        await service.streams.publish(encode(envelope))

    async def is_issued() -> bool:
        return await service.standing(person) == "issued"

    await until(is_issued, 30)
    await service.stop()
    store = Store.connected(mongo_server.url, mongo_database)
    backup = await backed_up(store, KINDS, COLLECTIONS)
    await service.begin()
    await service.streams.publish(encode(erased))

    async def is_erased() -> bool:
        return await service.streams.erased() == 1 and await store.row(KEYS, key_id(person, CERTIFICATE)) is None

    await until(is_erased)
    await service.stop()
    await restored(store, backup)
    assert await store.row(KEYS, key_id(person, CERTIFICATE))
    await service.begin()
    assert (await store.rows(KEYS, {}), await store.rows(SEALED, {})) == ([], [])
    store.close()
    seen = (await service.http.get(f"/certificates/{person}", headers=service.coordinator)).json()
    token = seen["issued"][0]["verification_url"].rpartition("/")[2]
    verification = (await service.http.get(f"/verifications/{token}")).json()
    assert (verification["status"], verification["holder"], verification["credential"]) == ("valid", None, None)
    papers = await service.http.get(f"/certificates/{person}/certificate.pdf", headers=service.coordinator)
    assert papers.status_code == 410


async def test_issuing_by_hand_takes_effect_once_for_many_at_once(service: Running, making: Any) -> None:
    facts = making.facts().model_dump(mode="json")
    await service.http.put(f"/editions/{making.edition_id}", json=facts, headers=service.coordinator)
    people = range(12)
    events = [event for number in people for event in (making.completed(number), making.fulfilled(number))]
    for envelope in making.enveloped(events):
        await service.streams.publish(encode(envelope))
    await until(lambda: len(set(service.outside.asked)) == len(people), 30)

    path = f"/editions/{making.edition_id}/issue"

    async def all_are_ready() -> bool:
        rows = await service.every(path)
        return len(rows) == len(people) and all(row["outcome"] == "issue" for row in rows)

    await until(all_are_ready, 30)
    reports = await asyncio.gather(*(service.issued(path) for _ in range(3)))
    assert [row["outcome"] for report in reports for row in report] == ["issued"] * 12

    async def all_are_published() -> bool:
        names = [type(each).__name__ for each in await service.events()]
        return (names.count("CertificateReady"), names.count("CertificateIssued")) == (12, 12)

    await until(all_are_published)


async def test_very_many_are_issued_in_one_action_while_others_are_answered(service: Running, making: Any) -> None:
    facts = making.facts().model_dump(mode="json")
    await service.http.put(f"/editions/{making.edition_id}", json=facts, headers=service.coordinator)
    events = [event for number in range(VERY_MANY) for event in (making.completed(number), making.fulfilled(number))]
    for envelope in making.enveloped(events):
        await service.streams.publish(encode(envelope))
    await until(lambda: len(set(service.outside.asked)) == VERY_MANY, VERY_MANY)
    idle: list[float] = []
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(ask_often(service, idle), VERY_MANY / 100)
    waits: list[float] = []
    asking = asyncio.create_task(ask_often(service, waits))
    began = time.monotonic()
    rows = await service.issued(f"/editions/{making.edition_id}/issue", within=VERY_MANY)
    asking.cancel()
    print(f"{len(rows)} in {time.monotonic() - began:.1f} s; /livez {text_of(waits)}; before that {text_of(idle)}")
    assert [row["outcome"] for row in rows] == ["issued"] * VERY_MANY
    assert len({row["certificate_id"] for row in rows}) == VERY_MANY
    assert sorted(waits)[len(waits) // 2] < 0.05


def text_of(waits: list[float]) -> str:
    ordered = [round(each * 1000, 1) for each in sorted(waits)]
    return f"{len(ordered)} times: half {ordered[len(ordered) // 2]}, 999 in 1000 {ordered[-len(ordered) // 1000]} ms"


async def ask_often(service: Running, waits: list[float]) -> None:
    """Ask whether it lives every 10 ms, and note how long each answer took."""
    while True:
        asked = time.monotonic()
        assert (await service.http.get("/livez")).status_code == 200
        waits.append(time.monotonic() - asked)
        await asyncio.sleep(max(0.01 - waits[-1], 0))


@pytest.mark.parametrize("missing", ["RELEVO_SIGNING_KEYS", "RELEVO_PUBLIC_URL"])
async def test_it_does_not_start_without_keys_or_site(tmp_path: Path, missing: str) -> None:
    generate(tmp_path / "signing-keys", 2020)
    environment = {
        "RELEVO_ENVIRONMENT": "development",
        "RELEVO_SIGNING_KEYS": str(tmp_path / "signing-keys"),
        "RELEVO_PUBLIC_URL": "http://localhost:1",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RELEVO_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "relevo_certification"),
        env=inherited | {name: value for name, value in environment.items() if name != missing},
        stderr=asyncio.subprocess.PIPE,
    )
    _, output = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 78
    assert missing.removeprefix("RELEVO_") in output.decode()
