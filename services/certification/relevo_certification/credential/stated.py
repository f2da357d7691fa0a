"""What the paper states, said in the credential too, where it is signed and can be checked off line (Open Badges 3.0).

Hours and people are results, each with its description; place, days, supporter and those who sign are evidence, in the
paper's own sentences.
"""

from __future__ import annotations

from typing import Any

from relevo_certification.credential.urn import uuid_urn
from relevo_certification.domain.edition import EditionFacts
from relevo_certification.words import TEXTS, Result, onsite, passed_on
from relevo_chassis.languages import Language
from relevo_contracts import derived_id


def result_descriptions(edition_id: str, facts: EditionFacts, language: Language) -> list[dict[str, Any]]:
    """What the achievement asks for."""
    return [
        {
            "id": _description_id(edition_id, name),
            "type": ["ResultDescription"],
            "name": TEXTS[language].results[name],
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
    texts = facts.texts[language]
    entries = [
        {"genre": "onsite_programme", "name": texts.place, "narrative": onsite(facts, language)},
        {"genre": "multiplier_session", "narrative": passed_on(facts, language)},
    ]
    if texts.supporter is not None:
        narrative = TEXTS[language].certificate.support.format(supporter=texts.supporter)
        entries.append({"genre": "supporter", "name": texts.supporter, "narrative": narrative})
    for each in facts.signatories:
        entries.append({"genre": "signatory", "name": each.name, "description": each.office[language]})
    return [{"type": ["Evidence"], **each} for each in entries]


def _description_id(edition_id: str, name: str) -> str:
    """The same in all certificates of an edition."""
    return uuid_urn(derived_id("result_description", edition_id, name))


def _values(facts: EditionFacts) -> dict[Result, int]:
    return {
        "onsite_hours": facts.hours,
        "multiplier_hours": facts.multiplier_hours,
        "multiplier_people": facts.multiplier_people,
    }
