"""The week as a page."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from relevo_scheduling.domain.session import LANGUAGES
from relevo_scheduling.page.render import week_page
from relevo_scheduling.words import TEXTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_the_week_in_its_language_and_loads_nothing(make: Any, language: Any) -> None:
    page = week_page(make.published(make.session("Topic")), language, {}, {})
    assert f'<html lang="{language}">' in page.html
    assert TEXTS[language].week.title in page.html
    assert "<script" not in page.html
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.html)
    assert "default-src 'none'" in page.content_security_policy


def test_the_policy_lets_exactly_the_pages_own_style_apply(make: Any) -> None:
    page = week_page(make.published(make.session("Topic")), "es", {}, {})
    (style,) = re.findall(r"<style>(.*?)</style>", page.html, re.DOTALL)
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.content_security_policy
    assert "style=" not in page.html


def test_what_coordinators_wrote_is_text_and_never_markup(make: Any) -> None:
    page = week_page(make.published(make.session("<b onclick=x>&</b>{{ 7*7 }}")), "en", {}, {})
    assert "&lt;b onclick=x&gt;&amp;&lt;/b&gt;{{ 7*7 }}" in page.html


def test_parallel_sessions_stand_side_by_side_and_others_take_the_whole_day(make: Any) -> None:
    blue, red = make.session("a", groups=("blue",)), make.session("b", groups=("red",), minutes=60)
    alone = make.session("c", hour=14)
    page = week_page(make.published(blue, red, alone, groups=("blue", "red")), "en", {}, {})
    places = dict(re.findall(r"#s([0-9a-f]{32}) \{ grid-row: [^;]+;\s+grid-column: ([^;]+);", page.html))
    assert {places[blue.session_id], places[red.session_id]} == {"1 / span 1", "2 / span 1"}
    assert places[alone.session_id] == "1 / span 2"


def test_what_begins_while_a_long_session_still_runs_stands_beside_it(make: Any) -> None:
    long = make.session("long", hour=9, minutes=240, required=False)
    short = make.session("short", hour=9, minutes=60)
    later = make.session("later", hour=11, minutes=60)
    page = week_page(make.published(long, short, later), "en", {}, {})
    places = dict(re.findall(r"#s([0-9a-f]{32}) \{ grid-row: [^;]+;\s+grid-column: ([^;]+);", page.html))
    assert places[short.session_id] == places[later.session_id] != places[long.session_id]


def test_rows_follow_the_clock_at_the_venue(make: Any) -> None:
    first = make.session("a", hour=9, minutes=60)
    later = make.session("b", hour=10, minutes=90)
    later = later.model_copy(
        update={"starts_at": later.starts_at + timedelta(minutes=30), "ends_at": later.ends_at + timedelta(minutes=30)}
    )
    page = week_page(make.published(first, later), "en", {}, {})
    rows = dict(re.findall(r"#s([0-9a-f]{32}) \{ grid-row: (\d+ / \d+)", page.html))
    assert rows == {first.session_id: "2 / 14", later.session_id: "20 / 38"}


def test_before_the_first_version_the_page_says_so(make: Any) -> None:
    assert TEXTS["pt"].week.nothing_yet in week_page(make.programme(), "pt", {}, {}).html
