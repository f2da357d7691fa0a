"""Keeping the materials of the week: coordinators all of them, faculty those of the sessions they teach."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha256

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Repeat, Row
from relevo_chassis.http.etag import must_match
from relevo_chassis.ids import new_id
from relevo_scheduling import store
from relevo_scheduling.commands.office import Office
from relevo_scheduling.deadlines import destroy_row, end_row
from relevo_scheduling.domain import materials
from relevo_scheduling.domain.materials import (
    Details,
    KeptFile,
    Material,
    Materials,
    Media,
    NoSuchMaterial,
    Teaching,
    may_keep,
)
from relevo_scheduling.domain.programme import NoSuchProgramme, Programme, programme_id_of
from relevo_scheduling.domain.roster import NoSuchParticipant
from relevo_scheduling.store import FACULTY, MATERIALS, PROGRAMME, materials_in, piece_rows


@dataclass(frozen=True, slots=True)
class Keeper:
    """Whoever of the staff keeps materials of an edition; ``faculty_ids`` is ``None`` for a coordinator."""

    edition_id: str
    faculty_ids: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class AddMaterial:
    keeper: Keeper
    details: Details


@dataclass(frozen=True, slots=True)
class ChangeMaterial:
    """``tag`` is the ETag of the material that is changed, here and below."""

    keeper: Keeper
    material_id: str
    details: Details
    tag: str


@dataclass(frozen=True, slots=True)
class GiveFile:
    """``content`` is what the service made of what was sent."""

    keeper: Keeper
    material_id: str
    content: bytes
    media: Media
    tag: str


@dataclass(frozen=True, slots=True)
class WithdrawMaterial:
    keeper: Keeper
    material_id: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The materials that somebody sees, with the programme that they are for."""

    programme: Programme
    items: tuple[Material, ...]
    of: Materials

    def material(self, material_id: str) -> Material:
        """Raises ``NoSuchMaterial``, the same for one that there is not and one that is for others."""
        found = next((each for each in self.items if each.material_id == material_id), None)
        if found is None:
            raise NoSuchMaterial(material_id=material_id)
        return found


async def add_material(office: Office, command: AddMaterial, asked: Asked) -> Material | Repeat:
    """Add a link, or a material that waits for its file. Raises what ``materials.add`` does."""
    id, details = new_id(), command.details

    def edit(before: Materials, programme: Programme, by: str | None) -> Materials:
        return materials.add(before, programme, details, id, by, asked.now)

    return await _edit(office, _Edit("material_added", command.keeper, id, edit, (details.session_id,)), asked)


async def change_material(office: Office, command: ChangeMaterial, asked: Asked) -> Material | Repeat:
    """Say something else of a material. Raises what ``materials.change`` does, and ``ChangedSince``."""
    id, details = command.material_id, command.details

    def edit(before: Materials, programme: Programme, by: str | None) -> Materials:
        must_match(command.tag, before.material(id))
        return materials.change(before, programme, id, details, by, asked.now)

    return await _edit(office, _Edit("material_changed", command.keeper, id, edit, (details.session_id,)), asked)


async def give_file(office: Office, command: GiveFile, asked: Asked) -> Material | Repeat:
    """Keep a file, its bytes in the commit that says so. The same bytes again leave everything as it is.

    Raises what ``materials.give_file`` does, and ``ChangedSince``.
    """
    id, content = command.material_id, command.content
    digest = sha256(content).hexdigest()
    file = KeptFile(digest=digest, media=command.media, size_bytes=len(content), crc32=zlib.crc32(content))

    def edit(before: Materials, _: Programme, by: str | None) -> Materials:
        material = before.material(id)
        if material.file != file:
            must_match(command.tag, material)
        return materials.give_file(before, id, file, by, asked.now)

    rows = piece_rows(command.keeper.edition_id, file, content)
    return await _edit(office, _Edit("material_filed", command.keeper, id, edit, rows=rows), asked)


async def withdraw_material(office: Office, command: WithdrawMaterial, asked: Asked) -> Material | Repeat:
    """Take a material away. Whoever is reading its file may finish; then its bytes go. Raises ``NoSuchMaterial``."""
    id = command.material_id

    def edit(before: Materials, _: Programme, __: str | None) -> Materials:
        return materials.withdraw(before, id)

    return await _edit(office, _Edit("material_withdrawn", command.keeper, id, edit), asked)


