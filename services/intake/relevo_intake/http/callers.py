"""Who calls: staff by their roles, applicants by the receipt code in place of an account; and the office they ask."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.given.asking import InShell
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.rights import thing_of
from relevo_chassis.http.tokens import Caller
from relevo_chassis.people.vault import ClassKey, PersonErased, PersonKey
from relevo_contracts.model import Id
from relevo_intake.codes import receipt_hash
from relevo_intake.commands.office import Office, key_of_answers
from relevo_intake.commands.reviews import assigned_application
from relevo_intake.domain.application import Application, NoSuchApplication
from relevo_intake.domain.draft import Draft, NoSuchDraft
from relevo_intake.domain.review import NotAssigned
from relevo_intake.rights import RIGHTS, Task
from relevo_intake.store.people import APPLICATION, application_of_receipt, draft_of_receipt

_LONGEST = 100


class NoReceipt(Refusal):
    """Send the receipt code that was given with the application or draft in the header Relevo-Receipt."""

    status = 401


MayManageCalls = Annotated[Caller, Depends(RIGHTS.who_may(Task.MANAGE_CALLS))]
MayReadApplications = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_APPLICATIONS))]
MayDecideContacts = Annotated[Caller, Depends(RIGHTS.who_may(Task.DECIDE_CONTACTS))]
MayErasePeople = Annotated[Caller, Depends(RIGHTS.who_may(Task.ERASE_PEOPLE))]
MayCorrectDetails = Annotated[Caller, Depends(RIGHTS.who_may(Task.CORRECT_DETAILS))]
MayBlindTexts = Annotated[Caller, Depends(RIGHTS.who_may(Task.BLIND_TEXTS))]
MayAssignReviewers = Annotated[Caller, Depends(RIGHTS.who_may(Task.ASSIGN_REVIEWERS))]
MayReadReviews = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_REVIEWS))]
MayReview = Annotated[Caller, Depends(RIGHTS.who_may(Task.REVIEW))]
MaySelect = Annotated[Caller, Depends(RIGHTS.who_may(Task.SELECT))]
MayGiveSeats = Annotated[Caller, Depends(RIGHTS.who_may(Task.GIVE_SEATS))]
MayFollowLetters = Annotated[Caller, Depends(RIGHTS.who_may(Task.FOLLOW_LETTERS))]
MayKeepParticipants = Annotated[Caller, Depends(RIGHTS.who_may(Task.KEEP_PARTICIPANTS))]
MayReadDecisions = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_DECISIONS))]


async def office(request: Request, shell: InShell) -> Office:
    """The office of this process. A coroutine, because a plain function would be run in a thread."""
    state = request.app.state
    if not hasattr(state, "office"):
        state.office = Office.of(shell)
    held: Office = state.office
    return held


InOffice = Annotated[Office, Depends(office)]

RECEIPT = APIKeyHeader(
    name="Relevo-Receipt",
    scheme_name="receipt code",
    description="The receipt code of the application or draft, as it was shown once",
    auto_error=False,
)


@refuses(NoReceipt)
async def receipt_code(code: Annotated[str | None, Depends(RECEIPT)]) -> str:
    """Raises ``NoReceipt``."""
    if not code or len(code) > _LONGEST:
        raise NoReceipt()
    return code


ReceiptCode = Annotated[str, Depends(receipt_code)]


@refuses(NoSuchApplication)
async def any_applicant(request: Request, office: InOffice, code: ReceiptCode) -> Application:
    """The application of the receipt, erased ones too; the one in the path if the path names one.

    Unknown and foreign ids take the same steps to the same 404.
    """
    found = await application_of_receipt(office.store, receipt_hash(office.vault, code))
    named = request.path_params.get("application_id")
    if found is None or named not in (None, found.application_id):
        raise NoSuchApplication()
    return found


@refuses(PersonErased)
async def holder(application: Annotated[Application, Depends(any_applicant)]) -> Application:
    """As ``any_applicant``. Raises ``PersonErased`` (410) for somebody who was."""
    if application.state == "erased":
        raise PersonErased(application.person_id)
    return application


async def key_of_holder(application: Annotated[Application, Depends(holder)], office: InOffice) -> ClassKey:
    """The key of whoever holds the receipt under which answers to them are kept, as long as they are somebody here."""
    return key_of_answers(await office.vault.key_of(application.person_id))


@refuses(NoSuchDraft)
async def draft_holder(request: Request, office: InOffice, code: ReceiptCode) -> Draft:
    """The draft of the receipt, which the path names. Unknown and foreign ones give the same 404."""
    found = await draft_of_receipt(office.store, receipt_hash(office.vault, code))
    if found is None or request.path_params.get("draft_id") != found.draft_id:
        raise NoSuchDraft()
    return found


@refuses(PersonErased)
async def key_of_draft_holder(draft: Annotated[Draft, Depends(draft_holder)], office: InOffice) -> PersonKey:
    """The keys of whoever holds the receipt of a draft."""
    return await office.vault.key_of(draft.person_id)


AnyApplicant = Annotated[Application, Depends(any_applicant)]
Holder = Annotated[Application, Depends(holder)]
HolderKey = Annotated[ClassKey, Depends(key_of_holder)]
DraftHolderKey = Annotated[PersonKey, Depends(key_of_draft_holder)]
DraftHolder = Annotated[Draft, Depends(draft_holder)]


@refuses(NotAssigned)
async def assigned(request: Request, application_id: Id, caller: MayReview, office: InOffice) -> Application:
    """The application that the path names, if it is assigned to the reviewer who calls. Raises ``NotAssigned``."""
    named = await thing_of(request, APPLICATION(application_id))
    return await assigned_application(office.store, named, caller.id)


@refuses(PersonErased)
async def key_of_assigned(application: Annotated[Application, Depends(assigned)], office: InOffice) -> PersonKey:
    """The keys of whoever it is about."""
    return await office.vault.key_of(application.person_id)


AssignedApplication = Annotated[Application, Depends(assigned)]
AssignedKey = Annotated[PersonKey, Depends(key_of_assigned)]
