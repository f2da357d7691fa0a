"""What scheduling keeps, and how it is found again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from relevo_chassis.delivery.change import Found, Kind, Ref, Row
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.http.granted import GRANTED
from relevo_chassis.kept import KeptRows, Sealed
from relevo_chassis.people.ending import Ending
from relevo_chassis.people.erasures import Erased
from relevo_chassis.people.vault import SEALED, PersonErased, Vault
from relevo_contracts import derived_id
from relevo_contracts.scheduling import AttendanceDataDestroyed
from relevo_scheduling.domain import ended
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.kept import LINK, MATERIAL, WEEK
from relevo_scheduling.domain.materials import KeptFile, Materials, NoSuchMaterial
from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.programme import NoSuchProgramme, Programme, Published, programme_id_of
from relevo_scheduling.domain.roster import NoSuchParticipant, Roster
from relevo_scheduling.domain.sealed import RETENTIONS

S = TypeVar("S", bound=Sealed)

PROGRAMME = Kind("programme", Programme)
ROSTER = Kind("roster", Roster)
ATTENDANCE = Kind("attendance", Attendance)
ROOM = Kind("room", Room)
FACULTY = Kind("faculty", Faculty)
MATERIALS = Kind("materials", Materials)


async def _present(_: Store, participant_id: str) -> Sequence[Ref[Attendance]]:
    return [ATTENDANCE(participant_id)]


def _require(attendance: Attendance | None) -> None:
    if attendance is not None and attendance.erased_at is not None:
        raise PersonErased(attendance.participant_id)


ENDING = Ending(AttendanceDataDestroyed, RETENTIONS, ended.destroy, _present, _require)
"""How what is kept of a participant ends before they are erased."""

KINDS: tuple[Kind[Any], ...] = (PROGRAMME, ROSTER, ATTENDANCE, ROOM, FACULTY, MATERIALS, GRANTED, ENDING.kind)

VERSIONS = "programme_versions"
LINKS = "calendar_links"
PIECES = "material_pieces"
PIECE_BYTES = 256 * 2**10
COLLECTIONS: tuple[str, ...] = (VERSIONS, LINKS, PIECES)
ROWS: Mapping[str, Sequence[KeptRows]] = {
    VERSIONS: (KeptRows(WEEK, ("programme_id", "published")),),
    LINKS: (KeptRows(LINK, ("participant_id",)),),
    PIECES: (KeptRows(MATERIAL, ("content",)),),
}
"""Why what lies beside the aggregates is kept."""

ERASED = Erased(ATTENDANCE, {"erased_at": {"$ne": None}}, person_id="participant_id")
"""Whom the store knows to be erased (rule 14)."""

INDEXES: Mapping[str, Sequence[Index]] = {
    PROGRAMME.name: (Index((("state.edition_id", 1),)),),
    ATTENDANCE.name: (Index((("state.edition_id", 1), ("_id", 1))),),
    ROOM.name: (Index((("state.edition_id", 1),)),),
    FACULTY.name: (Index((("state.edition_id", 1),)), Index((("state.subject", 1),))),
    VERSIONS: (),
    LINKS: (),
    PIECES: (),
}


def version_row(programme_id: str, published: Published) -> Row:
    """Keeps a published version for good, as it was."""
    document = {"programme_id": programme_id, "published": published.model_dump(mode="json")}
    return Row(VERSIONS, derived_id("version", programme_id, published.version), document)


def link_rows(old_hash: str | None, new_hash: str | None, participant_id: str) -> tuple[Row, ...]:
    """Puts a participant's new calendar link, if any, in the place of the old one, if any."""
    rows = (
        Row(LINKS, old_hash, None) if old_hash and old_hash != new_hash else None,
        Row(LINKS, new_hash, {"participant_id": participant_id}) if new_hash else None,
    )
    return tuple(row for row in rows if row is not None)


def piece_rows(edition_id: str, file: KeptFile, content: bytes) -> tuple[Row, ...]:
    """Keep a file's bytes, in pieces that can be read one at a time; those that are there stay as they are."""
    ids = _piece_ids(edition_id, file)
    return tuple(
        Row(PIECES, id, {"content": content[at * PIECE_BYTES : (at + 1) * PIECE_BYTES]}, keep=True)
        for at, id in enumerate(ids)
    )


def no_piece_rows(edition_id: str, file: KeptFile) -> tuple[Row, ...]:
    """Destroy a file's bytes."""
    return tuple(Row(PIECES, id, None) for id in _piece_ids(edition_id, file))


