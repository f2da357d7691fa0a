"""The services in memory, each with people in it, and their OpenAPI documents as the list of what to try."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.isolation.equipped import Known, a_picture, of_intake, of_multiplier_tracking, with_needs
from tests.isolation.inviting import invited
from tests.isolation.materials import Cleaner, a_material
from tests.isolation.subscribing import webhooks

import relevo_certification.consumers
import relevo_certification.http
import relevo_intake.http
import relevo_multiplier_tracking.consumers
import relevo_multiplier_tracking.http
import relevo_scheduling.consumers
import relevo_scheduling.http
import relevo_scheduling.main
from relevo_certification.background import IssuanceWorker, by_the_service
from relevo_certification.commands.asking import AskIdentity, ask_identity
from relevo_certification.commands.office import Office
from relevo_certification.equipment import Equipment, TooManyVerifications
from relevo_certification.press import Press
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.http.allowance import Allowance
from relevo_contracts import Requirements, derived_id
from relevo_contracts.intake import ParticipantEnrolled
from relevo_contracts.multiplier_tracking import CommitmentFulfilled
from relevo_contracts.scheduling import OnsiteCompleted
from relevo_intake.codes import confirmation_code
from relevo_intake.deadlines import CALL_CLOSES, on_call_close_due
from relevo_testkit.routes import Actor, World, staffed, strangers
from relevo_testkit.stand import Stand, stand

EDITION = derived_id("edition", "isolation")
ANA, BEA, CEL = derived_id("ana"), derived_id("bea"), derived_id("cel")
LANGUAGES = ("es", "en", "pt", "fr")
SESSION_REPORT = {
    **{"held_on": "2020-01-18", "minutes": 260, "people": 14, "format": "in_person"},
    **{"description": "Un taller.", "another_session": True},
}
REPORTS = ("POST /me/commitment/reports", "POST /me/commitment/sessions/{session_id}/report")
REVIEWERS = ("the-reviewer", "another-reviewer")
SCORES = {"experience": 5, "motivation": 5, "multiplier_idea": 5}
REVIEW = {"scores": SCORES, "comment": "Bien."}
NOBODY = {"Accept": "application/json"}
TEXTS = {
    "issuer": "IACHR",
    "title": "Course",
    "description": "Course.",
    "criteria": "80% attended.",
    "place": "Washington, DC",
}
FACTS = {
    "texts": dict.fromkeys(LANGUAGES, TEXTS),
    "first_on": "2019-12-09",
    "last_on": "2019-12-13",
    "time_zone": "America/New_York",
    "hours": 35,
    "signatories": [{"name": "Ana Ejemplo", "office": dict.fromkeys(LANGUAGES, "Secretariat")}],
}
ROLES = ("coordinator", "reviewer", "faculty", "expert", "travel", "head_coordinator", "service")


def enrolled(participant_id: str) -> ParticipantEnrolled:
    return ParticipantEnrolled(
        participant_id=participant_id,
        application_id=derived_id("application", participant_id),
        call_id=derived_id("call"),
        edition_id=EDITION,
        enrolled_at=datetime(2019, 11, 1, tzinfo=UTC),
        requirements=Requirements(),
    )


def completed(participant_id: str) -> OnsiteCompleted:
    return OnsiteCompleted(
        participant_id=participant_id,
        edition_id=EDITION,
        first_on=datetime(2019, 12, 9, tzinfo=UTC).date(),
        last_on=datetime(2019, 12, 13, tzinfo=UTC).date(),
        minutes_required=1000,
        minutes_attended=900,
        percent_required=80,
        completed_at=datetime(2019, 12, 14, tzinfo=UTC),
    )


def two_participants(world: World) -> tuple[Actor, Actor]:
    bearer = world.stand.tokens.bearer
    ana = Actor("participant", bearer("ana", "participant", participant_id=ANA), {"participant_id": ANA})
    bea = Actor("participant", bearer("bea", "participant", participant_id=BEA), {"participant_id": BEA})
    ana.foreign["participant_id"], bea.foreign["participant_id"] = BEA, ANA
    world.actors += [ana, bea]
    return ana, bea


def fulfilled(participant_id: str) -> CommitmentFulfilled:
    return CommitmentFulfilled(
        commitment_id=derived_id("commitment", participant_id),
        participant_id=participant_id,
        edition_id=EDITION,
        fulfilled_at=datetime(2020, 2, 1, tzinfo=UTC),
        sessions=1,
        minutes=240,
        people=12,
    )


def applying(number: int) -> dict[str, Any]:
    return {**drafting(number), "consent": True}


def drafting(number: int) -> dict[str, Any]:
    return {
        "contact": f"somebody{number}@correo.example.org",
        "name": f"Nombre {number}",
        "language": "es",
        "country": ("HN", "CO", "PE")[number % 3],
        "organisation": f"Red {number}",
        "motivation": "Quiero aprender.",
    }


def call_form(closes_at: str) -> dict[str, Any]:
    return {
        "edition_id": EDITION,
        "opens_at": "2019-09-12T12:00:00Z",
        "closes_at": closes_at,
        "seats": 2,
        "travel_grants": 1,
        "criteria": {"priority_countries": ["HN"], "reviews_per_application": 1},
    }


async def a_call(world: World, closes_at: str, *people: int) -> tuple[str, list[dict[str, Any]]]:
    """A call, and the receipts of those who applied for it."""
    call_id: str = (await world.made("POST", "/calls", call_form(closes_at))).json()["call_id"]
    path = f"/calls/{call_id}/applications"
    return call_id, [(await world.made("POST", path, applying(each), NOBODY)).json() for each in people]


async def under_review(world: World, call_id: str) -> dict[str, list[str]]:
    """Each application has one reviewer; who has which."""
    panel = {"reviewers": [{"reviewer_id": each, "country": "UY"} for each in REVIEWERS]}
    await world.made("POST", f"/calls/{call_id}/reviewers", panel)
    found: dict[str, list[str]] = {}
    for each in REVIEWERS:
        caller = world.stand.tokens.bearer(each, "reviewer")
        listed = (await world.made("GET", "/me/assignments?limit=200", headers=caller)).json()["items"]
        found[each] = [one["application_id"] for one in listed if one["call_id"] == call_id]
    return found


async def proposed(world: World, call_id: str) -> str:
    """Closed, reviewed, proposed."""
    now = world.stand.clock.now()
    due = Deadline(f"{CALL_CLOSES}/{call_id}", CALL_CLOSES, call_id, now)
    await world.stand.shell.committer.commit(on_call_close_due(due, now))
    for reviewer, theirs in (await under_review(world, call_id)).items():
        caller = world.stand.tokens.bearer(reviewer, "reviewer")
        for each in theirs:
            await world.made("POST", f"/applications/{each}/reviews", REVIEW, caller)
    selection_id: str = (await world.made("POST", f"/calls/{call_id}/selections", {})).json()["selection_id"]
    return selection_id


async def selected(world: World, call_id: str) -> tuple[str, list[dict[str, Any]]]:
    """Closed, reviewed, applied: two are offered a seat."""
    selection_id = await proposed(world, call_id)
    await world.made("POST", f"/selections/{selection_id}/apply", {"refill_until": "2019-12-08T00:00:00Z"})
    return selection_id, (await world.made("GET", f"/calls/{call_id}/seating")).json()["offers"]


@asynccontextmanager
async def intake(_: Press) -> AsyncIterator[World]:
    """A call that was selected, one that was proposed, one with an undecided contact, one still open with drafts."""
    async with AsyncExitStack() as stack:
        equipped, begins = stack.enter_context(of_intake()), datetime(2019, 9, 13, tzinfo=UTC)
        at = await stack.enter_async_context(stand(relevo_intake.http.ROUTERS, begins, equipment=equipped))
        world = staffed("intake", at, ROLES, asked_by="certification")
        chosen, receipts = await a_call(world, "2019-09-27T05:00:00Z", *range(6))
        previewed, others = await a_call(world, "2019-09-27T05:00:00Z", *range(3))
        linked, doubles = await a_call(world, "2019-09-27T05:00:00Z", 8, 8)
        still_open, waiting = await a_call(world, "2019-12-01T00:00:00Z", *range(4))
        path = f"/calls/{still_open}/drafts"
        drafts = [(await world.made("POST", path, drafting(each), NOBODY)).json() for each in (1, 2)]
        at.clock.at = datetime(2019, 9, 28, tzinfo=UTC)
        selection_id, offers = await selected(world, chosen)
        codes = {each["application_id"]: each["receipt_code"] for each in receipts}
        applicants = [applicant(each, codes[each["application_id"]]) for each in offers]
        drafters = [
            Actor("drafter", {"Relevo-Receipt": each["receipt_code"]}, {"draft_id": each["draft_id"]})
            for each in drafts
        ]
        strangers(*applicants)
        strangers(*drafters)
        opened = (await world.made("POST", "/sessions", headers=applicants[1].headers)).json()
        in_session = Actor("in session", {"Relevo-Session": opened["handle"]})
        came_in = [by_token(at, each) for each in (*applicants, *drafters)]
        path = f"/offers/{offers[0]['offer_id']}/accept"
        participant_id = (await world.made("POST", path, headers=applicants[0].headers)).json()["participant_id"]
        for each in (world.actor("coordinator"), world.actor("service"), world.actor("travel")):
            each.own |= {**applicants[0].own, "participant_id": participant_id, "edition_id": EDITION}
        asked = {"language": "es", "text": "¿Puedo cambiar mi nombre?"}
        for each in (*applicants, *drafters):
            await world.made("POST", "/me/thread/messages", asked, each.headers)
        await with_needs(world, applicants[0])
        contacts = (await world.made("GET", f"/calls/{linked}/undecided-contacts")).json()["items"]
        applications = at.store.collections["application"]
        world.actor("head_coordinator").own["edition_id"] = EDITION
        world.actor("coordinator").own |= {
            "call_id": chosen,
            "selection_id": selection_id,
            "thread_id": applicants[0].own["application_id"],
            "person_id": applications[doubles[0]["application_id"]]["state"]["person_id"],
            "contact_id": contacts[0]["contact_id"],
        }
        preview = {"call_id": previewed, "selection_id": await proposed(world, previewed)}
        theirs = await under_review(world, still_open)
        world.actor("reviewer").own["application_id"] = theirs[REVIEWERS[0]][0]
        path = f"/applications/{theirs[REVIEWERS[0]][0]}/reviews"
        await world.made("POST", path, REVIEW, world.actor("reviewer").headers)
        world.actor("reviewer").foreign["application_id"] = theirs[REVIEWERS[1]][0]
        code = confirmation_code(at.shell.vault, waiting[3]["application_id"])
        world.actors.append(Actor("coordinator", world.actor("coordinator").headers, preview))
        world.actors += [
            *applicants,
            *drafters,
            *came_in,
            in_session,
            Actor("anybody", {}, {"call_id": still_open, "code": code}),
        ]
        world.bodies |= {
            "POST /calls": call_form("2019-12-01T00:00:00Z"),
            "PUT /calls/{call_id}/requirements": {"offer_days": 3},
            "POST /contacts/{contact_id}/decide": {"application_id": doubles[1]["application_id"]},
            "POST /applications/{application_id}/reviews": REVIEW,
            "POST /calls/{call_id}/reviewers": {"reviewers": [{"reviewer_id": "a-third", "country": "UY"}]},
            "POST /applications/{application_id}/redaction": {"passages": []},
            "POST /applications/{application_id}/details": {"name": "Otra Persona"},
            "POST /applications/{application_id}/corrections": {"name": "Otra Persona", "reason": "Un error."},
            "POST /calls/{call_id}/reviewers/remove": {"reviewer_id": REVIEWERS[1]},
            "POST /calls/{call_id}/late-codes": {"expires_at": "2019-12-01T00:00:00Z"},
            "POST /calls/{call_id}/seats": {"seats": 3},
            "POST /selections/{selection_id}/adjust": {
                "adjustments": [{"application_id": others[0]["application_id"], "to": "inside", "reason": "Su valle."}]
            },
            "POST /confirmations": {"code": code},
        }
        yield world


def by_token(at: Stand, actor: Actor) -> Actor:
    """The same who comes with a token of intake's instead of the receipt code."""
    id = actor.own.get("application_id") or actor.own["draft_id"]
    return replace(actor, headers=at.tokens.bearer(f"whoever sent {id}", "applicant", application_id=id))


