"""Materials of the week: files and links for a session, or for the whole week, kept by coordinators and faculty.

They are about what is taught and name nobody. Their bytes lie beside them, by digest: the same bytes once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen, Id, Instant
from relevo_scheduling.domain.kept import MATERIAL, MATERIAL_STAFF
from relevo_scheduling.domain.programme import Programme
from relevo_scheduling.domain.roster import Entry
from relevo_scheduling.domain.session import Language, Session

MaterialKind = Literal["report", "case_file", "slides", "reading", "other"]
MaterialLanguage = Literal["es", "en", "pt", "fr", "any"]
Media = Literal["application/pdf", "image/jpeg", "image/png", "text/plain"]

ENDINGS: dict[Media, str] = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "text/plain": "txt",
}
"""How the names of files of a kind end."""

Bytes = Annotated[int, Field(ge=0, lt=2**40)]

MOST = 300
MOST_BYTES = 300 * 2**20
"""What the files of one edition may take together."""
KEPT_FOR = timedelta(days=365)
"""How long after the last day of the week materials are kept."""
READ_ON = timedelta(hours=1)
"""Whoever is reading a file may finish when it is withdrawn; then its bytes go."""


class NoSuchMaterial(Refusal):
    """There is no such material."""

    status = 404


class SessionIsUnknown(Refusal):
    """The material names a session that the programme does not have."""

    status = 422
    where = "body.session_id"


class SessionIsNotYours(Refusal):
    """Whoever teaches keeps the materials of the sessions that they teach, and no others."""

    status = 403


class CaseFilesNameNobody(Refusal):
    """A case file is taken when whoever adds it affirms that it names nobody."""

    status = 422
    where = "body.names_nobody"


class IsThereAlready(Refusal):
    """The session, or the week, has this very file already; change that one, or withdraw it first."""


class TooManyMaterials(Refusal):
    """The edition has as many materials as it may have; withdraw one first."""


class TooManyBytes(Refusal):
    """The files of one edition may take so much together and no more; withdraw one, or send a smaller one."""


class MaterialsAreOver(Refusal):
    """The materials of this edition are no longer kept: its week is over for a year."""


class KeptFile(Frozen):
    """A file as it is kept: what the service made of what was sent. ``digest`` is its SHA-256, in hexadecimal."""

    digest: str
    media: Media
    size_bytes: Bytes
    crc32: Annotated[int, Field(ge=0, lt=2**32)]
    """Of its bytes, for the bundle to say before they are read."""


class Details(Frozen):
    """What a material is for, and in which language; ``session_id`` is ``None`` for the whole week."""

    session_id: Id | None
    kind: MaterialKind
    language: MaterialLanguage
    title: str
    link: str | None = None


class Material(Frozen):
    """A link, or a file; without either it waits for its file, and participants do not see it."""

    material_id: Id
    details: Details
    file: KeptFile | None = None
    added_at: Instant
    changed_at: Instant
    added_by: Annotated[str | None, MATERIAL_STAFF] = None
    changed_by: Annotated[str | None, MATERIAL_STAFF] = None

    @property
    def is_there(self) -> bool:
        return self.file is not None or self.details.link is not None

    def is_in(self, language: Language | None) -> bool:
        """Whether it is for whoever reads this language; ``None`` reads all."""
        return language is None or self.details.language in (language, "any")


class Materials(Frozen):
    """The materials of an edition, in the order in which they were added."""

    kept: ClassVar[Kept] = MATERIAL

    edition_id: Id
    items: tuple[Material, ...] = ()
    over_at: Instant | None = None

    @property
    def files(self) -> dict[str, KeptFile]:
        """By digest: the same bytes once, however many materials they are."""
        return {each.file.digest: each.file for each in self.items if each.file is not None}

    @property
    def size_bytes(self) -> int:
        return sum(each.size_bytes for each in self.files.values())

    def material(self, material_id: str) -> Material:
        """Raises ``NoSuchMaterial``."""
        found = next((each for each in self.items if each.material_id == material_id), None)
        if found is None:
            raise NoSuchMaterial(edition_id=self.edition_id, material_id=material_id)
        return found


Teaching = Collection[str] | None
"""The ids under which somebody teaches in an edition; ``None`` for a coordinator, who keeps all of it."""


def add(
    materials: Materials, programme: Programme, details: Details, material_id: str, by: str | None, now: datetime
) -> Materials:
    """Add a material. Raises ``MaterialsAreOver``, ``SessionIsUnknown`` or ``TooManyMaterials``."""
    _require_open(materials)
    _require_session(programme, details.session_id)
    if len(materials.items) >= MOST:
        raise TooManyMaterials(edition_id=materials.edition_id, most=MOST)
    new = Material(material_id=material_id, details=details, added_at=now, changed_at=now, added_by=by, changed_by=by)
    return materials.model_copy(update={"items": (*materials.items, new)})


def change(
    materials: Materials, programme: Programme, material_id: str, details: Details, by: str | None, now: datetime
) -> Materials:
    """Say something else of a material. A link takes the place of a file.

    Raises ``NoSuchMaterial``, ``MaterialsAreOver``, ``SessionIsUnknown`` or ``IsThereAlready``.
    """
    before = materials.material(material_id)
    _require_open(materials)
    if details.session_id != before.details.session_id:
        _require_session(programme, details.session_id)
    after = before.model_copy(update={"details": details, "file": None if details.link else before.file})
    return _changed(materials, before, after, by, now)


def give_file(materials: Materials, material_id: str, file: KeptFile, by: str | None, now: datetime) -> Materials:
    """Put a file in the place of the one that a material has, or of its link.

    Nothing changes when it is the same. Raises ``NoSuchMaterial``, ``MaterialsAreOver``, ``IsThereAlready`` or
    ``TooManyBytes``.
    """
    before = materials.material(material_id)
    _require_open(materials)
    details = before.details.model_copy(update={"link": None})
    after = _changed(materials, before, before.model_copy(update={"details": details, "file": file}), by, now)
    if after.size_bytes > max(MOST_BYTES, materials.size_bytes):
        raise TooManyBytes(edition_id=materials.edition_id, most_bytes=MOST_BYTES, has_bytes=materials.size_bytes)
    return after


def withdraw(materials: Materials, material_id: str) -> Materials:
    """Take a material away. Raises ``NoSuchMaterial``."""
    gone = materials.material(material_id)
    return materials.model_copy(update={"items": tuple(each for each in materials.items if each is not gone)})


def let_go(materials: Materials, now: datetime) -> Materials:
    """End all of them; nothing is added any more."""
    return materials.model_copy(update={"items": (), "over_at": now})


def dropped(before: Materials, after: Materials) -> tuple[KeptFile, ...]:
    """The files that nothing names any more."""
    return tuple(file for digest, file in before.files.items() if digest not in after.files)


def ends_at(programme: Programme) -> datetime:
    """When the materials of an edition end: a year after the last day of its week, as it is published or planned."""
    frame = programme.published.frame if programme.published else programme.draft.frame
    return datetime.combine(frame.last_on, time(), UTC) + timedelta(days=1) + KEPT_FOR


def may_keep(programme: Programme, session_id: str | None, teaching: Teaching) -> None:
    """Raises ``SessionIsNotYours`` unless whoever asks teaches the session, as published or planned, or keeps all."""
    if teaching is None:
        return
    sessions = [each for each in sessions_of(programme) if each.session_id == session_id]
    if not any(id in teaching for each in sessions for id in each.faculty_ids):
        raise SessionIsNotYours(programme_id=programme.programme_id)


def kept_by(materials: Materials, programme: Programme, teaching: Teaching) -> tuple[Material, ...]:
    """Those that somebody of the staff sees: all, or those of the sessions they teach and of the whole week."""
    if teaching is None:
        return materials.items
    taught = {each.session_id for each in sessions_of(programme) if not {*each.faculty_ids}.isdisjoint(teaching)}
    return tuple(each for each in materials.items if each.details.session_id in {None, *taught})


def seen_by(materials: Materials, programme: Programme, entry: Entry) -> tuple[Material, ...]:
    """Those that a participant sees: of the whole week, and of published sessions that they are meant to attend.

    What was given to a session that does not take place any more is not shown to them, and to staff it is.
    """
    published = programme.published.sessions if programme.published else ()
    own = {each.session.session_id for each in published if entry.is_expected_in(each.session)}
    return tuple(each for each in materials.items if each.is_there and each.details.session_id in {None, *own})


def sessions_of(programme: Programme) -> Iterable[Session]:
    """Those of the draft and those in force, of which many are the same."""
    published = programme.published.sessions if programme.published else ()
    return (*programme.draft.sessions, *(each.session for each in published))


def _require_open(materials: Materials) -> None:
    if materials.over_at is not None:
        raise MaterialsAreOver(edition_id=materials.edition_id)


def _require_session(programme: Programme, session_id: str | None) -> None:
    if session_id is not None and all(each.session_id != session_id for each in sessions_of(programme)):
        raise SessionIsUnknown(programme_id=programme.programme_id, session_id=session_id)


def _changed(materials: Materials, before: Material, after: Material, by: str | None, now: datetime) -> Materials:
    if after == before:
        return materials
    if after.file is not None:
        beside = (each for each in materials.items if each is not before and each.file is not None)
        if any(_is_same(each, after) for each in beside):
            raise IsThereAlready(edition_id=materials.edition_id)
    new = after.model_copy(update={"changed_at": now, "changed_by": by})
    return materials.model_copy(update={"items": tuple(new if each is before else each for each in materials.items)})


def _is_same(one: Material, other: Material) -> bool:
    same_file = one.file is not None and other.file is not None and one.file.digest == other.file.digest
    return same_file and one.details.session_id == other.details.session_id