def _piece_ids(edition_id: str, file: KeptFile) -> list[str]:
    pieces = -(-file.size_bytes // PIECE_BYTES)
    return [f"{edition_id}/{file.digest}/{at:04}" for at in range(pieces)]


def programme_in(found: Found, ref: Ref[Programme]) -> Programme:
    """What a decision finds of a programme. Raises ``NoSuchProgramme``."""
    programme = found[ref]
    if programme is None:
        raise NoSuchProgramme(programme_id=ref.id)
    return programme


def roster_in(found: Found, edition_id: str) -> Roster:
    """What a decision finds of a roster, empty when nobody has enrolled yet."""
    return found[ROSTER(edition_id)] or Roster(edition_id=edition_id)


def materials_in(found: Found, edition_id: str) -> Materials:
    """What a decision finds of an edition's materials, none when there are none yet."""
    return found[MATERIALS(edition_id)] or Materials(edition_id=edition_id)


def seats_in(found: Found, room_ids: Iterable[str]) -> dict[str, int]:
    """The seats of those of the rooms that there are; the change names them all."""
    return {room.room_id: room.seats for room in (found[ROOM(id)] for id in room_ids) if room}


async def programme_of(store: Store, programme_id: str) -> Programme:
    """Raises ``NoSuchProgramme``."""
    found = await store.state(PROGRAMME(programme_id))
    if found is None:
        raise NoSuchProgramme(programme_id=programme_id)
    return found


async def programme_or_none(store: Store, programme_id: str) -> Programme | None:
    return await store.state(PROGRAMME(programme_id))


async def programme_of_edition(store: Store, edition_id: str) -> Programme:
    """The programme of an edition. Raises ``NoSuchProgramme``."""
    found = await store.state(PROGRAMME(programme_id_of(edition_id)))
    if found is None:
        raise NoSuchProgramme(edition_id=edition_id)
    return found


async def programmes(store: Store, edition_ids: Sequence[str] | None, limit: int, after: str | None) -> list[Programme]:
    """Programmes by id, of these editions or of all, whether anything is published or not."""
    where = {} if edition_ids is None else {"edition_id": {"$in": list(edition_ids)}}
    return await store.select(PROGRAMME, where, limit=limit, after=after)


async def materials_of(store: Store, edition_id: str) -> Materials:
    """The materials of an edition, none when there are none yet."""
    return await store.state(MATERIALS(edition_id)) or Materials(edition_id=edition_id)


async def pieces_of(store: Store, edition_id: str, file: KeptFile) -> AsyncIterator[bytes]:
    """A file's bytes, one piece in memory at a time. Raises ``NoSuchMaterial`` when they are gone, in the midst too."""
    for id in _piece_ids(edition_id, file):
        row = await store.row(PIECES, id)
        if row is None:
            raise NoSuchMaterial(edition_id=edition_id)
        yield bytes(row["content"])


async def rosters(store: Store, edition_ids: Sequence[str]) -> dict[str, Roster]:
    return await store.states(ROSTER, edition_ids)


async def roster_of(store: Store, edition_id: str) -> Roster:
    """The roster of an edition, empty when nobody has enrolled yet."""
    return await store.state(ROSTER(edition_id)) or Roster(edition_id=edition_id)


async def version_of(store: Store, programme_id: str, number: int) -> Published | None:
    """A version that was published, whether in force or not."""
    row = await store.row(VERSIONS, derived_id("version", programme_id, number))
    return Published.model_validate(row["published"]) if row else None


async def attendance_of(store: Store, participant_id: str) -> Attendance:
    """Raises ``NoSuchParticipant``, also for one whose enrolment has not arrived."""
    found = await store.state(ATTENDANCE(participant_id))
    if found is None or found.edition_id is None:
        raise NoSuchParticipant(participant_id=participant_id)
    return found


async def attendances(store: Store, participant_ids: Sequence[str]) -> dict[str, Attendance]:
    return await store.states(ATTENDANCE, participant_ids)


async def attendances_of_edition(store: Store, edition_id: str, limit: int, after: str | None) -> list[Attendance]:
    """Those enrolled in an edition, by id, those who have left among them."""
    return await store.select(ATTENDANCE, {"edition_id": edition_id}, limit=limit, after=after)


async def attendance_by_link(store: Store, link_hash: str) -> Attendance:
    """Whose calendar link this is. Raises ``NoSuchParticipant``, the same for links that ended and never were."""
    row = await store.row(LINKS, link_hash)
    found = await store.state(ATTENDANCE(row["participant_id"])) if row else None
    if found is None or not found.takes_part:
        raise NoSuchParticipant("link_not_in_use", "this calendar link is not in use; make a new one")
    return found


async def sealed_texts(
    store: Store, vault: Vault, participant_id: str, field_sets: Iterable[str], model: type[S]
) -> dict[str, S]:
    """What lies sealed at these places, in two round trips; nothing of somebody who was erased or of what has ended."""
    key = (await vault.keys_of([participant_id], model)).get(participant_id)
    if key is None:
        return {}
    rows = await store.rows(SEALED, {"_id": {"$in": [f"{participant_id}/{each}" for each in field_sets]}})
    places = {row["_id"].partition("/")[2]: bytes(row["sealed"]) for row in rows}
    opened = {place: key.open(place, model, sealed) for place, sealed in places.items()}
    return {place: text for place, text in opened.items() if text is not None}


async def rooms_of(store: Store, edition_id: str) -> dict[str, Room]:
    return {each.room_id: each for each in await store.select(ROOM, {"edition_id": edition_id})}


async def faculty_of(store: Store, edition_id: str) -> dict[str, Faculty]:
    return {each.faculty_id: each for each in await store.select(FACULTY, {"edition_id": edition_id})}


async def faculty_with(store: Store, subject: str) -> list[Faculty]:
    """Who the holder of an account is, in each edition where they teach."""
    return await store.select(FACULTY, {"subject": subject})
