"""What is said around the further questions of a call: see ``texts/questions``. The call says the questions itself."""

from __future__ import annotations

from collections.abc import Mapping

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.services.applying import KeptUntil, Purpose


class QuestionsWords(Words):
    title: str
    lead: str
    call_title: str
    call_lead: str
    only_some: str
    yes: str
    no: str
    no_answer: str
    most_words: str
    number: str
    at_least: str
    at_most: str
    between: str
    for_reviewers: str
    not_for_reviewers: str
    purposes: Mapping[Purpose, str]
    ends: Mapping[KeptUntil, str]


TEXTS = Texts(QuestionsWords, "relevo_portal", "questions")
