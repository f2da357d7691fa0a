"""A world for every operation, in which it can succeed: what has to have happened before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemathesis.config import SchemathesisConfig
from tests.fuzz.bridge import Bridge, Moment, Ready, at_hand
from tests.fuzz.running import Report, fuzz
from tests.isolation.inviting import BEFORE_THE_WEEK
from tests.isolation.offering import offered, wallet_of
from tests.isolation.subscribing import FORM
from tests.isolation.worlds import (
    ANA,
    BEA,
    EDITION,
    LANGUAGES,
    SESSION_REPORT,
    WORLDS,
    call_form,
    completed,
    enrolled,
)

from relevo_certification.consumers import SUBSCRIPTIONS as CERTIFICATION_HEARS
from relevo_certification.press import Press
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.delivery.group import DEADLINES
from relevo_chassis.ids import new_id
from relevo_contracts import Requirements, derived_id
from relevo_contracts.intake import ParticipantWithdrawn
from relevo_contracts.multiplier_tracking import CommitmentPutUnderReview
from relevo_intake.codes import recovery_code
from relevo_intake.commands.office import Office
from relevo_intake.commands.recovery import answer_lost
from relevo_intake.domain.sealed import Identity
from relevo_multiplier_tracking.consumers import SUBSCRIPTIONS as MULTIPLIER_TRACKING_HEARS
from relevo_multiplier_tracking.deadlines import ON_DUE
from relevo_testkit.routes import Actor, World

CLARA, DORA = derived_id("clara"), derived_id("dora")
SENSITIVE = {
    "key": "risk",
    "kind": "yes_no",
    "texts": dict.fromkeys(LANGUAGES, "¿?"),
    "sensitive": True,
    "purpose": "care",
    "kept_until": "application",
}
SESSION = "/commitments/{commitment_id}/sessions/{session_id}"


@dataclass(frozen=True)
class Prepared:
    """What a step leads to: who asks then, about what, with which body and tag."""

    actor: Actor | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    tag: str | None = None


Step = Callable[[World], Awaitable[Prepared]]


async def fuzzed(service: str, press: Press, settings: SchemathesisConfig) -> Report:
    """Generated requests to a service whose world is made for it."""
    async with WORLDS[service](press) as world:
        return await fuzz(Bridge(world, await made_ready(world)), settings)


async def made_ready(world: World) -> dict[str, Ready]:
    """The world as each operation is to find it."""
    common, ready = Moment.of(world.stand), {}
    names = {each.name for each in world.operations}
    assert {name for service, name in STEPS if service == world.service} <= names, "a step for what is not there"
    for operation in world.operations:
        at = at_hand(world, operation, common)
        if (step := STEPS.get((world.service, operation.name))) is not None:
            common.restore(world.stand)
            prepared = await step(world)
            actor = prepared.actor
            credentials = at.credentials if actor is None else actor.credentials
            ids = {**at.ids, **(actor.own if actor else {}), **prepared.ids}
            body = at.body if prepared.body is None else prepared.body
            at = Ready(Moment.of(world.stand), credentials, prepared.tag or at.tag, ids, body)
        ready[operation.name] = at
    common.restore(world.stand)
    return ready


async def another_edition(_: World) -> Prepared:
    return Prepared(ids={"edition_id": new_id()})


async def a_changed_draft(world: World) -> Prepared:
    staff = world.actor("coordinator")
    path = f"/programmes/{staff.own['programme_id']}/draft/sessions"
    operation = next(each for each in world.operations if each.name == "POST /programmes/{programme_id}/draft/sessions")
    session = {
        **world.body(operation),
        "starts_at": "2019-12-12T09:00:00-05:00",
        "ends_at": "2019-12-12T10:00:00-05:00",
    }
    return Prepared(tag=(await world.made("POST", path, session)).headers["etag"])


async def somebody_not_excused(_: World) -> Prepared:
    return Prepared(ids={"participant_id": BEA})


async def decided(world: World, how: str, body: Mapping[str, Any] | None = None, **ids: str) -> Any:
    """What a coordinator does with the first participant's commitment."""
    staff = world.actor("coordinator").own
    path = f"/commitments/{staff['commitment_id']}" + how.format(**{**staff, **ids})
    return (await world.made("POST", path, body)).json()


async def a_returned_report(world: World) -> Prepared:
    ana = world.actor("participant")
    await decided(world, "/sessions/{session_id}/return", {"revision": 1, "because": "people_unclear"})
    return Prepared(ids={"session_id": ana.own["reported"]})


