"""Multiplier tracking: the sixty days of whoever takes part.

A code of a newer service that this portal does not know reads as ``other``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from relevo_chassis.languages import Language
from relevo_contracts.multiplier_tracking import SessionFormat, SupportTopic
from relevo_portal.services.asking import Answered, Api, Download, NothingThere, known

SessionState = Literal["planned", "reported", "returned", "verified", "rejected", "other"]
CommitmentState = Literal["expected", "not_due", "open", "fulfilled", "lapsed", "under_review", "withdrawn", "other"]
AskedFor = Literal["pause", "more_days"]
RequestState = Literal["awaiting", "granted", "declined", "withdrawn", "ended", "other"]
Reason = Literal["threat", "illness", "emergency", "network_shutdown", "other"]
SupportState = Literal["open", "assigned", "answered", "closed", "other"]
MOST_QUESTIONS = 200


class Report(Answered):
    """What was sent of a session that was held."""

    revision: int
    held_on: date
    minutes: int
    people: int
    format: Annotated[SessionFormat, known(SessionFormat, "other")]
    reported_at: datetime
    meets_the_requirement: bool = False


class Picture(Answered):
    """A picture of a session that is kept until the report is decided on."""

    picture_id: str
    size_bytes: int


class RejectedPicture(Answered):
    """A picture that the coordinators rejected, with why in the language that was asked for."""

    because_text: str


class Session(Answered):
    """A multiplier session, with the words of its codes in the language that was asked for."""

    session_id: str
    state: Annotated[SessionState, known(SessionState, "other")]
    format: Annotated[SessionFormat, known(SessionFormat, "other")]
    format_text: str
    planned_on: date | None = None
    report: Report | None = None
    because_text: str | None = None
    correct_until_on: date | None = None
    together_with: str | None = None
    pictures: tuple[Picture, ...] = ()
    rejected_pictures: tuple[RejectedPicture, ...] = ()
    pictures_left: int = 0


class Request(Answered):
    """A pause, or more days until ``due_on``, that was asked for."""

    request_id: str
    asked_for: AskedFor
    asked_at: datetime
    due_on: date | None = None
    state: Annotated[RequestState, known(RequestState, "other")]
    decided_at: datetime | None = None


class Step(Answered):
    """What moved the days, or stopped them."""

    step_text: str
    changed_at: datetime
    days: int | None = None
    due_on: date | None = None


class Missing(Answered):
    minutes: int
    people: int


class Commitment(Answered):
    """Where the sixty days of one person stand."""

    state: Annotated[CommitmentState, known(CommitmentState, "other")]
    last_on: date | None = None
    due_on: date | None = None
    report_until_on: date | None = None
    days_left: int | None = None
    due_is_over: bool = False
    paused: bool = False
    minutes_required: int | None = None
    people_required: int | None = None
    sessions_add_up: bool | None = None
    held_together: bool | None = None
    missing: Missing
    next_step: str
    next_step_text: str
    sessions: tuple[Session, ...] = ()
    requests: tuple[Request, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def awaited(self) -> Request | None:
        """The request that awaits its answer."""
        return next((each for each in self.requests if each.state == "awaiting"), None)


class SessionTexts(Answered):
    """What the person wrote of a session."""

    description: str | None = None
    evidence_note: str | None = None


class DecisionWords(SessionTexts):
    """What a coordinator wrote of a report: of the whole, and of its fields."""

    note: str | None = None
    held_on: str | None = None
    minutes: str | None = None
    people: str | None = None
    format: str | None = None


class Asking(Answered):
    reason: Annotated[Reason, known(Reason, "other")]
    note: str | None = None


class Reply(Answered):
    text: str


class RequestTexts(Answered):
    """Why the person asked, and what a coordinator answered."""

    asking: Asking | None = None
    reply: Reply | None = None


class OwnTexts(Answered):
    """All that was written, by the id of what it is about."""

    sessions: Mapping[str, SessionTexts] = {}
    words: Mapping[str, DecisionWords] = {}
    requests: Mapping[str, RequestTexts] = {}


class TogetherLink(Answered):
    """Somebody's report that says to be of another's session; ``agreed`` is ``None`` until that one has answered."""

    session_id: str
    together_with: str
    revision: int
    held_on: date
    minutes: int
    people: int
    agreed: bool | None = None


class TogetherLinks(Answered):
    """``mine`` are reports of the person's that say so, ``theirs`` those of others that say so of the person's."""

    mine: tuple[TogetherLink, ...] = ()
    theirs: tuple[TogetherLink, ...] = ()


class Turn(Answered):
    """A question further to the first, and its answer."""

    asked_at: datetime
    question: Reply | None = None
    answered_at: datetime | None = None
    answer: Reply | None = None


class Question(Turn):
    """A thread with the experts, from its first question on; ``answer_until_on`` is the last day on which what waits
    is to be answered, ``late`` whether it is over."""

    support_request_id: str
    topic: Annotated[SupportTopic, known(SupportTopic, "other")]
    state: Annotated[SupportState, known(SupportState, "other")]
    further: tuple[Turn, ...] = ()
    answer_until_on: date | None = None
    late: bool = False

    @property
    def turns(self) -> Sequence[Turn]:
        return (self, *self.further)


class Questions(Answered):
    """What a person asked the experts, the first first, who mean to answer within so many days."""

    items: tuple[Question, ...] = ()
    answer_days: int | None = None


def pictures_of(session_id: str) -> str:
    """Where the pictures of one's own session are."""
    return f"/me/commitment/sessions/{session_id}/pictures"


