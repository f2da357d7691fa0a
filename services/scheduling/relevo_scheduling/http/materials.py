"""Materials as coordinators and faculty keep them: those of the whole week, and of each session."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import etag_of, if_match
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes, accepts
from relevo_contracts.model import Id
from relevo_scheduling.cleaning.cleaner import MEDIA, MOST_BYTES, Cleaned, CleanerIsBusy, UnusableFile
from relevo_scheduling.commands import materials
from relevo_scheduling.commands.materials import AddMaterial, ChangeMaterial, GiveFile, Keeper, WithdrawMaterial
from relevo_scheduling.domain.materials import (
    CaseFilesNameNobody,
    IsThereAlready,
    MaterialsAreOver,
    NoSuchMaterial,
    SessionIsNotYours,
    SessionIsUnknown,
    TooManyBytes,
    TooManyMaterials,
)
from relevo_scheduling.domain.programme import NoSuchProgramme
from relevo_scheduling.equipment import cleaner_of
from relevo_scheduling.http.callers import InOffice, MayKeepMaterials
from relevo_scheduling.http.files import file_answer
from relevo_scheduling.http.forms import MaterialForm
from relevo_scheduling.http.views.materials import (
    KeptMaterialsView,
    KeptMaterialView,
    kept_answer,
    kept_material_view,
    kept_view,
    new_answer,
)
from relevo_scheduling.rights import RIGHTS, Task

router = Routes(tags=["materials"])
ALL, ONE = "/editions/{edition_id}/materials", "/editions/{edition_id}/materials/{material_id}"
Tag = Annotated[str, Depends(if_match)]
EDITING = (MaterialsAreOver, NoSuchProgramme, SessionIsNotYours)


async def keeper(edition_id: Id, caller: MayKeepMaterials, office: InOffice) -> Keeper:
    """A dependency: who keeps materials here, all of them or those of the sessions they teach."""
    keeps_all = RIGHTS.may(caller, Task.PLAN_WEEK, edition_id)
    return await materials.keeper_of(office, edition_id, caller.id, keeps_all=keeps_all)


InKeeper = Annotated[Keeper, Depends(keeper)]


@refuses(CleanerIsBusy, UnusableFile)
async def cleaned(material_id: Id, by: InKeeper, request: Request, shell: InShell, office: InOffice) -> Cleaned:
    """A dependency: the file that was sent, made anew, of whoever may send it. What was sent is not kept."""
    await materials.require_keeper(office, by, material_id)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await cleaner_of(shell).cleaned(await request.body(), media)


@router.get(ALL)
@refuses(NoSuchProgramme)
async def list_materials(by: InKeeper, office: InOffice) -> KeptMaterialsView:
    """The materials of an edition, all for coordinators, for faculty those of their sessions and of the whole week."""
    return kept_view(await materials.kept_by(office, by))


@router.post(ALL, status_code=201, response_model=KeptMaterialView, responses=sends(status=201, tag=True))
@refuses(*EDITING, CaseFilesNameNobody, SessionIsUnknown, TooManyMaterials)
async def add_material(
    form: MaterialForm, by: InKeeper, caller: MayKeepMaterials, asking: InAsking, office: InOffice
) -> Response:
    """Add a link, or what a file is for that is sent next; until then participants do not see it."""
    command = AddMaterial(by, form.details())
    return await asking.answer(materials.add_material, office, command, by=caller.id, respond=new_answer(by.edition_id))


@router.get(ONE, responses=sends(tag=True))
@refuses(NoSuchMaterial, NoSuchProgramme)
async def read_material(material_id: Id, by: InKeeper, office: InOffice, response: Response) -> KeptMaterialView:
    """A material; its ETag is what an edit sends as If-Match."""
    found = await materials.kept_by(office, by)
    material = found.material(material_id)
    response.headers["ETag"] = etag_of(material)
    return kept_material_view(material)


@router.put(ONE, response_model=KeptMaterialView, responses=sends(tag=True))
@refuses(*EDITING, CaseFilesNameNobody, IsThereAlready, NoSuchMaterial, SessionIsUnknown)
async def change_material(
    material_id: Id,
    form: MaterialForm,
    tag: Tag,
    by: InKeeper,
    caller: MayKeepMaterials,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Say something else of a material, or put it elsewhere. A link takes the place of its file."""
    command = ChangeMaterial(by, material_id, form.details(), tag)
    return await asking.answer(materials.change_material, office, command, by=caller.id, respond=kept_answer)


@router.put(
    ONE + "/file",
    response_model=KeptMaterialView,
    responses=sends(tag=True),
    openapi_extra=accepts(MOST_BYTES, *MEDIA),
)
@refuses(*EDITING, IsThereAlready, NoSuchMaterial, TooManyBytes)
async def give_file(
    material_id: Id,
    tag: Tag,
    by: InKeeper,
    caller: MayKeepMaterials,
    clean: Annotated[Cleaned, Depends(cleaned)],
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Send a material's file, or one in its place: a PDF, a picture as JPEG or PNG, or plain text in UTF-8.

    The body is the file itself. It is made anew before anything is kept: without scripts, forms, comments, embedded
    files, places and the names of those who made it. The same file again changes nothing, whatever If-Match says.
    """
    command = GiveFile(by, material_id, clean.content, clean.media, tag)
    return await asking.answer(materials.give_file, office, command, by=caller.id, respond=kept_answer)


@router.get(ONE + "/file", response_class=Response, responses=sends(*MEDIA, tag=True))
@refuses(NoSuchMaterial, NoSuchProgramme)
async def read_file(material_id: Id, by: InKeeper, office: InOffice) -> Response:
    """A material's file as it is kept."""
    found = await materials.kept_by(office, by)
    return await file_answer(office, found, material_id)


@router.post(ONE + "/withdraw", response_model=KeptMaterialView, responses=sends(tag=True))
@refuses(*EDITING, NoSuchMaterial)
async def withdraw_material(
    material_id: Id, by: InKeeper, caller: MayKeepMaterials, asking: InAsking, office: InOffice
) -> Response:
    """Take a material away; answers what it was. Its bytes are destroyed when nothing else is this very file."""
    command = WithdrawMaterial(by, material_id)
    return await asking.answer(materials.withdraw_material, office, command, by=caller.id, respond=kept_answer)
