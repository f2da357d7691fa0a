"""What staff do of an edition in small, by the services' own routes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from relevo_contracts import derived_id

EDITION = derived_id("edition", "journey")
CALL = derived_id("call", "journey")
LANGUAGES = ("es", "en", "pt", "fr")
SEATS = 4
CANARY = "Quetzal"
"""In all that the people of the journey in a browser write, and that is written to them."""

Json = dict[str, Any]
Office = Any
"""The caller of ``conftest.py``."""


async def open_call(office: Office) -> None:
    form = {
        "call_id": CALL,
        "edition_id": EDITION,
        "opens_at": "2019-09-12T12:00:00Z",
        "closes_at": "2019-09-27T04:59:00Z",
        "seats": SEATS,
        "travel_grants": 2,
        "criteria": {
            "priority_countries": ["HN", "BR"],
            "quotas": [{"attribute": "women", "percent": 50}],
            "reviews_per_application": 2,
        },
    }
    await office.post("intake", "/calls", form)


async def reviewed(office: Office) -> tuple[int, int]:
    """Three reviewers share the reading; the one from Honduras gets nobody from there (rule 2). How many applications
    were read, and how often."""
    panel = [{"reviewer_id": f"reviewer-{each}", "country": each} for each in ("HN", "MX", "CR")]
    assigned = await office.post("intake", f"/calls/{CALL}/reviewers", {"reviewers": panel})
    assert assigned["short"] == []
    for member in panel:
        caller = await office.caller("reviewer", member["reviewer_id"])
        listed = await office.get("intake", "/me/assignments", caller)
        await asyncio.gather(*(review(office, caller, each["application_id"]) for each in listed["items"]))
    return assigned["applications"], assigned["assignments"]


async def review(office: Office, caller: dict[str, str], application_id: str) -> None:
    seen = await office.get("intake", f"/applications/{application_id}/for-review", caller)
    assert seen["blind"]
    assert (seen["name"], seen["organisation"], seen["country"]) == (None, None, None)
    points = int(derived_id("points", application_id)[:4], 16) % 11
    scores = {each["code"]: points for each in seen["rubric"]}
    await office.post("intake", f"/applications/{application_id}/reviews", {"scores": scores}, caller)


def lecture(day: int, begins: str, ends: str) -> Json:
    """A session of the week, by the clock of its place."""
    return {
        "kind": "lecture",
        "topic": dict.fromkeys(LANGUAGES, "Medidas cautelares"),
        "language": "es",
        "starts_at": f"2019-12-{day:02d}T{begins}:00-05:00",
        "ends_at": f"2019-12-{day:02d}T{ends}:00-05:00",
    }


async def programme_published(office: Office) -> tuple[str, list[str]]:
    frame = {
        "first_on": "2019-12-09",
        "last_on": "2019-12-13",
        "time_zone": "America/New_York",
        "venue": "IACHR",
        "city": "Washington, DC",
    }
    made = await office.send("POST", "scheduling", f"/editions/{EDITION}/programme", frame)
    path = f"/programmes/{made.json()['programme_id']}"
    sessions = [lecture(day, "09:00", "10:40") for day in (9, 13)]
    staff = await office.coordinator()
    put = await office.send(
        "PUT",
        "scheduling",
        f"{path}/draft/sessions",
        {"sessions": sessions},
        {**staff, "If-Match": made.headers["etag"]},
    )
    await office.post("scheduling", f"{path}/publish", None, {**staff, "If-Match": put.headers["etag"]})
    published = await office.get("scheduling", f"/editions/{EDITION}/programme", {})
    return path, [each["session_id"] for each in published["sessions"]]


async def commitments(office: Office) -> list[Json]:
    found: list[Json] = (await office.get("multiplier_tracking", f"/commitments?edition_id={EDITION}"))["items"]
    return found


async def certified(office: Office, ready: int) -> list[Json]:
    """The coordinator sets the edition's facts, previews, and issues what is ready in one action (rule 12)."""
    texts = {
        name: {
            "issuer": "IACHR",
            "title": "Course for Human Rights Defenders",
            "description": "Strategic use of the Inter-American System.",
            "criteria": "Attended 80% and passed it on.",
            "place": "Washington, DC",
            "supporter": "GOIB",
        }
        for name in LANGUAGES
    }
    signatory = {"name": "Ana Ejemplo", "office": dict.fromkeys(LANGUAGES, "Executive Secretariat")}
    facts = {
        "texts": texts,
        "first_on": "2019-12-09",
        "last_on": "2019-12-13",
        "time_zone": "America/New_York",
        "hours": 35,
        "signatories": [signatory],
    }
    assert (await office.send("PUT", "certification", f"/editions/{EDITION}", facts)).status_code == 200
    await office.until(
        lambda: office.get("certification", f"/editions/{EDITION}/issue"),
        lambda seen: [each["outcome"] for each in seen["items"]] == ["issue"] * ready,
    )
    people = await issued_people(office)
    assert (len(people), await issued_people(office)) == (ready, [])
    return [await office.get("certification", f"/certificates/{each}") for each in people]