async def a_request(world: World) -> Prepared:
    ana = world.actor("participant")
    asked = {"asked_for": "pause", "reason": "illness"}
    seen = (await world.made("POST", "/me/commitment/requests", asked, ana.headers)).json()
    return Prepared(ids={"request_id": seen["requests"][-1]["request_id"]})


async def an_answered_question(world: World) -> Prepared:
    ana, expert = world.actor("participant"), world.actor("expert")
    path = f"/support-requests/{ana.own['support_request_id']}/answer"
    await world.made("POST", path, {"answer": "Por lo que ya saben."}, expert.headers)
    return Prepared(ana)


async def a_verified_report(world: World) -> Prepared:
    await decided(world, "/sessions/{session_id}/verify", {"revision": 1})
    return Prepared()


async def a_commitment_under_review(world: World) -> Prepared:
    await a_verified_report(world)
    await decided(world, "/sessions/{session_id}/withdraw-verification")
    return Prepared(body={"decision": "uphold"})


async def a_paused_commitment(world: World) -> Prepared:
    await decided(world, "/pause", {"reason": "threat"})
    return Prepared()


async def a_lapsed_commitment(world: World) -> Prepared:
    await decided(world, "/sessions/{session_id}/reject", {"revision": 1, "because": "too_short"})
    at = world.stand.clock.at = datetime(2020, 6, 1, tzinfo=UTC)
    for id, row in sorted(world.stand.store.collections[DEADLINES].items(), key=lambda each: each[1]["due_at"]):
        due = Deadline(id, row["kind"], row["aggregate_id"], row["due_at"], row["facts"])
        if due.due_at <= at:
            await world.stand.shell.committer.commit(ON_DUE[due.kind](due, at))
    return Prepared(body={"due_on": "2020-07-01", "reason": "illness"})


async def held_together(world: World) -> tuple[Actor, str, dict[str, Any]]:
    """Clara, her session, and what she is asked to agree to."""
    bearer = world.stand.tokens.bearer
    seen = list[Any]()
    for name, id in (("clara", CLARA), ("dora", DORA)):
        asked = Requirements(held_together=True)
        await world.publish(
            MULTIPLIER_TRACKING_HEARS, enrolled(id).model_copy(update={"requirements": asked}), completed(id)
        )
        report = {**SESSION_REPORT, "together_with": seen[0]["sessions"][0]["session_id"]} if seen else SESSION_REPORT
        headers = bearer(name, "participant", participant_id=id)
        seen.append((await world.made("POST", "/me/commitment/reports", report, headers)).json())
    clara = Actor("participant", bearer("clara", "participant", participant_id=CLARA))
    theirs = seen[1]["sessions"][0]["session_id"]
    clara.own["commitment_id"] = seen[0]["commitment_id"]
    return clara, seen[0]["sessions"][0]["session_id"], {"session_id": theirs, "revision": 1, "agreed": True}


async def asked_to_agree(world: World) -> Prepared:
    clara, session_id, body = await held_together(world)
    return Prepared(clara, {"session_id": session_id}, body)


async def asked_to_agree_for_somebody(world: World) -> Prepared:
    clara, session_id, body = await held_together(world)
    who = enrolled(CLARA).model_dump(include={"participant_id", "application_id", "call_id", "edition_id"})
    left = ParticipantWithdrawn(**who, withdrawn_at=world.stand.clock.at)
    await world.publish(MULTIPLIER_TRACKING_HEARS, left, sequence=2)
    return Prepared(ids={"commitment_id": clara.own["commitment_id"], "session_id": session_id}, body=body)


async def a_certificate_under_review(world: World) -> Prepared:
    put = CommitmentPutUnderReview(
        commitment_id=derived_id("commitment", ANA),
        participant_id=ANA,
        edition_id=EDITION,
        because="verification_withdrawn",
        put_under_review_at=world.stand.clock.at,
    )
    await world.publish(CERTIFICATION_HEARS, put, sequence=2)
    return Prepared()


async def before_the_week(world: World) -> Prepared:
    world.stand.clock.at = BEFORE_THE_WEEK
    return Prepared()


async def a_code_on_paper(world: World) -> Prepared:
    return Prepared(body={"code": world.actor("anybody").own["code"]})


async def an_offer_to_a_wallet(world: World) -> Prepared:
    return Prepared(ids={"address": (await offered(world, world.actor("participant"))).address})


async def codes_of_an_offer(world: World) -> Prepared:
    return Prepared(body=(await offered(world, world.actor("participant"))).form)


async def a_token_of_an_offer(world: World) -> Prepared:
    return Prepared(await wallet_of(world, world.actor("participant")))


async def an_open_call(world: World) -> Prepared:
    return Prepared(ids={"call_id": world.actor("anybody").own["call_id"]})


