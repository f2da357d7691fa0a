"""Pictures of a session: a participant sends and removes their own, coordinators look and reject (rule 26)."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes, accepts
from relevo_chassis.languages.preference import Spoken
from relevo_contracts.model import Id
from relevo_multiplier_tracking.commands import pictures
from relevo_multiplier_tracking.commands.pictures import AddPicture, RejectPicture, RemovePicture, SeePicture
from relevo_multiplier_tracking.domain.commitment import NoSuchCommitment, NoSuchSession
from relevo_multiplier_tracking.domain.pictures import (
    NoSuchPicture,
    PeopleAreSeen,
    PicturesAreOver,
    TooManyPictures,
)
from relevo_multiplier_tracking.equipment import encoder_of
from relevo_multiplier_tracking.http.callers import (
    OPEN_REFUSALS,
    SEALING_REFUSALS,
    InOffice,
    InOwn,
    MayDecideReports,
    MayReadTexts,
    Participant,
    own_commitment_id,
)
from relevo_multiplier_tracking.http.forms import RejectPictureForm
from relevo_multiplier_tracking.http.views.commitments import (
    OwnCommitmentView,
    PictureView,
    StaffCommitmentView,
    own_commitment_answer,
    picture_answer,
    staff_commitment_answer,
)
from relevo_multiplier_tracking.pictures.encoder import (
    JPEG,
    MEDIA,
    MOST_SENT_BYTES,
    Encoded,
    EncoderIsBusy,
    UnusablePicture,
)

router = Routes()
OWN, STAFF = (
    "/me/commitment/sessions/{session_id}/pictures",
    "/commitments/{commitment_id}/sessions/{session_id}/pictures",
)
NO_PICTURE = (NoSuchCommitment, NoSuchPicture, NoSuchSession)
_AS_IT_IS = {
    "Cache-Control": "no-store",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Affirmed = Annotated[
    bool,
    Query(
        description="the sender affirms that it shows no people and no names: place, board, material alone",
        json_schema_extra={"const": True},
    ),
]


@refuses(EncoderIsBusy, PeopleAreSeen, UnusablePicture)
async def re_encoded(request: Request, shell: InShell, shows_no_people: Affirmed) -> Encoded:
    """A dependency: the picture that was sent, when its sender affirms what it does not show. What was sent is not
    kept."""
    if not shows_no_people:
        raise PeopleAreSeen()
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await encoder_of(shell).encoded(await request.body(), media)


InEncoded = Annotated[Encoded, Depends(re_encoded)]


@router.post(
    OWN,
    status_code=201,
    response_model=PictureView,
    tags=["participant"],
    openapi_extra=accepts(MOST_SENT_BYTES, *MEDIA),
)
@refuses(*OPEN_REFUSALS, NoSuchSession, PicturesAreOver, TooManyPictures)
async def add_picture(session_id: Id, own: InOwn, encoded: InEncoded, asking: InAsking, office: InOffice) -> Response:
    """Add a picture of the place, the board or the material, as JPEG, PNG or WebP; the body is the picture itself.

    It is re-encoded before anything is kept: what is shown of it later is a JPEG of its own, without place, device and
    time. It is destroyed when the report is decided on.
    """
    command = AddPicture(own.commitment_id, session_id, encoded.jpeg, encoded.width, encoded.height)
    respond = partial(picture_answer, session_id=session_id)
    return await asking.answer(pictures.add_picture, office, command, by=own.id, respond=respond, key=own.key)


@router.get(OWN + "/{picture_id}", response_class=Response, responses=sends(JPEG), tags=["participant"])
@refuses(*NO_PICTURE)
async def read_own_picture(
    session_id: Id, picture_id: Id, caller: Participant, asking: InAsking, office: InOffice
) -> Response:
    """A picture as it is kept. Opening it is put on record."""
    query = SeePicture(own_commitment_id(caller), session_id, picture_id, "own")
    return _as_image(await pictures.see_picture(office, query, asking.asked(caller.id)))


@router.post(OWN + "/{picture_id}/remove", response_model=OwnCommitmentView, tags=["participant"])
@refuses(*SEALING_REFUSALS, NoSuchPicture, NoSuchSession)
async def remove_picture(
    session_id: Id, picture_id: Id, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken
) -> Response:
    """Take a picture away again, which destroys it."""
    command = RemovePicture(own.commitment_id, session_id, picture_id)
    respond = partial(own_commitment_answer, language=spoken)
    return await asking.answer(pictures.remove_picture, office, command, by=own.id, respond=respond, key=own.key)


@router.get(STAFF + "/{picture_id}", response_class=Response, responses=sends(JPEG), tags=["coordinator"])
@refuses(*NO_PICTURE)
async def read_picture(
    commitment_id: Id, session_id: Id, picture_id: Id, caller: MayReadTexts, asking: InAsking, office: InOffice
) -> Response:
    """A picture of a report that awaits its decision. Opening it is put on record."""
    query = SeePicture(commitment_id, session_id, picture_id, "casework")
    return _as_image(await pictures.see_picture(office, query, asking.asked(caller.id)))


@router.post(STAFF + "/{picture_id}/reject", response_model=StaffCommitmentView, tags=["coordinator"])
@refuses(*NO_PICTURE)
async def reject_picture(
    commitment_id: Id,
    session_id: Id,
    picture_id: Id,
    form: RejectPictureForm,
    caller: MayDecideReports,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Reject a picture in which people or names are seen, or which shows nothing of the session: it is destroyed."""
    command = RejectPicture(commitment_id, session_id, picture_id, form.because)
    return await asking.answer(pictures.reject_picture, office, command, by=caller.id, respond=staff_commitment_answer)


def _as_image(jpeg: bytes) -> Response:
    return Response(jpeg, media_type=JPEG, headers=_AS_IT_IS)
