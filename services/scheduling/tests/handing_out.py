"""Materials as coordinators, faculty and participants have them in tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_contracts import derived_id
from relevo_scheduling.deadlines import ON_DUE
from relevo_scheduling.store import PIECES
from relevo_testkit.stand import known_as

Door = Any
LINK = "https://www.oas.org/es/cidh/informes/empresas.pdf"
TEXT = b"Medidas cautelares: lo que hay que saber.\n"


class AlwaysLeased:
    async def acquire(self) -> bool:
        return True


async def swept(door: Door, at: datetime) -> None:
    door.stand.clock.at = at
    shell = door.stand.shell
    committer = cast(Committer, shell.committer)
    await Sweeper(shell.store, committer, cast(Any, AlwaysLeased()), door.stand.clock.now, ON_DUE).sweep()


def form(session_id: str | None = None, **values: Any) -> dict[str, Any]:
    return {"session_id": session_id, "kind": "reading", "language": "es", "title": "Una lectura", **values}


def path_of(door: Door, material_id: str = "") -> str:
    return f"{door.edition}/materials" + (f"/{material_id}" if material_id else "")


async def added(door: Door, session_id: str | None = None, who: Any = None, **values: Any) -> Any:
    answer = await door.post(path_of(door), form(session_id, **values), headers=who or {})
    assert answer.status_code == 201, answer.text
    return answer


async def filed(door: Door, made: Any, content: bytes = TEXT, who: Any = None, media: str = "text/plain") -> Any:
    headers = {**(who or door.coordinator), "Content-Type": media, "If-Match": made.headers["etag"]}
    path = path_of(door, made.json()["material_id"])
    return await door.stand.http.put(f"{path}/file", content=content, headers=headers)


async def with_file(door: Door, session_id: str | None = None, content: bytes = TEXT, **values: Any) -> Any:
    answer = await filed(door, await added(door, session_id, **values), content)
    assert answer.status_code == 200, answer.text
    return answer


def participant(door: Door, name: str = "one") -> dict[str, str]:
    return cast(dict[str, str], door.stand.tokens.bearer(name, "participant", participant_id=derived_id(name)))


async def own(door: Door, name: str = "one", query: str = "") -> Any:
    return await door.get(f"/me/materials{query}", participant(door, name))


async def own_file(door: Door, made: Any, name: str = "one", **headers: str) -> Any:
    path = f"/me/materials/{made.json()['material_id']}/file"
    return await door.get(path, {**participant(door, name), **headers})


def titles(answer: Any) -> list[str]:
    seen = answer.json()
    listed = [*seen["week"], *(each for session in seen["sessions"] for each in session["materials"])]
    return [each["title"] for each in listed]


def pieces(door: Door) -> set[str]:
    return {id.split("/")[1] for id in door.stand.store.collections[PIECES]}


async def teacher(door: Door, subject: str = "the-faculty", *, teaches: int | None = 0) -> dict[str, str]:
    """Somebody who teaches one of the sessions, or none."""
    member = await door.post(f"{door.edition}/faculty", {"name": "Una Docente", "subject": known_as(subject)})
    [programme] = (await door.get(f"/programmes?edition_id={door.make.edition_id}")).json()["items"]
    path = f"/programmes/{programme['programme_id']}/draft"
    draft = await door.get(path)
    if teaches is not None:
        session = draft.json()["sessions"][teaches]
        fields = {**session, "faculty_ids": [*session["faculty_ids"], member.json()["faculty_id"]]}
        id = fields.pop("session_id")
        put = await door.put(f"{path}/sessions/{id}", fields, draft.headers["etag"])
        assert put.status_code == 200, put.text
    return cast(dict[str, str], door.stand.tokens.bearer(subject, "faculty"))
