"""Materials of the week, as scheduling tells whoever takes part of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered, known

MaterialKind = Literal["report", "case_file", "slides", "reading", "other"]
MaterialLanguage = Literal["es", "en", "pt", "fr", "any"]


class MaterialFile(Answered):
    media: str
    size_bytes: int


class Material(Answered):
    """A link, or a file."""

    material_id: str
    kind: Annotated[MaterialKind, known(MaterialKind, "other")] = "other"
    language: Annotated[MaterialLanguage, known(MaterialLanguage, "any")] = "any"
    title: str
    link: str | None = None
    file: MaterialFile | None = None
    added_at: datetime


class OfSession(Answered):
    """Those of one session, by the clock of the place."""

    session_id: str
    topic: Mapping[Language, str]
    starts_at: datetime
    materials: tuple[Material, ...] = ()


class OwnMaterials(Answered):
    """``size_bytes`` is what all files of the list take together."""

    week: tuple[Material, ...] = ()
    sessions: tuple[OfSession, ...] = ()
    size_bytes: int = 0
