"""Intake, as whoever applies asks it: the calls, a draft that is kept, what is sent in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered, on_behalf_of, read
from relevo_portal.services.intake import Intake

Sex = Literal["female", "male", "other", "not_said"]
Group = Literal["indigenous", "african_descent", "lgbti"]
Theme = Literal[
    "environment",
    "land_rights",
    "indigenous_rights",
    "women_rights",
    "lgbti_rights",
    "african_descent_rights",
    "freedom_of_expression",
    "justice",
    "migration",
    "labour_rights",
    "children_rights",
    "other",
]
Display = Literal["named", "unnamed"]
Letters = Literal["all", "few", "none"]
Criterion = Literal["experience", "motivation", "multiplier_idea"]
Attribute = Literal["priority_country", "women", "indigenous", "african_descent", "lgbti", "theme"]
FieldName = Literal[
    "name",
    "country",
    "sex",
    "groups",
    "organisation",
    "themes",
    "experience",
    "motivation",
    "multiplier_idea",
    "contact",
    "letters",
    "language",
    "display",
]
"""What an application consists of."""
REQUIRED: Sequence[FieldName] = ("name", "country", "motivation", "language")
"""Without these intake takes no application, as it documents."""
SEVERAL: Mapping[FieldName, Sequence[str]] = {"groups": get_args(Group), "themes": get_args(Theme)}
"""Where several may be chosen."""
TEXTS: Sequence[FieldName] = ("experience", "motivation", "multiplier_idea")
"""What reviewers read."""
_MOST_PAGES = 20
QuestionKind = Literal["text", "one", "several", "number", "date", "yes_no"]
Purpose = Literal["assess", "course", "week", "care", "outreach"]
"""What a call may ask more for."""
KeptUntil = Literal["texts", "application"]
"""Until when the answer is kept: as long as the texts of the application, or as the application itself."""


class Requirements(Answered):
    """What the edition asks of whoever takes part."""

    attendance_percent: int = 80
    multiplier_minutes: int = 240
    multiplier_people: int = 10
    multiplier_days: int = 60
    offer_days: int = 7


class Quota(Answered):
    """A least share of the seats."""

    attribute: str
    percent: int
    themes: tuple[str, ...] = ()


class Scored(Answered):
    """A line of the rubric."""

    code: str
    weight: int


class Criteria(Answered):
    """What the selection is decided by."""

    rubric: tuple[Scored, ...] = ()
    priority_countries: tuple[str, ...] = ()
    quotas: tuple[Quota, ...] = ()
    country_cap: int | None = None
    blind: bool = True


class Option(Answered):
    """What may be chosen."""

    code: str
    texts: Mapping[str, str]


class Condition(Answered):
    """What else has to be answered, and how, for a question to be asked."""

    question: str
    answers: tuple[str, ...]


class Question(Answered):
    """What a call asks besides the fixed questions."""

    key: str
    kind: str
    texts: Mapping[str, str]
    hints: Mapping[str, str] = {}
    options: tuple[Option, ...] = ()
    most_words: int | None = None
    least: int | None = None
    most: int | None = None
    required: bool = False
    only_if: Condition | None = None
    for_reviewers: bool = False
    purpose: str
    kept_until: str


class Call(Answered):
    """A call, as anybody may read it."""

    call_id: str
    titles: Mapping[str, str] = {}
    texts: Mapping[str, str] = {}
    state: str
    opens_at: datetime
    closes_at: datetime
    seats: int
    travel_grants: int = 0
    requirements: Requirements = Requirements()
    criteria: Criteria = Criteria()
    questions: tuple[Question, ...] = ()
    proof_wanted: bool = False


class _Calls(Answered):
    items: tuple[Call, ...]
    next: str | None = None


class Passage(Answered):
    """Where a text tells who wrote it, in code points."""

    field: str
    names: str
    at: int
    length: int


class Refused(Answered):
    """An answer that would be refused if it were sent as it is, and why, in words."""

    where: str
    reason: str


class _Draft(Answered):
    draft_id: str
    call_id: str
    state: str
    content: Mapping[str, Any]
    warnings: tuple[Passage, ...] = ()
    refused: tuple[Refused, ...] = ()
    questions: tuple[Question, ...] = ()
    visible: tuple[str, ...] = ()


class _Saved(Answered):
    warnings: tuple[Passage, ...] = ()
    refused: tuple[Refused, ...] = ()
    visible: tuple[str, ...] = ()


class _Started(Answered):
    receipt_code: str


class Saved(NamedTuple):
    """A saved draft: which answers are to be looked at before it is sent, and what is asked besides now."""

    doubtful: frozenset[str]
    visible: Sequence[str]


class Draft(NamedTuple):
    """An application that is still being written; ``tag`` says which saving of it. ``faults`` are the answers that
    would be refused, by their question. ``questions`` are what the call asks besides, ``visible`` the keys of those
    that are asked of whoever has answered so."""

    draft_id: str
    call_id: str
    is_open: bool
    content: Mapping[str, Any]
    warnings: Sequence[Passage]
    tag: str
    faults: Mapping[str, str] = {}
    questions: Sequence[Question] = ()
    visible: Sequence[str] = ()


async def current_calls(intake: Intake, language: Language) -> list[Call]:
    """Those that are announced or open, what closes first in front. Raises ``Away``."""
    found, after = list[Call](), ""
    for _ in range(_MOST_PAGES):
        page = await intake.read_openly(f"/calls?limit=200{after}", language, _Calls)
        found += [each for each in page.items if each.state != "closed"]
        if page.next is None:
            break
        after = f"&after={page.next}"
    return sorted(found, key=lambda each: each.closes_at)


async def read_call(intake: Intake, call_id: str, language: Language) -> Call:
    """Raises ``Away`` or ``NothingThere``."""
    return await intake.read_openly(f"/calls/{call_id}", language, Call)


async def start_draft(
    intake: Intake, call_id: str, once: str, language: Language, client: str, proof: str | None = None
) -> str:
    """Begin a draft for somebody at this address, once for the key; answers its receipt code.

    Raises ``Away``, ``Declined``, ``ProofWanted`` or ``NothingThere``.
    """
    path, headers = f"/calls/{call_id}/drafts", on_behalf_of(client)
    if proof:
        headers["Relevo-Proof"] = proof
    return read(await intake.ask_once(path, once, language, {}, headers=headers), _Started).receipt_code


async def read_draft(intake: Intake, draft_id: str, token: str, language: Language) -> Draft:
    """Raises ``Away``, ``SessionOver`` or ``NothingThere``."""
    found, tag = await intake.read_with_tag(f"/drafts/{draft_id}", token, language, _Draft)
    faults = {each.where: each.reason for each in found.refused}
    asks = (found.questions, found.visible)
    return Draft(
        found.draft_id, found.call_id, found.state == "open", found.content, found.warnings, tag, faults, *asks
    )


async def save_draft(
    intake: Intake, draft: Draft, content: Mapping[str, Any], token: str, once: str, language: Language
) -> Saved:
    """Save the whole as it is now.

    Raises ``ChangedMeanwhile`` unless it is as it was read; and ``Away``, ``SessionOver``, ``Declined`` or
    ``FieldsDeclined``.
    """
    path, tag = f"/drafts/{draft.draft_id}", {"If-Match": draft.tag}
    answer = await intake.do(path, token, once, language, content, method="PUT", headers=tag)
    saved = read(answer, _Saved)
    doubtful = {each.field for each in saved.warnings} | {each.where for each in saved.refused}
    return Saved(frozenset(doubtful), saved.visible)


async def discard_draft(intake: Intake, draft_id: str, token: str, once: str, language: Language) -> None:
    """Raises ``Away``, ``SessionOver``, ``Declined`` or ``NothingThere``."""
    await intake.do(f"/drafts/{draft_id}", token, once, language, method="DELETE")


async def submit_draft(
    intake: Intake, draft_id: str, body: Mapping[str, Any], token: str, once: str, language: Language
) -> None:
    """Send it in as it was saved last. Raises ``Away``, ``SessionOver``, ``Declined``, ``FieldsDeclined``."""
    await intake.do(f"/drafts/{draft_id}/submit", token, once, language, body)
