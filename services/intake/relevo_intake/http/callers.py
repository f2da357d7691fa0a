"""Who calls: staff by their roles, applicants by the receipt code in place of an account; and the office they ask."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Request
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
from relevo_intake.equipment import Equipment, equipment_of
from relevo_intake.proofs import LONGEST
from relevo_intake.rights import RIGHTS, Task
from relevo_intake.store.people import APPLICATION, DRAFT, application_of_receipt, draft_of_receipt

_LONGEST = 100


class NoReceipt(Refusal):
    """Send the receipt code of the application or draft in the header Relevo-Receipt, or a token, and not both."""

    status = 401


class NoHandle(Refusal):
    """Send the handle that opening a session gave in the header Relevo-Session."""

    status = 401


MayManageCalls = Annotated[Caller, Depends(RIGHTS.who_may(Task.MANAGE_CALLS))]
MayOpenCalls = Annotated[Caller, Depends(RIGHTS.who_may(Task.MANAGE_CALLS, anywhere=True))]
"""Whoever manages calls in some edition; which one the new call is of, its form says."""
MayReadApplications = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_APPLICATIONS))]
MayDecideContacts = Annotated[Caller, Depends(RIGHTS.who_may(Task.DECIDE_CONTACTS))]
MayErasePeople = Annotated[Caller, Depends(RIGHTS.who_may(Task.ERASE_PEOPLE))]
MayCorrectDetails = Annotated[Caller, Depends(RIGHTS.who_may(Task.CORRECT_DETAILS))]
MayBlindTexts = Annotated[Caller, Depends(RIGHTS.who_may(Task.BLIND_TEXTS))]
MayAssignReviewers = Annotated[Caller, Depends(RIGHTS.who_may(Task.ASSIGN_REVIEWERS))]
MayReadReviews = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_REVIEWS))]
MayReview = Annotated[Caller, Depends(RIGHTS.who_may(Task.REVIEW, anywhere=True))]
"""Whoever reviews in some edition, of whom a route shows what is assigned to them."""
MaySelect = Annotated[Caller, Depends(RIGHTS.who_may(Task.SELECT))]
MayGiveSeats = Annotated[Caller, Depends(RIGHTS.who_may(Task.GIVE_SEATS))]
MayFollowLetters = Annotated[Caller, Depends(RIGHTS.who_may(Task.FOLLOW_LETTERS))]
MayKeepParticipants = Annotated[Caller, Depends(RIGHTS.who_may(Task.KEEP_PARTICIPANTS))]
MayFollowNeeds = Annotated[Caller, Depends(RIGHTS.who_may(Task.FOLLOW_NEEDS))]
MayReadNeeds = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_NEEDS))]
MayKeepSafe = Annotated[Caller, Depends(RIGHTS.who_may(Task.KEEP_SAFE))]
MayAnswerThreads = Annotated[Caller, Depends(RIGHTS.who_may(Task.ANSWER_THREADS))]
MayGiveRoles = Annotated[Caller, Depends(RIGHTS.who_may(Task.GIVE_ROLES))]
MayReadGrants = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_GRANTS))]
AnyOfStaff = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_OWN_GRANTS, anywhere=True))]
MayReadDecisions = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_DECISIONS))]


async def office(request: Request, shell: InShell) -> Office:
    """The office of this process. A coroutine, because a plain function would be run in a thread."""
    state = request.app.state
    if not hasattr(state, "office"):
        state.office = Office.of(shell)
    known: Office = state.office
    return known


InOffice = Annotated[Office, Depends(office)]


async def equipment(shell: InShell) -> Equipment:
    return equipment_of(shell)


InEquipment = Annotated[Equipment, Depends(equipment)]

RECEIPT = APIKeyHeader(
    name="Relevo-Receipt",
    scheme_name="receipt code",
    description="The receipt code of the application or draft, as it was shown once",
    auto_error=False,
)


@refuses(NoReceipt)
async def receipt_code(code: Annotated[str | None, Depends(RECEIPT)]) -> str:
    """Raises ``NoReceipt``."""
    return checked(code)


def checked(code: str | None) -> str:
    """Raises ``NoReceipt`` for what can be no code."""
    if not code or len(code) > _LONGEST:
        raise NoReceipt()
    return code


ReceiptCode = Annotated[str, Depends(receipt_code)]

HANDLE = APIKeyHeader(
    name="Relevo-Session",
    scheme_name="session",
    description="The handle of a session, as it was shown once",
    auto_error=False,
)


@refuses(NoHandle)
async def session_handle(handle: Annotated[str | None, Depends(HANDLE)]) -> str:
    """Raises ``NoHandle``."""
    if not handle or len(handle) > _LONGEST:
        raise NoHandle()
    return handle


SessionHandle = Annotated[str, Depends(session_handle)]
ProofBrought = Annotated[
    str | None,
    Header(
        alias="Relevo-Proof",
        max_length=LONGEST,
        description="while the call wants one (`proof_wanted`): a solved challenge as ALTCHA encodes it, or a ticket",
    ),
]
CodeOrToken = Annotated[Caller | str, Depends(RIGHTS.code_or_who_may(Task.APPLY, RECEIPT, NoReceipt))]
"""How whoever applied says so: by the receipt code, or by a token that intake gave them for it."""


@refuses(NoReceipt, NoSuchApplication)
async def any_own_application(request: Request, office: InOffice, credential: CodeOrToken) -> Application:
    """The application of the receipt or token, erased ones too; the one in the path if the path names one.

    Unknown and foreign ids take the same steps to the same 404.
    """
    match credential:
        case Caller():
            found = await office.store.state(APPLICATION(credential.claim("application_id")))
        case code:
            found = await application_of_receipt(office.store, receipt_hash(office.vault, checked(code)))
    named = request.path_params.get("application_id")
    if found is None or named not in (None, found.application_id):
        raise NoSuchApplication()
    return found


@refuses(PersonErased)
async def own_application(application: Annotated[Application, Depends(any_own_application)]) -> Application:
    """As ``any_own_application``. Raises ``PersonErased`` (410) for somebody who was."""
    if application.state == "erased":
        raise PersonErased(application.person_id)
    return application


async def own_key(application: Annotated[Application, Depends(own_application)], office: InOffice) -> ClassKey:
    """The key of whoever holds the receipt under which answers to them are kept, as long as they are somebody here."""
    return key_of_answers(await office.vault.key_of(application.person_id))


@refuses(NoReceipt, NoSuchDraft)
async def own_draft(request: Request, office: InOffice, credential: CodeOrToken) -> Draft:
    """The draft of the receipt or token, which the path names. Unknown and foreign ones give the same 404."""
    match credential:
        case Caller():
            found = await office.store.state(DRAFT(credential.claim("application_id")))
        case code:
            hashed = receipt_hash(office.vault, checked(code))
            found = await draft_of_receipt(office.store, hashed) or await _draft_before(office, hashed)
    if found is None or request.path_params.get("draft_id") != found.draft_id:
        raise NoSuchDraft()
    return found


async def _draft_before(office: Office, hashed: str) -> Draft | None:
    """What the application of a receipt code was before it was submitted, for whoever submits it again."""
    application = await application_of_receipt(office.store, hashed)
    return await office.store.state(DRAFT(application.application_id)) if application else None


@refuses(PersonErased)
async def own_draft_key(draft: Annotated[Draft, Depends(own_draft)], office: InOffice) -> PersonKey:
    """The keys of whoever holds the receipt of a draft."""
    return await office.vault.key_of(draft.person_id)


class Entrant(NamedTuple):
    """What whoever came in came in by: their application or draft."""

    id: str
    found: Application | Draft


@refuses(NoReceipt, NoSuchApplication, PersonErased)
async def own_entrant(office: InOffice, credential: CodeOrToken) -> Entrant:
    """The application or draft of the receipt or token."""
    found: Application | Draft | None
    match credential:
        case Caller():
            id = credential.claim("application_id")
            found = await office.store.state(APPLICATION(id)) or await office.store.state(DRAFT(id))
        case code:
            hashed = receipt_hash(office.vault, checked(code))
            found = await application_of_receipt(office.store, hashed) or await draft_of_receipt(office.store, hashed)
    match found:
        case None:
            raise NoSuchApplication()
        case Application(state="erased"):
            raise PersonErased(found.person_id)
        case Application():
            return Entrant(found.application_id, found)
    return Entrant(found.draft_id, found)


OwnEntrant = Annotated[Entrant, Depends(own_entrant)]


@refuses(PersonErased)
async def own_entrant_key(own: OwnEntrant, office: InOffice) -> ClassKey:
    """The key of whoever came in, under which answers to them are kept."""
    return key_of_answers(await office.vault.key_of(own.found.person_id))


OwnEntrantKey = Annotated[ClassKey, Depends(own_entrant_key)]
AnyOwnApplication = Annotated[Application, Depends(any_own_application)]
OwnApplication = Annotated[Application, Depends(own_application)]
OwnKey = Annotated[ClassKey, Depends(own_key)]
OwnDraftKey = Annotated[PersonKey, Depends(own_draft_key)]
OwnDraft = Annotated[Draft, Depends(own_draft)]


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
