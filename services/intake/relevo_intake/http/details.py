"""What people said about themselves, corrected: by themselves, by staff on record (rules 18, 19, 22)."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import details
from relevo_intake.commands.applications import application_of
from relevo_intake.commands.details import CorrectDetails, RefuseContact, SeeCorrections, SeeDetails
from relevo_intake.commands.office import applicant
from relevo_intake.domain.application import ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.details import (
    CorrectedMeanwhile,
    NoContactWasChosen,
    NoProposedContact,
    OnlyTheHolderShowsTheName,
    TooManyCorrections,
)
from relevo_intake.http.callers import InOffice, MayCorrectDetails, OwnApplication, OwnKey
from relevo_intake.http.forms.applications import DetailsForm, StaffDetailsForm
from relevo_intake.http.views.applications import (
    ContactRefusedView,
    OwnDetailsView,
    contact_refused_answer,
    corrected_answer,
    own_details_answer,
)
from relevo_intake.http.views.casework import (
    CorrectingView,
    CorrectionsView,
    correcting_answer,
    corrections_answer,
)

router = Routes(tags=["details"])


@router.get("/applications/{application_id}/details", response_model=OwnDetailsView)
async def read_details(application_id: Id, application: OwnApplication, asking: InAsking, office: InOffice) -> Response:
    """Name, contact, language and display choice as they stand, and what was corrected (receipt)."""
    query, by = SeeDetails(application), applicant(application_id)
    return await asking.answer(details.see_details, office, query, by=by, respond=own_details_answer)


@router.post("/applications/{application_id}/details", response_model=OwnDetailsView)
@refuses(ApplicationWasWithdrawn, CorrectedMeanwhile, NoContactWasChosen, OnlyTheHolderShowsTheName, TooManyCorrections)
async def correct_own_details(
    application_id: Id,
    form: DetailsForm,
    application: OwnApplication,
    key: OwnKey,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Correct what you said about yourself (receipt). At most five times in 24 hours.

    The contact so far is told when another takes its place. While the call is open the application is linked to the
    new one, which may confirm it.
    """
    command, by = CorrectDetails(application, form.new_values()), applicant(application_id)
    return await asking.answer(details.correct_details, office, command, by=by, respond=corrected_answer, key=key)


@router.post("/applications/{application_id}/proposed-contact/refuse", response_model=ContactRefusedView)
@refuses(NoProposedContact)
async def refuse_proposed_contact(
    application_id: Id, application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice
) -> Response:
    """Say that what staff proposed is not to be your contact (receipt)."""
    command, by = RefuseContact(application), applicant(application_id)
    return await asking.answer(details.refuse_contact, office, command, by=by, respond=contact_refused_answer, key=key)


@router.post("/applications/{application_id}/corrections", response_model=CorrectingView)
@refuses(
    ApplicationWasWithdrawn,
    CorrectedMeanwhile,
    NoContactWasChosen,
    NoSuchApplication,
    OnlyTheHolderShowsTheName,
    PersonErased,
    TooManyCorrections,
)
async def correct_details(
    application_id: Id, form: StaffDetailsForm, caller: MayCorrectDetails, asking: InAsking, office: InOffice
) -> Response:
    """Correct what an applicant said about themselves, with the reason, on record (coordinator).

    The person is told by letter. A contact is only proposed: the old address is told at once, letters go to the new one
    when its holder has confirmed it, and for seven days nothing is recovered by it. Not for somebody who gave none.
    Staff may hide a name and never show it.
    """
    application = await application_of(office.store, application_id)
    command = CorrectDetails(application, form.new_values(), form.reason)
    return await asking.answer(details.correct_details, office, command, by=caller.id, respond=correcting_answer)


@router.get("/applications/{application_id}/corrections", response_model=CorrectionsView)
@refuses(NoSuchApplication, PersonErased)
async def list_corrections(
    application_id: Id, caller: MayCorrectDetails, asking: InAsking, office: InOffice
) -> Response:
    """Who corrected which details, when and why; not what they were (coordinator). Reasons are opened on record."""
    query = SeeCorrections(await application_of(office.store, application_id))
    return await asking.answer(details.see_corrections, office, query, by=caller.id, respond=corrections_answer)
