"""Whatever staff change, through any route of the OpenAPI documents, is on record with who decided it (rule 22)."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping

from relevo_chassis.delivery.group import ONCE
from relevo_chassis.delivery.recorder import DECISIONS, READINGS, UNSEALED
from relevo_testkit.records import decisions_of
from relevo_testkit.routes import Actor, Operation, World

STAFF = ("coordinator", "reviewer", "faculty", "expert", "travel", "operator")
BESIDE = {ONCE, READINGS, DECISIONS, UNSEALED}
TAGGED = {
    "intake": "/calls/{call_id}/figures",
    "scheduling": "/programmes/{programme_id}/draft",
    "multiplier_tracking": "/commitments/{commitment_id}",
    "certification": "/editions/{edition_id}",
    "webhooks": "/subscriptions/{subscription_id}",
}
"""Whose tag an If-Match of a service names."""
FIRST: dict[str, tuple[str, ...]] = {
    "POST /programmes/{programme_id}/publish": ("DELETE /programmes/{programme_id}/draft/sessions/{session_id}",),
    "POST /programmes/{programme_id}/participants/{participant_id}/excuses": (
        "POST /programmes/{programme_id}/participants/{participant_id}/excuses/{excuse_id}/withdraw",
    ),
    "POST /subscriptions/{subscription_id}/resume": ("POST /subscriptions/{subscription_id}/pause",),
    "POST /subscriptions/{subscription_id}/end-old-secret": ("POST /subscriptions/{subscription_id}/rotate",),
    "POST /commitments/{commitment_id}/resume": ("POST /commitments/{commitment_id}/pause",),
    "POST /commitments/{commitment_id}/sessions/{session_id}/withdraw-verification": (
        "POST /commitments/{commitment_id}/sessions/{session_id}/verify",
    ),
    "POST /commitments/{commitment_id}/decide-review": (
        "POST /commitments/{commitment_id}/sessions/{session_id}/verify",
        "POST /commitments/{commitment_id}/sessions/{session_id}/withdraw-verification",
    ),
}
"""What is done before, so that there is an occasion."""
UNSEEN: dict[str, set[str]] = {
    "intake": {
        "POST /applications/{application_id}/danger/end",
        "POST /applications/{application_id}/offer-seat",
        "POST /applications/{application_id}/undelivered-letters/send",
        "POST /calls/{call_id}/applications/search",
        "POST /calls/{call_id}/close",
        "POST /calls/{call_id}/extend",
        "POST /calls/{call_id}/questions/approve",
        "PUT /calls/{call_id}/guard",
        "PUT /calls/{call_id}/questions",
        "PUT /editions/{edition_id}/watch",
        "POST /selections/{selection_id}/give-up",
    },
    "scheduling": {
        "PUT /editions/{edition_id}/materials/{material_id}",
        "PUT /editions/{edition_id}/materials/{material_id}/file",
    },
    "certification": {"POST /certificates/{participant_id}/keep", "PUT /editions/{edition_id}/invitation"},
    "multiplier_tracking": {
        "POST /commitments/{commitment_id}/reopen",
        "POST /commitments/{commitment_id}/requests/{request_id}/decline",
        "POST /commitments/{commitment_id}/requests/{request_id}/grant",
        "POST /commitments/{commitment_id}/sessions/{session_id}/answer-together",
        "POST /support-requests/{support_request_id}/take",
        "PUT /editions/{edition_id}/support",
    },
    "webhooks": {"POST /subscriptions/{subscription_id}/check"},
}
"""What staff may ask for, and changes nothing here or has no occasion: a test of its service has one."""


def stored(world: World) -> str:
    """A digest of all that is kept, but records and answers."""
    kept = {name: rows for name, rows in world.stand.store.collections.items() if rows and name not in BESIDE}
    return hashlib.sha256(repr(sorted(kept.items())).encode()).hexdigest()


class Tried:
    """What staff could ask for, what of it changed something, and which of these left nobody on record."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._operations = {each.name: each for each in world.operations}
        self.answers = dict[str, str]()
        self.deciding = set[str]()
        self.unrecorded: list[tuple[str, str]] = []

    async def each(self) -> None:
        """Every operation for each of staff, in the world as it was made."""
        kept = self._world.stand.store.collections
        for operation in self._world.operations:
            for actor in self._world.actors:
                if actor.role in STAFF and operation.method not in ("GET", "HEAD") and operation.spec.get("security"):
                    before = copy.deepcopy(dict(kept))
                    for name in FIRST.get(operation.name, ()):
                        staff = actor if actor.role == "operator" else self._world.actor("coordinator")
                        await self._sent(self._operations[name], staff, staff.own)
                    await self._try(operation, actor)
                    kept.clear()
                    kept.update(before)

    async def _try(self, operation: Operation, actor: Actor) -> None:
        before, count = stored(self._world), len(decisions_of(self._world.stand.store))
        for ids in (actor.own, {}):
            if await self._sent(operation, actor, ids) in (401, 403) or stored(self._world) != before:
                break
        if stored(self._world) == before:
            return
        self.deciding.add(operation.name)
        on_record = decisions_of(self._world.stand.store)[count:]
        if not any(each["by"].endswith(actor.role) for each in on_record):
            self.unrecorded.append((operation.name, actor.role))

    async def _sent(self, operation: Operation, actor: Actor, ids: Mapping[str, str]) -> int:
        """The status of an answer to what carries the tag of what is there now."""
        world, headers = self._world, dict(actor.headers)
        tagged = TAGGED[world.service].format_map(world.actor("coordinator").own)
        seen = await world.stand.http.get(tagged, headers=world.actor("coordinator").headers)
        headers["If-Match"] = seen.headers.get("etag", '"none"')
        answer = await world.send(operation, headers, ids, world.body(operation))
        if answer.status_code not in (401, 403):
            self.answers.setdefault(operation.name, answer.text)
        return answer.status_code


async def test_rule_22_whatever_staff_change_leaves_a_decision_on_record(world: World) -> None:
    tried = Tried(world)
    await tried.each()
    assert tried.unrecorded == []
    assert tried.answers.keys() - tried.deciding == UNSEEN[world.service]
