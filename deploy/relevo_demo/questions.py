"""What the call of the replay asks besides what every call asks, and how its people answer. Invented, like them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relevo_demo.people import Person

HEARD = ("radio", "organisation", "somebody")

QUESTIONS: tuple[Mapping[str, Any], ...] = (
    {
        "key": "network",
        "kind": "yes_no",
        "texts": {
            "es": "¿Participa en alguna red de defensa de derechos humanos?",
            "en": "Are you part of a network of human rights defenders?",
            "pt": "Participa de alguma rede de defesa de direitos humanos?",
            "fr": "Faites-vous partie d'un réseau de défense des droits humains ?",
        },
        "purpose": "course",
        "kept_until": "application",
    },
    {
        "key": "in_network",
        "kind": "text",
        "texts": {
            "es": "¿Qué hace en esa red?",
            "en": "What do you do in that network?",
            "pt": "O que você faz nessa rede?",
            "fr": "Que faites-vous dans ce réseau ?",
        },
        "hints": {
            "es": "Una o dos frases, sin nombres.",
            "en": "One or two sentences, without names.",
            "pt": "Uma ou duas frases, sem nomes.",
            "fr": "Une ou deux phrases, sans noms.",
        },
        "most_words": 60,
        "only_if": {"question": "network", "answers": ["yes"]},
        "for_reviewers": True,
        "purpose": "assess",
        "kept_until": "texts",
    },
    {
        "key": "heard",
        "kind": "several",
        "texts": {
            "es": "¿Cómo se enteró de esta convocatoria?",
            "en": "How did you hear of this call?",
            "pt": "Como você soube desta chamada?",
            "fr": "Comment avez-vous appris l'existence de cet appel ?",
        },
        "options": [
            {"code": code, "texts": texts}
            for code, texts in zip(
                HEARD,
                (
                    {"es": "Por la radio", "en": "By radio", "pt": "Pelo rádio", "fr": "Par la radio"},
                    {
                        "es": "Por una organización",
                        "en": "From an organisation",
                        "pt": "Por uma organização",
                        "fr": "Par une organisation",
                    },
                    {
                        "es": "Por otra persona",
                        "en": "From somebody else",
                        "pt": "Por outra pessoa",
                        "fr": "Par une autre personne",
                    },
                ),
                strict=True,
            )
        ],
        "purpose": "outreach",
        "kept_until": "texts",
    },
)


def answers(person: Person) -> dict[str, Any]:
    """What this person answers; some leave out what they may."""
    if person.network:
        return {"network": True, "in_network": person.network, "heard": [HEARD[person.number % 3]]}
    return {"network": False} if person.number % 5 else {}
