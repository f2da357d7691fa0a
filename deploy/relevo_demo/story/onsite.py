"""The on-site week: programme built, published, changed; attended session by session; the week closed (rule 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from relevo_demo.api import Misbehaved, together, until
from relevo_demo.story import on_pages
from relevo_demo.story.attending import Attending
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.story.handing import hand_out
from relevo_demo.week import FACULTY, PLAN, ROOMS, WORKSHOP_GROUPS, session_body


class Week(NamedTuple):
    """What the week leaves. ``completed`` are those whose outcome stands in the end, corrections counted.

    ``calendars`` are the codes of the private calendar links.
    """

    programme_id: str
    sessions: int
    sheets: int
    completed: tuple[Participant, ...]
    not_completed: tuple[Participant, ...]
    corrected: int
    calendars: tuple[str, ...]


async def hold_week(stage: Stage, participants: Sequence[Participant]) -> Week:
    """From the empty draft to everybody's outcome."""
    programme_id, sessions = await _programme(stage, participants)
    week = Attending(stage, programme_id, sessions, participants)
    await week.begin()
    calendars = await _calendars(stage, participants)
    for each in participants:
        if each.person.way:
            await on_pages.see_week(stage, each)
    taught = next(id for slot, id in zip(PLAN, sessions, strict=True) if slot.faculty == 0)
    await hand_out(stage, taught, participants)
    with stage.progress.phase("the week: attended, groups changed, excused", len(PLAN)) as advance:
        for slot, session_id in zip(PLAN, sessions, strict=True):
            await week.attend(slot, session_id)
            advance()
    with stage.progress.phase("the week: closed, one late correction", 2) as advance:
        await _close(stage, programme_id)
        advance()
        corrected = await week.correct()
    statuses = await _statuses(stage, programme_id)
    completed = [each for each in participants if statuses[each.participant_id] == "completed"]
    others = [each for each in participants if statuses[each.participant_id] == "not_completed"]
    return Week(programme_id, len(sessions), len(PLAN), tuple(completed), tuple(others), corrected, calendars)


async def _programme(stage: Stage, participants: Sequence[Participant]) -> tuple[str, list[str]]:
    """Build the draft, publish it, move one session to another room four days later, publish again."""
    api, edition, token = stage.api, stage.edition, await stage.coordinator()
    await stage.at(edition.at(edition.first_on - timedelta(days=10), 10))
    with stage.progress.phase("the week: programme built and published", 4) as advance:
        frame = _frame(stage)
        path = f"/editions/{stage.edition_id}"
        programme_id = (await api.post("scheduling", f"{path}/programme", frame, token=token))["programme_id"]
        rooms = {}
        for name, seats in ROOMS.items():
            room = await api.post("scheduling", f"{path}/rooms", {"name": name, "seats": seats}, token=token)
            rooms[name] = room["room_id"]
        faculty = []
        for number, (name, affiliation) in enumerate(FACULTY):
            body = {"name": name, "affiliation": affiliation, "subject": f"faculty-{number}"}
            faculty.append((await api.post("scheduling", f"{path}/faculty", body, token=token))["faculty_id"])
        advance()
        bodies = [session_body(edition, slot, rooms, faculty) for slot in PLAN]
        listed = await _put_sessions(stage, programme_id, bodies)
        advance()
        await _publish(stage, programme_id)
        advance()
        await stage.at(edition.at(edition.first_on - timedelta(days=6), 15))
        ids = [each["session_id"] for each in listed]
        bodies = [{**body, "session_id": id} for body, id in zip(bodies, ids, strict=True)]
        bodies[-2]["room_id"] = rooms["hall"]
        bodies[1]["interpretation"] = ["en", "fr", "pt"]
        await _put_sessions(stage, programme_id, [*bodies[:1], {**bodies[1], "kind": "panel"}, *bodies[2:]])
        await _publish(stage, programme_id)
    await until("the participants in scheduling", lambda: _expected(stage, programme_id, len(participants)))
    return programme_id, ids


def _frame(stage: Stage) -> dict[str, Any]:
    edition = stage.edition
    labels = {"es": "Grupo", "en": "Group", "pt": "Grupo", "fr": "Groupe"}
    return {
        "first_on": edition.first_on.isoformat(),
        "last_on": edition.last_on.isoformat(),
        "time_zone": edition.time_zone,
        "venue": edition.venue,
        "city": edition.city,
        "groups": [
            {"code": code, "label": {language: f"{word} {code.upper()}" for language, word in labels.items()}}
            for code in WORKSHOP_GROUPS
        ],
    }


async def _put_sessions(stage: Stage, programme_id: str, bodies: Sequence[Mapping[str, Any]]) -> list[Any]:
    tag = await _tag(stage, programme_id)
    path = f"/programmes/{programme_id}/draft/sessions"
    token = await stage.coordinator()
    draft = await stage.api.put("scheduling", path, {"sessions": list(bodies)}, token=token, if_match=tag)
    if draft["clashes"]:
        raise Misbehaved(f"programme {programme_id} has clashes: {draft['clashes'][:2]}")
    found: list[Any] = draft["sessions"]
    return found


async def _publish(stage: Stage, programme_id: str) -> None:
    tag = await _tag(stage, programme_id)
    token = await stage.coordinator()
    await stage.api.post("scheduling", f"/programmes/{programme_id}/publish", token=token, if_match=tag)


async def _tag(stage: Stage, programme_id: str) -> str:
    token = await stage.coordinator()
    answer = await stage.api.call("GET", "scheduling", f"/programmes/{programme_id}/draft", token=token)
    return str(answer.headers["etag"])


async def _expected(stage: Stage, programme_id: str, count: int) -> bool:
    token = await stage.coordinator()
    state = await stage.api.get("scheduling", f"/programmes/{programme_id}", token=token)
    return bool(state["participants"] == count)


async def _calendars(stage: Stage, participants: Sequence[Participant]) -> tuple[str, ...]:
    """Each participant takes their private calendar into their own phone; the codes of the links."""

    async def calendar(one: Participant) -> str:
        made = await stage.api.post("scheduling", "/me/calendar-link", token=await one.token(stage.api))
        feed = await stage.api.call("GET", "scheduling", made["path"])
        if "BEGIN:VEVENT" not in feed.text:
            raise Misbehaved(f"the calendar of participant {one.participant_id} shows no session")
        return str(made["path"]).rpartition("/")[2].removesuffix(".ics")

    with stage.progress.phase("the week: private calendars fetched", len(participants)) as advance:
        return tuple(await together(participants, calendar, advance))


async def _close(stage: Stage, programme_id: str) -> None:
    await stage.at(stage.edition.at(stage.edition.last_on, 18))
    await stage.api.post("scheduling", f"/programmes/{programme_id}/close", token=await stage.coordinator())


async def _statuses(stage: Stage, programme_id: str) -> dict[str, str]:
    token = await stage.coordinator()
    listed = stage.api.every("scheduling", f"/programmes/{programme_id}/participants", token)
    return {each["participant_id"]: each["standing"] async for each in listed}
