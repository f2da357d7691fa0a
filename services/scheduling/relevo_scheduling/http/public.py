"""Routes for everybody: the published programme as JSON, page and calendar."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse

from relevo_chassis.given.asking import InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.page import page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import Spoken, spoken_in
from relevo_contracts.model import Id
from relevo_scheduling import calendar, store
from relevo_scheduling.domain.programme import NoSuchProgramme, programme_id_of
from relevo_scheduling.domain.roster import NoSuchParticipant
from relevo_scheduling.http.callers import InOffice
from relevo_scheduling.http.views.week import ProgrammeView, programme_view
from relevo_scheduling.page.render import Page, no_such_edition_page, week_page

router = Routes(tags=["public"])
Code = Annotated[str, Path(min_length=26, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]


@router.get("/editions/{edition_id}/programme", response_model=ProgrammeView, responses=sends(tag=True))
@refuses(NoSuchProgramme)
async def read_published_programme(edition_id: Id, shell: InShell) -> Response:
    """The published programme."""
    found = await store.programme_of_edition(shell.store, edition_id)
    if found.published is None:
        raise NoSuchProgramme(
            "not_published", "the programme of this edition has not been published yet", edition_id=edition_id
        )
    rooms = await store.rooms_of(shell.store, edition_id)
    view = programme_view(found, found.published, rooms, await store.faculty_of(shell.store, edition_id))
    body = view.model_dump_json().encode()
    return Response(body, media_type="application/json", headers=_cached(body, "public"))


@router.get("/editions/{edition_id}/programme.ics", response_class=Response, responses=sends("text/calendar", tag=True))
@refuses(NoSuchProgramme)
async def read_edition_feed(edition_id: Id, shell: InShell, language: Spoken) -> Response:
    """The whole programme as a calendar feed; empty until it is published."""
    found = await store.programme_of_edition(shell.store, edition_id)
    rooms = await store.rooms_of(shell.store, edition_id)
    feed = calendar.feed(found, language, rooms, await store.faculty_of(shell.store, edition_id))
    return _calendar(feed, language, "public")


@router.get("/calendars/{code}.ics", response_class=Response, responses=sends("text/calendar", tag=True))
@refuses(NoSuchParticipant, NoSuchProgramme)
async def read_private_feed(code: Code, shell: InShell, office: InOffice, language: Spoken) -> Response:
    """A participant's own sessions as a calendar feed, for whoever holds the link; it names nobody."""
    attendance = await store.attendance_by_link(shell.store, office.link_hash(code))
    edition_id = attendance.edition_id or ""
    found = await store.programme_of_edition(shell.store, edition_id)
    entry = (await store.roster_of(shell.store, edition_id)).entry_of(attendance.participant_id)
    rooms = await store.rooms_of(shell.store, edition_id)
    feed = calendar.feed(found, language, rooms, await store.faculty_of(shell.store, edition_id), entry)
    return _calendar(feed, language, "private")


@router.get(
    "/editions/{edition_id}/week",
    response_class=HTMLResponse,
    responses=sends(tag=True) | sends("text/html", status=404, tag=True),
)
@refuses(NoSuchProgramme)
async def read_week(edition_id: str, request: Request, shell: InShell, language: Spoken) -> Response:
    """The week as a page, in the language asked for; of an edition that there is not, a page that says so."""
    found = await store.programme_or_none(shell.store, programme_id_of(edition_id))
    if found is None:
        if _asks_for_data(request.headers.get("accept", "")):
            raise NoSuchProgramme()
        return _page_answer(no_such_edition_page(language), language, 404)
    rooms = await store.rooms_of(shell.store, edition_id)
    return _page_answer(week_page(found, language, rooms, await store.faculty_of(shell.store, edition_id)), language)


def _asks_for_data(accept: str) -> bool:
    return "json" in accept and "html" not in accept


def _page_answer(made: Page, language: Language, status: int = 200) -> Response:
    headers = {**_cached(made.html.encode(), "public"), "Vary": "Accept"}
    return page(made.html, language, made.content_security_policy, status, headers)


def _calendar(feed: bytes, language: Language, kept: str) -> Response:
    response = Response(feed, media_type=calendar.MEDIA_TYPE, headers=_cached(feed, kept))
    spoken_in(response, language)
    return response


def _cached(body: bytes, kept: str) -> dict[str, str]:
    """The body's tag; copies are asked after again after a minute."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return {"ETag": tag, "Cache-Control": f"{kept}, max-age=60"}
