"""Every POST of the OpenAPI documents, sent twice under one Idempotency-Key: one effect, one answer."""

from __future__ import annotations

from relevo_chassis.ids import new_id
from relevo_testkit.records import readings_of
from relevo_testkit.routes import Actor, Operation, World

LAST = (
    *("return", "reject", "decide-review", "review", "close", "step-aside"),
    *("revoke", "withdraw", "erase", "remove"),
)
"""What takes away what other requests are about comes last, in this order."""
ONCE = {
    "intake": {
        "POST /editions/{edition_id}/grants",
        "POST /applications/{application_id}/step-aside",
        "POST /applications/{application_id}/corrections",
        "POST /applications/{application_id}/details",
        "POST /applications/{application_id}/erase",
        "POST /applications/{application_id}/participation/withdraw",
        "POST /applications/{application_id}/redaction",
        "POST /applications/{application_id}/reviews",
        "POST /applications/{application_id}/undelivered-letters/send",
        "POST /applications/{application_id}/withdraw",
        "POST /calls",
        "POST /calls/{call_id}/applications",
        "POST /calls/{call_id}/drafts",
        "POST /calls/{call_id}/late-codes",
        "POST /calls/{call_id}/reviewers",
        "POST /calls/{call_id}/seats",
        "POST /confirmations",
        "POST /contacts/{contact_id}/decide",
        "POST /drafts/{draft_id}/submit",
        "POST /offers/{offer_id}/accept",
        "POST /participants/{participant_id}/withdraw",
        "POST /persons/{person_id}/erase",
    },
    "scheduling": {
        "POST /editions/{edition_id}/faculty",
        "POST /editions/{edition_id}/materials",
        "POST /editions/{edition_id}/rooms",
        "POST /me/calendar-link",
        "POST /programmes/{programme_id}/close",
        "POST /programmes/{programme_id}/draft/sessions",
        "POST /programmes/{programme_id}/sessions/{session_id}/attendance",
    },
    "multiplier_tracking": {
        "POST /commitments/{commitment_id}/extend",
        "POST /commitments/{commitment_id}/pause",
        "POST /commitments/{commitment_id}/resume",
        "POST /commitments/{commitment_id}/sessions/{session_id}/verify",
        "POST /commitments/{commitment_id}/sessions/{session_id}/withdraw-verification",
        "POST /commitments/{commitment_id}/decide-review",
        "POST /me/commitment/reports",
        "POST /me/commitment/sessions",
        "POST /me/commitment/sessions/{session_id}/pictures",
        "POST /me/commitment/sessions/{session_id}/plan",
        "POST /me/commitment/sessions/{session_id}/report",
        "POST /me/support-requests",
        "POST /me/support-requests/{support_request_id}/close",
    },
    "certification": {
        "POST /me/certificate/choose-display",
        "POST /certificates/{participant_id}/revoke",
        "POST /certificates/{participant_id}/supersede",
        "POST /editions/{edition_id}/issue",
    },
    "webhooks": {
        "POST /subscriptions",
        "POST /subscriptions/{subscription_id}/check",
        "POST /subscriptions/{subscription_id}/deliveries/retry",
        "POST /subscriptions/{subscription_id}/pause",
        "POST /subscriptions/{subscription_id}/replay",
        "POST /subscriptions/{subscription_id}/resume",
        "POST /subscriptions/{subscription_id}/rotate",
        "POST /subscriptions/{subscription_id}/end-old-secret",
    },
}
"""The routes of which this test must see a first request succeed; of others a refusal is all that the world allows."""


async def sent(world: World, operation: Operation, actor: Actor, key: str, body: object) -> tuple[int, bytes, object]:
    headers = {**actor.headers, "Idempotency-Key": key}
    answer = await world.send(operation, headers, actor.own, body)
    return answer.status_code, answer.content, answer.headers.get("location")


def effects(world: World) -> int:
    """Everything stored, but what was opened to answer."""
    kept = world.stand.store.collections
    return sum(map(len, kept.values())) - len(readings_of(world.stand.store))


def order(operation: Operation) -> tuple[int, str]:
    last = operation.path.rpartition("/")[2]
    return (LAST.index(last) + 1 if last in LAST else 0, operation.name)


async def test_a_repeated_post_has_one_effect_and_one_answer(world: World) -> None:
    repeatable = set[str]()
    differ: list[tuple[str, str, object]] = []
    posts = [each for each in world.operations if each.method == "POST"]
    once = [each for each in posts if "Idempotency-Key" in {one["name"] for one in each.spec.get("parameters", ())}]
    for operation in sorted(once, key=order):
        for actor in world.actors:
            key, body = new_id(), world.body(operation)
            first = await sent(world, operation, actor, key, body)
            if first[0] not in (200, 201, 202):
                continue
            repeatable.add(operation.name)
            before = effects(world)
            again = await sent(world, operation, actor, key, body)
            if again != first or effects(world) != before:
                differ.append((operation.name, actor.role, (first, again)))
            other = {**body, "surplus": new_id()} if isinstance(body, dict) else None
            if other and (await sent(world, operation, actor, key, other))[0] != 422:
                differ.append((operation.name, actor.role, "another body"))
    assert differ == []
    assert repeatable >= ONCE[world.service], sorted(ONCE[world.service] - repeatable)


async def test_a_post_without_a_fit_key_is_refused_whoever_sends_it(world: World) -> None:
    for operation in world.operations:
        named = {each["name"] for each in operation.spec.get("parameters", ())}
        if operation.method == "POST" and "Idempotency-Key" in named:
            headers = {**world.actor("coordinator").headers, "Idempotency-Key": "1"}
            answer = await world.send(operation, headers, {}, world.body(operation))
            assert (operation.name, answer.status_code) in {(operation.name, status) for status in (400, 401, 403)}
