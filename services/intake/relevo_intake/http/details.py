"""What people said about themselves, corrected: by themselves, by staff on record (rules 18, 19, 22)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field, model_validator

from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import answer_json, answered, once_of
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.strict import LongText, Strict
from relevo_chassis.edge.tokens import Caller, caller_with
from relevo_chassis.edge.vault import PersonErased
from relevo_chassis.wrong import Wrong
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.details import (
    CorrectDetails,
    Corrected,
    Reason,
    correct_details,
    opened_details,
    place_of_reason,
    refuse_contact,
)
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.details import DETAILS as NAMES
from relevo_intake.domain.details import (
    CorrectedMeanwhile,
    DetailName,
    Details,
    NoContactWasChosen,
    NoProposedContact,
    OnlyTheHolderShowsTheName,
    ProposedContact,
    TooManyCorrections,
)
from relevo_intake.domain.dossier import Display, Identity, Language
from relevo_intake.http.forms import Address, PrintedName
from relevo_intake.http.receipts import Holder, InShell
from relevo_intake.store.people import APPLICATION, DETAILS

router = Routes(tags=["details"])
Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]


class DetailsForm(Strict):
    """What is said anew; what is left out stays. `contact` null takes the contact away: no letters, the code alone."""

    name: PrintedName | None = Field(default=None, description="as it should stand on a certificate")
    contact: Address | None = Field(default=None, description="e-mail address")
    language: Language | None = None
    display: Display | None = Field(default=None, description="whether a certificate's public page may show the name")

    @model_validator(mode="after")
    def _says_something(self) -> DetailsForm:
        said = self.model_fields_set & set(NAMES)
        if not said:
            raise Wrong("says_nothing", "says nothing that could be changed; give at least one field")
        for name in sorted(said - self._may_be_taken_away()):
            if getattr(self, name) is None:
                raise Wrong("cannot_be_taken_away", "cannot be taken away; leave it out, or say it anew", field=name)
        return self

    def _may_be_taken_away(self) -> set[str]:
        return {"contact"}

    def given(self) -> dict[DetailName, Any]:
        return {name: getattr(self, name) for name in NAMES if name in self.model_fields_set}


class StaffDetailsForm(DetailsForm):
    """What a coordinator corrects, and why. A contact is only proposed: it counts when its holder confirms it."""

    reason: Annotated[LongText, Field(max_length=1_000)] = Field(description="goes on record. Sealed")

    def _may_be_taken_away(self) -> set[str]:
        return set()


class CorrectionView(BaseModel):
    """One correction: which details, when, by whom; not what they were."""

    correction_id: Id
    at: datetime
    details: tuple[DetailName, ...]


class OwnCorrection(CorrectionView):
    """One correction, for the person."""

    by: Literal["you", "staff"]


class StaffCorrection(CorrectionView):
    """One correction, for coordinators. ``by`` is null for the person."""

    by: str | None
    reason: str | None


class OwnDetails(BaseModel):
    """What the person said about themselves, as it stands."""

    application_id: Id
    name: str
    contact: str | None
    language: Language
    display: Display
    proposed_contact: str | None = Field(
        description="what staff put forward; letters go there once whoever holds it has confirmed it, unless you refuse"
    )
    no_recovery_until: datetime | None = Field(description="until when nothing is recovered by way of the contact")
    corrections: tuple[OwnCorrection, ...]


class Correcting(BaseModel):
    """What became of a correction by staff."""

    application_id: Id
    details: tuple[DetailName, ...] = Field(description="what was corrected; empty when all was so already")
    contact_awaits_confirmation: bool


class Refused(BaseModel):
    """The proposed contact is gone."""

    application_id: Id


class Corrections(BaseModel):
    """All corrections of an application, first to last."""

    application_id: Id
    items: tuple[StaffCorrection, ...]


@router.get("/applications/{application_id}/details")
async def read_details(application_id: Id, application: Holder, shell: InShell) -> OwnDetails:
    """Name, contact, language and display choice as they stand, and what was corrected (receipt)."""
    now = shell.clock.now()
    reader = f"applicant/{application_id}"
    opened = await opened_details(shell.committer, shell.store, shell.vault, application, reader, "own", now)
    address = await shell.vault.open(application.person_id, ProposedContact.field_set, ProposedContact)
    waits = opened.details.proposed is not None and opened.details.proposed.waits(now)
    return _own(application_id, opened.identity, opened.details, address.contact if address and waits else None)


@router.post("/applications/{application_id}/details", response_model=OwnDetails)
@refuses(ApplicationWasWithdrawn, CorrectedMeanwhile, NoContactWasChosen, OnlyTheHolderShowsTheName, TooManyCorrections)
async def correct_own(
    request: Request, application_id: Id, form: DetailsForm, application: Holder, shell: InShell
) -> Response:
    """Correct what you said about yourself (receipt). At most five times in 24 hours.

    The contact so far is told when another takes its place. While the call is open the application is linked to the
    new one, which may confirm it.
    """
    key = await shell.vault.key_of(application.person_id)
    once = await once_of(
        request,
        application_id,
        key,
        shell.vault,
        lambda done: answer_json(_own(application_id, done.identity, done.details, None)),
    )
    command = CorrectDetails(new_id(), form.given())
    outcome = await correct_details(
        shell.committer,
        shell.store,
        shell.vault,
        application,
        command,
        once,
        shell.clock.now(),
        derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


@router.post("/applications/{application_id}/proposed-contact/refusal", response_model=Refused)
@refuses(NoProposedContact)
async def refuse_proposed(request: Request, application_id: Id, application: Holder, shell: InShell) -> Response:
    """Say that what staff proposed is not to be your contact (receipt)."""
    key = await shell.vault.key_of(application.person_id)
    once = await once_of(
        request, application_id, key, shell.vault, lambda _: answer_json(Refused(application_id=application_id))
    )
    outcome = await refuse_contact(
        shell.committer, application, once, shell.clock.now(), derived_id("request", once.key)
    )
    return await answered(shell.vault, once, outcome)


@router.post("/applications/{application_id}/corrections", response_model=Correcting)
@refuses(
    ApplicationWasWithdrawn,
    CorrectedMeanwhile,
    NoContactWasChosen,
    NoSuchApplication,
    OnlyTheHolderShowsTheName,
    PersonErased,
    TooManyCorrections,
)
async def correct_for_them(
    request: Request, application_id: Id, form: StaffDetailsForm, caller: Coordinator, shell: InShell
) -> Response:
    """Correct what an applicant said about themselves, with the reason, on record (coordinator).

    The person is told by letter. A contact is only proposed: the old address is told at once, letters go to the new one
    when its holder has confirmed it, and for seven days nothing is recovered by it. Not for somebody who gave none.
    Staff may hide a name and never show it.
    """
    application = await _application(shell, application_id)
    once = await once_of(
        request, caller.id, shell.vault.service_key, shell.vault, lambda done: answer_json(_correcting(done))
    )
    command = CorrectDetails(new_id(), form.given(), caller.id, form.reason)
    outcome = await correct_details(
        shell.committer,
        shell.store,
        shell.vault,
        application,
        command,
        once,
        shell.clock.now(),
        derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


@router.get("/applications/{application_id}/corrections")
@refuses(NoSuchApplication, PersonErased)
async def list_corrections(application_id: Id, caller: Coordinator, shell: InShell) -> Corrections:
    """Who corrected which details, when and why; not what they were (coordinator). Reasons are opened on record."""
    application = await _application(shell, application_id)
    details = await shell.store.state(DETAILS(application_id))
    listed = details.corrections if details else ()
    places = {each.correction_id: place_of_reason(each.correction_id) for each in listed if each.by}
    if places and application.state != "erased":
        await record_reading(
            shell.committer,
            reader=caller.id,
            purpose="casework",
            field_sets=places.values(),
            person_ids=[application.person_id],
            now=shell.clock.now(),
        )
    reasons = {
        correction_id: await shell.vault.open(application.person_id, place, Reason)
        for correction_id, place in places.items()
        if application.state != "erased"
    }
    items = (
        StaffCorrection(
            **_shown(each),
            by=each.by or None,
            reason=reason.text if (reason := reasons.get(each.correction_id)) else None,
        )
        for each in listed
    )
    return Corrections(application_id=application_id, items=tuple(items))


async def _application(shell: InShell, application_id: str) -> Application:
    found = await shell.store.state(APPLICATION(application_id))
    if found is None:
        raise NoSuchApplication()
    return found


def _own(application_id: str, identity: Identity, details: Details, proposed: str | None) -> OwnDetails:
    corrections = (OwnCorrection(**_shown(each), by="staff" if each.by else "you") for each in details.corrections)
    return OwnDetails(
        application_id=application_id,
        **identity.model_dump(),
        proposed_contact=proposed,
        no_recovery_until=details.no_recovery_until,
        corrections=tuple(corrections),
    )


def _correcting(done: Corrected) -> Correcting:
    corrected = done.correction.details if done.correction else ()
    return Correcting(
        application_id=done.application.application_id,
        details=corrected,
        contact_awaits_confirmation="contact" in corrected,
    )


def _shown(correction: Any) -> dict[str, Any]:
    return {name: getattr(correction, name) for name in CorrectionView.model_fields}
