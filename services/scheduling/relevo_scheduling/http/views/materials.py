"""Materials, for whoever keeps them and for whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from relevo_chassis.http.etag import etag_of
from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Count, Id
from relevo_scheduling.commands.materials import Seen
from relevo_scheduling.domain.materials import (
    MOST,
    MOST_BYTES,
    Bytes,
    KeptFile,
    Material,
    MaterialKind,
    MaterialLanguage,
    Media,
)
from relevo_scheduling.domain.session import Language, SessionKind, Texts
from relevo_scheduling.http.views.week import View


class FileView(View):
    """A file as it is kept; ``digest`` is its SHA-256."""

    media: Media
    size_bytes: Bytes
    digest: str


class MaterialView(View):
    """A material as participants see it: a link, or a file."""

    material_id: Id
    kind: MaterialKind
    language: MaterialLanguage
    title: str
    link: str | None
    file: FileView | None
    added_at: datetime
    changed_at: datetime


class KeptMaterialView(MaterialView):
    """A material as staff see it; without link and file it waits for its file."""

    session_id: Id | None
    added_by: str | None
    changed_by: str | None


class KeptMaterialsView(View):
    """The materials of an edition; ``size_bytes`` is what the files of all of it take, each once."""

    items: tuple[KeptMaterialView, ...]
    size_bytes: Bytes
    most_bytes: Bytes
    most_items: Count


class OfSessionView(View):
    """The materials of one session, whose times are in the venue's offset."""

    session_id: Id
    kind: SessionKind
    topic: Texts
    starts_at: datetime
    materials: tuple[MaterialView, ...]


class OwnMaterialsView(View):
    """A participant's materials: of the whole week, and of their sessions in the order of the week.

    ``size_bytes`` is what all files of the list take together.
    """

    edition_id: Id
    week: tuple[MaterialView, ...]
    sessions: tuple[OfSessionView, ...]
    size_bytes: Bytes


def kept_view(seen: Seen) -> KeptMaterialsView:
    return KeptMaterialsView(
        items=tuple(map(kept_material_view, seen.items)),
        size_bytes=seen.of.size_bytes,
        most_bytes=MOST_BYTES,
        most_items=MOST,
    )


def kept_answer(material: Material) -> Answer:
    """A material with the ETag that the next edit sends as If-Match."""
    return answer_json(kept_material_view(material), etag=etag_of(material))


def new_answer(edition_id: str) -> Callable[[Material], Answer]:
    """The same of one that was added: where it is."""

    def respond(material: Material) -> Answer:
        location = f"/editions/{edition_id}/materials/{material.material_id}"
        return answer_json(kept_material_view(material), 201, location=location, etag=etag_of(material))

    return respond


def kept_material_view(material: Material) -> KeptMaterialView:
    return KeptMaterialView(
        **_fields(material),
        session_id=material.details.session_id,
        added_by=material.added_by,
        changed_by=material.changed_by,
    )


def own_view(seen: Seen, language: Language | None) -> OwnMaterialsView:
    items = [each for each in seen.items if each.is_in(language)]
    published = seen.programme.published
    sessions = [each.session for each in published.sessions] if published else []
    zone = ZoneInfo(published.frame.time_zone if published else "UTC")
    found = [
        OfSessionView(
            session_id=each.session_id,
            kind=each.kind,
            topic=each.topic,
            starts_at=each.starts_at.astimezone(zone),
            materials=_of(items, each.session_id),
        )
        for each in sorted(sessions, key=lambda each: (each.starts_at, each.session_id))
    ]
    files = {each.file.digest: each.file for each in items if each.file is not None}
    return OwnMaterialsView(
        edition_id=seen.of.edition_id,
        week=_of(items, None),
        sessions=tuple(each for each in found if each.materials),
        size_bytes=sum(each.size_bytes for each in files.values()),
    )


def _of(items: Iterable[Material], session_id: str | None) -> tuple[MaterialView, ...]:
    return tuple(MaterialView(**_fields(each)) for each in items if each.details.session_id == session_id)


def _fields(material: Material) -> dict[str, Any]:
    details = material.details
    return {
        "material_id": material.material_id,
        "kind": details.kind,
        "language": details.language,
        "title": details.title,
        "link": details.link,
        "file": _file_view(material.file) if material.file else None,
        "added_at": material.added_at,
        "changed_at": material.changed_at,
    }


def _file_view(file: KeptFile) -> FileView:
    return FileView(media=file.media, size_bytes=file.size_bytes, digest=file.digest)