async def keeper_of(office: Office, edition_id: str, caller_id: str, *, keeps_all: bool) -> Keeper:
    """Whoever keeps materials of an edition: all of them, or those of what their account teaches there."""
    if keeps_all:
        return Keeper(edition_id, None)
    members = await store.faculty_with(office.store, caller_id)
    return Keeper(edition_id, tuple(each.faculty_id for each in members if each.edition_id == edition_id))


async def kept_by(office: Office, keeper: Keeper) -> Seen:
    """The materials that somebody of the staff sees. Raises ``NoSuchProgramme``."""
    programme = await store.programme_of_edition(office.store, keeper.edition_id)
    of = await store.materials_of(office.store, keeper.edition_id)
    return Seen(programme, materials.kept_by(of, programme, keeper.faculty_ids), of)


async def seen_by(office: Office, participant_id: str) -> Seen:
    """The materials that a participant sees, as long as they take part.

    Raises ``NoSuchParticipant`` or ``NoSuchProgramme``.
    """
    attendance = await store.attendance_of(office.store, participant_id)
    if not attendance.takes_part:
        raise NoSuchParticipant("takes_no_part", "materials are for whoever takes part", participant_id=participant_id)
    edition_id = attendance.edition_id or ""
    programme = await store.programme_of_edition(office.store, edition_id)
    entry = (await store.roster_of(office.store, edition_id)).entry_of(participant_id)
    of = await store.materials_of(office.store, edition_id)
    return Seen(programme, materials.seen_by(of, programme, entry), of)


async def require_keeper(office: Office, keeper: Keeper, material_id: str) -> None:
    """Before anything is read of what was sent. Raises ``SessionIsNotYours``, or ``NoSuchMaterial``."""
    seen = await kept_by(office, keeper)
    may_keep(seen.programme, seen.of.material(material_id).details.session_id, keeper.faculty_ids)


def content_of(office: Office, seen: Seen, file: KeptFile) -> AsyncIterator[bytes]:
    """A file's bytes, piece by piece. Raises ``NoSuchMaterial`` when they are gone."""
    return store.pieces_of(office.store, seen.of.edition_id, file)


@dataclass(frozen=True, slots=True)
class _Edit:
    """An edit of an edition's materials as it goes on record; ``puts_at`` is where the material is put."""

    code: str
    keeper: Keeper
    material_id: str
    of: Callable[[Materials, Programme, str | None], Materials]
    puts_at: tuple[str | None, ...] = ()
    rows: tuple[Row, ...] = ()


async def _edit(office: Office, edit: _Edit, asked: Asked) -> Material | Repeat:
    edition_id, id = edit.keeper.edition_id, edit.material_id
    ref, programme_ref = MATERIALS(edition_id), PROGRAMME(programme_id_of(edition_id))
    faculty = [FACULTY(each) for each in edit.keeper.faculty_ids or ()]

    def decide(found: Found) -> Decision[Material]:
        before, programme = materials_in(found, edition_id), _programme_in(found, edition_id)
        _require_keeper(found, before, programme, edit)
        after = edit.of(before, programme, found.by)
        answer = next(each for each in (*after.items, *before.items) if each.material_id == id)
        if after == before:
            return Decision(answer=answer)
        gone = [destroy_row(edition_id, each, asked.now) for each in materials.dropped(before, after)]
        rows = [*edit.rows, *gone, end_row(edition_id, materials.ends_at(programme))]
        decided = Decided(edit.code, ref, under=(edition_id, programme.programme_id, id))
        return Decision([New(ref, after)], rows=rows, answer=answer, on_record=[decided])

    return await office.commits.commit(asked.change([ref, programme_ref, *faculty], decide))


def _programme_in(found: Found, edition_id: str) -> Programme:
    programme = found[PROGRAMME(programme_id_of(edition_id))]
    if programme is None:
        raise NoSuchProgramme(edition_id=edition_id)
    return programme


def _require_keeper(found: Found, before: Materials, programme: Programme, edit: _Edit) -> None:
    """Rights hold for where a material is and for where it is put. Raises ``SessionIsNotYours``."""
    teaching: Teaching = None
    if edit.keeper.faculty_ids is not None:
        members = (found[FACULTY(id)] for id in edit.keeper.faculty_ids)
        teaching = {each.faculty_id for each in members if each is not None and each.subject == found.by}
    is_at = [each.details.session_id for each in before.items if each.material_id == edit.material_id]
    for session_id in (*is_at, *edit.puts_at):
        may_keep(programme, session_id, teaching)
