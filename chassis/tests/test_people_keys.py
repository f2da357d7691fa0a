import base64
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from relevo_chassis.delivery.change import Change, Decision, Row
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.ids import new_id
from relevo_chassis.kept import Sealed
from relevo_chassis.people.keys import FileKey, KeyServiceAway, TransitKey, WrongServiceKey, parse_keys
from relevo_chassis.people.vault import (
    KEYS,
    Vault,
    sealed_row,
)
from relevo_testkit.fakes import FakeStore

NOW = datetime(2019, 9, 12, tzinfo=UTC)
ROOT_KEY, SERVICE_KEY = os.urandom(32), os.urandom(32)


class Contact(Sealed):
    retention: ClassVar[str] = "contact"

    name: str


class Text(Sealed):
    retention: ClassVar[str] = "text"

    name: str


async def _write(store: Any, *rows: Row) -> None:
    committer = Committer(store)
    committer.start()
    await committer.commit(Change([], lambda _: Decision(rows=rows), NOW, new_id()))
    await committer.close()


async def _kept(store: Any, vault: Vault) -> tuple[Vault, str]:
    person_id = new_id()
    key, rows = await vault.new_person(person_id, Contact, Text)
    await _write(store, *rows, sealed_row(key, "contact", Contact(name="Berta"), new=True))
    return vault, person_id


@pytest.fixture
def fake() -> FakeStore:
    return FakeStore()


class Transit:
    """A key service on a fake wire, with faults that a test chooses."""

    def __init__(self) -> None:
        self._wrapped: dict[str, tuple[str, str]] = {}
        self.asked = 0
        self.fault: Callable[[httpx.Request], httpx.Response] | None = None
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.key = TransitKey(self.client, "https://keys.local/v1/transit", "service-a", "token")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.fault:
            return self.fault(request)
        assert request.headers["x-vault-token"] == "token"
        body = json.loads(request.content)
        if request.url.path.endswith("encrypt/service-a"):
            made = [f"vault:v1:{secrets.token_hex(16)}" for _ in body["batch_input"]]
            for ciphertext, item in zip(made, body["batch_input"], strict=True):
                self._wrapped[ciphertext] = (item["plaintext"], item["associated_data"])
            return httpx.Response(200, json={"data": {"batch_results": [{"ciphertext": each} for each in made]}})
        results = [self._open(item) for item in body["batch_input"]]
        return httpx.Response(200, json={"data": {"batch_results": results}})

    def _open(self, item: dict[str, str]) -> dict[str, str]:
        plaintext, place = self._wrapped[item["ciphertext"]]
        return {"plaintext": plaintext} if place == item["associated_data"] else {"error": "message authentication"}


@pytest.fixture
async def transit() -> AsyncIterator[Transit]:
    made = Transit()
    yield made
    await made.client.aclose()


def _raise(error: Exception) -> httpx.Response:
    raise error


def _wrapped(ciphertext: str) -> httpx.Response:
    return httpx.Response(200, json={"data": {"batch_results": [{"ciphertext": ciphertext}]}})


async def test_a_key_service_wraps_and_unwraps_many_in_one_request(fake: FakeStore, transit: Transit) -> None:
    vault = Vault(fake, transit.key, ROOT_KEY)
    people = [(await _kept(fake, vault))[1] for _ in range(4)]
    before = transit.asked
    assert all((await vault.open_many(people, "contact", Contact)).values())
    assert transit.asked - before == 1
    await vault.new_person(new_id(), Contact, Text)
    await vault.keys_of(people)
    assert transit.asked - before == 3
    assert await vault.keys_of([]) == {}


async def test_a_key_moved_under_a_key_service_does_not_open(fake: FakeStore, transit: Transit) -> None:
    vault = Vault(fake, transit.key, ROOT_KEY)
    _, ana = await _kept(fake, vault)
    _, eva = await _kept(fake, vault)
    keys = fake.collections[KEYS]
    keys[f"{eva}/text"]["wrapped"] = keys[f"{ana}/text"]["wrapped"]
    with pytest.raises(WrongServiceKey):
        await vault.key_of(eva)