async def a_call_to_extend(world: World) -> Prepared:
    call_id = world.actor("anybody").own["call_id"]
    tag = str((await world.made("GET", f"/calls/{call_id}/figures")).headers["etag"])
    body = {"closes_at": (world.stand.clock.at + timedelta(days=90)).isoformat()}
    return Prepared(ids={"call_id": call_id}, body=body, tag=tag)


async def a_call_to_come(world: World) -> Prepared:
    """Announced, with a sensitive question that another coordinator wrote."""
    opens_at = (world.stand.clock.at + timedelta(days=5)).isoformat()
    form = {**call_form((world.stand.clock.at + timedelta(days=30)).isoformat()), "opens_at": opens_at}
    another = world.stand.tokens.bearer("another-coordinator", "coordinator")
    call = (await world.made("POST", "/calls", {**form, "questions": [SENSITIVE]}, another)).json()
    tag = str((await world.made("GET", f"/calls/{call['call_id']}/figures")).headers["etag"])
    return Prepared(ids={"call_id": call["call_id"]}, tag=tag)


async def a_proposed_contact(world: World) -> Prepared:
    applicant = world.actor("applicant")
    path = f"/applications/{applicant.own['application_id']}/corrections"
    await world.made("POST", path, {"contact": "otra@correo.example.org", "reason": "Un error."})
    return Prepared(applicant)


async def a_call_to_select_for(world: World) -> Prepared:
    [_, previewing] = [each for each in world.actors if each.role == "coordinator"]
    return Prepared(previewing)


async def a_selection_to_apply(world: World) -> Prepared:
    prepared = await a_call_to_select_for(world)
    return Prepared(prepared.actor, body={"refill_until": "2019-12-08T00:00:00Z"})


async def a_selection_that_computes(world: World) -> Prepared:
    prepared = await a_call_to_select_for(world)
    assert prepared.actor is not None
    selection_id = prepared.actor.own["selection_id"]
    rows = world.stand.store.collections["selection"]
    state = {**rows[selection_id]["state"], "state": "computing", "status": None}
    rows[selection_id] = {**rows[selection_id], "state": state}
    return prepared


async def an_open_offer(world: World) -> Prepared:
    return Prepared([each for each in world.actors if each.role == "applicant"][1])


async def a_free_seat(world: World) -> Prepared:
    declining = [each for each in world.actors if each.role == "applicant"][1]
    call_id = world.actor("coordinator").own["call_id"]
    await world.made("POST", f"/calls/{call_id}/seats", {"seats": 12})
    await world.made("POST", f"/offers/{declining.own['offer_id']}/decline", headers=declining.headers)
    path = f"/applications/{declining.own['application_id']}/seat-cost"
    costs = (await world.made("GET", path)).json()["costs"]
    ids = {"application_id": declining.own["application_id"]}
    return Prepared(ids=ids, body={"reason": "Puede venir, al final.", "despite": costs})


async def in_a_session(world: World) -> Prepared:
    return Prepared(world.actor("in session"))


async def somebody_who_asks(world: World, word: str | None = None) -> Prepared:
    """Another code is asked for in an applicant's place: with their word at once, without one after some time."""
    applicant, shell = world.actor("applicant"), world.stand.shell
    application_id = applicant.own["application_id"]
    person_id = world.stand.store.collections["application"][application_id]["state"]["person_id"]
    identity = await shell.vault.open(person_id, Identity.field_set, Identity)
    assert identity is not None
    chosen = {"way": "word", "word": word} if word else {"way": "waiting"}
    await world.made("POST", "/me/recovery/choose", chosen, applicant.headers)
    await world.made("POST", "/lost", {"contact": identity.contact, **({"word": word} if word else {})})
    await answer_lost(Office.of(shell), world.stand.clock.now())
    asked = world.stand.store.collections["recovery"][application_id]["state"]["asked"]
    code = recovery_code(shell.vault, asked["ask_id"])
    return Prepared(applicant, ids={"code": code}, body={"code": code} if word else None)


async def somebody_with_the_word(world: World) -> Prepared:
    return await somebody_who_asks(world, "Ceiba junto al río")


async def a_letter_to_open(world: World) -> Prepared:
    """Whoever opens the page says nothing but what stands in its address."""
    return replace(await somebody_with_the_word(world), body=None)


async def somebody_in_danger(world: World) -> Prepared:
    applicant = world.actor("applicant")
    await world.made("POST", "/me/danger", headers=applicant.headers)
    return Prepared(applicant)


