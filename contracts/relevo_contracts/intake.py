"""What intake tells: calls, applications, reviews, the seating, participants, erasure."""

from __future__ import annotations

from typing import Annotated, Literal

from relevo_contracts.model import Count, Event, Figure, Id, Instant, Requirements, Sha256, reading

ClosedBy = Literal["plan", "hand", "other"]
OfferedFrom = Literal["selection", "waitlist", "coordinator", "other"]
DeclinedBecause = Literal["declined", "expired", "withdrawn", "other"]
SolverStatus = Literal["optimal", "other"]
PersonData = Literal["identity", "statement", "needs", "threads", "other"]
StaffRole = Literal["coordinator", "reviewer", "faculty", "expert", "travel", "attendance", "support_desk", "press"]
"""What somebody of the staff may be in one edition."""
GrantedRole = Literal[StaffRole, "other"]


class CallOpened(Event, service="intake", aggregate="call", verb="opened", key="call_id", audience="public"):
    """A call for applications was opened: from when to when, for how many seats, under which requirements."""

    call_id: Id
    edition_id: Id
    opens_at: Instant
    closes_at: Instant
    seats: Count
    travel_grants: Count
    requirements: Requirements


class CallClosed(Event, service="intake", aggregate="call", verb="closed", key="call_id", audience="public"):
    """The call takes no more applications, except with a late-access code."""

    call_id: Id
    edition_id: Id
    closed_at: Instant
    applications: Figure
    closed_by: Annotated[ClosedBy, reading(ClosedBy)]


class CallExtended(Event, service="intake", aggregate="call", verb="extended", key="call_id", audience="public"):
    """The call stays open longer, or is open again after it had closed (``reopened``): until ``closes_at``."""

    call_id: Id
    edition_id: Id
    extended_at: Instant
    closes_at: Instant
    reopened: bool = False


class ApplicationSubmitted(Event, service="intake", aggregate="application", verb="submitted", key="application_id"):
    """An application was accepted. The same for a first and for a linked one (rule 1)."""

    application_id: Id
    call_id: Id
    edition_id: Id
    submitted_at: Instant
    late: bool = False


class ApplicationWithdrawn(Event, service="intake", aggregate="application", verb="withdrawn", key="application_id"):
    """The applicant took the application back."""

    application_id: Id
    call_id: Id
    edition_id: Id
    withdrawn_at: Instant


class ApplicationReviewed(Event, service="intake", aggregate="application", verb="reviewed", key="application_id"):
    """A reviewer scored the application; ``reviews`` counts those it has now."""

    application_id: Id
    call_id: Id
    edition_id: Id
    review_id: Id
    reviews: Count
    reviewed_at: Instant


class SelectionApplied(
    Event, service="intake", aggregate="seating", verb="selection_applied", key="call_id", audience="public"
):
    """A previewed selection was applied: counts only. ``inputs_sha256`` is what it can be reproduced against."""

    selection_id: Id
    call_id: Id
    edition_id: Id
    applied_at: Instant
    seats: Count
    considered: Figure
    offered: Figure
    waitlisted: Figure
    turned_down: Figure
    travel_grants: Figure
    status: Annotated[SolverStatus, reading(SolverStatus)]
    inputs_sha256: Sha256


class SeatOffered(Event, service="intake", aggregate="seating", verb="offered", key="call_id"):
    """A seat was offered until ``expires_at``."""

    offer_id: Id
    application_id: Id
    call_id: Id
    edition_id: Id
    offered_at: Instant
    expires_at: Instant
    offered_from: Annotated[OfferedFrom, reading(OfferedFrom)]


class SeatAccepted(Event, service="intake", aggregate="seating", verb="accepted", key="call_id"):
    """The person offered a seat took it."""

    offer_id: Id
    application_id: Id
    call_id: Id
    edition_id: Id
    accepted_at: Instant


class SeatDeclined(Event, service="intake", aggregate="seating", verb="declined", key="call_id"):
    """An offered or accepted seat is free again."""

    offer_id: Id
    application_id: Id
    call_id: Id
    edition_id: Id
    declined_at: Instant
    because: Annotated[DeclinedBecause, reading(DeclinedBecause)]


class ParticipantEnrolled(Event, service="intake", aggregate="participant", verb="enrolled", key="participant_id"):
    """Somebody has a seat and takes part, under the requirements in force on that day."""

    participant_id: Id
    application_id: Id
    call_id: Id
    edition_id: Id
    enrolled_at: Instant
    requirements: Requirements


class ParticipantWithdrawn(Event, service="intake", aggregate="participant", verb="withdrawn", key="participant_id"):
    """The participant left the course."""

    participant_id: Id
    application_id: Id
    call_id: Id
    edition_id: Id
    withdrawn_at: Instant


class ApplicantDetailsCorrected(
    Event, service="intake", aggregate="participant", verb="details_corrected", key="participant_id"
):
    """What a participant said about themselves was corrected: that, and not what, so that it betrays nobody."""

    participant_id: Id
    edition_id: Id
    corrected_at: Instant


class ReceiptRenewed(Event, service="intake", aggregate="participant", verb="receipt_renewed", key="participant_id"):
    """A participant was given another receipt code in place of the one before: what that one had opened is to end.

    ``renewals`` counts how often that was so, and is what a token says that was given since.
    """

    participant_id: Id
    edition_id: Id
    renewals: Count
    renewed_at: Instant


class DangerReported(Event, service="intake", aggregate="participant", verb="danger_reported", key="participant_id"):
    """A participant says that they are in danger: their days stand still, and their name is shown nowhere (rule 25)."""

    participant_id: Id
    edition_id: Id
    began_at: Instant


class DangerPassed(Event, service="intake", aggregate="participant", verb="danger_passed", key="participant_id"):
    """The danger of a participant is over, as they say themselves or two of staff do (rule 25)."""

    participant_id: Id
    edition_id: Id
    passed_at: Instant


class GrantChanged(Event, service="intake", aggregate="grant", verb="changed", key="account_id"):
    """From now on an account of the staff has these roles in that edition, in place of those it had there.

    ``account_id`` derives from issuer and subject: whoever is shown a token of the account knows what it was given, and
    the event by itself names nobody. Without roles it has none there any more.
    """

    account_id: Id
    edition_id: Id
    roles: tuple[Annotated[GrantedRole, reading(GrantedRole)], ...]
    changed_at: Instant


class PersonErased(Event, service="intake", aggregate="person", verb="erased", key="person_id"):
    """A person asked to be erased; every service does its own part (rule 14)."""

    person_id: Id
    application_ids: tuple[Id, ...]
    participant_ids: tuple[Id, ...]
    erased_at: Instant


class PersonDataDestroyed(Event, service="intake", aggregate="person_data", verb="destroyed", key="person_id"):
    """What intake kept of a person in one retention class was destroyed before the person is."""

    person_id: Id
    retention_class: Annotated[PersonData, reading(PersonData)]
    destroyed_at: Instant