async def issued_people(office: Office) -> list[str]:
    """Have what is ready issued; whose certificates that were."""
    asked = await office.post("certification", f"/editions/{EDITION}/issue")
    place = f"/editions/{EDITION}/issuances/{asked['issuance_id']}"
    await office.until(lambda: office.get("certification", place), lambda seen: seen["state"] == "finished")
    rows = (await office.get("certification", f"{place}/rows"))["items"]
    return [each["participant_id"] for each in rows if each["outcome"] == "issued"]


async def written_back(office: Office) -> None:
    """The secretariat reads what waits, and answers."""
    waiting = f"/editions/{EDITION}/threads?waiting=true"
    for each in (await office.get("intake", waiting))["items"]:
        read = await office.get("intake", f"/threads/{each['thread_id']}")
        answer = {"read_to": read["last"], "language": "es", "text": f"{CANARY}: sí, cuando quiera."}
        await office.post("intake", f"/threads/{each['thread_id']}/answer", answer)
    assert (await office.get("intake", waiting))["total"] == 0


async def closed(office: Office) -> None:
    figures = partial(office.get, "intake", f"/calls/{CALL}/figures")
    await office.until(figures, lambda seen: seen["closed_at"] is not None)


async def selected(office: Office) -> None:
    """Every one of the few is offered a seat."""
    proposed = await office.post("intake", f"/calls/{CALL}/selections", {})
    path = f"/selections/{proposed['selection_id']}/apply"
    await office.post("intake", path, {"refill_until": "2019-12-08T00:00:00Z"})


async def week_published_and_moved(office: Office) -> tuple[str, list[str]]:
    """The second session is moved after the programme was published."""
    path, sessions = await programme_published(office)
    staff = await office.coordinator()
    draft = await office.send("GET", "scheduling", f"{path}/draft", headers=staff)
    moved = await office.send(
        "PUT",
        "scheduling",
        f"{path}/draft/sessions/{sessions[1]}",
        lecture(13, "15:00", "16:40"),
        {**staff, "If-Match": draft.headers["etag"]},
    )
    await office.post("scheduling", f"{path}/publish", None, {**staff, "If-Match": moved.headers["etag"]})
    return path, sessions


async def week_attended(office: Office, path: str, sessions: Sequence[str]) -> None:
    listed = (await office.get("scheduling", f"{path}/participants"))["items"]
    minutes = dict.fromkeys([each["participant_id"] for each in listed], 100)
    for session in sessions:
        await office.post("scheduling", f"{path}/sessions/{session}/attendance", {"minutes": minutes})
    await office.post("scheduling", f"{path}/close")


async def paused_and_answered(office: Office) -> None:
    """Staff grant each pause and let the days run again; an expert answers each question."""
    for each in await commitments(office):
        path = f"/commitments/{each['commitment_id']}"
        [request] = (await office.get("multiplier_tracking", path))["requests"]
        await office.post("multiplier_tracking", f"{path}/requests/{request['request_id']}/grant", {})
        await office.post("multiplier_tracking", f"{path}/resume")
    await answered(office)


async def answered(office: Office) -> None:
    expert = await office.caller("expert", "expert-1")
    listed = (await office.get("multiplier_tracking", "/support-requests?state=open", expert))["items"]
    for each in listed:
        path = f"/support-requests/{each['support_request_id']}"
        if each["state"] == "open":
            await office.post("multiplier_tracking", f"{path}/take", None, expert)
        await office.post("multiplier_tracking", f"{path}/answer", {"answer": f"{CANARY}: con un caso."}, expert)


async def returned(office: Office) -> None:
    for each in await commitments(office):
        path = f"/commitments/{each['commitment_id']}"
        [session] = (await office.get("multiplier_tracking", path))["sessions"]
        because = {"revision": 1, "because": "people_unclear", "about": {"people": f"{CANARY}: ¿14?"}}
        await office.post("multiplier_tracking", f"{path}/sessions/{session['session_id']}/return", because)


async def verified(office: Office) -> None:
    for each in await commitments(office):
        path = f"/commitments/{each['commitment_id']}"
        [session] = (await office.get("multiplier_tracking", path))["sessions"]
        await office.post("multiplier_tracking", f"{path}/sessions/{session['session_id']}/verify", {"revision": 2})


async def verification(office: Office, link: str) -> Json:
    seen: Json = await office.get("certification", f"/verifications/{link.rpartition('/')[2]}", {})
    return seen