async def somebody_else_in_danger(world: World) -> Prepared:
    applicant = (await somebody_in_danger(world)).actor
    assert applicant is not None
    return Prepared(ids={"application_id": applicant.own["application_id"]})


async def somebody_with_a_seat(world: World) -> Prepared:
    applicant = world.actor("applicant")
    seen = await world.made("GET", "/me/needs", headers=applicant.headers)
    return Prepared(applicant, tag=str(seen.headers["etag"]))


async def paused(world: World) -> Prepared:
    operator = world.actor("operator")
    path = f"/subscriptions/{operator.own['subscription_id']}/pause"
    await world.made("POST", path, headers=operator.headers)
    return Prepared()


async def a_subscription(_: World) -> Prepared:
    return Prepared(body=FORM)


STEPS: Mapping[tuple[str, str], Step] = {
    ("webhooks", "POST /subscriptions"): a_subscription,
    ("webhooks", "POST /subscriptions/{subscription_id}/resume"): paused,
    ("scheduling", "POST /editions/{edition_id}/programme"): another_edition,
    ("scheduling", "POST /programmes/{programme_id}/publish"): a_changed_draft,
    ("scheduling", "POST /programmes/{programme_id}/participants/{participant_id}/excuses"): somebody_not_excused,
    ("multiplier_tracking", "POST /me/commitment/sessions/{session_id}/correct"): a_returned_report,
    ("multiplier_tracking", "POST /me/commitment/requests/{request_id}/withdraw"): a_request,
    ("multiplier_tracking", "POST /me/support-requests/{support_request_id}/ask-further"): an_answered_question,
    ("multiplier_tracking", "POST /commitments/{commitment_id}/requests/{request_id}/grant"): a_request,
    ("multiplier_tracking", "POST /commitments/{commitment_id}/requests/{request_id}/decline"): a_request,
    ("multiplier_tracking", f"POST {SESSION}/withdraw-verification"): a_verified_report,
    ("multiplier_tracking", "POST /commitments/{commitment_id}/decide-review"): a_commitment_under_review,
    ("multiplier_tracking", "POST /commitments/{commitment_id}/resume"): a_paused_commitment,
    ("multiplier_tracking", "POST /commitments/{commitment_id}/reopen"): a_lapsed_commitment,
    ("multiplier_tracking", "POST /me/commitment/sessions/{session_id}/answer-together"): asked_to_agree,
    ("multiplier_tracking", f"POST {SESSION}/answer-together"): asked_to_agree_for_somebody,
    ("certification", "POST /certificates/{participant_id}/keep"): a_certificate_under_review,
    ("certification", "POST /me/invitations"): before_the_week,
    ("certification", "POST /i"): a_code_on_paper,
    ("certification", "GET /wallet/offers/{address}"): an_offer_to_a_wallet,
    ("certification", "POST /wallet/token"): codes_of_an_offer,
    ("certification", "POST /wallet/credential"): a_token_of_an_offer,
    ("intake", "POST /calls/{call_id}/close"): an_open_call,
    ("intake", "POST /calls/{call_id}/extend"): a_call_to_extend,
    ("intake", "PUT /calls/{call_id}/questions"): a_call_to_come,
    ("intake", "POST /calls/{call_id}/questions/approve"): a_call_to_come,
    ("intake", "POST /applications/{application_id}/proposed-contact/refuse"): a_proposed_contact,
    ("intake", "POST /calls/{call_id}/selections"): a_call_to_select_for,
    ("intake", "POST /selections/{selection_id}/propose-anew"): a_call_to_select_for,
    ("intake", "POST /selections/{selection_id}/adjust"): a_call_to_select_for,
    ("intake", "POST /selections/{selection_id}/give-up"): a_selection_that_computes,
    ("intake", "POST /selections/{selection_id}/apply"): a_selection_to_apply,
    ("intake", "POST /offers/{offer_id}/decline"): an_open_offer,
    ("intake", "POST /sessions/token"): in_a_session,
    ("intake", "POST /sessions/end"): in_a_session,
    ("intake", "POST /me/recovery/refuse"): somebody_who_asks,
    ("intake", "POST /me/danger/end"): somebody_in_danger,
    ("intake", "POST /applications/{application_id}/danger/end"): somebody_else_in_danger,
    ("intake", "PUT /me/needs"): somebody_with_a_seat,
    ("intake", "POST /recoveries"): somebody_with_the_word,
    ("intake", "GET /recover/{code}"): a_letter_to_open,
    ("intake", "POST /recover/{code}"): a_letter_to_open,
    ("intake", "POST /applications/{application_id}/offer-seat"): a_free_seat,
}
"""By service and operation; all others succeed in the common world."""
