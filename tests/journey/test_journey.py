"""One edition in small, through the portal and four services as real processes: from a call to a certificate seen.

Two services are killed on the way, one of them while people are sending in their applications; what was acknowledged
is still there afterwards, and what was not is simply sent again.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pymongo import MongoClient
from tests.journey.staff import (
    CALL,
    LANGUAGES,
    SEATS,
    Json,
    Office,
    certified,
    commitments,
    open_call,
    programme_published,
    reviewed,
)
from tests.journey.visitor import Visitor, brought_along, corrected, reported

from relevo_contracts import SERVICES
from relevo_deploy.deployed import PORTAL
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.stack import Stack

COUNTRIES = ("HN", "HN", "HN", "BR", "BR", "BR", "PE", "PE", "AR", "AR", "CL", "UY")
API = Path(__file__).parents[2] / "docs" / "api"
CANARY = "Colibrí"
SESSION_MINUTES = 100


def application(number: int) -> Json:
    """Everybody has a contact of their own; the last two name the same."""
    return {
        "contact": f"colibri{min(number, 10)}@correo.example.org",
        "name": f"{CANARY} Número {number}",
        "display": "named" if number % 2 else "unnamed",
        "language": LANGUAGES[number % 4],
        "country": COUNTRIES[number],
        "organisation": f"{CANARY} Unida {number}",
        "sex": "female" if number % 3 else "male",
        "groups": ["indigenous"] if number % 4 == 0 else [],
        "themes": ["environment"],
        "motivation": f"{CANARY}: quiero llevar lo aprendido a mi comunidad.",
        "consent": True,
    }


async def applied_while_intake_is_killed(stack: Stack, office: Office) -> list[Json]:
    """Twelve people apply at once; in the middle of it the service dies."""

    async def apply(number: int) -> Json:
        await asyncio.sleep(0.04 * number)
        made: Json = await office.post("intake", f"/calls/{CALL}/applications", application(number), {})
        return {**made, "number": number}

    receipts, _ = await asyncio.gather(
        asyncio.gather(*map(apply, range(len(COUNTRIES)))), killed_after(stack, "intake", 0.2)
    )
    return list(receipts)


async def killed_after(stack: Stack, name: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await stack.kill(name)
    await stack.ready(name, within_seconds=15)


async def confirmed_by_letter(office: Office, desk: Desk) -> None:
    """The holder of the contact that two applications name opens a letter and presses the button for one of them.

    What the killed service had in hand goes out when its claim has ended, after a minute.
    """
    await office.until(desk.mails, lambda found: len(found) == len(COUNTRIES), within_seconds=90)
    letters = await desk.mails(application(10)["contact"])
    assert len(letters) == 2
    codes = [found[1] for each in letters if (found := re.search(r"/confirm/(\S+)", each["text"]))]
    assert len(set(codes)) == 2
    assert (await office.send("GET", "intake", f"/confirm/{codes[0]}", headers={})).status_code == 200
    assert (await office.send("POST", "intake", f"/confirm/{codes[0]}", headers={})).status_code == 200


async def selected_and_enrolled(office: Office, receipts: Iterable[Json]) -> list[Json]:
    """Four seats are offered; one is declined and goes to the waitlist; four accept, and a fifth never gets in."""
    proposed = await office.post("intake", f"/calls/{CALL}/selections", {})
    assert (proposed["status"], proposed["offered"], proposed["travel_grants"]) == ("optimal", SEATS, 2)
    path = f"/selections/{proposed['selection_id']}"
    await office.post("intake", f"{path}/apply", {"refill_until": "2019-12-08T00:00:00Z"})
    assert (await office.get("intake", f"{path}/reproduction"))["outcomes_match"] is True
    by_id = {each["application_id"]: each for each in receipts}
    first = [each for each in await offers_of(office, by_id.values()) if each["standing"] == "offered"]
    assert len(first) == SEATS
    await answer(office, by_id, first[0], "decline")
    second = [each for each in await offers_of(office, by_id.values()) if each["standing"] == "offered"]
    assert len(second) == SEATS
    assert first[0]["application_id"] not in {each["application_id"] for each in second}
    accepted = await asyncio.gather(*(answer(office, by_id, each, "accept") for each in second))
    seating = await office.get("intake", f"/calls/{CALL}/seating")
    assert (seating["accepted"], seating["free"]) == (SEATS, 0)
    return [{**by_id[each["application_id"]], **made} for each, made in zip(second, accepted, strict=True)]


async def offers_of(office: Office, receipts: Iterable[Json]) -> list[Json]:
    asked = (
        office.get("intake", f"/applications/{each['application_id']}/offer", {"Relevo-Receipt": each["receipt_code"]})
        for each in receipts
    )
    return list(await asyncio.gather(*asked))


async def answer(office: Office, receipts: dict[str, Json], offered: Json, word: str) -> Json:
    code = receipts[offered["application_id"]]["receipt_code"]
    path = f"/offers/{offered['offer']['offer_id']}/{word}"
    seen: Json = await office.post("intake", path, None, {"Relevo-Receipt": code})
    return seen


async def week_attended(stack: Stack, office: Office, path: str, sessions: list[str], people: list[str]) -> None:
    """Three attend all of it and one half; scheduling dies as soon as it has said that the week is closed."""
    state = f"{path}/sessions"
    await office.until(lambda: office.get("scheduling", path), lambda seen: seen["participants"] == SEATS)
    full = dict.fromkeys(people, SESSION_MINUTES)
    await office.post("scheduling", f"{state}/{sessions[0]}/attendance", {"minutes": full})
    await office.post("scheduling", f"{state}/{sessions[1]}/attendance", {"minutes": {**full, people[3]: 20}})
    closed = await office.post("scheduling", f"{path}/close")
    await stack.kill("scheduling")
    assert (closed["completed"], closed["not_completed"]) == (3, 1)
    await stack.ready("scheduling", within_seconds=15)


def in_state(found: list[Json], state: str) -> list[Json]:
    return [each for each in found if each["state"] == state]


async def multiplied(office: Office, person: Json) -> None:
    """A participant reports a session on the portal's pages; staff return it, it is corrected there, and verified."""
    taught, note = f"{CANARY} en el taller", "¿14 con usted?"
    async with httpx.AsyncClient(base_url=f"http://localhost:{office.stack.ports[PORTAL]}") as http:
        visitor = Visitor(http)
        await reported(visitor, person["receipt_code"], taught)
        [own] = [each for each in await commitments(office) if each["participant_id"] == person["participant_id"]]
        path = f"/commitments/{own['commitment_id']}"
        [session] = (await office.get("multiplier_tracking", path))["sessions"]
        path = f"{path}/sessions/{session['session_id']}"
        because = {"revision": 1, "because": "people_unclear", "about": {"people": note}}
        await office.post("multiplier_tracking", f"{path}/return", because)
        await corrected(visitor, note, taught)
        verified = await office.post("multiplier_tracking", f"{path}/verify", {"revision": 2})
        assert verified["state"] == "fulfilled"
        assert "You have fulfilled your commitment" in await visitor.page("/days")


