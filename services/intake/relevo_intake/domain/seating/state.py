"""The seats, grants, offers and waitlist of one call, which must agree with each other and so are one aggregate."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.intake import OfferedFrom
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import SEATED
from relevo_intake.domain.selection.rules import SelectionRules

OfferState = Literal["offered", "accepted", "declined", "expired", "withdrawn"]
HOLDING: frozenset[OfferState] = frozenset({"offered", "accepted"})


class NoSuchOffer(Refusal):
    """There is no offer with this id for whoever asks."""

    status = 404


class NoSelectionYet(Refusal):
    """The call's selection has not been applied yet."""


class OfferHasExpired(Refusal):
    """The offer was not answered in time; the seat goes to the waitlist."""


class OfferIsNoLongerOpen(Refusal):
    """The offer was declined or withdrawn before; it cannot be accepted any more."""


class OfferWasAccepted(Refusal):
    """The offer was accepted; whoever no longer wants the seat withdraws as a participant."""


class SeatsAreTaken(Refusal):
    """There cannot be fewer seats than are offered and accepted."""


class SeatsAreOver(Refusal):
    """The instant has passed after which no seat is offered."""


class NoTimeToAnswer(Refusal):
    """The instant after which no seat is offered must lie ahead."""

    status = 422
    where = "body.refill_until"


class Offer(Frozen):
    """A seat offered to one person until ``expires_at``.

    ``travel_code`` is a keyed hash: of the grant of a country when the offer carries one, of nothing otherwise, so
    that the stored offer tells nobody who comes from where.
    """

    offer_id: str
    application_id: str
    person_id: str
    state: OfferState = "offered"
    offered_at: datetime
    expires_at: datetime
    offered_from: OfferedFrom
    answered_at: datetime | None = None
    travel_code: str = ""

    @property
    def holds(self) -> bool:
        return self.state in HOLDING


class Waiting(Frozen):
    """Somebody on the waitlist."""

    application_id: str
    person_id: str


class Seating(Frozen):
    """The seating as it stands: offered and accepted together are never more than ``seats`` (rule 3).

    ``proposed_id`` is the latest selection proposed, ``selection_id`` the one applied. After ``refill_until`` free
    seats stay free. ``unsettled``: a seat or a grant came free and the waitlist has not been looked at since.
    """

    kept: ClassVar[Kept] = SEATED

    call_id: str
    edition_id: str
    seats: int
    proposed_id: str | None = None
    selection_id: str | None = None
    applied_at: datetime | None = None
    rules: SelectionRules | None = None
    offer_days: int = 0
    refill_until: datetime | None = None
    offers: tuple[Offer, ...] = ()
    waitlist: tuple[Waiting, ...] = Field(default=(), description="in the order of merit")
    unsettled: bool = False

    @property
    def held(self) -> tuple[Offer, ...]:
        """The offers that hold a seat."""
        return tuple(each for each in self.offers if each.holds)

    @property
    def accepted(self) -> int:
        return sum(1 for each in self.offers if each.state == "accepted")

    @property
    def free(self) -> int:
        return max(0, self.seats - len(self.held))

    def offer_of(self, application_id: str) -> Offer | None:
        """The latest offer to somebody."""
        return next((each for each in reversed(self.offers) if each.application_id == application_id), None)

    def offer(self, offer_id: str) -> Offer:
        """Raises ``NoSuchOffer``."""
        for each in self.offers:
            if each.offer_id == offer_id:
                return each
        raise NoSuchOffer()

    def with_offer(self, changed: Offer, **facts: Any) -> Seating:
        """The seating with one offer changed. Raises ``AssertionError`` rather than ever hold one seat too many."""
        offers = tuple(changed if each.offer_id == changed.offer_id else each for each in self.offers)
        return self.model_copy(update={"offers": offers, **facts}).checked()

    def checked(self) -> Seating:
        """The last guard of rule 3: whatever was decided before it, nothing is stored that breaks it."""
        if self.selection_id is not None and len(self.held) > self.seats:
            raise AssertionError(f"{len(self.held)} of {self.seats} seats held in the seating of call {self.call_id}")
        return self
