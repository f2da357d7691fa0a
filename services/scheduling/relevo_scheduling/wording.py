"""What scheduling says to people, in the four working languages of the OAS."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from relevo_scheduling.domain.session import Language, SessionKind


class Words(NamedTuple):
    """The words of one language. ``day`` is a pattern with ``weekday``, ``day`` and ``month``, ``first``
    how the first day of a month is said."""

    name: str
    week: str
    calendar: str
    version: str
    times_in: str
    all_groups: str
    optional: str
    in_language: str
    interpretation: str
    cancelled: str
    nothing_yet: str
    other_languages: str
    subscribe: str
    kinds: Mapping[SessionKind, str]
    languages: Mapping[Language, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    first: str
    no_such_edition: str


WORDS: Mapping[Language, Words] = {
    "es": Words(
        name="Español",
        week="Programa de la semana presencial",
        calendar="Semana presencial del curso",
        version="Versión {version}, publicada el {day}",
        times_in="Horas de {city} ({zone})",
        all_groups="Todo el grupo",
        optional="Optativa",
        in_language="en {language}",
        interpretation="con interpretación al {languages}",
        cancelled="Cancelada",
        nothing_yet="El programa aún no se ha publicado. Vuelva en unos días.",
        other_languages="Otros idiomas",
        subscribe="Añadir a mi calendario",
        kinds={
            "plenary": "Plenaria",
            "lecture": "Clase",
            "talk": "Charla",
            "panel": "Panel",
            "workshop": "Taller",
            "case_study": "Estudio de caso",
            "presentation": "Presentación",
            "ceremony": "Acto",
            "other": "Sesión",
        },
        languages={"es": "español", "en": "inglés", "pt": "portugués", "fr": "francés"},
        weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        months=(
            "enero", "febrero", "marzo", "abril", "mayo", "junio",
            "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
        ),
        day="{weekday} {day} de {month}",
        first="1",
        no_such_edition="No encontramos el programa de esta edición. Compruebe el enlace, o pregunte a quien lo envió.",
    ),
    "en": Words(
        name="English",
        week="Programme of the on-site week",
        calendar="On-site week of the course",
        version="Version {version}, published on {day}",
        times_in="Times in {city} ({zone})",
        all_groups="Everybody",
        optional="Optional",
        in_language="in {language}",
        interpretation="with interpretation into {languages}",
        cancelled="Cancelled",
        nothing_yet="The programme has not been published yet. Please come back in a few days.",
        other_languages="Other languages",
        subscribe="Add to my calendar",
        kinds={
            "plenary": "Plenary",
            "lecture": "Lecture",
            "talk": "Talk",
            "panel": "Panel",
            "workshop": "Workshop",
            "case_study": "Case study",
            "presentation": "Presentation",
            "ceremony": "Ceremony",
            "other": "Session",
        },
        languages={"es": "Spanish", "en": "English", "pt": "Portuguese", "fr": "French"},
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ),
        day="{weekday} {day} {month}",
        first="1",
        no_such_edition="There is no programme of this edition. Check the link, or ask whoever sent it to you.",
    ),
    "pt": Words(
        name="Português",
        week="Programa da semana presencial",
        calendar="Semana presencial do curso",
        version="Versão {version}, publicada em {day}",
        times_in="Horários de {city} ({zone})",
        all_groups="Todo o grupo",
        optional="Opcional",
        in_language="em {language}",
        interpretation="com interpretação para {languages}",
        cancelled="Cancelada",
        nothing_yet="O programa ainda não foi publicado. Volte daqui a alguns dias.",
        other_languages="Outros idiomas",
        subscribe="Adicionar ao meu calendário",
        kinds={
            "plenary": "Plenária",
            "lecture": "Aula",
            "talk": "Palestra",
            "panel": "Painel",
            "workshop": "Oficina",
            "case_study": "Estudo de caso",
            "presentation": "Apresentação",
            "ceremony": "Cerimônia",
            "other": "Sessão",
        },
        languages={"es": "espanhol", "en": "inglês", "pt": "português", "fr": "francês"},
        weekdays=(
            "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo",
        ),
        months=(
            "janeiro", "fevereiro", "março", "abril", "maio", "junho",
            "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
        ),
        day="{weekday}, {day} de {month}",
        first="1º",
        no_such_edition="Não encontramos o programa desta edição. Confira o link ou pergunte a quem o enviou.",
    ),
    "fr": Words(
        name="Français",
        week="Programme de la semaine en présentiel",
        calendar="Semaine en présentiel du cours",
        version="Version {version}, publiée le {day}",
        times_in="Heures de {city} ({zone})",
        all_groups="Tout le groupe",
        optional="Facultative",
        in_language="en {language}",
        interpretation="avec interprétation en {languages}",
        cancelled="Annulée",
        nothing_yet="Le programme n’est pas encore publié. Revenez dans quelques jours.",
        other_languages="Autres langues",
        subscribe="Ajouter à mon agenda",
        kinds={
            "plenary": "Plénière",
            "lecture": "Cours",
            "talk": "Causerie",
            "panel": "Table ronde",
            "workshop": "Atelier",
            "case_study": "Étude de cas",
            "presentation": "Présentation",
            "ceremony": "Cérémonie",
            "other": "Séance",
        },
        languages={"es": "espagnol", "en": "anglais", "pt": "portugais", "fr": "français"},
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        months=(
            "janvier", "février", "mars", "avril", "mai", "juin",
            "juillet", "août", "septembre", "octobre", "novembre", "décembre",
        ),
        day="{weekday} {day} {month}",
        first="1er",
        no_such_edition="Cette édition n’a pas de programme. Vérifiez le lien, ou demandez à qui l’a envoyé.",
    ),
}  # fmt: skip


def day_in(language: Language, day: date) -> str:
    """A day as people say it: ``lunes 9 de diciembre``."""
    words = WORDS[language]
    number = words.first if day.day == 1 else str(day.day)
    return words.day.format(weekday=words.weekdays[day.weekday()], day=number, month=words.months[day.month - 1])


def tongues(language: Language, spoken: Language, interpretation: tuple[Language, ...]) -> str:
    """In which language a session is held, and into which it is interpreted."""
    words = WORDS[language]
    said = words.in_language.format(language=words.languages[spoken])
    if not interpretation:
        return said
    into = ", ".join(words.languages[each] for each in interpretation)
    return f"{said}, {words.interpretation.format(languages=into)}"
