"""The week of whoever takes part: days, hours and what they mean, reasons, and a link for a calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any, get_args

import pytest

from relevo_portal.page.week import TO
from relevo_portal.services.feed import events_of
from relevo_portal.services.scheduling import Reason
from relevo_portal.words import TEXTS as PORTAL
from relevo_portal.words.week import TEXTS, Outcome

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeScheduling
else:
    from services.portal.tests.fake_services import FakeScheduling

LANGUAGES: tuple[Any, ...] = ("es", "en", "pt", "fr")
PAGES = ("/week", "/week/hours", "/week/reasons", "/week/calendar")


@pytest.fixture
def scheduling(house: Any) -> FakeScheduling:
    """A week of three sessions in Washington, of somebody who takes part."""
    made = FakeScheduling()
    house.serve("scheduling", made.app)
    house.intake.enrolled()
    return made


async def seen(house: Any, path: str, status: int = 200) -> str:
    answer = await house.get(path)
    assert answer.status_code == status
    return unescape(answer.text)


@pytest.mark.parametrize("page", PAGES)
async def test_the_week_is_for_whoever_takes_part_and_for_nobody_else(
    house: Any, scheduling: FakeScheduling, page: str
) -> None:
    assert (await house.get(page)).headers["location"] == "/left"
    house.intake.applied()
    await house.enter()
    assert (await house.get(page)).status_code == 404
    assert scheduling.asked == []


async def test_days_are_shown_by_the_clock_of_the_place_with_room_language_and_interpretation(
    house: Any, scheduling: FakeScheduling
) -> None:
    await house.enter()
    html = await seen(house, "/week?lang=en")
    assert "Monday 9 December" in html
    assert "<b>09:00</b>–10:30" in html
    assert "Salón de las Américas · in Spanish, with interpretation into English and Portuguese" in html
    assert "Times are those of Washington (America/New_York)." in html
    assert "Lecture · Group A" in html
    assert "Workshop · Optional" in html
    assert TEXTS["en"].session.no_room in html
    assert "Ana Fonseca, Luis Prado" in html


@pytest.mark.parametrize(
    ("at", "above", "topic"),
    [
        (datetime(2019, 12, 1, tzinfo=UTC), "next", "El sistema interamericano"),
        (datetime(2019, 12, 9, 14, 30, tzinfo=UTC), "now", "El sistema interamericano"),
        (datetime(2019, 12, 9, 15, 30, tzinfo=UTC), "next", "Taller de casos"),
        (datetime(2019, 12, 11, 15, tzinfo=UTC), "next", "Medidas cautelares"),
    ],
)
async def test_what_comes_next_by_domain_time_is_on_top(
    house: Any, scheduling: FakeScheduling, at: datetime, above: str, topic: str
) -> None:
    await house.enter()
    house.stand.clock.at = at
    html = await seen(house, "/week?lang=es")
    words = TEXTS["es"].programme
    [(line, title)] = re.findall(r'<p class="above">(.*)</p>\s*<h1>(.*)</h1>', html)
    assert (line, title) == (words.now if above == "now" else words.next, topic)


async def test_when_all_sessions_are_over_the_page_says_so(house: Any, scheduling: FakeScheduling) -> None:
    await house.enter()
    house.stand.clock.at = datetime(2020, 1, 1, tzinfo=UTC)
    assert f"<h1>{TEXTS['pt'].programme.over}</h1>" in await seen(house, "/week?lang=pt")


async def test_a_first_version_has_changed_nothing_and_no_feed_is_asked_for(
    house: Any, scheduling: FakeScheduling
) -> None:
    await house.enter()
    assert TEXTS["es"].programme.first in await seen(house, "/week")
    assert scheduling.asked == ["GET /me/programme"]


async def test_what_the_last_version_added_changed_and_removed_is_told_of_ones_own_sessions(
    house: Any, scheduling: FakeScheduling
) -> None:
    scheduling.publish(version=3)
    third, first, second = scheduling.programme["sessions"]
    scheduling.event(first, sequence=2, changed=scheduling.published_at)
    scheduling.event(second, sequence=1, changed=scheduling.published_at - timedelta(days=2))
    scheduling.event(third, sequence=0, changed=scheduling.published_at)
    scheduling.event({**first, "session_id": "f" * 32}, sequence=1, changed=scheduling.published_at)
    scheduling.cancelled("Protesta\\, y derechos", datetime(2019, 12, 10, 15, tzinfo=UTC))
    scheduling.cancelled("De antes", datetime(2019, 12, 10, 15, tzinfo=UTC), before=timedelta(days=1))
    await house.enter()
    html = await seen(house, "/week?lang=en")
    assert f"<li>Changed: “The inter-American system”, now Monday 9 December, 09:00{TO}10:30.</li>" in html
    assert f"<li>New: “Precautionary measures”, Wednesday 11 December, 11:00{TO}12:30.</li>" in html
    assert "“Protesta, y derechos”, Tuesday 10 December, 10:00." in html
    assert "De antes" not in html
    assert html.count('<span class="tag">') == 2


async def test_a_version_that_changed_nothing_of_ones_own_says_so(house: Any, scheduling: FakeScheduling) -> None:
    scheduling.publish(version=2)
    await house.enter()
    assert TEXTS["fr"].programme.unchanged in await seen(house, "/week?lang=fr")


async def test_days_are_shown_when_it_cannot_be_said_what_changed(house: Any, scheduling: FakeScheduling) -> None:
    scheduling.publish(version=2)
    scheduling.feed_is_away = True
    await house.enter()
    html = await seen(house, "/week")
    assert TEXTS["es"].programme.changes_away in html
    assert "<b>09:00</b>–10:30" in html


@pytest.mark.parametrize("lack", ["not-published-yet", "no-such-participant", "no-such-programme"])
async def test_before_anything_is_scheduled_the_page_says_when_to_look_again(
    house: Any, scheduling: FakeScheduling, lack: str
) -> None:
    scheduling.lacks = lack
    await house.enter()
    for language in LANGUAGES:
        assert TEXTS[language].programme.none.more in await seen(house, f"/week?lang={language}")


@pytest.mark.parametrize("page", PAGES[:3])
async def test_while_scheduling_is_away_the_page_says_to_come_again(
    house: Any, scheduling: FakeScheduling, page: str
) -> None:
    scheduling.is_away = True
    await house.enter()
    assert PORTAL["es"].problems["later"].title in await seen(house, page, 503)


@pytest.mark.parametrize("outcome", get_args(Outcome))
async def test_rule_6_what_is_on_record_is_told_with_what_it_means(
    house: Any, scheduling: FakeScheduling, outcome: Any
) -> None:
    figures: dict[str, dict[str, Any]] = {
        "completed": {"standing": "completed", "minutes_attended": 240},
        "not_completed": {"standing": "not_completed", "minutes_attended": 100},
        "left": {"standing": "left"},
        "enough": {"minutes_attended": 192, "would_complete": True},
        "short": {"minutes_attended": 191},
        "nothing": {"minutes_required": 0},
    }
    scheduling.figures = figures[outcome]
    await house.enter()
    for language in LANGUAGES:
        html = await seen(house, f"/week/hours?lang={language}")
        assert TEXTS[language].hours.outcomes[outcome].title in html


async def test_rule_6_a_share_is_never_rounded_up_and_what_is_missing_is_in_minutes(
    house: Any, scheduling: FakeScheduling
) -> None:
    scheduling.figures = {"minutes_required": 241, "minutes_attended": 192}
    await house.enter()
    html = await seen(house, "/week/hours?lang=en")
    assert "<dd>79%</dd>" in html
    assert "<dd>80%</dd>" in html
    assert f"<dt>{TEXTS['en'].hours.missing}</dt><dd>1 minute</dd>" in html


async def test_rule_16_each_session_says_what_is_on_record_and_whether_it_is_excused(
    house: Any, scheduling: FakeScheduling
) -> None:
    third, first, second = (each["session_id"] for each in scheduling.programme["sessions"])
    scheduling.figures = {
        "excused_session_ids": [third],
        "in_two_places": [{"session_ids": [first, second], "minutes_too_many": 9}],
    }
    scheduling.recorded = {first: 80, "e" * 32: 30}
    await house.enter()
    html = await seen(house, "/week/hours?lang=en")
    assert "80 of 90 minutes" in html
    assert f"{TEXTS['en'].hours.not_recorded} · {TEXTS['en'].hours.excused}" in html
    assert TEXTS["en"].hours.twice in html
    assert TEXTS["en"].session.unknown in html
    assert "required of your group" in html
    assert scheduling.asked == ["GET /me/attendance", "GET /me/programme"]


async def test_hours_are_shown_before_a_programme_and_not_at_all_of_nobody(
    house: Any, scheduling: FakeScheduling
) -> None:
    await house.enter()
    scheduling.lacks = "not-published-yet"
    assert TEXTS["es"].hours.outcomes["short"].title in await seen(house, "/week/hours")
    scheduling.lacks = "no-such-participant"
    assert TEXTS["es"].hours.none.title in await seen(house, "/week/hours")
    assert TEXTS["es"].hours.none.title in await seen(house, "/week/reasons")


@pytest.mark.parametrize("reason", get_args(Reason))
async def test_rule_16_reasons_are_opened_on_a_page_of_their_own(
    house: Any, scheduling: FakeScheduling, reason: Any
) -> None:
    scheduling.excuse("a" * 32, reason, note="Con <nota>")
    await house.enter()
    await seen(house, "/week/hours")
    assert "GET /me/excuses" not in scheduling.asked
    html = (await house.get("/week/reasons?lang=pt")).text
    assert TEXTS["pt"].reasons.reasons[reason] in unescape(html)
    assert "Con &lt;nota&gt;" in html
    assert "O sistema interamericano" in html


async def test_an_excuse_without_its_reason_says_that_it_is_kept_no_longer(
    house: Any, scheduling: FakeScheduling
) -> None:
    scheduling.excuse("d" * 32, None, withdrawn_at="2019-12-12T01:00:00Z")
    await house.enter()
    html = await seen(house, "/week/reasons?lang=en")
    assert TEXTS["en"].reasons.gone in html
    assert f"<dt>{TEXTS['en'].reasons.withdrawn_on}</dt><dd>11 December 2019</dd>" in html


async def test_without_excuses_the_page_says_what_they_are(house: Any, scheduling: FakeScheduling) -> None:
    await house.enter()
    assert TEXTS["fr"].reasons.none in await seen(house, "/week/reasons?lang=fr")


async def test_a_calendar_link_is_made_on_purpose_and_once_however_often_it_is_sent(
    house: Any, scheduling: FakeScheduling
) -> None:
    await house.enter()
    html = await seen(house, "/week/calendar")
    assert all(each in html for each in TEXTS["es"].calendar.reveals)
    assert scheduling.links == {}
    form = await house.form("/week/calendar")
    answers = [await house.post("/week/calendar", form) for _ in range(2)]
    [link] = scheduling.links.values()
    assert [link in each.text for each in answers] == [True, True]
    assert f"http://scheduling.local{link}" in answers[0].text
    assert answers[0].headers["cache-control"] == "no-store"
    assert link not in await seen(house, "/week/calendar")


async def test_rule_19_that_a_renewed_code_ended_the_link_is_said_until_there_is_another(
    house: Any, scheduling: Any
) -> None:
    await house.enter()
    words = TEXTS["es"].calendar.over
    for state, is_over in (("none", False), ("live", False), ("ended", True)):
        scheduling.programme["calendar_link"] = state
        for path in ("/week", "/week/calendar"):
            assert (words.title in await seen(house, path)) is is_over, (state, path)


async def test_a_calendar_link_is_of_the_site_that_calendars_reach(portal_housed: Any, portal_settings: Any) -> None:
    async with portal_housed(portal_settings(calendar_url="https://week.example.org/")) as house:
        scheduling = FakeScheduling()
        house.serve("scheduling", scheduling.app)
        house.intake.enrolled()
        await house.enter()
        answer = await house.post("/week/calendar", await house.form("/week/calendar"))
        [link] = scheduling.links.values()
        assert f"https://week.example.org{link}" in answer.text


async def test_a_rule_that_allows_no_link_is_told_in_its_own_sentence(house: Any, scheduling: FakeScheduling) -> None:
    await house.enter()
    form = await house.form("/week/calendar")
    scheduling.refuses = "La persona se retiró."
    answer = await house.post("/week/calendar", form)
    assert answer.status_code == 409
    assert "La persona se retiró." in answer.text
    assert form["once"] in answer.text


async def test_while_scheduling_is_away_no_link_is_lost_and_the_key_stays(
    house: Any, scheduling: FakeScheduling
) -> None:
    await house.enter()
    form = await house.form("/week/calendar")
    scheduling.is_away = True
    answer = await house.post("/week/calendar", form)
    assert (answer.status_code, form["once"] in answer.text) == (503, True)
    scheduling.is_away = False
    assert (await house.post("/week/calendar", form)).status_code == 200


@pytest.mark.parametrize("changed", [{"form": "x"}, {"once": "1"}, {"once": ""}])
async def test_a_form_that_is_not_as_it_was_shown_makes_no_link(
    house: Any, scheduling: FakeScheduling, changed: dict[str, str]
) -> None:
    await house.enter()
    form = await house.form("/week/calendar")
    assert (await house.post("/week/calendar", {**form, **changed})).status_code in (400, 403)
    assert scheduling.links == {}


async def test_the_first_page_of_ones_own_says_what_comes_next(house: Any, scheduling: FakeScheduling) -> None:
    await house.enter()
    html = await seen(house, "/mine?lang=en")
    assert "The inter-American system" in html
    assert f"<dt>{TEXTS['en'].programme.next}</dt><dd>Monday 9 December, 09:00{TO}10:30</dd>" in html
    assert "<dd>Salón de las Américas</dd>" in html
    house.stand.clock.at = datetime(2020, 1, 1, tzinfo=UTC)
    assert TEXTS["en"].programme.over in await seen(house, "/mine?lang=en")
    scheduling.lacks = "not-published-yet"
    assert 'class="row"><a class="button second" href="/week' not in await seen(house, "/mine?lang=en")


async def test_what_a_newer_scheduling_says_breaks_no_page(house: Any, scheduling: FakeScheduling) -> None:
    scheduling.is_newer = True
    scheduling.programme["sessions"][0].update(kind="excursion")
    scheduling.programme["moon"] = 1
    scheduling.excuse("d" * 32, "eclipse")
    scheduling.figures = {"standing": "enchanted"}
    await house.enter()
    assert TEXTS["es"].session.kinds["other"] in await seen(house, "/week")
    assert TEXTS["es"].reasons.reasons["other"] in await seen(house, "/week/reasons")
    assert TEXTS["es"].hours.outcomes["short"].title in await seen(house, "/week/hours")


def test_a_feed_is_read_unfolded_and_what_is_not_well_formed_in_it_is_passed_over() -> None:
    whole = (
        "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nDTSTART:20070311T020000\r\nEND:VTIMEZONE\r\n"
        "BEGIN:VEVENT\r\nUID:0b7e2f4c-9a1d-4e0f-8c3b-5a6d7e8f9012\r\nSUMMARY;LANGUAGE=es:Medidas\\, y \r\n otras\r\n"
        "SEQUENCE:1\r\nLAST-MODIFIED:20191120T120000Z\r\nDTSTART;TZID=America/New_York:20191209T090000\r\n"
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\r\nSEQUENCE:many\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    [found] = events_of(whole)
    assert (found.id, found.title, found.sequence) == ("0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012", "Medidas, y otras", 1)
    assert not found.is_cancelled
    assert events_of("no calendar at all") == ()
