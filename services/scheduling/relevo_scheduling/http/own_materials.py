"""Materials as whoever takes part in the week sees them: of the whole week, and of their own sessions."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from relevo_chassis.http.answers import sends
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.languages.preference import Spoken, spoken_in
from relevo_contracts.model import Id
from relevo_scheduling.cleaning.cleaner import MEDIA
from relevo_scheduling.commands import materials
from relevo_scheduling.domain.materials import NoSuchMaterial
from relevo_scheduling.domain.programme import NoSuchProgramme
from relevo_scheduling.domain.roster import NoSuchParticipant
from relevo_scheduling.domain.session import Language
from relevo_scheduling.http.callers import InOffice, Participant, own_id
from relevo_scheduling.http.files import AS_IT_IS, file_answer
from relevo_scheduling.http.views.materials import OwnMaterialsView, own_view
from relevo_scheduling.page.bundle import bundle_of, zipped

router = Routes(tags=["materials"])
ZIP = "application/zip"
NOT_THEIRS = (NoSuchParticipant, NoSuchProgramme)
Read = Annotated[Language | None, Query(description="those in this language and for any; all of them without it")]


@router.get("/me/materials")
@refuses(*NOT_THEIRS)
async def list_own_materials(caller: Participant, office: InOffice, language: Read = None) -> OwnMaterialsView:
    """The materials of the whole week and of the sessions that the participant who asks is meant to attend."""
    return own_view(await materials.seen_by(office, own_id(caller)), language)


@router.get("/me/materials/{material_id}/file", response_class=Response, responses=sends(*MEDIA, tag=True))
@refuses(*NOT_THEIRS, NoSuchMaterial)
async def read_own_file(material_id: Id, caller: Participant, office: InOffice) -> Response:
    """A material's file, to keep."""
    return await file_answer(office, await materials.seen_by(office, own_id(caller)), material_id)


@router.get("/me/materials/bundle", response_class=Response, responses=sends(ZIP, tag=True))
@refuses(*NOT_THEIRS)
async def read_own_bundle(caller: Participant, office: InOffice, spoken: Spoken, language: Read = None) -> Response:
    """All of them to take along, in one ZIP with a page that leads to each and needs no connection."""
    seen = await materials.seen_by(office, own_id(caller))
    items = [each for each in seen.items if each.is_in(language)]
    bundle = bundle_of(items, seen.programme, spoken)
    headers = {
        **AS_IT_IS,
        "Content-Disposition": f'attachment; filename="{bundle.tag[:8]}.zip"',
        "Content-Length": str(bundle.size_bytes),
        "ETag": f'"{bundle.tag}"',
    }
    content = zipped(bundle, partial(materials.content_of, office, seen))
    response = StreamingResponse(content, media_type=ZIP, headers=headers)
    spoken_in(response, spoken)
    return response
