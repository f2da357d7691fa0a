"""A picture of a commitment's days: the week's end, today, the due day, the sessions, the pauses. SVG, no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from html import escape
from typing import NamedTuple

from relevo_chassis.languages import Language
from relevo_chassis.languages.days import day_in_the_year
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import Commitment, due_by
from relevo_multiplier_tracking.domain.next_step import next_step
from relevo_multiplier_tracking.domain.reports import SessionState
from relevo_multiplier_tracking.words import TEXTS

WIDTH, HEIGHT, EDGE, AXIS = 720, 226, 56, 96
INK, QUIET, RAIL, WARM, GREEN, RED = "#1f2933", "#5f6c7b", "#d5dce4", "#b7791f", "#1f7a4d", "#b3261e"
COLOUR: dict[SessionState, str] = {
    "planned": "#ffffff",
    "reported": "#3b6fb6",
    "returned": WARM,
    "verified": GREEN,
    "rejected": RED,
}


class Scale(NamedTuple):
    """Where a day lies on the line."""

    first: date
    last: date

    def x(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return round(EDGE + min(1.0, max(0.0, share)) * (WIDTH - 2 * EDGE), 1)


def timeline(commitment: Commitment, now: datetime, language: Language) -> str:
    """The picture of an opened commitment; of one that is not open yet, a line with what comes next."""
    words, codes = TEXTS[language].timeline, TEXTS[language].codes
    sentence = codes.next_step[next_step(commitment, now)]
    if commitment.due_on is None or commitment.last_on is None:
        return _document(words.title, sentence, [_text(WIDTH / 2, AXIS, sentence, INK, 15, "middle")])
    due_on = due_by(commitment, now)
    until = days.later(due_on, commitment.required.reporting_days)
    scale = Scale(commitment.last_on, until)
    parts = [
        _line(scale.first, until, scale, RAIL, 10),
        _line(scale.first, min(days.current(now), due_on), scale, INK, 10),
        *(_line(start, end, scale, WARM, 10) for start, end in _pauses(commitment, now)),
        *_mark(scale.first, words.week, scale, language, "start"),
        *_mark(due_on, words.due, scale, language, "middle"),
        *_mark(until, words.until, scale, language, "end", lower=42),
        *_today(commitment, now, scale, words.today),
        *_sessions(commitment, scale, language),
        _text(EDGE - 8, 30, sentence, INK, 15, "start"),
        *_legend(commitment, words.paused, language),
    ]
    return _document(words.title, sentence, parts)


def _pauses(commitment: Commitment, now: datetime) -> Iterator[tuple[date, date]]:
    start: date | None = None
    for step in commitment.trail:
        if step.step == "paused":
            start = step.taken_at.date()
        elif step.step == "resumed" and start is not None:
            yield start, step.taken_at.date()
            start = None
    if start is not None and commitment.paused:
        yield start, days.current(now)


def _mark(day: date, label: str, scale: Scale, language: Language, anchor: str, lower: int = 0) -> Iterator[str]:
    x = scale.x(day)
    nudge = {"start": -8, "middle": 0, "end": -8 if lower else 8}[anchor]
    foot = AXIS + 12 + lower * 3 // 2
    yield f'<line x1="{x}" y1="{AXIS - 12}" x2="{x}" y2="{foot}" stroke="{INK}" stroke-width="2"/>'
    yield _text(x + nudge, AXIS + 32 + lower, day_in_the_year(day, language), INK, 13, anchor, bold=True)
    yield _text(x + nudge, AXIS + 49 + lower, label, QUIET, 12, anchor)


def _today(commitment: Commitment, now: datetime, scale: Scale, label: str) -> Iterator[str]:
    today = days.current(now)
    if commitment.state == "open" and scale.first < today <= scale.last:
        x = scale.x(today)
        yield f'<path d="M{x} {AXIS - 7} l-6 -11 h12 z" fill="{INK}"/>'
        yield _text(x, AXIS - 24, label, QUIET, 12, "middle")


def _sessions(commitment: Commitment, scale: Scale, language: Language) -> Iterator[str]:
    for session in commitment.sessions:
        day = session.report.held_on if session.report else session.planned_on
        if day is None:
            continue
        label = f"{day_in_the_year(day, language)}: {TEXTS[language].codes.session_state[session.state]}"
        yield (
            f'<circle cx="{scale.x(day)}" cy="{AXIS}" r="8" fill="{COLOUR[session.state]}" stroke="{INK}" '
            f'stroke-width="2"><title>{escape(label)}</title></circle>'
        )


def _legend(commitment: Commitment, paused: str, language: Language) -> Iterator[str]:
    x = float(EDGE - 8)
    seen: list[tuple[str, str]] = [
        (COLOUR[state], TEXTS[language].codes.session_state[state])
        for state in COLOUR
        if any(session.state == state for session in commitment.sessions)
    ]
    if any(step.step == "paused" for step in commitment.trail):
        yield f'<rect x="{x}" y="{HEIGHT - 21}" width="18" height="8" rx="4" fill="{WARM}"/>'
        yield _text(x + 25, HEIGHT - 13, paused, QUIET, 12, "start")
        x += 42 + 7 * len(paused)
    for colour, label in seen:
        yield f'<circle cx="{x + 6}" cy="{HEIGHT - 17}" r="5" fill="{colour}" stroke="{INK}" stroke-width="1.5"/>'
        yield _text(x + 17, HEIGHT - 13, label, QUIET, 12, "start")
        x += 34 + 7 * len(label)


def _line(first: date, last: date, scale: Scale, colour: str, thick: int) -> str:
    start, end = scale.x(first), scale.x(max(first, last))
    return (
        f'<line x1="{start}" y1="{AXIS}" x2="{end}" y2="{AXIS}" stroke="{colour}" stroke-width="{thick}" '
        f'stroke-linecap="round"/>'
    )


def _text(x: float, y: float, text: str, colour: str, size: int, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" fill="{colour}" font-size="{size}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
    )


def _document(title: str, described: str, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif"><title>{escape(title)}</title><desc>{escape(described)}</desc>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#ffffff"/>{"".join(parts)}</svg>'
    )