async def verification(office: Office, certificate: Json) -> Json:
    """What a stranger is told."""
    token = certificate["issued"][-1]["verification_url"].rpartition("/")[2]
    seen: Json = await office.get("certification", f"/verifications/{token}", {})
    return seen


async def calendar_of(office: Office, certificate: Json, person: Json) -> str:
    """The code of a calendar that a holder links, on the pages where they take the certificate along."""
    async with httpx.AsyncClient(base_url=f"http://localhost:{office.stack.ports[PORTAL]}") as http:
        link = certificate["issued"][-1]["verification_url"]
        path = await brought_along(Visitor(http), person["receipt_code"], link)
    feed = await office.send("GET", "scheduling", path, headers={})
    assert feed.text.count("BEGIN:VEVENT") == 2
    return path.rpartition("/")[2].partition(".")[0]


async def erased(office: Office, certificate: Json, person: Json) -> None:
    """One is erased: the certificate stays verifiable, without a name (rule 14); the other is revoked (rule 13)."""
    path = f"/applications/{person['application_id']}"
    receipt = {"Relevo-Receipt": person["receipt_code"]}
    await office.post("intake", f"{path}/erase", None, receipt)
    assert (await office.send("GET", "intake", f"{path}/submission", headers=receipt)).status_code == 410
    seen = await office.until(lambda: verification(office, certificate), lambda seen: seen["credential"] is None)
    assert (seen["status"], seen["holder"]) == ("valid", None)

    async def texts() -> Json:
        commitment_id = next(
            each["commitment_id"]
            for each in await commitments(office)
            if each["participant_id"] == person["participant_id"]
        )
        found: Json = await office.get("multiplier_tracking", f"/commitments/{commitment_id}/texts")
        return found

    await office.until(texts, lambda seen: seen["sessions"] == {})


