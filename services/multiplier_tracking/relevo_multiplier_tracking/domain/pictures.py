"""Pictures that show where and with what a session was held, and nobody who was there (rule 26).

They are there until the session is decided on: whatever changes a commitment leaves none behind that no decision
awaits (``commitment.changed``), and with a picture its key is destroyed in the same commit.
"""

from __future__ import annotations

from datetime import datetime

from relevo_chassis.delivery.change import Refusal
from relevo_contracts.multiplier_tracking import EvidenceRejected, PictureRejectedBecause
from relevo_multiplier_tracking.domain.commitment import (
    Commitment,
    Outcome,
    correcting_is_over,
    keeps_pictures,
    names,
    reporting_is_over,
    require_present,
    require_state,
    with_session,
)
from relevo_multiplier_tracking.domain.reports import MultiplierSession, Picture, RejectedPicture

MOST_PICTURES = 4
"""Of one session at a time."""


class NoSuchPicture(Refusal):
    """There is no such picture any more: it was removed or rejected, or its report was decided on."""

    status = 404


class PicturesAreOver(Refusal):
    """Pictures are kept until a session is decided on; of this one none are kept any more (rule 26)."""


class TooManyPictures(Refusal):
    """This session has as many pictures as one may have; remove one first (rule 26)."""


class PeopleAreSeen(Refusal):
    """A picture shows no people and no names: the place, the board, the material. Affirm it, or leave it (rule 26)."""

    status = 422
    where = "query.shows_no_people"


def add(commitment: Commitment, session_id: str, picture: Picture, now: datetime) -> Outcome:
    """Keep a picture of a session that is not decided on, and can be reported, corrected or decided on."""
    require_present(commitment)
    require_state(commitment, "open", "fulfilled")
    session = commitment.session(session_id)
    if not _may_be_added(commitment, session, now):
        raise PicturesAreOver(session_id=session_id, state=session.state)
    if len(session.pictures) >= MOST_PICTURES:
        raise TooManyPictures(session_id=session_id, most=MOST_PICTURES)
    return _with_pictures(commitment, session, (*session.pictures, picture)), ()


def remove(commitment: Commitment, session_id: str, picture_id: str) -> Outcome:
    """Take one's own picture away again."""
    session = commitment.session(session_id)
    return _with_pictures(commitment, session, _others(session, picture_id)), ()


def reject(
    commitment: Commitment,
    session_id: str,
    picture_id: str,
    because: PictureRejectedBecause,
    by: str,
    now: datetime,
) -> Outcome:
    """Staff reject a picture; the session awaits its decision without it."""
    session = commitment.session(session_id)
    pictures = _others(session, picture_id)
    rejected = RejectedPicture(picture_id=picture_id, because=because, rejected_at=now, rejected_by=by)
    after = session.model_copy(update={"rejected_pictures": (*session.rejected_pictures, rejected)})
    event = EvidenceRejected(
        **names(commitment), session_id=session_id, evidence_id=picture_id, rejected_at=now, because=because
    )
    return _with_pictures(commitment, after, pictures), (event,)


def pictures_left(commitment: Commitment, session: MultiplierSession, now: datetime) -> int:
    """How many more pictures of the session may be added now."""
    if commitment.state not in ("open", "fulfilled") or not _may_be_added(commitment, session, now):
        return 0
    return MOST_PICTURES - len(session.pictures)


def picture_of(session: MultiplierSession, picture_id: str) -> Picture:
    """Raises ``NoSuchPicture``."""
    for picture in session.pictures:
        if picture.picture_id == picture_id:
            return picture
    raise NoSuchPicture(session_id=session.session_id, picture_id=picture_id)


def picture_ids(commitment: Commitment) -> frozenset[str]:
    """Of all its sessions."""
    return frozenset(picture.picture_id for session in commitment.sessions for picture in session.pictures)


def _may_be_added(commitment: Commitment, session: MultiplierSession, now: datetime) -> bool:
    if not keeps_pictures(commitment, session):
        return False
    if session.state == "planned":
        return not reporting_is_over(commitment, now)
    return session.state == "reported" or not correcting_is_over(commitment, session, now)


def _others(session: MultiplierSession, picture_id: str) -> tuple[Picture, ...]:
    picture = picture_of(session, picture_id)
    return tuple(each for each in session.pictures if each is not picture)


def _with_pictures(commitment: Commitment, session: MultiplierSession, pictures: tuple[Picture, ...]) -> Commitment:
    return with_session(commitment, session.model_copy(update={"pictures": pictures}))
