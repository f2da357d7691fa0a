"""Materials of the week: what there is, each file, and all of it to take along. Files go through as they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from relevo_chassis.http.routes import Routes
from relevo_chassis.languages import Language
from relevo_contracts.model import Id
from relevo_portal.http.callers import FROM_HERE, InParticipant, Person
from relevo_portal.page.frame import sent
from relevo_portal.page.materials import ENDINGS, materials_page
from relevo_portal.services.asking import Handed, LaterAgain, NothingThere
from relevo_portal.words.materials import TEXTS

router = Routes(include_in_schema=False)
ZIP, BYTES = "application/zip", "application/octet-stream"
Read = Annotated[Language | None, Query(alias="in")]
_AS_IT_IS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


@router.get("/week/materials", response_class=HTMLResponse)
async def read_materials(person: InParticipant, read_in: Read = None) -> Response:
    """By day and session, all of them or those in one language and for any."""
    return await _materials(person, read_in)


@router.get("/week/materials/file/{material_id}", dependencies=[FROM_HERE])
async def read_file(material_id: Id, person: InParticipant) -> Response:
    """One file, to be kept under a name that says nothing, by its reader and by no cache."""
    scheduling, token = person.equipment.scheduling, await person.token("scheduling")
    try:
        handed = await scheduling.material_file(token, person.language, material_id)
    except (LaterAgain, NothingThere) as refused:
        return await _instead(person, refused)
    return HandedOn(handed, {media: f"document.{ending}" for media, ending in ENDINGS.items()})


@router.get("/week/materials/take", dependencies=[FROM_HERE])
async def download_all(person: InParticipant, read_in: Read = None) -> Response:
    """All that the page shows in one file, with a page in the language that is spoken."""
    scheduling, token = person.equipment.scheduling, await person.token("scheduling")
    try:
        handed = await scheduling.materials_bundle(token, person.language, read_in)
    except (LaterAgain, NothingThere) as refused:
        return await _instead(person, refused)
    return HandedOn(handed, {ZIP: "documents.zip"})


class HandedOn(StreamingResponse):
    """A file as it comes, under a name that says nothing; what is none of the kinds is bytes. It is closed however it
    ends."""

    def __init__(self, handed: Handed, names: Mapping[str, str]) -> None:
        media = handed.media.partition(";")[0].strip()
        name = names.get(media, "document")
        headers = {**_AS_IT_IS, "Content-Disposition": f'attachment; filename="{name}"'}
        if handed.size_bytes is not None:
            headers["Content-Length"] = handed.size_bytes
        super().__init__(handed.pieces, media_type=media if media in names else BYTES, headers=headers)
        self._handed = handed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._handed.close()


async def _materials(
    person: Person, read_in: Language | None, problem: str | None = None, status: int = 200
) -> Response:
    token = await person.token("scheduling")
    try:
        found = await person.equipment.scheduling.materials(token, person.language, read_in)
    except NothingThere:
        found = None
    frame = await person.frame("/week/materials")
    return sent(materials_page(frame, found, read_in, problem), person.language, status)


async def _instead(person: Person, refused: LaterAgain | NothingThere) -> Response:
    """The page, with what became of the file on top."""
    words = TEXTS[person.language]
    if isinstance(refused, NothingThere):
        return await _materials(person, None, words.gone, 404)
    return await _materials(person, None, words.full, 503)