def stored(stack: Stack, service: str) -> tuple[str, int, int]:
    """All that a service's database holds as text, events not yet told, and events that were parked."""
    password = stack.place.secrets.password(service, "mongo.password")
    client: MongoClient[Json] = MongoClient(stack.place.mongo_url, username=service, password=password)
    with client:
        database = client[service]
        everything = {
            name: list(database[name].find()) for name in database.list_collection_names(authorizedCollections=True)
        }
    unsent = [row for row in everything["outbox"] if not row["sent"]]
    return repr(everything), len(unsent), len(everything["parked"])


@pytest.mark.timeout(240)
async def test_an_edition_runs_from_the_call_to_a_certificate_that_a_stranger_verifies(office: Office) -> None:
    stack, desk = office.stack, office.desk
    for service in SERVICES:
        assert await office.get(service, "/openapi.json") == json.loads((API / f"{service}.openapi.json").read_bytes())
    await open_call(office)
    receipts = await applied_while_intake_is_killed(stack, office)
    figures = await office.get("intake", f"/calls/{CALL}/figures")
    assert figures["applications"] == len(receipts) == len({each["application_id"] for each in receipts}) == 12
    await confirmed_by_letter(office, desk)
    await desk.move_clock(datetime(2019, 9, 27, 5, tzinfo=UTC))
    await office.until(
        lambda: office.get("intake", f"/calls/{CALL}/figures"), lambda seen: seen["closed_at"] is not None
    )
    late = await office.send("POST", "intake", f"/calls/{CALL}/applications", application(0), {})
    assert (late.status_code, late.json()["type"]) == (409, "urn:relevo:problem:call-is-closed")
    assert await reviewed(office) == (11, 22)
    participants = await selected_and_enrolled(office, receipts)
    people = [each["participant_id"] for each in participants]

    path, sessions = await programme_published(office)
    await desk.move_clock(datetime(2019, 12, 14, tzinfo=UTC))
    await week_attended(stack, office, path, sessions, people)
    opened_ones = await office.until(
        lambda: commitments(office), lambda seen: len(in_state(seen, "open")) == 3 and len(seen) == SEATS
    )
    assert {each["due_on"] for each in in_state(opened_ones, "open")} == {"2020-02-11"}
    await desk.move_clock(datetime(2020, 1, 20, tzinfo=UTC))
    for person in participants[:2]:
        await multiplied(office, person)
    await desk.move_clock(datetime(2020, 2, 26, 13, tzinfo=UTC))
    commitments_then = await office.until(lambda: commitments(office), lambda seen: len(in_state(seen, "lapsed")) == 1)
    assert len(in_state(commitments_then, "fulfilled")) == 2

    first, second = await certified(office, 2)
    by_id = {each["participant_id"]: each for each in participants}
    for certificate in (first, second):
        number = by_id[certificate["participant_id"]]["number"]
        seen = await verification(office, certificate)
        assert seen["status"] == "valid"
        assert seen["holder"] == (f"{CANARY} Número {number}" if number % 2 else None)
    calendar = await calendar_of(office, second, by_id[second["participant_id"]])
    await office.post(
        "certification", f"/certificates/{second['participant_id']}/revoke", {"because": "issued_in_error"}
    )
    assert (await verification(office, second))["status"] == "revoked"
    await erased(office, first, by_id[first["participant_id"]])

    for service in SERVICES:
        unsent = await office.until(
            lambda service=service: asyncio.to_thread(stored, stack, service),
            lambda seen: seen[1] == 0,
        )
        everything, _, parked = unsent
        assert parked == 0, f"{service} parked events"
        assert CANARY not in everything, f"{service} keeps what a person wrote in clear"
        assert "colibri" not in everything.lower()
    streams = [each.read_bytes() for each in stack.folder.rglob("*.blk")]
    logs = [each.read_bytes() for each in stack.place.logs.rglob("*.log")]
    assert any(b"events.intake.participant.enrolled.v1" in each for each in streams)
    assert len(logs) >= len(SERVICES)
    assert not any(b"olibr" in each for each in (*streams, *logs)), "a stream or a log tells of a person"
    codes = [each["receipt_code"] for each in receipts]
    codes += [each["issued"][-1]["verification_url"].rpartition("/")[2] for each in (first, second)]
    codes += [found[1] for each in await desk.mails() if (found := re.search(r"/confirm/(\S+)", each["text"]))]
    assert len(codes) == 12 + 2 + 12
    codes.append(calendar)
    leaked = [code for code in codes if any(code.encode() in each for each in (*streams, *logs))]
    assert leaked == [], "a stream or a log holds a code that opens something"
