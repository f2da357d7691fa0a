"""I am in danger: one act by the person, done before anything is asked; seen by staff, undone by them or by two of
staff (rule 25)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import if_match_of_any
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands import danger
from relevo_intake.commands.applications import application_of
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.danger import EndDanger, EndDangerOf, NameWatch, ReportDanger
from relevo_intake.commands.office import applicant
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.danger import AnotherOfStaffMustAgree, NobodyIsNamed, NotInDanger
from relevo_intake.http.callers import InOffice, MayKeepSafe, OwnApplication, OwnKey
from relevo_intake.http.forms.danger import WatchForm
from relevo_intake.http.views.danger import (
    DangerView,
    InDangerView,
    WatchView,
    danger_answer,
    danger_view,
    in_danger_view,
    watch_answer,
)
from relevo_intake.store.people import dangers_of_call

router = Routes(tags=["danger"])


@router.get("/me/danger", response_model=DangerView)
async def read_own_danger(application: OwnApplication, office: InOffice) -> DangerView:
    """Whether one is in danger, as one said, and whether somebody is told (receipt or token)."""
    return danger_view(await danger.danger_of(office, application))


@router.post("/me/danger", response_model=DangerView)
async def report_danger(application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice) -> Response:
    """I am in danger (receipt or token): the days stand still, my name is shown nowhere, no letter comes, and the one
    member of staff who is named for it is told. Again, whoever was named meanwhile is told too."""
    command, by = ReportDanger(application), applicant(application.application_id)
    return await asking.answer(danger.report_danger, office, command, by=by, respond=danger_answer, key=key)


@router.post("/me/danger/end", response_model=DangerView)
@refuses(NotInDanger)
async def end_danger(application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice) -> Response:
    """It is over (receipt or token): the days run again, and the name is shown as it was chosen."""
    command, by = EndDanger(application), applicant(application.application_id)
    return await asking.answer(danger.end_danger, office, command, by=by, respond=danger_answer, key=key)


@router.get("/calls/{call_id}/in-danger")
@refuses(BadCursor, NoSuchCall)
async def list_people_in_danger(
    call_id: Id, _: MayKeepSafe, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[InDangerView]:
    """Whoever is in danger now, of one call (coordinator)."""
    await call_of(office.store, call_id)
    cursors = Cursors(office.vault.service_key, "in-danger", call_id)
    found = await dangers_of_call(office.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    return Page(items=tuple(in_danger_view(each, each.since) for each in page.items if each.since), next=page.next)


@router.post("/applications/{application_id}/danger/end", response_model=DangerView)
@refuses(AnotherOfStaffMustAgree, NoSuchApplication, NotInDanger)
async def end_danger_of_applicant(
    application_id: Id, caller: MayKeepSafe, asking: InAsking, office: InOffice
) -> Response:
    """It is over for somebody else, when two of staff say so one after the other (coordinator)."""
    command = EndDangerOf(await application_of(office.store, application_id))
    return await asking.answer(danger.end_danger_of, office, command, by=caller.id, respond=danger_answer)


@router.get("/editions/{edition_id}/watch", response_model=WatchView, responses=sends(tag=True))
@refuses(NobodyIsNamed)
async def read_watch(edition_id: Id, _: MayKeepSafe, office: InOffice) -> Response:
    """That somebody is told, since when and in which language; the address is shown to nobody (coordinator)."""
    return watch_answer(await danger.watch_of(office, edition_id)).response()


@router.put("/editions/{edition_id}/watch", response_model=WatchView, responses=sends(tag=True))
async def name_watch(
    edition_id: Id,
    form: WatchForm,
    tag: Annotated[str | None, Depends(if_match_of_any)],
    caller: MayKeepSafe,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Name the one member of staff who is told when somebody is in danger; naming another needs If-Match
    (coordinator)."""
    command = NameWatch(edition_id, form.contact, form.language, tag)
    return await asking.answer(danger.name_watch, office, command, by=caller.id, respond=watch_answer)
