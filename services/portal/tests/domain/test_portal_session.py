"""How long somebody is in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relevo_portal.domain.session import IDLE, LONGEST, begin, use

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_session_ends_ten_idle_minutes_later_and_after_eight_hours_whatever_is_done() -> None:
    session = begin(AT)
    assert use(session, AT + IDLE) is None
    now, pages = AT, 0
    while (going_on := use(session, now := now + timedelta(minutes=9))) is not None:
        session, pages = going_on, pages + 1
        assert session.ends_at <= AT + LONGEST
    assert pages == 53
    assert now >= AT + LONGEST
