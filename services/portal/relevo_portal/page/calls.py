"""The pages of the calls, for anybody: those that are open, one call, and how data are treated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.counts import listed, number
from relevo_chassis.languages.days import instant
from relevo_portal.page.frame import Frame, made, waiting_time
from relevo_portal.page.guarding import Guarding, waits
from relevo_portal.page.questions import about, label_of
from relevo_portal.services.applying import REQUIRED, Call, Criteria, Question
from relevo_portal.words import guarding, questions
from relevo_portal.words.apply import NOTICE_VERSION, TEXTS
from relevo_portal.words.countries import names


class InALanguage(NamedTuple):
    """Something that coordinators wrote, and in which language there is of it."""

    text: str
    language: Language


class Begin(NamedTuple):
    """The form by which somebody begins, once for its key."""

    token: str
    once: str
    guarding: Guarding | None = None


def calls_page(frame: Frame, calls: Sequence[Call] | None) -> str:
    """What is announced or open; ``None`` while intake cannot tell."""
    words = TEXTS[frame.language].calls
    listed_calls = None
    if calls is not None:
        listed_calls = [(each.call_id, _title(each, frame.language), _when(each, frame.language)) for each in calls]
    return made("calls.html", frame, calls=listed_calls, own=words)


def call_page(frame: Frame, call: Call, begin: Begin, problem: str | None = None, seconds: int | None = None) -> str:
    """One call, with the form to begin; ``problem`` is a mistake by its name, or intake's own sentence, and ``seconds``
    how long one has to wait."""
    own, wait = TEXTS[frame.language].call, waiting_time(seconds, frame.language)
    mistakes: dict[Any, str] = {**own.mistakes, **guarding.TEXTS[frame.language].mistakes}
    waiting = begin.guarding.wait if begin.guarding else None
    return made(
        "call.html",
        frame,
        own=own,
        call=call,
        title=_title(call, frame.language),
        text=_chosen(call.texts, frame.language),
        facts=list(_facts(call, frame.language)),
        considered=list(_considered(call.criteria, frame.language)),
        asked=_asked(call, frame.language),
        decided=list(_decided(call, frame.language)),
        fields=_fields(frame.language),
        more=[_more(each, frame.language) for each in call.questions],
        more_words=questions.TEXTS[frame.language],
        begin=begin,
        guard_words=guarding.TEXTS[frame.language],
        waits=waits(waiting, frame.language) if waiting else None,
        problem=_in_words(mistakes, problem).replace("{wait}", wait) if problem else None,
        back=TEXTS[frame.language].calls.back,
    )


def notice_page(frame: Frame) -> str:
    own = TEXTS[frame.language].notice
    return made("notice.html", frame, own=own, version=own.version.format(version=NOTICE_VERSION))


def _in_words(texts: Mapping[Any, str], code: str) -> str:
    """The text for a code, or what stands there if it is none of ours."""
    return texts.get(code, code)


def _title(call: Call, language: Language) -> InALanguage:
    return _chosen(call.titles, language) or InALanguage("Relevo", language)


def _chosen(texts: Mapping[str, str], language: Language) -> InALanguage | None:
    """What there is of a text in this language, or else in another."""
    for each in (language, *LANGUAGES):
        if texts.get(each):
            return InALanguage(texts[each], each)
    return None


def _when(call: Call, language: Language) -> str:
    words = TEXTS[language].calls
    if call.state == "announced":
        return words.opens.format(at=instant(call.opens_at, language))
    return words.closes.format(at=instant(call.closes_at, language))


def _facts(call: Call, language: Language) -> Iterator[tuple[str, str]]:
    words = TEXTS[language].call
    if call.state == "announced":
        yield words.open_from, instant(call.opens_at, language)
    yield words.open_until, instant(call.closes_at, language)
    yield words.seats, number(call.seats, language)
    if call.travel_grants:
        yield words.grants, number(call.travel_grants, language)
    yield words.cost, words.free


def _considered(criteria: Criteria, language: Language) -> Iterator[str]:
    """Who is given special consideration, as the criteria say it."""
    words = TEXTS[language]
    known = names(language)
    countries = sorted(known[each] for each in criteria.priority_countries if each in known)
    if countries:
        yield words.call.countries.format(countries=listed(countries, language))
    for quota in criteria.quotas:
        if quota.attribute in words.call.quotas:
            themes = [_in_words(words.themes, each).lower() for each in quota.themes]
            text = _in_words(words.call.quotas, quota.attribute)
            yield text.format(percent=quota.percent, themes=listed(themes, language))
    if criteria.country_cap:
        yield words.call.cap.format(count=criteria.country_cap)


def _asked(call: Call, language: Language) -> list[str]:
    words, asks = TEXTS[language].call, call.requirements
    multiplier = words.multiplier.format(
        days=asks.multiplier_days, minutes=asks.multiplier_minutes, people=asks.multiplier_people
    )
    return [words.attendance.format(percent=asks.attendance_percent), multiplier]


def _decided(call: Call, language: Language) -> Iterator[str]:
    words, rubric = TEXTS[language].call, call.criteria.rubric
    total = sum(each.weight for each in rubric)
    for each in rubric:
        if each.code in words.criteria:
            criterion = _in_words(words.criteria, each.code)
            yield words.rubric.format(criterion=criterion, weight=each.weight, total=total)
    yield words.blind if call.criteria.blind else words.not_blind
    yield words.answer.format(days=call.requirements.offer_days)


def _more(question: Question, language: Language) -> tuple[Markup, Markup]:
    """What the call asks besides: each question, with what it is for and until when its answer is kept."""
    optional = Markup("") if question.required else Markup.escape(f" ({TEXTS[language].optional})")
    some = [questions.TEXTS[language].only_some] if question.only_if else []
    return label_of(question, language) + optional, Markup(" ").join([about(question, language), *some])


def _fields(language: Language) -> list[tuple[str, str]]:
    """What is asked and why: each question, with what need not be answered said."""
    words = TEXTS[language]
    return [
        (each.label if name in REQUIRED else f"{each.label} ({words.optional})", each.hint)
        for name, each in words.fields.items()
    ]
