"""A multiplier session and what is said of it: by the participant, by others who held it too, by staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from relevo_chassis.delivery.change import Refusal
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import PictureRejectedBecause, RejectedBecause, ReturnedBecause, SessionFormat

SessionState = Literal["planned", "reported", "returned", "verified", "rejected"]


class ReportWasRevised(Refusal):
    """The report was revised since it was read; read it again and decide on the latest revision."""


class Report(Frozen):
    """What a participant says of a session that was held. ``people`` is a number and nothing else (rule 15).

    Its texts lie sealed with the revision that gave them: ``description_in`` and ``evidence_note_in`` say which.
    """

    held_on: date
    minutes: int
    people: int
    format: SessionFormat
    revision: int
    reported_at: datetime
    texts: bool = False
    description_in: int | None = None
    evidence_note_in: int | None = None

    @property
    def texts_in(self) -> tuple[int | None, int | None]:
        """The revisions that gave the description and the note; a report of before they were kept gave both itself."""
        if self.texts and self.description_in is None and self.evidence_note_in is None:
            return self.revision, self.revision
        return self.description_in, self.evidence_note_in


class TogetherWith(Frozen):
    """The other participant's session that this one is: they held it together."""

    session_id: str
    commitment_id: str


class Answer(Frozen):
    """Whether somebody else's session is the one that is answered for, as far as the two reports say by now.

    ``revision`` is that of the other's report, ``own_revision`` that of the one who answers. ``answered_by`` is of
    staff, who answer in the place of somebody who has left.
    """

    session_id: str
    revision: int
    own_revision: int
    agreed: bool
    answered_at: datetime
    answered_by: str | None = None


class Picture(Frozen):
    """A picture that is kept of a session, as the service re-encoded it; it lies in the vault."""

    picture_id: str
    size_bytes: int
    width: int
    height: int
    added_at: datetime


class RejectedPicture(Frozen):
    """A picture that staff rejected, which destroyed it."""

    picture_id: str
    because: PictureRejectedBecause
    rejected_at: datetime
    rejected_by: str


class MultiplierSession(Frozen):
    """One session in which the participant passes the contents on.

    ``told_apart_from`` are sessions whose reports say the same, which staff affirmed to be others than this one.
    ``words_on`` is the revision of the report about which a coordinator said something last; it lies in the vault.
    ``together_with`` says whose session it is too, ``answers`` what was said to others who say so of this one.
    ``pictures`` are there until it is decided on (rule 26).
    """

    session_id: str
    state: SessionState
    format: SessionFormat
    planned_on: date | None = None
    report: Report | None = None
    because: ReturnedBecause | RejectedBecause | None = None
    correct_until_on: date | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    told_apart_from: tuple[str, ...] = ()
    words_on: int | None = None
    together_with: TogetherWith | None = None
    answers: tuple[Answer, ...] = ()
    pictures: tuple[Picture, ...] = ()
    rejected_pictures: tuple[RejectedPicture, ...] = ()

    @property
    def meeting_id(self) -> str | None:
        """What a session that is several participants' is counted under, once; ``None`` for one person's own."""
        if self.together_with is not None:
            return self.together_with.session_id
        return self.session_id if any(each.agreed for each in self.answers) else None