def applicant(offer: Mapping[str, str], code: str) -> Actor:
    own = {"application_id": offer["application_id"], "offer_id": offer["offer_id"]}
    return Actor("applicant", {"Relevo-Receipt": code}, own)


@asynccontextmanager
async def scheduling(_: Press) -> AsyncIterator[World]:
    """A published week of one session, with two who take part and one who teaches."""
    async with stand(relevo_scheduling.http.ROUTERS, datetime(2019, 12, 1, tzinfo=UTC), equipment=Cleaner()) as at:
        await at.store.prepare(relevo_scheduling.main.SERVICE.collections, relevo_scheduling.main.SERVICE.indexes)
        world = staffed("scheduling", at, ROLES, asked_by="certification")
        ana, _bea = two_participants(world)
        staff = world.actor("coordinator")
        await world.publish(relevo_scheduling.consumers.SUBSCRIPTIONS, enrolled(ANA), enrolled(BEA))
        operations = {each.name: each for each in world.operations}
        frame = world.body(operations["POST /editions/{edition_id}/programme"])
        frame["groups"] = [{"code": "a", "label": dict.fromkeys(LANGUAGES, "A")}]
        session = world.body(operations["POST /programmes/{programme_id}/draft/sessions"])
        path = f"/editions/{EDITION}"
        room = (await world.made("POST", f"{path}/rooms", {"name": "Sala", "seats": 40})).json()
        member = (await world.made("POST", f"{path}/faculty", {"name": "Docente", "subject": "the-faculty"})).json()
        programme = (await world.made("POST", f"{path}/programme", frame)).json()["programme_id"]
        session_form = {**session, "room_id": room["room_id"], "faculty_ids": [member["faculty_id"]]}
        added = await world.made("POST", f"/programmes/{programme}/draft/sessions", session_form)
        longer = {**session, "starts_at": "2019-12-11T09:00:00-05:00", "ends_at": "2019-12-11T13:00:00-05:00"}
        await world.made("POST", f"/programmes/{programme}/draft/sessions", longer)
        tag = (await world.made("GET", f"/programmes/{programme}/draft")).headers["etag"]
        await world.made("POST", f"/programmes/{programme}/publish", headers={**staff.headers, "If-Match": tag})
        link = (await world.made("POST", "/me/calendar-link", headers=ana.headers)).json()["path"]
        session_id = added.headers["location"].rpartition("/")[2]
        excuse = {"session_id": session_id, "reason": "illness"}
        await world.made("POST", f"/programmes/{programme}/participants/{ANA}/excuses", excuse)
        [recorded] = (await world.made("GET", f"/participants/{ANA}/excuses")).json()
        ana.own["material_id"] = staff.own["material_id"] = await a_material(world, EDITION, session_id)
        at.clock.at = datetime(2019, 12, 14, tzinfo=UTC)
        staff.headers["If-Match"] = tag
        staff.own |= {
            "edition_id": EDITION,
            "programme_id": programme,
            "session_id": session_id,
            "excuse_id": recorded["excuse_id"],
            "room_id": room["room_id"],
            "faculty_id": member["faculty_id"],
            "participant_id": ANA,
            "version": "1",
        }
        code = link.rpartition("/")[2].removesuffix(".ics")
        world.actors.append(Actor("anybody", {}, {"edition_id": EDITION, "code": code}))
        world.bodies["PUT /programmes/{programme_id}/participants/groups"] = {"groups": {ANA: ["a"]}}
        world.bodies["POST /programmes/{programme_id}/participants/{participant_id}/excuses"] = excuse
        sheet = "/programmes/{programme_id}/sessions/{session_id}/attendance"
        world.bodies |= {f"PUT {sheet}/{{participant_id}}": {"minutes": 45}, f"POST {sheet}": {"minutes": {ANA: 60}}}
        yield world


