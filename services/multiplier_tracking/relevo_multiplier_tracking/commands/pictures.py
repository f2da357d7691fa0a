"""Pictures of a multiplier session: a participant adds and removes, staff look and reject (rule 26)."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Repeat
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import SEALED, NoLongerKept, PersonErased, part_of, part_row
from relevo_contracts.multiplier_tracking import PictureRejectedBecause
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands.office import Office
from relevo_multiplier_tracking.commands.readings import Purpose, record_reading
from relevo_multiplier_tracking.commands.saving import CommitmentAt, change_of, decided
from relevo_multiplier_tracking.domain import pictures
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.pictures import NoSuchPicture, picture_of
from relevo_multiplier_tracking.domain.reports import Picture
from relevo_multiplier_tracking.domain.sealed import PictureContent, picture_at


@dataclass(frozen=True, slots=True)
class AddPicture:
    """``jpeg`` is the picture as the service re-encoded it."""

    commitment_id: str
    session_id: str
    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RemovePicture:
    commitment_id: str
    session_id: str
    picture_id: str


@dataclass(frozen=True, slots=True)
class RejectPicture:
    commitment_id: str
    session_id: str
    picture_id: str
    because: PictureRejectedBecause


@dataclass(frozen=True, slots=True)
class SeePicture:
    """``purpose`` is ``casework`` for coordinators, ``own`` for whoever sent it."""

    commitment_id: str
    session_id: str
    picture_id: str
    purpose: Purpose


async def add_picture(office: Office, command: AddPicture, asked: Asked) -> CommitmentAt | Repeat:
    """Keep a picture, sealed under a key of its own; picture, key and commitment are one commit."""
    ids, picture_id = await store.ids_of(office.store, command.commitment_id), new_id()
    key, keys = await office.vault.part_key(ids.participant_id, PictureContent, picture_id)
    row = part_row(key, picture_at(picture_id), PictureContent(jpeg=command.jpeg))
    picture = Picture(
        picture_id=picture_id,
        size_bytes=len(command.jpeg),
        width=command.width,
        height=command.height,
        added_at=asked.now,
    )

    def add(commitment: Commitment) -> Outcome:
        return pictures.add(commitment, command.session_id, picture, asked.now)

    return await office.commits.commit(change_of(ids, add, asked, [*keys, row]))


async def remove_picture(office: Office, command: RemovePicture, asked: Asked) -> CommitmentAt | Repeat:
    """Take a picture away again, and destroy it."""
    ids = await store.ids_of(office.store, command.commitment_id)

    def remove(commitment: Commitment) -> Outcome:
        return pictures.remove(commitment, command.session_id, command.picture_id)

    return await office.commits.commit(change_of(ids, remove, asked))


async def reject_picture(office: Office, command: RejectPicture, asked: Asked) -> CommitmentAt | Repeat:
    """Reject a picture, which destroys it; its sender is told."""
    ids = await store.ids_of(office.store, command.commitment_id)

    def reject(commitment: Commitment) -> Outcome:
        return pictures.reject(commitment, command.session_id, command.picture_id, command.because, asked.by, asked.now)

    on_record = decided("evidence_rejected", ids, command.session_id, because=command.because)
    return await office.commits.commit(change_of(ids, reject, asked, decided=on_record))


async def see_picture(office: Office, query: SeePicture, asked: Asked) -> bytes:
    """A picture, once it is on record who sees it.

    Raises ``NoSuchCommitment``, ``NoSuchSession`` or ``NoSuchPicture``.
    """
    commitment = await store.commitment_of(office.store, query.commitment_id)
    picture_of(commitment.session(query.session_id), query.picture_id)
    person_id, at = commitment.participant_id, picture_at(query.picture_id)
    await record_reading(office.commits, asked, query.purpose, [at], [person_id])
    try:
        key = (await office.vault.key_of(person_id)).part(part_of(PictureContent, query.picture_id))
    except (NoLongerKept, PersonErased):
        raise NoSuchPicture(session_id=query.session_id, picture_id=query.picture_id) from None
    row = await office.store.row(SEALED, f"{person_id}/{at}")
    if row is None:
        raise NoSuchPicture(session_id=query.session_id, picture_id=query.picture_id)
    return key.open(at, PictureContent, bytes(row["sealed"])).jpeg
