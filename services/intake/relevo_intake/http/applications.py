"""Applications: what an applicant does with a receipt code instead of an account."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.codes import receipt_hash
from relevo_intake.commands import applications, dossiers, persons
from relevo_intake.commands.applications import SubmitApplication, WithdrawApplication, new_person
from relevo_intake.commands.dossiers import SeeDossier
from relevo_intake.commands.office import ANYBODY, applicant, key_of_answers
from relevo_intake.commands.persons import ErasePerson, NoSuchPerson
from relevo_intake.domain.answers import AnswersDoNotFit, Submission
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import CallIsClosed, CallIsNotOpenYet, LateCodeIsNotValid, NoSuchCall
from relevo_intake.domain.guard import ProofIsNotGood, ProofIsWanted
from relevo_intake.domain.recovery import RecoveredLately
from relevo_intake.http.callers import (
    AnyOwnApplication,
    InEquipment,
    InOffice,
    OwnApplication,
    OwnKey,
    ProofBrought,
    ReceiptCode,
)
from relevo_intake.http.forms.applications import ApplicationForm
from relevo_intake.http.views.applications import (
    ApplicationView,
    BelongingView,
    ErasedView,
    OwnApplicationView,
    ReceiptView,
    application_answer,
    application_view,
    erased_answer,
    receipt_answer,
)
from relevo_intake.letters.arrival import arrival_of
from relevo_intake.proofs import proof_in
from relevo_intake.store.people import application_of_receipt, draft_of_receipt

router = Routes(tags=["applications"])


@router.post("/calls/{call_id}/applications", status_code=201, response_model=ReceiptView)
@refuses(
    AnswersDoNotFit,
    CallIsClosed,
    CallIsNotOpenYet,
    LateCodeIsNotValid,
    NoSuchCall,
    PersonErased,
    ProofIsNotGood,
    ProofIsWanted,
)
async def submit_application(
    call_id: Id,
    form: ApplicationForm,
    asking: InAsking,
    office: InOffice,
    equipment: InEquipment,
    brought: ProofBrought = None,
) -> Response:
    """Submit an application, without an account. The same answer for a first and for a linked one. While the call
    wants proofs, with one."""
    person = await new_person(office.vault)
    proof = proof_in(office.vault.service_key, call_id, brought, equipment.now())
    parts = (form.dossier(), form.consent_version, form.late_code, form.answers, proof)
    command, key = SubmitApplication(call_id, person, *parts), key_of_answers(person.key)
    with equipment.beginnings.counted(call_id):
        return await asking.answer(
            applications.submit_application, office, command, by=ANYBODY, respond=receipt_answer, key=key
        )


@router.get("/receipt")
@refuses(NoSuchApplication)
async def read_receipt(office: InOffice, code: ReceiptCode) -> BelongingView:
    """Find what a receipt code belongs to, for somebody who kept only the code."""
    hashed = receipt_hash(office.vault, code)
    draft = await draft_of_receipt(office.store, hashed)
    application = await application_of_receipt(office.store, hashed)
    if application is not None:
        return BelongingView(kind="application", id=application.application_id, call_id=application.call_id)
    if draft is not None:
        return BelongingView(kind="draft", id=draft.draft_id, call_id=draft.call_id)
    raise NoSuchApplication()


@router.get("/applications/{application_id}")
async def read_application(application_id: Id, application: OwnApplication, office: InOffice) -> OwnApplicationView:
    """Where the application stands (receipt)."""
    arrival = await arrival_of(office.store, [application])
    return OwnApplicationView(**application_view(application).model_dump(), letters=arrival[application_id])


@router.get("/applications/{application_id}/submission", response_model=Submission)
async def read_submission(
    application_id: Id, application: OwnApplication, asking: InAsking, office: InOffice
) -> Response:
    """What the applicant sent in (receipt). Put on record like every reading of sealed data."""
    query, by = SeeDossier(application, "applicant", "own"), applicant(application_id)
    return await asking.answer(dossiers.see_dossier, office, query, by=by)


@router.post("/applications/{application_id}/withdraw", response_model=ApplicationView)
async def withdraw_application(
    application_id: Id, application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice
) -> Response:
    """Take the application back (receipt)."""
    command, by = WithdrawApplication(application), applicant(application_id)
    return await asking.answer(
        applications.withdraw_application, office, command, by=by, respond=application_answer, key=key
    )


@router.post("/applications/{application_id}/erase", response_model=ErasedView)
@refuses(NoSuchPerson, RecoveredLately)
async def erase_applicant(
    application_id: Id, application: AnyOwnApplication, asking: InAsking, office: InOffice
) -> Response:
    """Erase the person: key, texts, letters, contact, everywhere (receipt; rule 14). Cannot be undone."""
    command, by = ErasePerson(application.person_id), applicant(application_id)
    return await asking.answer(persons.erase_person, office, command, by=by, respond=erased_answer)