@asynccontextmanager
async def multiplier_tracking(_: Press) -> AsyncIterator[World]:
    """Two open commitments, each with a report, a plan and a question that an expert has taken."""
    begins = datetime(2020, 1, 20, tzinfo=UTC)
    async with stand(relevo_multiplier_tracking.http.ROUTERS, begins, equipment=of_multiplier_tracking()) as at:
        world, seen = staffed("multiplier_tracking", at, ROLES, asked_by="certification"), dict[str, Any]()
        people = two_participants(world)
        experts = (world.actor("expert"), Actor("expert", at.tokens.bearer("another-expert", "expert")))
        for each, expert in zip(people, experts, strict=True):
            subscriptions = relevo_multiplier_tracking.consumers.SUBSCRIPTIONS
            await world.publish(
                subscriptions, enrolled(each.own["participant_id"]), completed(each.own["participant_id"])
            )
            await world.made("POST", "/me/commitment/reports", SESSION_REPORT, each.headers)
            plan = {"planned_on": "2020-02-01", "format": "online"}
            seen = (await world.made("POST", "/me/commitment/sessions", plan, each.headers)).json()
            question = {"topic": "method", "language": "es", "question": "¿Cómo empiezo?"}
            asked = (await world.made("POST", "/me/support-requests", question, each.headers)).json()
            expert.own["support_request_id"] = each.own["support_request_id"] = asked["support_request_id"]
            await world.made("POST", f"/support-requests/{asked['support_request_id']}/take", headers=expert.headers)
            each.own["session_id"] = seen["sessions"][1]["session_id"]
            each.own["reported"] = seen["sessions"][0]["session_id"]
            each.own["picture_id"] = await a_picture(world, each, "session_id")
        strangers(*people)
        strangers(*experts)
        world.bodies["POST /commitments/{commitment_id}/extend"] = {"due_on": "2020-03-01", "reason": "threat"}
        world.bodies |= dict.fromkeys(REPORTS, SESSION_REPORT)
        world.actors += [experts[1], Actor("anybody", {}, {})]
        world.actor("coordinator").own |= {
            **people[0].own,
            "session_id": people[0].own["reported"],
            "picture_id": await a_picture(world, people[0], "reported"),
            "commitment_id": seen["commitment_id"],
            "edition_id": EDITION,
        }
        commitment_id = (await world.made("GET", "/me/commitment", headers=people[0].headers)).json()["commitment_id"]
        world.actor("coordinator").own["commitment_id"] = commitment_id
        await world.made("POST", f"/commitments/{commitment_id}/extend", {"due_on": "2020-02-20", "reason": "illness"})
        yield world


