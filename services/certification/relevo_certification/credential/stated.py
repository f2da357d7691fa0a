"""What the paper states, said in the credential too, where it is signed and can be checked off line (Open Badges 3.0).

Hours and people are results, each with its description; place, days, supporter and those who sign are evidence, in the
paper's own sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from relevo_certification.credential.urn import uuid_urn
from relevo_certification.domain.edition import EditionFacts, Language
from relevo_certification.words import CERTIFICATE, span
from relevo_contracts import derived_id

_NAMES: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "es": {
            "onsite_hours": "Horas del programa presencial",
            "multiplier_hours": "Horas de la formación que impartió, como mínimo",
            "multiplier_people": "Personas a las que formó, como mínimo",
        },
        "en": {
            "onsite_hours": "Hours of the on-site programme",
            "multiplier_hours": "Hours of the training given, at least",
            "multiplier_people": "People trained, at least",
        },
        "pt": {
            "onsite_hours": "Horas do programa presencial",
            "multiplier_hours": "Horas da formação ministrada, no mínimo",
            "multiplier_people": "Pessoas formadas, no mínimo",
        },
        "fr": {
            "onsite_hours": "Heures du programme en présentiel",
            "multiplier_hours": "Heures de la formation donnée, au minimum",
            "multiplier_people": "Personnes formées, au minimum",
        },
    }
)


def result_descriptions(edition_id: str, facts: EditionFacts, language: Language) -> list[dict[str, Any]]:
    """What the achievement asks for."""
    return [
        {
            "id": _description_id(edition_id, name),
            "type": ["ResultDescription"],
            "name": _NAMES[language][name],
            "resultType": "Result",
            "requiredValue": str(value),
        }
        for name, value in _values(facts).items()
    ]


def results(edition_id: str, facts: EditionFacts) -> list[dict[str, Any]]:
    """What the holder reached, at least."""
    return [
        {"type": ["Result"], "resultDescription": _description_id(edition_id, name), "value": str(value)}
        for name, value in _values(facts).items()
    ]


def evidence(facts: EditionFacts, language: Language) -> list[dict[str, Any]]:
    """Where and when it was, what was passed on, who supported it and who signs, each under its ``genre``."""
    words, texts = CERTIFICATE[language], facts.texts[language]
    when = span(facts.first_on, facts.last_on, language)
    told = [
        {
            "genre": "onsite_programme",
            "name": texts.place,
            "narrative": words.onsite.format(place=texts.place, span=when, hours=facts.hours),
        },
        {
            "genre": "multiplier_session",
            "narrative": words.passed_on.format(people=facts.multiplier_people, hours=facts.multiplier_hours),
        },
    ]
    if texts.supporter is not None:
        said = words.support.format(supporter=texts.supporter)
        told.append({"genre": "supporter", "name": texts.supporter, "narrative": said})
    for each in facts.signatories:
        told.append({"genre": "signatory", "name": each.name, "description": each.office[language]})
    return [{"type": ["Evidence"], **each} for each in told]


def _description_id(edition_id: str, name: str) -> str:
    """The same in all certificates of an edition."""
    return uuid_urn(derived_id("result_description", edition_id, name))


def _values(facts: EditionFacts) -> dict[str, int]:
    return {
        "onsite_hours": facts.hours,
        "multiplier_hours": facts.multiplier_hours,
        "multiplier_people": facts.multiplier_people,
    }
