"""What stands with whoever came in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.commands.mine import Deed, Mine, OwnNeeds
from relevo_intake.commands.results import Became
from relevo_intake.domain.draft import Draft
from relevo_intake.http.forms.calls import Titles
from relevo_intake.http.views.recovery import RecoveryView, recovery_view
from relevo_intake.http.views.seating import OfferView, offer_view
from relevo_intake.http.views.threads import ThreadMarkView, thread_mark
from relevo_intake.letters.arrival import Arrival


class NextView(BaseModel):
    """What may be done next."""

    what: Deed
    until: datetime | None = Field(description="null while nothing ends it")


class WhetherStatedView(BaseModel):
    """Whether what one needs for the week is stated; never what."""

    changed_at: datetime | None = Field(description="null while nothing is stated")
    kept_until_on: date | None = Field(description="null while no programme says when the week is")


class MineView(BaseModel):
    """Who somebody is here, what stands with them, and what they may do next: what hurries first."""

    application_id: Id = Field(description="of the draft, while it is one: it becomes the application of the same id")
    call_id: Id
    edition_id: Id
    titles: Titles = Field(description="of the call")
    opens_at: datetime
    closes_at: datetime
    state: Literal["draft", "submitted", "withdrawn", "expired"]
    submitted_at: datetime | None
    withdrawn_at: datetime | None
    standing: Became = Field(description="what the selection made of it; undecided until it is applied")
    offer: OfferView | None
    participant_id: Id | None = Field(description="by which the other services know them, once they took a seat")
    participation: Literal["enrolled", "withdrawn"] | None
    recovery: RecoveryView | None = Field(description="how a lost code is recovered; null for a draft")
    in_danger_since: datetime | None = Field(description="since when one says that one is in danger; else null")
    letters: Arrival = Field(description="whether letters to the contact arrive, as far as mail servers tell")
    thread: ThreadMarkView = Field(description="what one wrote to the secretariat, and whether something is unread")
    needs: WhetherStatedView | None = Field(description="null for whoever takes no part, and once it is destroyed")
    next: tuple[NextView, ...]


def mine_answer(mine: Mine) -> Answer:
    own, call, participant = mine.own, mine.call, mine.participant
    view = MineView(
        application_id=own.draft_id if isinstance(own, Draft) else own.application_id,
        call_id=call.call_id,
        edition_id=call.edition_id,
        titles=call.titles,
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        state=_state(mine),
        submitted_at=None if isinstance(own, Draft) else own.submitted_at,
        withdrawn_at=None if isinstance(own, Draft) else own.withdrawn_at,
        standing=mine.became,
        offer=None if mine.offer is None else offer_view(mine.offer, granted=mine.granted),
        participant_id=None if participant is None else participant.participant_id,
        participation=None if participant is None else participant.state,
        recovery=None if mine.recovery is None else recovery_view(mine.recovery),
        in_danger_since=mine.danger.since if mine.danger else None,
        letters=mine.letters,
        thread=thread_mark(mine.thread, mine.at),
        needs=None if mine.needs is None else _needs_view(mine.needs),
        next=tuple(NextView(**each._asdict()) for each in mine.next),
    )
    return answer_json(view)


def _needs_view(theirs: OwnNeeds) -> WhetherStatedView:
    stated, week = theirs
    return WhetherStatedView(
        changed_at=stated.changed_at if stated else None, kept_until_on=week.needs_until_on if week else None
    )


def _state(mine: Mine) -> Literal["draft", "submitted", "withdrawn", "expired"]:
    match mine.own:
        case Draft(state="open"):
            return "draft"
        case Draft():
            return "expired"
        case application:
            return "submitted" if application.alive else "withdrawn"
