"""Applications: what an applicant does with a receipt code instead of an account."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.delivery.change import Commits
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import Answer, answer_json, answered, once_of
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.vault import PersonErased
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.codes import receipt_hash
from relevo_intake.commands import applications, persons
from relevo_intake.commands.applications import Submitted
from relevo_intake.commands.persons import NoSuchPerson
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.application import Application, ApplicationState, NoSuchApplication
from relevo_intake.domain.call import CallIsClosed, CallIsNotOpenYet, LateCodeIsNotValid, NoSuchCall
from relevo_intake.domain.dossier import Dossier, Identity, Profile, Statement
from relevo_intake.http.forms import ApplicationForm
from relevo_intake.http.receipts import Holder, InShell, ReceiptCode, any_applicant
from relevo_intake.letters.arrival import Arrival, arrival_of
from relevo_intake.store.people import application_of_receipt, draft_of_receipt

router = Routes(tags=["applications"])


class Receipt(BaseModel):
    """Proof that the application is in. The receipt code is shown this once and opens it again: keep it safe."""

    application_id: Id
    receipt_code: str = Field(examples=["0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"])
    submitted_at: datetime


class ApplicationView(BaseModel):
    """Where the application stands, for its applicant. The same whether it is alone or linked to others (rule 1)."""

    application_id: Id
    call_id: Id
    edition_id: Id
    state: ApplicationState
    submitted_at: datetime
    late: bool
    withdrawn_at: datetime | None


class OwnApplicationView(ApplicationView):
    """As its applicant reads it."""

    letters: Arrival = Field(description="whether letters to the contact arrive, as far as mail servers tell")


class Erased(BaseModel):
    """The person's key is destroyed; nothing about them can be read any more."""

    person_id: Id
    erased_at: datetime


class Belonging(BaseModel):
    """What a receipt code belongs to."""

    kind: Literal["application", "draft"]
    id: Id
    call_id: Id


def receipt_answer(submitted: Submitted) -> Answer:
    return answer_json(Receipt(**submitted._asdict()), 201, location=f"/applications/{submitted.application_id}")


@router.post("/calls/{call_id}/applications", status_code=201, response_model=Receipt)
@refuses(CallIsClosed, CallIsNotOpenYet, LateCodeIsNotValid, NoSuchCall, PersonErased)
async def submit(request: Request, call_id: Id, form: ApplicationForm, shell: InShell) -> Response:
    """Submit an application, without an account. The same answer for a first and for a linked one."""
    person = await applications.new_person(shell.vault)
    once = await once_of(request, "", person.key, shell.vault, receipt_answer)
    command = applications.submission(call_id, form.dossier(), form.consent_version, form.late_code)
    outcome = await applications.submit_application(
        shell.committer, shell.vault, command, person, once, shell.clock.now(), derived_id("request", once.key)
    )
    return await answered(shell.vault, once, outcome)


@router.get("/receipt")
@refuses(NoSuchApplication)
async def read_receipt(shell: InShell, code: ReceiptCode) -> Belonging:
    """Find what a receipt code belongs to, for somebody who kept only the code."""
    hashed = receipt_hash(shell.vault, code)
    draft = await draft_of_receipt(shell.store, hashed)
    application = await application_of_receipt(shell.store, hashed)
    if application is not None:
        return Belonging(kind="application", id=application.application_id, call_id=application.call_id)
    if draft is not None:
        return Belonging(kind="draft", id=draft.draft_id, call_id=draft.call_id)
    raise NoSuchApplication()


@router.get("/applications/{application_id}")
async def read_application(application_id: Id, application: Holder, shell: InShell) -> OwnApplicationView:
    """Where the application stands (receipt)."""
    arrival = await arrival_of(shell.store, [application])
    return OwnApplicationView(**_view(application).model_dump(), letters=arrival[application_id])


@router.get("/applications/{application_id}/submission")
async def read_submission(application_id: Id, application: Holder, shell: InShell) -> Dossier:
    """What the applicant sent in (receipt). Put on record like every reading of sealed data."""
    await record_reading(
        shell.committer,
        reader=f"applicant/{application_id}",
        purpose="own",
        field_sets=("identity", "profile", "statement"),
        person_ids=(application.person_id,),
        now=shell.clock.now(),
    )
    return await opened_dossier(shell, application.person_id)


@router.post("/applications/{application_id}/withdrawal", response_model=ApplicationView)
async def withdraw(request: Request, application_id: Id, application: Holder, shell: InShell) -> Response:
    """Take the application back (receipt)."""
    key = await shell.vault.key_of(application.person_id)
    once = await once_of(request, application_id, key, shell.vault, lambda found: answer_json(_view(found)))
    outcome = await persons.withdraw_application(
        shell.committer, application, once, shell.clock.now(), derived_id("request", once.key)
    )
    return await answered(shell.vault, once, outcome)


@router.post("/applications/{application_id}/erasure", response_model=Erased)
@refuses(NoSuchPerson)
async def erase(
    request: Request,
    application_id: Id,
    application: Annotated[Application, Depends(any_applicant)],
    shell: InShell,
) -> Response:
    """Erase the person: key, texts, letters, contact, everywhere (receipt; rule 14). Cannot be undone."""
    return await erased(request, application_id, application.person_id, shell)


async def erased(
    request: Request, caller_key: str, person_id: str, shell: InShell, commits: Commits | None = None
) -> Response:
    """Erase a person and say when it was done; ``commits`` are those of a coordinator who has it done."""

    def respond(erased_at: datetime) -> Answer:
        return answer_json(Erased(person_id=person_id, erased_at=erased_at))

    once = await once_of(request, caller_key, shell.vault.service_key, shell.vault, respond)
    outcome = await persons.erase_person(
        commits or shell.committer, shell.store, shell.vault, person_id, once, shell.clock.now(), new_id()
    )
    return await answered(shell.vault, once, outcome)


async def opened_dossier(shell: InShell, person_id: str) -> Dossier:
    """Raises ``PersonErased``. To be put on record first."""
    identity = await shell.vault.open(person_id, Identity.field_set, Identity)
    profile = await shell.vault.open(person_id, Profile.field_set, Profile)
    statement = await shell.vault.open(person_id, Statement.field_set, Statement)
    if identity is None or profile is None or statement is None:
        raise PersonErased(person_id)
    return Dossier(identity=identity, profile=profile, statement=statement)


def _view(application: Application) -> ApplicationView:
    return ApplicationView(**{name: getattr(application, name) for name in ApplicationView.model_fields})