class MultiplierTracking(Api):
    """Its HTTP API, as a participant may use it. Everything here raises ``Away`` or ``SessionOver``."""

    service = "multiplier_tracking"

    async def commitment(self, token: str, language: Language) -> Commitment | None:
        """``None`` while the service knows of none."""
        try:
            return await self.read("/me/commitment", token, language, Commitment)
        except NothingThere:
            return None

    async def timeline(self, token: str, language: Language) -> Download:
        """A picture of the days. Raises ``NothingThere``."""
        return await self.download("/me/commitment/timeline.svg", token, language)

    async def add_picture(self, token: str, once: str, language: Language, session_id: str, file: Download) -> None:
        """Add one that shows no people, as its sender affirms. Raises what ``send`` raises."""
        path = f"{pictures_of(session_id)}?shows_no_people=true"
        await self.send(path, token, once, language, file)

    async def picture(self, token: str, language: Language, session_id: str, picture_id: str) -> Download:
        """As it is kept. Raises ``NothingThere``."""
        return await self.download(f"{pictures_of(session_id)}/{picture_id}", token, language)

    async def texts(self, token: str, language: Language) -> OwnTexts:
        """Raises ``NothingThere``."""
        return await self.read("/me/commitment/texts", token, language, OwnTexts)

    async def commitment_and_texts(self, token: str, language: Language) -> tuple[Commitment, OwnTexts]:
        """Raises ``NothingThere`` while the service knows of no commitment."""
        found, texts = await asyncio.gather(self.commitment(token, language), self.texts(token, language))
        if found is None:
            raise NothingThere()
        return found, texts

    async def commitment_and_together(self, token: str, language: Language) -> tuple[Commitment, TogetherLinks]:
        """Raises ``NothingThere`` while the service knows of no commitment."""
        together = self.read("/me/commitment/together", token, language, TogetherLinks)
        found, links = await asyncio.gather(self.commitment(token, language), together)
        if found is None:
            raise NothingThere()
        return found, links

    async def questions(self, token: str, language: Language) -> Questions:
        """What the person asked the experts."""
        path = f"/me/support-requests?limit={MOST_QUESTIONS}"
        found = await self.read(path, token, language, Questions)
        items = sorted(found.items, key=lambda each: (each.asked_at, each.support_request_id))
        return found.model_copy(update={"items": tuple(items)})
