"""What coordinators see of applications and people: clear lists, and sealed data one purpose at a time, on record."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import applications, dossiers, persons, searching
from relevo_intake.commands.applications import DecideContact, application_of
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.dossiers import SeeDossier
from relevo_intake.commands.persons import ErasePerson, NoSuchPerson
from relevo_intake.commands.searching import SearchApplications
from relevo_intake.domain.answers import Submission
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.contact import NoSuchContact, NothingToDecide
from relevo_intake.http.callers import InOffice, MayDecideContacts, MayErasePeople, MayReadApplications
from relevo_intake.http.forms.casework import ContactDecisionForm, SearchForm
from relevo_intake.http.views.applications import ErasedView, erased_answer
from relevo_intake.http.views.casework import (
    CaseView,
    ContactView,
    HitsView,
    HitView,
    case_view,
    contact_view,
    decided_contact_answer,
)
from relevo_intake.letters.arrival import arrival_of
from relevo_intake.store.people import CONTACT, applications_of_call, undecided_contacts

router = Routes(tags=["casework"])


@router.get("/calls/{call_id}/applications")
@refuses(BadCursor, NoSuchCall)
async def list_applications(
    call_id: Id, _: MayReadApplications, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[CaseView]:
    """The applications of a call, without anything about the people (coordinator)."""
    call = await call_of(office.store, call_id)
    cursors = Cursors(office.vault.service_key, "applications", call_id)
    found = await applications_of_call(office.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    arrival = await arrival_of(office.store, page.items)
    contact = await office.store.states(CONTACT, {each.contact_id for each in page.items if each.contact_id})
    items = (
        case_view(each, contact.get(each.contact_id), arrival[each.application_id], closed=call.closed)
        for each in page.items
    )
    return Page(items=tuple(items), next=page.next)


@router.post("/calls/{call_id}/applications/search", openapi_extra=NOT_ONCE)
@refuses(BadCursor, NoSuchCall)
async def search_applications(
    call_id: Id,
    form: SearchForm,
    caller: MayReadApplications,
    asking: InAsking,
    office: InOffice,
    after: After = None,
    limit: Limit = 50,
) -> HitsView:
    """Filter the applications of one call by sealed attributes, a page at a time, on record (coordinator).

    Changes nothing, so it needs no Idempotency-Key; a POST so that what is looked for stands in no URL.
    """
    cursors = Cursors(office.vault.service_key, "search", call_id, form.model_dump_json())
    query = SearchApplications(call_id, form.wanted(), cursors.after(after), limit)
    found = await searching.search_applications(office, query, asking.asked(caller.id))
    items = tuple(HitView(**each._asdict()) for each in found.hits)
    following = cursors.cursor(found.next_after) if found.next_after else None
    return HitsView(items=items, total=found.total, next=following)


@router.get("/applications/{application_id}/dossier", response_model=Submission)
@refuses(NoSuchApplication, PersonErased)
async def read_dossier(
    application_id: Id,
    purpose: Annotated[Literal["casework"], Query(description="why; goes on record with who and when")],
    caller: MayReadApplications,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """All that an applicant sent in (coordinator). Put on record first."""
    query = SeeDossier(await application_of(office.store, application_id), "coordinator", purpose)
    return await asking.answer(dossiers.see_dossier, office, query, by=caller.id)


@router.get("/calls/{call_id}/undecided-contacts")
@refuses(BadCursor, NoSuchCall)
async def list_undecided_contacts(
    call_id: Id, _: MayReadApplications, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[ContactView]:
    """Contacts with several applications of which none was confirmed (coordinator; rule 1)."""
    call = await call_of(office.store, call_id)
    cursors = Cursors(office.vault.service_key, "undecided-contacts", call_id)
    found = await undecided_contacts(office.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.contact_id)
    return Page(items=tuple(contact_view(each, closed=call.closed) for each in page.items), next=page.next)


@router.post("/contacts/{contact_id}/decide", response_model=ContactView)
@refuses(NoSuchContact, NothingToDecide)
async def decide_contact(
    contact_id: Id, form: ContactDecisionForm, caller: MayDecideContacts, asking: InAsking, office: InOffice
) -> Response:
    """Say which of several unconfirmed applications stands, after the close (coordinator; rule 1)."""
    command = DecideContact(contact_id, form.application_id)
    return await asking.answer(
        applications.decide_contact, office, command, by=caller.id, respond=decided_contact_answer
    )


@router.post("/persons/{person_id}/erase", response_model=ErasedView)
@refuses(NoSuchPerson)
async def erase_person(person_id: Id, caller: MayErasePeople, asking: InAsking, office: InOffice) -> Response:
    """Erase a person who asked for it by another way than their receipt code (coordinator; rule 14)."""
    return await asking.answer(
        persons.erase_person, office, ErasePerson(person_id), by=caller.id, respond=erased_answer
    )
