"""The on-site week: the contents that the press release of the second edition lists, laid out over five days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from relevo_demo.edition import LANGUAGES, Edition

WORKSHOP_GROUPS = ("a", "b")


class Slot(NamedTuple):
    """A session of the plan: day 0 to 4, local hour and minute, length, kind, topic, teaching, group."""

    day: int
    hour: int
    minute: int
    minutes: int
    kind: str
    topic: dict[str, str]
    room: str = "hall"
    required: bool = True
    faculty: int | None = None
    groups: tuple[str, ...] = ()
    language: str = "es"


def _in(es: str, en: str, pt: str, fr: str) -> dict[str, str]:
    return {"es": es, "en": en, "pt": pt, "fr": fr}


_OPENING = _in("Inauguración", "Opening", "Abertura", "Ouverture")
_CLOSING = _in("Clausura", "Closing", "Encerramento", "Clôture")
_SITUATION = _in(
    "La situación de las personas defensoras en las Américas",
    "The situation of human rights defenders in the Americas",
    "A situação das pessoas defensoras nas Américas",
    "La situation des défenseurs dans les Amériques",
)
_PETITIONS = _in(
    "El sistema de peticiones y casos",
    "The petition and case system",
    "O sistema de petições e casos",
    "Le système de pétitions et d'affaires",
)
_PETITIONS_2 = _in(
    "Peticiones y casos: de la admisibilidad al fondo",
    "Petitions and cases: from admissibility to merits",
    "Petições e casos: da admissibilidade ao mérito",
    "Pétitions et affaires : de la recevabilité au fond",
)
_MEASURES = _in("Medidas cautelares", "Precautionary measures", "Medidas cautelares", "Mesures conservatoires")
_SETTLEMENTS = _in("Soluciones amistosas", "Friendly settlements", "Soluções amistosas", "Règlements amiables")
_MONITORING = _in(
    "El papel del monitoreo de la CIDH",
    "The role of IACHR monitoring",
    "O papel do monitoramento da CIDH",
    "Le rôle du suivi assuré par la CIDH",
)
_FOLLOW_UP = _in(
    "El seguimiento de las recomendaciones",
    "Follow-up on recommendations",
    "O seguimento das recomendações",
    "Le suivi des recommandations",
)
_TALK = _in(
    "Uso estratégico del sistema: la mirada del equipo docente",
    "Strategic use of the system: the view of the teaching staff",
    "Uso estratégico do sistema: o olhar da equipe docente",
    "L'usage stratégique du système : le regard des enseignants",
)
_TALK_2 = _in(
    "Uso estratégico del sistema: la mirada de la sociedad civil",
    "Strategic use of the system: the view of civil society",
    "Uso estratégico do sistema: o olhar da sociedade civil",
    "L'usage stratégique du système : le regard de la société civile",
)
_WORKSHOP = _in(
    "Taller práctico: estudio de caso con especialistas de la CIDH",
    "Practical workshop: case study with IACHR experts",
    "Oficina prática: estudo de caso com especialistas da CIDH",
    "Atelier pratique : étude de cas avec des experts de la CIDH",
)
_POLICIES = _in(
    "Informe: Políticas públicas con enfoque de derechos humanos",
    "Report: Public Policies with a Human Rights Approach",
    "Relatório: Políticas públicas com enfoque de direitos humanos",
    "Rapport : Politiques publiques axées sur les droits humains",
)
_VIOLENCE = _in(
    "Informe: Violencia y discriminación contra mujeres, niñas y adolescentes",
    "Report: Violence and Discrimination against Women and Girls",
    "Relatório: Violência e discriminação contra mulheres, meninas e adolescentes",
    "Rapport : Violence et discrimination à l'égard des femmes et des filles",
)
_PROTEST = _in(
    "Informe: Protesta y derechos humanos",
    "Report: Protest and Human Rights",
    "Relatório: Protesto e direitos humanos",
    "Rapport : Manifestations et droits humains",
)
_BUSINESS = _in(
    "Informe: Empresas y derechos humanos",
    "Report: Business and Human Rights",
    "Relatório: Empresas e direitos humanos",
    "Rapport : Entreprises et droits humains",
)
_MULTIPLYING = _in(
    "Preparación de la sesión de multiplicación",
    "Preparing the multiplier session",
    "Preparação da sessão de multiplicação",
    "Préparation de la séance de transmission",
)


def _parallel(day: int, hour: int) -> tuple[Slot, ...]:
    rooms = ("room 1", "room 2")
    return tuple(
        Slot(day, hour, 30, 120, "workshop", _WORKSHOP, room, faculty=4 + at, groups=(group,), language=language)
        for at, (group, room, language) in enumerate(zip(WORKSHOP_GROUPS, rooms, ("es", "pt"), strict=True))
    )


PLAN: tuple[Slot, ...] = (
    Slot(0, 9, 0, 30, "ceremony", _OPENING, required=False),
    Slot(0, 9, 30, 120, "lecture", _SITUATION, faculty=0),
    Slot(0, 12, 0, 90, "lecture", _PETITIONS, faculty=1),
    Slot(0, 15, 0, 120, "lecture", _PETITIONS_2, faculty=1),
    Slot(1, 9, 0, 120, "lecture", _MEASURES, faculty=2),
    Slot(1, 11, 30, 90, "lecture", _SETTLEMENTS, faculty=3),
    *_parallel(1, 14),
    Slot(2, 9, 0, 105, "lecture", _MONITORING, faculty=0),
    Slot(2, 11, 15, 105, "lecture", _FOLLOW_UP, faculty=2),
    *_parallel(2, 14),
    Slot(2, 17, 0, 60, "presentation", _POLICIES, faculty=6),
    Slot(3, 9, 0, 90, "talk", _TALK, faculty=3),
    Slot(3, 11, 0, 90, "talk", _TALK_2, faculty=7),
    *_parallel(3, 14),
    Slot(3, 17, 0, 60, "presentation", _VIOLENCE, faculty=6),
    Slot(4, 9, 0, 60, "presentation", _PROTEST, faculty=7),
    Slot(4, 10, 15, 60, "presentation", _BUSINESS, faculty=6),
    Slot(4, 11, 30, 90, "case_study", _MULTIPLYING, faculty=4),
    Slot(4, 15, 0, 60, "ceremony", _CLOSING, required=False),
)
ROOMS = {"hall": 120, "room 1": 40, "room 2": 40}
FACULTY = (
    ("Ana Ejemplo", "IACHR"), ("Luis Muestra", "IACHR"), ("Inés Modelo", "IACHR"), ("Paulo Exemplo", "IACHR"),
    ("Rosa Prueba", "IACHR"), ("Marta Amostra", "IACHR"), ("John Sample", "IACHR"), ("Claire Exemple", "civil society"),
)  # fmt: skip


def starts_at(edition: Edition, slot: Slot) -> datetime:
    return edition.at(edition.first_on + timedelta(days=slot.day), slot.hour, slot.minute)


def ends_at(edition: Edition, slot: Slot) -> datetime:
    return starts_at(edition, slot) + timedelta(minutes=slot.minutes)


def session_body(edition: Edition, slot: Slot, rooms: dict[str, str], faculty: list[str]) -> dict[str, Any]:
    """The session as scheduling takes it; rooms and faculty by the ids that it gave them."""
    return {
        "kind": slot.kind,
        "topic": slot.topic,
        "language": slot.language,
        "interpretation": [each for each in LANGUAGES if each != slot.language],
        "required": slot.required,
        "starts_at": starts_at(edition, slot).isoformat(),
        "ends_at": ends_at(edition, slot).isoformat(),
        "room_id": rooms[slot.room],
        "faculty_ids": [] if slot.faculty is None else [faculty[slot.faculty]],
        "groups": list(slot.groups),
    }


def hours(edition: Edition) -> int:
    """The hours taught to one participant, rounded down."""
    return sum(slot.minutes for slot in PLAN if slot.required and slot.groups in ((), (WORKSHOP_GROUPS[0],))) // 60