@pytest.mark.parametrize(
    "fault",
    [
        lambda _: _raise(httpx.ConnectError("refused")),
        lambda _: _raise(httpx.ReadTimeout("too slow")),
        lambda _: httpx.Response(503),
        lambda _: httpx.Response(403, json={"errors": ["permission denied"]}),
        lambda _: httpx.Response(302, headers={"location": "https://evil.local"}),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, json={}),
        lambda _: httpx.Response(200, json={"data": None}),
        lambda _: _wrapped(""),
        lambda _: _wrapped("vault:v1:é"),
        lambda _: httpx.Response(200, json={"data": {"batch_results": []}}),
        lambda _: httpx.Response(200, json={"data": {"batch_results": [{"error": "x"}]}}),
        lambda request: _wrapped(f"vault:v1:{json.loads(request.content)['batch_input'][0]['plaintext']}"),
    ],
    ids=[
        *("refused", "timeout", "503", "403", "redirect", "html", "empty", "null", "no ciphertext", "not ascii"),
        *("too few", "failed", "echo"),
    ],
)
async def test_a_key_service_that_is_away_fails_closed(
    fake: FakeStore, transit: Transit, fault: Callable[[httpx.Request], httpx.Response]
) -> None:
    vault = Vault(fake, transit.key, ROOT_KEY)
    transit.fault = fault
    with pytest.raises(KeyServiceAway):
        await vault.new_person(new_id(), Contact)


async def test_a_key_service_that_goes_away_opens_nothing_from_memory(fake: FakeStore, transit: Transit) -> None:
    vault, person_id = await _kept(fake, Vault(fake, transit.key, ROOT_KEY))
    assert await vault.open(person_id, "contact", Contact)
    transit.fault = lambda _: _raise(httpx.ConnectError("refused"))
    with pytest.raises(KeyServiceAway):
        await vault.open(person_id, "contact", Contact)


@pytest.mark.parametrize("answer", [[], [{"plaintext": "AAAA"}], [{"plaintext": "?"}], [{"error": "x"}]])
async def test_a_key_service_that_answers_something_else_is_not_believed(
    fake: FakeStore, transit: Transit, answer: list[dict[str, str]]
) -> None:
    vault, person_id = await _kept(fake, Vault(fake, transit.key, ROOT_KEY))
    transit.fault = lambda _: httpx.Response(200, json={"data": {"batch_results": answer}})
    with pytest.raises(WrongServiceKey):
        await vault.key_of(person_id)


def test_key_files_hold_one_key_or_several_with_their_ids(tmp_path: Path) -> None:
    key, other = os.urandom(32), os.urandom(32)
    text = base64.b64encode(key).decode()
    assert parse_keys(f"{text}\n") == {"k1": key}
    assert parse_keys(key.hex()) == {"k1": key}
    assert list(parse_keys(f"2026-2:{base64.b64encode(other).decode()}\n2026-1:{text}\n")) == ["2026-2", "2026-1"]
    path = tmp_path / "key"
    path.write_text(text)
    assert isinstance(FileKey.read(path), FileKey)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        base64.b64encode(os.urandom(16)).decode(),
        base64.b64encode(os.urandom(33)).decode(),
        os.urandom(31).hex(),
        "not base64 at all!",
        "00" * 32,
        f"{base64.b64encode(SERVICE_KEY).decode()}\n{base64.b64encode(ROOT_KEY).decode()}",
        f"a:{base64.b64encode(SERVICE_KEY).decode()}\na:{base64.b64encode(ROOT_KEY).decode()}",
        f":{base64.b64encode(SERVICE_KEY).decode()}",
    ],
    ids=[
        *("empty", "blank", "16 bytes", "33 bytes", "31 bytes", "no base64", "zeros"),
        *("two without a name", "two of one name", "an empty name"),
    ],
)
def test_key_files_that_cannot_be_meant_are_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"it|its|two") as refused:
        parse_keys(text)
    assert not text.strip() or text.strip() not in str(refused.value)