@asynccontextmanager
async def certification(press: Press) -> AsyncIterator[World]:
    """Two certificates that were issued, and one that is ready to be."""
    equipment = Equipment(press, Known(), Allowance(100_000, TooManyVerifications), timedelta(minutes=15))
    http = relevo_certification.http
    async with stand(http.ROUTERS, datetime(2020, 2, 20, tzinfo=UTC), equipment=equipment, bodies=http.BODIES) as at:
        world = staffed("certification", at, ROLES, asked_by="certification")
        ana, _bea = two_participants(world)
        await world.made("PUT", f"/editions/{EDITION}", FACTS)
        office = Office.of(at.shell)
        for each in (ANA, BEA):
            await certifiable(world, office, each)
        asked = await world.made("POST", f"/editions/{EDITION}/issue")
        await IssuanceWorker(office, at.clock.now).issue()
        await certifiable(world, office, CEL)
        code = await invited(world, office, ana, EDITION)
        seen = (await world.made("GET", "/me/certificate", headers=ana.headers)).json()
        world.actor("coordinator").own |= {
            "edition_id": EDITION,
            "participant_id": ANA,
            "issuance_id": asked.headers["location"].rpartition("/")[2],
        }
        token = seen["issued"][0]["verification_url"].rpartition("/")[2]
        world.actors.append(Actor("anybody", {}, {"token": token, "code": code}))
        world.bodies["PUT /editions/{edition_id}"] = FACTS
        world.bodies["POST /certificates/{participant_id}/supersede"] = {"because": "facts_corrected"}
        yield world


async def certifiable(world: World, office: Office, participant_id: str) -> None:
    events = (enrolled(participant_id), completed(participant_id), fulfilled(participant_id))
    await world.publish(relevo_certification.consumers.SUBSCRIPTIONS, *events)
    await ask_identity(office, AskIdentity(participant_id), by_the_service(world.stand.clock.now()))


WORLDS = {each.__name__: each for each in (intake, scheduling, multiplier_tracking, certification, webhooks)}
