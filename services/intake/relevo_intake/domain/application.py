"""One person's application for one call (rule 1). Clear here: states, days and ids; who it is lies in the vault."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.intake import ApplicationSubmitted, ApplicationWithdrawn
from relevo_contracts.model import Event, Frozen
from relevo_intake.domain.kept import APPLICATION, JUDGED
from relevo_intake.domain.review.scores import Review

ApplicationState = Literal["submitted", "withdrawn", "erased"]


class NoSuchApplication(Refusal):
    """There is no application with this id for whoever asks."""

    status = 404


class ApplicationWasWithdrawn(Refusal):
    """The application was withdrawn; a new one can be submitted while the call is open."""


class Application(Frozen):
    """An application as it stands.

    ``receipt_hash`` and ``confirmation_hash`` are keyed hashes of the codes that the applicant and the holder of the
    contact were given. ``contact_id`` is empty once the person is erased. ``assigned`` are the ids of its reviewers.
    ``named`` counts how often another contact was named; each is confirmed by a code of its own.
    ``renewals`` counts how often another receipt code was given in place of a lost one. Without
    ``has_contact`` there is nobody to write to or to confirm it; it stands alone (rule 24).
    """

    kept: ClassVar[Kept] = APPLICATION

    application_id: str
    person_id: str
    call_id: str
    edition_id: str
    contact_id: str
    receipt_hash: str
    confirmation_hash: str
    submitted_at: datetime
    late: bool = False
    consent_version: str
    state: ApplicationState = "submitted"
    withdrawn_at: datetime | None = None
    has_contact: bool = True
    named: int = 0
    renewals: int = 0
    assigned: Annotated[tuple[str, ...], JUDGED] = ()
    reviews: Annotated[tuple[Review, ...], JUDGED] = ()

    @property
    def alive(self) -> bool:
        return self.state == "submitted"


Outcome = tuple[Application, Sequence[Event]]


def submit(application: Application) -> Outcome:
    """The call took it (``gate.let_in``): tell so, the same for a first and for a linked one."""
    return application, (
        ApplicationSubmitted(
            application_id=application.application_id,
            call_id=application.call_id,
            edition_id=application.edition_id,
            submitted_at=application.submitted_at,
            late=application.late,
        ),
    )


def renew(application: Application, receipt_hash: str) -> Application:
    """Another receipt code in place of the one before, which opens nothing any more (rule 19)."""
    return application.model_copy(update={"receipt_hash": receipt_hash, "renewals": application.renewals + 1})


def withdraw(application: Application, now: datetime) -> Outcome:
    """The applicant takes it back. A second time changes nothing."""
    if not application.alive:
        return application, ()
    return application.model_copy(update={"state": "withdrawn", "withdrawn_at": now}), (
        ApplicationWithdrawn(
            application_id=application.application_id,
            call_id=application.call_id,
            edition_id=application.edition_id,
            withdrawn_at=now,
        ),
    )


def erase(application: Application, now: datetime) -> Outcome:
    """Forget the person: what was counted stays counted, the link to the contact goes (rule 14)."""
    _, events = withdraw(application, now)
    forgotten = {
        "state": "erased",
        "withdrawn_at": application.withdrawn_at or now,
        "contact_id": "",
        "confirmation_hash": "",
    }
    return application.model_copy(update=forgotten), events
