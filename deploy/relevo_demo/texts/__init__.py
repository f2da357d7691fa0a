"""What synthetic applicants and reviewers write, in the four languages: sentences put together by seeded dice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from types import ModuleType
from typing import NamedTuple

from relevo_demo.texts import en, es, fr, pt

LANGUAGES: Mapping[str, ModuleType] = {"es": es, "en": en, "pt": pt, "fr": fr}


class Written(NamedTuple):
    """The texts of one application."""

    motivation: str
    experience: str
    multiplier_idea: str


def application(language: str, theme: str, people: int, roll: Random) -> Written:
    """Motivation, experience and idea of somebody who works for ``theme`` and means to train ``people``."""
    words = LANGUAGES[language]
    facts = {
        "work": words.WORK[theme],
        "with_whom": roll.choice(words.WITH_WHOM),
        "years": str(roll.randint(3, 24)),
        "people": str(people),
    }
    return Written(
        _text(words.MOTIVATION, facts, roll), _text(words.EXPERIENCE, facts, roll), _text(words.IDEA, facts, roll)
    )


def network(language: str, roll: Random) -> str:
    """What somebody does in a network of defenders."""
    return _chosen(LANGUAGES[language].NETWORKS, roll)


def organisation(language: str, roll: Random) -> str:
    """The name of an organisation that does not exist."""
    words = LANGUAGES[language]
    return f"{roll.choice(words.ORGANISATION_KINDS)} {roll.choice(words.ORGANISATION_NAMES)}"


def comment(language: str, roll: Random) -> str:
    """What a reviewer notes beside the scores."""
    return _chosen(LANGUAGES[language].COMMENTS, roll)


def question(language: str, roll: Random) -> tuple[str, str, str]:
    """A participant's question to the experts: topic, question, answer."""
    found: tuple[str, str, str] = roll.choice(LANGUAGES[language].QUESTIONS)
    return found


def needed(language: str, roll: Random) -> tuple[str, str]:
    """What a participant needs to get about, and what they eat."""
    found: tuple[str, str] = roll.choice(LANGUAGES[language].NEEDS)
    return found


def to_secretariat(language: str, roll: Random) -> tuple[str, str, str]:
    """What somebody asks the secretariat, is answered, and asks further."""
    found: tuple[str, str, str] = roll.choice(LANGUAGES[language].TO_SECRETARIAT)
    return found


def description(language: str, roll: Random) -> tuple[str, str]:
    """What was taught in a multiplier session, and where evidence can be seen. Nobody is named."""
    words = LANGUAGES[language]
    return _chosen(words.TAUGHT, roll), _chosen(words.EVIDENCE, roll)


def _text(slots: Sequence[Sequence[str]], facts: Mapping[str, str], roll: Random) -> str:
    return " ".join(roll.choice(slot) for slot in slots).format_map(facts)


def _chosen(sentences: Sequence[str], roll: Random) -> str:
    return roll.choice(sentences)
