"""What the certificates of an edition state, in the four languages."""

from __future__ import annotations

from typing import Any

from relevo_demo.edition import LANGUAGES, Edition
from relevo_demo.week import hours

_ISSUER = {
    "es": "Comisión Interamericana de Derechos Humanos",
    "en": "Inter-American Commission on Human Rights",
    "pt": "Comissão Interamericana de Direitos Humanos",
    "fr": "Commission interaméricaine des droits de l'homme",
}
_TITLE = {
    "es": "Curso para defensoras y defensores de derechos humanos: uso estratégico del sistema interamericano",
    "en": "Course for Human Rights Defenders on the Strategic Use of the Inter-American System",
    "pt": "Curso para defensoras e defensores de direitos humanos: uso estratégico do sistema interamericano",
    "fr": "Formation des défenseures et défenseurs à l'usage stratégique du système interaméricain",
}
_DESCRIPTION = {
    "es": "Situación de las personas defensoras, peticiones y casos, medidas cautelares, soluciones amistosas, "
    "monitoreo y seguimiento de recomendaciones, con talleres de estudio de casos.",
    "en": "The situation of defenders, petitions and cases, precautionary measures, friendly settlements, monitoring "
    "and follow-up on recommendations, with workshops on case studies.",
    "pt": "Situação das pessoas defensoras, petições e casos, medidas cautelares, soluções amistosas, monitoramento "
    "e seguimento de recomendações, com oficinas de estudo de casos.",
    "fr": "Situation des défenseurs, pétitions et affaires, mesures conservatoires, règlements amiables, suivi et "
    "mise en œuvre des recommandations, avec des ateliers d'étude de cas.",
}
_CRITERIA = {
    "es": "Asistió al menos al 80 % del programa presencial y transmitió sus contenidos a diez personas o más en una "
    "sesión de cuatro horas, dentro de los 60 días siguientes.",
    "en": "Attended at least 80% of the on-site programme and passed its contents on to ten people or more in a "
    "session of four hours, within the following 60 days.",
    "pt": "Assistiu a pelo menos 80% do programa presencial e transmitiu seus conteúdos a dez pessoas ou mais em uma "
    "sessão de quatro horas, nos 60 dias seguintes.",
    "fr": "A suivi au moins 80 % du programme en présentiel et en a transmis le contenu à dix personnes ou plus au "
    "cours d'une séance de quatre heures, dans les 60 jours suivants.",
}
_SUPPORTER = {
    "es": "Gobierno de las Illes Balears (GOIB)",
    "en": "Government of the Balearic Islands (GOIB)",
    "pt": "Governo das Ilhas Baleares (GOIB)",
    "fr": "Gouvernement des îles Baléares (GOIB)",
}
_OFFICES = (
    {
        "es": "Secretaría Ejecutiva",
        "en": "Executive Secretariat",
        "pt": "Secretaria Executiva",
        "fr": "Secrétariat exécutif",
    },
    {
        "es": "Coordinación del curso",
        "en": "Course coordination",
        "pt": "Coordenação do curso",
        "fr": "Coordination de la formation",
    },
)
_SIGNATORIES = ("Ana Ejemplo", "Luis Muestra")


def facts_body(edition: Edition) -> dict[str, Any]:
    """The facts as certification takes them; who signs is invented."""
    return {
        "texts": {
            language: {
                "issuer": _ISSUER[language],
                "title": _TITLE[language],
                "description": _DESCRIPTION[language],
                "criteria": _CRITERIA[language],
                "place": edition.city,
                "supporter": _SUPPORTER[language],
            }
            for language in LANGUAGES
        },
        "first_on": edition.first_on.isoformat(),
        "last_on": edition.last_on.isoformat(),
        "time_zone": edition.time_zone,
        "hours": hours(edition),
        "signatories": [{"name": name, "office": office} for name, office in zip(_SIGNATORIES, _OFFICES, strict=True)],
    }
