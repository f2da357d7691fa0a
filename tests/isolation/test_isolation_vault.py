"""Which routes open the vault, and that whoever opens it is on record before: person, texts, who and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from relevo_chassis.people.vault import ClassKey
from relevo_testkit.records import readings_of
from relevo_testkit.routes import Operation, World

Opened = set[tuple[str, str]]
"""A person's id and the field set."""

OPENING = {
    "intake": {
        "GET /applications/{application_id}/details",
        "GET /applications/{application_id}/reviews",
        "GET /me/reviews/{application_id}",
        "GET /applications/{application_id}/dossier",
        "GET /applications/{application_id}/for-review",
        "GET /applications/{application_id}/outcome",
        "GET /applications/{application_id}/seat-cost",
        "POST /applications/{application_id}/offer-seat",
        "GET /applications/{application_id}/offer",
        "GET /applications/{application_id}/redaction",
        "GET /applications/{application_id}/submission",
        "GET /calls/{call_id}/possible-conflicts",
        "GET /calls/{call_id}/telling-texts",
        "GET /drafts/{draft_id}",
        "GET /me/thread",
        "GET /threads/{thread_id}",
        "GET /editions/{edition_id}/participants?names=true",
        "GET /participants/{participant_id}/identity",
        "GET /participants/{participant_id}/needs",
        "GET /editions/{edition_id}/needs/count",
        "GET /me/needs",
        "GET /selections/{selection_id}/reproduction",
        "POST /applications/{application_id}/corrections",
        "POST /applications/{application_id}/details",
        "POST /applications/{application_id}/redaction",
        "POST /applications/{application_id}/reviews",
        "POST /calls/{call_id}/applications/search",
        "POST /calls/{call_id}/reviewers",
        "POST /calls/{call_id}/seats",
        "POST /calls/{call_id}/selections",
        "POST /drafts/{draft_id}/submit",
        "POST /participants/{participant_id}/withdraw",
        "POST /selections/{selection_id}/adjust",
        "POST /selections/{selection_id}/propose-anew",
        "POST /selections/{selection_id}/apply",
    },
    "scheduling": {
        "GET /me/excuses",
        "GET /participants/{participant_id}/decisions?reasons=true",
        "GET /participants/{participant_id}/excuses",
        "GET /programmes/{programme_id}/decisions?reasons=true",
    },
    "multiplier_tracking": {
        "GET /commitments/{commitment_id}/decisions?reasons=true",
        "GET /commitments/{commitment_id}/sessions/{session_id}/pictures/{picture_id}",
        "GET /commitments/{commitment_id}/texts",
        "GET /editions/{edition_id}/decisions?reasons=true",
        "GET /me/commitment/sessions/{session_id}/pictures/{picture_id}",
        "GET /me/commitment/texts",
        "GET /me/support-requests",
        "GET /support-requests/{support_request_id}",
    },
    "certification": {
        "GET /certificates/{participant_id}/certificate.pdf",
        "GET /certificates/{participant_id}/credential.json",
        "GET /certificates/{participant_id}/credential.jwt",
        "GET /me/certificate/certificate.pdf",
        "GET /me/certificate/credential.json",
        "GET /me/certificate/credential.jwt",
        "GET /editions/{edition_id}/issue",
        "GET /me/certificate/display",
        "POST /me/certificate/choose-display",
        "POST /me/certificate/wallet",
        "POST /certificates/{participant_id}/supersede",
    },
    "webhooks": set(),
}
BY_LINK = {
    "GET /v/{token}",
    "GET /v/{token}/certificate.pdf",
    "GET /v/{token}/credential.json",
    "GET /v/{token}/credential.jwt",
    "GET /verifications/{token}",
}
"""What a certificate's link shows to whoever was given it: opened too, and on no record (services/certification)."""
LAST = ("erase", "revoke", "withdraw", "step-aside", "close", "DELETE")
"""What takes away what other requests are about comes last."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """What was opened since it was last emptied; stored answers, which their caller was given before, aside."""
    found: Opened = set()
    original = ClassKey.open

    def noticed(key: ClassKey, place: str, model: Any, sealed: bytes) -> Any:
        if not place.startswith("answer/"):
            found.add((key.person_id, place))
        return original(key, place, model, sealed)

    monkeypatch.setattr(ClassKey, "open", noticed)
    return found


@contextmanager
def readings(world: World) -> Iterator[Opened]:
    """What is put on record until the block ends."""
    before, found = len(readings_of(world.stand.store)), Opened()
    yield found
    for row in readings_of(world.stand.store)[before:]:
        assert row["by"]
        assert row["purpose"]
        found.update((person_id, place) for person_id in row["person_ids"] for place in row["field_sets"])


async def test_whatever_a_route_opens_is_on_record_and_no_other_route_opens_anything(
    world: World, opened: Opened
) -> None:
    opening, unrecorded = set(), []
    operations = [*world.operations, *asking_for_more(world)]
    for operation in sorted(operations, key=lambda each: (any(word in each.name for word in LAST), each.method)):
        for actor in world.actors:
            opened.clear()
            with readings(world) as recorded:
                await world.send(operation, actor.headers, actor.own, world.body(operation))
            if opened:
                opening.add(operation.name)
            if opened - recorded and operation.name not in BY_LINK:
                unrecorded.append((operation.name, actor.role, sorted({place for _, place in opened - recorded})))
    assert unrecorded == []
    assert opening - BY_LINK == OPENING[world.service]
    assert opening & BY_LINK == (BY_LINK if world.service == "certification" else set())


def asking_for_more(world: World) -> list[Operation]:
    """What opens something only when it is asked to."""
    more = {"names": "true", "reasons": "true"}
    return [
        each._replace(path=f"{each.path}?{one['name']}={more[one['name']]}")
        for each in world.operations
        for one in each.spec.get("parameters", ())
        if one["name"] in more
    ]
