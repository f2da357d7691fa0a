"""What the portal says of the materials of the week, in every language: see ``texts/materials/``."""

from __future__ import annotations

from collections.abc import Mapping

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.services.materials import MaterialKind
from relevo_portal.words import Passage


class MaterialsWords(Words):
    link: str
    title: str
    lead: str
    none: Passage
    none_in: str
    languages: str
    all: str
    week: str
    bundle: str
    bundle_hint: str
    leads_to: str
    added_on: str
    kinds: Mapping[MaterialKind, str]
    kilobytes: str
    megabytes: str
    device_title: str
    device: str
    gone: str
    full: str


TEXTS = Texts(MaterialsWords, "relevo_portal", "materials")
