"""What coordinators see of applications and people: clear lists, and sealed data one purpose at a time, on record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.edge.once import answer_json, answered, once_of
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import NOT_ONCE, Routes
from relevo_chassis.edge.strict import Strict
from relevo_chassis.edge.tokens import Caller, caller_with
from relevo_chassis.edge.vault import PersonErased
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.applications import decide_contact
from relevo_intake.commands.index import GROUPS, SEXES, STATES, THEMES, Index, Wanted, bits
from relevo_intake.commands.persons import NoSuchPerson
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.searching import search_applications
from relevo_intake.domain import contact as contacts
from relevo_intake.domain.application import Application, ApplicationState, NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.contact import Contact, NoSuchContact, NothingToDecide, Standing
from relevo_intake.domain.countries import Country
from relevo_intake.domain.dossier import Dossier, Group, Profile, Sex, Theme
from relevo_intake.http.applications import Erased, erased, opened_dossier
from relevo_intake.http.calls import existing_call
from relevo_intake.http.forms import ContactDecisionForm
from relevo_intake.http.receipts import InShell
from relevo_intake.letters.arrival import Arrival, arrival_of
from relevo_intake.store.people import (
    APPLICATION,
    CONTACT,
    applications_of_call,
    undecided_contacts,
)

router = Routes(tags=["casework"])
Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]


class CaseView(BaseModel):
    """An application as a list shows it: states and days, nobody."""

    application_id: Id
    person_id: Id
    state: ApplicationState
    standing: Standing = Field(description="whether it is the one that counts for its contact")
    submitted_at: datetime
    late: bool
    withdrawn_at: datetime | None
    assigned: int
    reviews: int
    letters: Arrival = Field(description="whether letters to the applicant arrive, as far as mail servers tell")


class LinkedView(BaseModel):
    """One of several applications that name the same contact."""

    application_id: Id
    submitted_at: datetime
    confirmed_at: datetime | None
    withdrawn: bool
    standing: Standing


class ContactView(BaseModel):
    """Applications that name the same contact, none of which its holder confirmed."""

    contact_id: Id
    call_id: Id
    linked: tuple[LinkedView, ...]


class Search(Strict):
    """What to look for within one call, among what is sealed. Fields left out match everybody."""

    states: tuple[ApplicationState, ...] = ()
    countries: tuple[Country, ...] = ()
    sexes: tuple[Sex, ...] = ()
    groups: tuple[Group, ...] = Field(default=(), description="any of these")
    themes: tuple[Theme, ...] = Field(default=(), description="any of these")
    least_merit: Annotated[int, Field(ge=0, le=10_000)] | None = Field(default=None, description="basis points")
    most_merit: Annotated[int, Field(ge=0, le=10_000)] | None = Field(default=None, description="basis points")

    def wanted(self) -> Wanted:
        return Wanted(
            states=frozenset(STATES.index(each) for each in self.states),
            countries=frozenset(each.encode() for each in self.countries),
            sexes=frozenset(SEXES.index(each) for each in self.sexes),
            groups=bits(GROUPS, self.groups),
            themes=bits(THEMES, self.themes),
            least_merit=self.least_merit,
            most_merit=self.most_merit,
        )


class HitView(BaseModel):
    """An application that a search found, with what the search could see."""

    application_id: Id
    state: ApplicationState
    merit: int | None = Field(description="the mean of its reviews in basis points; null without any")
    profile: Profile


class Hits(BaseModel):
    """A page of what a search found."""

    items: tuple[HitView, ...]
    total: int = Field(description="on all pages")
    next: str | None = Field(description="send it as `after` to get the next page")


@router.get("/calls/{call_id}/applications")
@refuses(BadCursor, NoSuchCall)
async def list_applications(
    call_id: Id, _: Coordinator, shell: InShell, after: After = None, limit: Limit = 50
) -> Page[CaseView]:
    """The applications of a call, without anything about the people (coordinator)."""
    call = await existing_call(shell, call_id)
    cursors = Cursors(shell.vault.service_key, "applications", call_id)
    found = await applications_of_call(shell.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    arrival = await arrival_of(shell.store, page.items)
    contact = await shell.store.states(CONTACT, {each.contact_id for each in page.items if each.contact_id})
    items = (
        _case(each, contact.get(each.contact_id), arrival[each.application_id], closed=call.closed)
        for each in page.items
    )
    return Page(items=tuple(items), next=page.next)


@router.post("/calls/{call_id}/applications/search", openapi_extra=NOT_ONCE)
@refuses(BadCursor, NoSuchCall)
async def search(
    request: Request,
    call_id: Id,
    form: Search,
    caller: Coordinator,
    shell: InShell,
    after: After = None,
    limit: Limit = 50,
) -> Hits:
    """Filter the applications of one call by sealed attributes, a page at a time, on record (coordinator).

    Changes nothing, so it needs no Idempotency-Key; a POST so that what is looked for stands in no URL.
    """
    call = await existing_call(shell, call_id)
    cursors = Cursors(shell.vault.service_key, "search", call_id, form.model_dump_json())
    found = await search_applications(
        index_in(request),
        shell.committer,
        shell.store,
        shell.vault,
        call,
        form.wanted(),
        after=cursors.after(after),
        limit=limit,
        reader=caller.id,
        now=shell.clock.now(),
    )
    items = tuple(HitView(**each._asdict()) for each in found.hits)
    following = cursors.cursor(found.next_after) if found.next_after else None
    return Hits(items=items, total=found.total, next=following)


def index_in(request: Request) -> Index:
    """What this process holds of the calls that were searched."""
    state = request.app.state
    if not hasattr(state, "index"):
        state.index = Index()
    index: Index = state.index
    return index


@router.get("/applications/{application_id}/dossier")
@refuses(NoSuchApplication, PersonErased)
async def read_dossier(
    application_id: Id,
    purpose: Annotated[Literal["casework"], Query(description="why; goes on record with who and when")],
    caller: Coordinator,
    shell: InShell,
) -> Dossier:
    """All that an applicant sent in (coordinator). Put on record first."""
    application = await shell.store.state(APPLICATION(application_id))
    if application is None:
        raise NoSuchApplication()
    await record_reading(
        shell.committer,
        reader=caller.id,
        purpose=purpose,
        field_sets=("identity", "profile", "statement"),
        person_ids=(application.person_id,),
        now=shell.clock.now(),
    )
    return await opened_dossier(shell, application.person_id)


@router.get("/calls/{call_id}/undecided-contacts")
@refuses(BadCursor, NoSuchCall)
async def list_undecided(
    call_id: Id, _: Coordinator, shell: InShell, after: After = None, limit: Limit = 50
) -> Page[ContactView]:
    """Contacts with several applications of which none was confirmed (coordinator; rule 1)."""
    call = await existing_call(shell, call_id)
    cursors = Cursors(shell.vault.service_key, "undecided-contacts", call_id)
    found = await undecided_contacts(shell.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.contact_id)
    return Page(items=tuple(_contact(each, closed=call.closed) for each in page.items), next=page.next)


@router.post("/contacts/{contact_id}/decision", response_model=ContactView)
@refuses(NoSuchContact, NothingToDecide)
async def decide(
    request: Request, contact_id: Id, form: ContactDecisionForm, caller: Coordinator, shell: InShell
) -> Response:
    """Say which of several unconfirmed applications stands, after the close (coordinator; rule 1)."""
    contact = await shell.store.state(CONTACT(contact_id))
    if contact is None:
        raise NoSuchContact(contact_id=contact_id)
    once = await once_of(
        request,
        caller.id,
        shell.vault.service_key,
        shell.vault,
        lambda decided: answer_json(_contact(decided, closed=True)),
    )
    outcome = await decide_contact(
        shell.by(caller), contact, form.application_id, once, shell.clock.now(), derived_id("request", once.key)
    )
    return await answered(shell.vault, once, outcome)


@router.post("/persons/{person_id}/erasure", response_model=Erased)
@refuses(NoSuchPerson)
async def erase(request: Request, person_id: Id, caller: Coordinator, shell: InShell) -> Response:
    """Erase a person who asked for it by another way than their receipt code (coordinator; rule 14)."""
    return await erased(request, caller.id, person_id, shell, shell.by(caller))


def _case(application: Application, contact: Contact | None, letters: Arrival, *, closed: bool) -> CaseView:
    told: dict[str, Any] = {"assigned": len(application.assigned), "reviews": len(application.reviews)}
    told["letters"] = letters
    told["standing"] = contacts.standing(contact, application.application_id, closed=closed) if contact else "gone"
    shown = {name: getattr(application, name) for name in CaseView.model_fields if name not in told}
    return CaseView(**shown, **told)


def _contact(contact: Contact, *, closed: bool) -> ContactView:
    linked = tuple(
        LinkedView(
            application_id=each.application_id,
            submitted_at=each.submitted_at,
            confirmed_at=each.confirmed_at,
            withdrawn=each.withdrawn,
            standing=contacts.standing(contact, each.application_id, closed=closed),
        )
        for each in contact.linked
    )
    return ContactView(contact_id=contact.contact_id, call_id=contact.call_id, linked=linked)
