"""What the pages of the sixty days show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import counted, number
from relevo_chassis.languages.days import day, day_with_weekday, instant
from relevo_chassis.languages.words import CHOICES
from relevo_contracts.multiplier_tracking import SessionFormat, SupportTopic
from relevo_portal.page.days.pictures import link_text
from relevo_portal.page.frame import Frame, made
from relevo_portal.page.parts import Facts, Part
from relevo_portal.services.multiplier_tracking import (
    AskedFor,
    Commitment,
    DecisionWords,
    OwnTexts,
    Question,
    Questions,
    Reason,
    Request,
    Session,
    SessionTexts,
)
from relevo_portal.words import Passage, offline
from relevo_portal.words.days import TEXTS, DaysWords, Field, FormWords, Situation

FORMATS: Sequence[SessionFormat] = get_args(SessionFormat)
TOPICS: Sequence[SupportTopic] = get_args(SupportTopic)
REASONS: Sequence[Reason] = get_args(Reason)
WISHES: Sequence[AskedFor] = get_args(AskedFor)
FIELDS: Sequence[Field] = get_args(Field)


class Form(NamedTuple):
    """A form as it is shown: where it goes, the key under which it is done once, what stands in it and what is wrong
    with that; ``notes`` is what a coordinator wrote to each field.

    ``waited`` says that it was sent when the session was over.
    """

    to: str
    once: str
    subject: str = ""
    typed: Mapping[str, str] = {}
    faults: Mapping[str, str] = {}
    problem: str | None = None
    notes: Mapping[str, str] = {}
    waited: bool = False


class Link(NamedTuple):
    text: str
    to: str
    kind: str = "second"


class Card(NamedTuple):
    """A session among the others."""

    title: str
    state: str
    facts: Facts
    links: Sequence[Link]


def in_short(found: Commitment | None, language: Language) -> Part:
    """The sixty days in a few words."""
    words = TEXTS[language].overview
    facts = [(words.next, found.next_step_text)] if found else []
    if found and found.due_on and found.state == "open" and not found.paused:
        facts.append((words.due, day(found.due_on, language)))
    return Part("days", _title(found, language), facts)


def overview_page(frame: Frame, found: Commitment | None) -> str:
    """The clock, what moved it, every session, and what may be done now."""
    words = TEXTS[frame.language]
    passage = Passage(title=_title(found, frame.language), more=_more(found, words))
    steps = list(_steps(found, frame.language)) if found else []
    cards = [_card(each, at, frame.language) for at, each in enumerate(found.sessions, 1)] if found else []
    facts = list(_facts(found, frame.language)) if found else []
    values = {"passage": passage, "facts": facts, "steps": steps, "cards": cards}
    picture = found is not None and found.due_on is not None
    return made(
        "days/overview.html", frame, days=words, links=list(_links(found, frame.language)), picture=picture, **values
    )


def session_page(frame: Frame, found: Commitment, at: int, texts: OwnTexts) -> str:
    """One session: its state, what was sent of it, what was answered."""
    words, session = TEXTS[frame.language], found.sessions[at - 1]
    wrote, answered = texts.sessions.get(session.session_id), texts.words.get(session.session_id)
    return made(
        "days/session.html",
        frame,
        days=words,
        above=words.session.title.format(number=at),
        passage=words.session.states[session.state],
        facts=list(session_facts(session, frame.language)),
        wrote=_by_label(wrote, words) if wrote else [],
        note=answered.note if answered else None,
        notes=_by_label(answered, words) if answered else [],
        links=_session_links(session, at, frame.language),
        code=session.session_id if found.held_together and session.together_with is None and session.report else None,
    )


def form_page(frame: Frame, name: str, words: FormWords, form: Form, found: Commitment | None) -> str:
    """A page with a form of a session; without the commitment, what it would tell of it is left out."""
    days = TEXTS[frame.language]
    values = {
        "formats": [(each, days.formats[each], None) for each in FORMATS],
        "limits": list(_limits(found, frame.language)) if found else [],
        "together": found.held_together if found else "together_with" in form.typed,
        "offline_link": offline.TEXTS[frame.language].link,
    }
    return made(name, frame, days=days, page=words, form=form, faults=summary_of(form, days), **values)


def ask_page(frame: Frame, form: Form, found: Commitment | None, texts: OwnTexts) -> str:
    """The form for a pause or for more days, or the request that awaits its answer; and what was asked for before, if
    the service can tell."""
    days = TEXTS[frame.language]
    return made(
        "days/ask.html",
        frame,
        days=days,
        page=days.ask,
        form=form,
        faults=summary_of(form, days),
        waits=found is not None and found.awaited is not None,
        may=found is None or found.state == "open",
        wishes=[(each, days.request.asked_for[each].title, days.request.asked_for[each].more) for each in WISHES],
        reasons=[(each, days.reasons[each], None) for each in REASONS],
        requests=[_request(each, texts, frame.language) for each in _latest_first(found)],
    )


def questions_page(frame: Frame, form: Form, questions: Questions) -> str:
    """The threads with the experts, and the form for a new one."""
    days = TEXTS[frame.language]
    return made(
        "days/help.html",
        frame,
        days=days,
        page=days.help,
        form=form,
        faults=summary_of(form, days),
        within=counted(days.question.within, questions.answer_days, frame.language) if questions.answer_days else "",
        questions=[(at, each, _stands(each, frame.language)) for at, each in enumerate(questions.items, 1)][::-1],
        topics=[(each, days.question.topics[each]) for each in TOPICS],
        spoken=CHOICES,
    )


def question_page(frame: Frame, form: Form, question: Question | None) -> str:
    """One thread, with the form to ask further; that alone while the service is away."""
    days = TEXTS[frame.language]
    faults, until = summary_of(form, days), question.answer_until_on if question else None
    values = {"question": question, "until": day_with_weekday(until, frame.language) if until else ""}
    return made("days/question.html", frame, days=days, form=form, faults=faults, **values)


def _stands(question: Question, language: Language) -> str:
    """How a question does, and until when it is to be answered."""
    words = TEXTS[language].question
    if question.late:
        return words.late.title
    state, until = words.states[question.state], question.answer_until_on
    return f"{state} · {words.until} {day_with_weekday(until, language)}" if until else state


def summary_of(form: Form, days: DaysWords) -> Sequence[tuple[str | None, str]]:
    """What is wrong, each with the field that it is about."""
    whole = [(None, form.problem)] if form.problem else []
    labels: Mapping[str, str] = {name: words.label for name, words in days.fields.items()}
    return [*whole, *((name, f"{labels.get(name, name)}: {text}") for name, text in form.faults.items())]


def session_facts(session: Session, language: Language) -> Iterator[tuple[str, str]]:
    """All that is known of it."""
    words, labels = TEXTS[language].session, TEXTS[language].fields
    when, *answered = _short_facts(session, language)
    yield when
    report = session.report
    if report is not None:
        yield labels["minutes"].label, number(report.minutes, language)
        yield labels["people"].label, number(report.people, language)
    yield labels["format"].label, session.format_text
    if report is not None:
        yield words.by_itself, words.meets if report.meets_the_requirement else words.falls_short
        yield words.sent_at, instant(report.reported_at, language)
    yield from answered


def _short_facts(session: Session, language: Language) -> Iterator[tuple[str, str]]:
    """When it is or was; and what the answer means, if there is one."""
    words = TEXTS[language].session
    if session.report is not None:
        yield TEXTS[language].fields["held_on"].label, day(session.report.held_on, language)
    else:
        yield words.planned_on, day(session.planned_on, language) if session.planned_on else ""
    if session.because_text:
        yield words.because, session.because_text
    if session.state == "returned" and session.correct_until_on:
        yield words.correct_until, day(session.correct_until_on, language)


def _situation(found: Commitment | None) -> Situation | None:
    """``None`` while there are days left, which say how many."""
    if found is None:
        return "early"
    if found.state != "open":
        return found.state
    if found.paused:
        return "paused"
    if found.days_left:
        return None
    if not found.due_is_over:
        return "last_day"
    return "asking" if found.awaited else "reporting"


def _title(found: Commitment | None, language: Language) -> str:
    words, situation = TEXTS[language].overview, _situation(found)
    if situation is None and found is not None:
        return counted(words.left, found.days_left or 0, language)
    return words.situations[situation or "other"]


def _more(found: Commitment | None, words: DaysWords) -> str:
    if found is None:
        return words.overview.early
    return words.overview.other if found.state == "other" else found.next_step_text


def _facts(found: Commitment, language: Language) -> Iterator[tuple[str, str]]:
    words = TEXTS[language].overview
    days = ((words.week, found.last_on), (words.due, found.due_on), (words.until, found.report_until_on))
    yield from ((name, day(on, language)) for name, on in days if on)
    if found.paused:
        yield words.stopped, words.stopped_now
    if found.minutes_required and found.people_required:
        asks = words.asks_in_sum if found.sessions_add_up else words.asks_once
        yield words.asks, asks.format(minutes=found.minutes_required, people=found.people_required)
    if found.sessions_add_up and found.state == "open":
        yield words.lacks, words.lacks_text.format(minutes=found.missing.minutes, people=found.missing.people)


def _steps(found: Commitment, language: Language) -> Iterator[str]:
    words = TEXTS[language].overview
    for each in found.steps:
        text, at = words.step_due if each.due_on else words.step, day(each.changed_at.date(), language)
        yield text.format(at=at, what=each.step_text, due=day(each.due_on, language) if each.due_on else "")


def _links(found: Commitment | None, language: Language) -> Iterator[Link]:
    words = TEXTS[language]
    if found and found.state in ("open", "fulfilled"):
        yield Link(words.report.link, "/days/report", "main")
        yield Link(offline.TEXTS[language].link, "/offline")
        if not found.due_is_over:
            yield Link(words.plan.link, "/days/plan")
    if found and found.held_together:
        yield Link(words.together.link, "/days/together")
    if found and found.awaited:
        yield Link(words.request.waits.title, "/days/ask")
    elif found and (found.state == "open" or found.requests):
        yield Link(words.ask.link if found.state == "open" else words.request.list, "/days/ask")
    if found and found.state != "withdrawn":
        yield Link(words.help.link, "/days/help")


def _card(session: Session, at: int, language: Language) -> Card:
    words = TEXTS[language]
    title, state = words.session.title.format(number=at), words.session.states[session.state].title
    links = [*_session_links(session, at, language)]
    if session.report is not None:
        links.append(Link(words.session.see, f"/days/session/{at}"))
    return Card(title, state, list(_short_facts(session, language)), links)


def _session_links(session: Session, at: int, language: Language) -> Iterator[Link]:
    words = TEXTS[language]
    if session.state == "planned":
        yield Link(words.report.link, f"/days/report/{at}", "main")
        yield Link(words.change_plan.link, f"/days/plan/{at}")
    if session.state == "returned":
        yield Link(words.correct.link, f"/days/correct/{at}", "main")
    if session.pictures or session.rejected_pictures or session.pictures_left:
        yield Link(link_text(language), f"/days/pictures/{at}")


def _by_label(texts: SessionTexts | DecisionWords, words: DaysWords) -> Facts:
    """What was written, under the labels of the fields that it belongs to."""
    wrote: Mapping[str, str | None] = texts.model_dump(exclude={"note"})
    return [(words.fields[name].label, text) for name in FIELDS if (text := wrote.get(name))]


def _limits(found: Commitment, language: Language) -> Iterator[str]:
    words = TEXTS[language]
    if found.minutes_required and found.people_required and found.due_on:
        due = day(found.due_on, language)
        for each in words.limits_in_sum if found.sessions_add_up else words.limits_once:
            yield each.format(minutes=found.minutes_required, people=found.people_required, due=due)
    if found.report_until_on:
        yield words.last_days.format(until=day(found.report_until_on, language))


def _latest_first(found: Commitment | None) -> Sequence[Request]:
    return sorted(found.requests, key=lambda each: each.asked_at, reverse=True) if found else ()


def _request(request: Request, texts: OwnTexts, language: Language) -> Mapping[str, str | None]:
    words, found = TEXTS[language], texts.requests.get(request.request_id)
    wish = words.request.asked_for[request.asked_for].title
    until = words.request.until.format(due=day(request.due_on, language)) if request.due_on else ""
    return {
        "title": f"{wish}, {until}" if until else wish,
        "state": words.request.states[request.state],
        "at": words.request.asked_at.format(at=instant(request.asked_at, language)),
        "reason": words.reasons[found.asking.reason] if found and found.asking else None,
        "wrote": found.asking.note if found and found.asking else None,
        "answer": found.reply.text if found and found.reply else None,
        "withdraw": request.request_id if request.state == "awaiting" else None,
    }
