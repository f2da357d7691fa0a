"""What one person and the secretariat write to each other: who waits, since when, until when, and how much there may
be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relevo_intake.domain import thread
from relevo_intake.domain.thread import (
    MOST_A_DAY,
    MOST_UNANSWERED,
    NothingWaits,
    Thread,
    ThreadIsFull,
    TooManyMessages,
    TooManyUnanswered,
    WrittenSince,
)

NOW = datetime(2019, 9, 13, 9, tzinfo=UTC)
DAYS = 5
EMPTY = Thread(thread_id="1" * 32, person_id="2" * 32, call_id="3" * 32, edition_id="4" * 32, since=NOW)


def after(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def answered(one: Thread, now: datetime = NOW) -> Thread:
    return thread.answer(one, one.last, "issuer|carla", now)


def test_what_is_asked_waits_until_it_is_answered_and_the_target_counts_from_the_first_that_waits() -> None:
    asked = thread.ask(EMPTY, DAYS, NOW)
    assert (asked.state, asked.since, asked.answer_until) == ("waiting", NOW, NOW + timedelta(days=5))
    again = thread.ask(asked, 30, after(20))
    assert (again.since, again.answer_until, again.unanswered) == (asked.since, asked.answer_until, 2)
    replied = answered(again, after(30))
    assert (replied.state, replied.answer_until, replied.unanswered, replied.unread) == ("answered", None, 0, 1)
    further = thread.ask(replied, DAYS, after(40))
    assert (further.since, further.unanswered) == (after(40), 1)


def test_what_was_read_is_unread_no_more_until_something_is_added() -> None:
    one = answered(thread.ask(EMPTY, DAYS, NOW))
    assert thread.read(one).unread == 0
    assert answered(thread.read(one)).unread == 1
    assert thread.ask(thread.read(one), DAYS, NOW).unread == 0


def test_nobody_answers_or_closes_what_they_have_not_read() -> None:
    asked = thread.ask(thread.ask(EMPTY, DAYS, NOW), DAYS, NOW)
    with pytest.raises(WrittenSince):
        thread.answer(asked, 1, "issuer|carla", NOW)
    with pytest.raises(WrittenSince):
        thread.close(asked, 1, "issuer|carla", NOW)


def test_either_side_closes_what_waits_and_nothing_else() -> None:
    asked = thread.ask(EMPTY, DAYS, NOW)
    by_staff, by_person = thread.close(asked, 1, "issuer|carla", NOW), thread.close_own(asked, NOW)
    assert (by_staff.state, by_staff.unread) == ("closed", 1)
    assert (by_person.state, by_person.unread) == ("closed", 0)
    assert thread.close_own(by_person, after(1)) == by_person
    with pytest.raises(NothingWaits):
        thread.close(by_staff, 2, "issuer|carla", NOW)
    assert thread.ask(by_staff, DAYS, after(1)).state == "waiting"


def test_only_so_many_wait_for_an_answer() -> None:
    one = EMPTY
    for _ in range(MOST_UNANSWERED):
        assert one.may_write(NOW) > 0
        one = thread.ask(one, DAYS, NOW)
    assert one.may_write(NOW) == 0
    with pytest.raises(TooManyUnanswered):
        thread.ask(one, DAYS, after(48))
    assert thread.ask(answered(one), DAYS, NOW).unanswered == 1


def test_only_so_many_are_written_in_a_day() -> None:
    one = EMPTY
    for _ in range(MOST_A_DAY):
        one = answered(thread.ask(one, DAYS, NOW))
    with pytest.raises(TooManyMessages):
        thread.ask(one, DAYS, after(23.9))
    assert thread.ask(one, DAYS, after(24)).waits


def test_a_thread_is_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "MOST_MESSAGES", 2)
    one = answered(thread.ask(EMPTY, DAYS, NOW))
    with pytest.raises(ThreadIsFull):
        thread.ask(one, DAYS, after(48))
    with pytest.raises(ThreadIsFull):
        answered(one)


def test_over_with_all_that_was_written() -> None:
    one = thread.end(answered(thread.ask(EMPTY, DAYS, NOW)), after(1))
    assert (one.messages, one.waits, one.over_at) == ((), False, after(1))
    assert thread.end(one, after(2)) == one
