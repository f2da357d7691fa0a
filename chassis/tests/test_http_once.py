import functools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple

import pytest
from fastapi import Response
from pydantic import BaseModel, ConfigDict

from relevo_chassis.delivery.change import (
    Asked,
    Busy,
    Change,
    Decision,
    Found,
    Kind,
    New,
    Refusal,
    Repeat,
    Row,
    Unknown,
    unrepeated,
)
from relevo_chassis.given.asking import Asking, InAsking
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.once import Answer, answer_json, is_strong
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.http.strict import ShortText, Strict
from relevo_chassis.ids import new_code, new_id
from relevo_chassis.kept import Sealed
from relevo_chassis.people.vault import PersonErased, ended
from relevo_testkit.stand import Stand, stand

NOW = datetime(2019, 9, 12, 12, tzinfo=UTC)


class Note(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str
    count: int = 0


class Who(Sealed):
    retention: ClassVar[str] = "who"


class Write(Strict):
    text: ShortText


class NoteIsFull(Refusal):
    """The note is full."""


NOTE = Kind("note", Note)
router = Routes()


class WriteNote(NamedTuple):
    """``key_row`` and ``code`` are new each time, as in many a command."""

    id: str
    text: str
    key_row: Row
    code: str


class Written(NamedTuple):
    number: int
    code: str
    by: str | None


async def write_note(shell: Shell, command: WriteNote, asked: Asked) -> Written | Repeat:
    """Each call that takes effect counts; the answer holds something random."""
    ref = NOTE(command.id)

    def decide(found: Found) -> Decision[Written]:
        note = found[ref] or Note(text="")
        if note.count >= 3:
            raise NoteIsFull(f"note {command.id} is full", note_id=command.id)
        new = Note(text=command.text, count=note.count + 1)
        answer = Written(new.count, command.code, found.by)
        return Decision([New(ref, new)], rows=[command.key_row], answer=answer)

    return await shell.committer.commit(asked.change([ref], decide))


async def written(asking: Asking, id: str, body: Write) -> Response:
    person, [key_row] = await asking.shell.vault.new_person(new_id(), Who)
    command = WriteNote(id, body.text, key_row, new_code())
    respond = functools.partial(answered_with, f"/notes/{id}")
    return await asking.answer(write_note, asking.shell, command, by="anonymous", respond=respond, key=person.like(Who))


def answered_with(location: str, note: Written) -> Answer:
    return answer_json({"count": note.number, "code": note.code, "by": note.by}, 201, location=location, etag='"1"')


@router.post("/notes/{id}", status_code=201, responses=sends(status=201, tag=True))
@refuses(NoteIsFull, PersonErased)
async def write(id: str, body: Write, asking: InAsking) -> Response:
    return await written(asking, id, body)


@router.put("/notes/{id}", status_code=201, responses=sends(status=201, tag=True))
@refuses(NoteIsFull)
async def write_anew(id: str, body: Write, asking: InAsking) -> Response:
    return await written(asking, id, body)


@router.post("/asked", openapi_extra=NOT_ONCE)
async def ask(body: Write) -> dict[str, int]:
    return {"length": len(body.text)}


@router.post("/away/{how}")
async def away(how: str) -> None:
    raise {"busy": Busy("nothing was written"), "unknown": Unknown("who knows")}[how]


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([router], NOW) as made:
        yield made


async def test_a_repeat_gets_the_first_answer_byte_for_byte_with_its_headers(at: Stand) -> None:
    key = new_id()
    first = await at.post("/notes/a", {"text": "one"}, key=key)
    repeat = await at.post("/notes/a", {"text": "one"}, key=key)
    assert first.status_code == 201
    assert (repeat.status_code, repeat.content) == (first.status_code, first.content)
    assert dict(repeat.headers) == dict(first.headers)
    assert first.headers["location"] == "/notes/a"
    assert first.headers["etag"] == '"1"'
    note = await at.shell.store.state(NOTE("a"))
    assert note is not None
    assert note.count == 1


async def test_what_is_put_is_done_each_time_and_whoever_asks_is_told_to_the_decision(at: Stand) -> None:
    answers = [await at.http.put("/notes/a", json={"text": "one"}) for _ in range(2)]
    assert [(each.status_code, each.json()["count"], each.json()["by"]) for each in answers] == [
        (201, 1, "anonymous"),
        (201, 2, "anonymous"),
    ]
    assert answers[1].headers["location"] == "/notes/a"


async def test_the_same_key_with_another_body_is_refused(at: Stand) -> None:
    key = new_id()
    await at.post("/notes/a", {"text": "one"}, key=key)
    other = await at.post("/notes/a", {"text": "two"}, key=key)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:relevo:problem:once-key-reused"


async def test_the_same_key_on_another_path_is_another_request(at: Stand) -> None:
    key = new_id()
    first = await at.post("/notes/a", {"text": "one"}, key=key)
    second = await at.post("/notes/b", {"text": "one"}, key=key)
    assert second.status_code == 201
    assert first.json()["code"] != second.json()["code"]


async def test_the_stored_answer_is_sealed_and_gone_with_the_person(at: Stand) -> None:
    key = new_id()
    first = await at.post("/notes/a", {"text": "one"}, key=key)
    assert first.json()["code"] not in repr(at.store.collections)
    assert key not in repr(at.store.collections)
    at.store.collections["vault_keys"].clear()
    repeat = await at.post("/notes/a", {"text": "one"}, key=key)
    assert repeat.status_code == 410
    assert repeat.json()["type"] == "urn:relevo:problem:person-erased"


async def test_the_stored_answer_is_gone_with_what_it_told_while_the_person_goes_on(at: Stand) -> None:
    key = new_id()
    await at.post("/notes/a", {"text": "one"}, key=key)
    [id] = at.store.collections["vault_keys"]
    person_id = id.partition("/")[0]
    await at.shell.committer.commit(
        Change((), lambda _: Decision(rows=ended(person_id, Who.retention, (), NOW)), NOW, new_id())
    )
    repeat = await at.post("/notes/a", {"text": "one"}, key=key)
    assert (repeat.status_code, repeat.json()["type"]) == (410, "urn:relevo:problem:no-longer-kept")
    assert person_id not in repeat.text


async def test_a_refusal_is_not_stored(at: Stand) -> None:
    for _ in range(3):
        await at.post("/notes/a", {"text": "one"})
    key = new_id()
    assert (await at.post("/notes/a", {"text": "one"}, key=key)).status_code == 409
    at.store.collections["note"].clear()
    assert (await at.post("/notes/a", {"text": "one"}, key=key)).status_code == 201


@pytest.mark.parametrize(
    "key",
    ["", "short", "a" * 40, "x" * 300, "schlüssel-mit-umlaut-und-lang", "with space in the middle", "0123456789abcdef"],
)
async def test_a_guessable_or_malformed_key_is_refused(at: Stand, key: str) -> None:
    response = await at.http.post("/notes/a", json={"text": "one"}, headers={b"Idempotency-Key": key.encode()})
    assert response.status_code == 400
    assert response.json()["type"] == "urn:relevo:problem:no-idempotency-key"


async def test_a_post_without_a_key_is_refused_unless_the_route_opts_out(at: Stand) -> None:
    assert (await at.http.post("/notes/a", json={"text": "one"})).status_code == 400
    assert (await at.http.post("/asked", json={"text": "one"})).json() == {"length": 3}


async def test_two_keys_in_one_request_are_refused(at: Stand) -> None:
    headers = [("Idempotency-Key", new_id()), ("Idempotency-Key", new_id())]
    assert (await at.http.post("/notes/a", json={"text": "one"}, headers=headers)).status_code == 400


@pytest.mark.parametrize(
    "key",
    ["6f1c9a52-3f0e-4a8e-9d6e-0a5f2f1b7c3d", '"6f1c9a523f0e4a8e9d6e0a5f2f1b7c3d"', "A" + new_id()],
    ids=["uuid", "quoted", "longer"],
)
def test_uuids_quoted_or_not_are_strong_enough(key: str) -> None:
    assert is_strong(key)


@pytest.mark.parametrize("how", ["busy", "unknown"])
async def test_what_may_be_repeated_says_so(at: Stand, how: str) -> None:
    response = await at.post(f"/away/{how}")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert "same Idempotency-Key" in response.json()["detail"]


async def test_the_openapi_document_asks_for_the_key_where_it_is_needed(at: Stand) -> None:
    document: dict[str, Any] = at.app.openapi()
    written, asked = document["paths"]["/notes/{id}"]["post"], document["paths"]["/asked"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in written["parameters"]]
    assert "Idempotency-Key" not in [parameter["name"] for parameter in asked["parameters"]]
    assert "x-once" not in asked
    assert "HTTPValidationError" not in str(document)
    assert document["openapi"].startswith("3.1")


def test_what_was_asked_for_once_and_is_repeated_is_no_answer_by_itself() -> None:
    assert unrepeated(3) == 3
    with pytest.raises(TypeError):
        unrepeated(Repeat(b"sealed", None))
