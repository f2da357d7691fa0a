"""Who may call what: every role at every route of the four OpenAPI documents, against this list and no other."""

from __future__ import annotations

from relevo_chassis.testing.routes import World

ROLES = ("coordinator", "reviewer", "faculty", "expert", "participant", "service")
ALLOWED: dict[str, dict[str, str]] = {
    "intake": {
        "POST /calls": "coordinator",
        "GET /calls": "anybody",
        "GET /calls/{call_id}": "anybody",
        "GET /calls/{call_id}/figures": "coordinator",
        "POST /calls/{call_id}/extension": "coordinator",
        "PATCH /calls/{call_id}": "coordinator",
        "POST /calls/{call_id}/closing": "coordinator",
        "PUT /calls/{call_id}/requirements": "coordinator",
        "POST /calls/{call_id}/late-codes": "coordinator",
        "POST /calls/{call_id}/applications": "anybody",
        "GET /calls/{call_id}/applications": "coordinator",
        "POST /calls/{call_id}/applications/search": "coordinator",
        "GET /calls/{call_id}/undecided-contacts": "coordinator",
        "GET /calls/{call_id}/decisions": "coordinator",
        "GET /applications/{application_id}/decisions": "coordinator",
        "POST /calls/{call_id}/drafts": "anybody",
        "GET /calls/{call_id}/undelivered-letters": "coordinator",
        "POST /calls/{call_id}/reviewers": "coordinator",
        "GET /calls/{call_id}/possible-conflicts": "coordinator",
        "POST /calls/{call_id}/selections": "coordinator",
        "GET /calls/{call_id}/seating": "coordinator",
        "POST /calls/{call_id}/seats": "coordinator",
        "GET /receipt": "receipt",
        "GET /applications/{application_id}": "receipt",
        "GET /applications/{application_id}/submission": "receipt",
        "GET /applications/{application_id}/details": "receipt",
        "POST /applications/{application_id}/details": "receipt",
        "POST /applications/{application_id}/proposed-contact/refusal": "receipt",
        "POST /calls/{call_id}/applications/preview": "anybody",
        "GET /calls/{call_id}/telling-texts": "coordinator",
        "GET /applications/{application_id}/redaction": "coordinator",
        "POST /applications/{application_id}/redaction": "coordinator",
        "GET /applications/{application_id}/corrections": "coordinator",
        "POST /applications/{application_id}/corrections": "coordinator",
        "GET /applications/{application_id}/offer": "receipt",
        "POST /applications/{application_id}/withdrawal": "receipt",
        "POST /applications/{application_id}/erasure": "receipt",
        "POST /applications/{application_id}/participation/withdrawal": "receipt",
        "GET /calls/{call_id}/reviews": "coordinator",
        "GET /applications/{application_id}/reviews": "coordinator",
        "GET /applications/{application_id}/reviews/own": "reviewer",
        "GET /applications/{application_id}/dossier": "coordinator",
        "POST /applications/{application_id}/undelivered-letters/sending": "coordinator",
        "GET /applications/{application_id}/for-review": "reviewer",
        "POST /applications/{application_id}/reviews": "reviewer",
        "POST /applications/{application_id}/conflicts": "reviewer",
        "GET /reviews/assignments": "reviewer",
        "POST /confirmations": "anybody",
        "GET /confirm/{code}": "anybody",
        "POST /confirm/{code}": "anybody",
        "GET /drafts/{draft_id}": "receipt",
        "PUT /drafts/{draft_id}": "receipt",
        "DELETE /drafts/{draft_id}": "receipt",
        "POST /drafts/{draft_id}/submission": "receipt",
        "GET /offers/{offer_id}": "receipt",
        "POST /offers/{offer_id}/accept": "receipt",
        "POST /offers/{offer_id}/decline": "receipt",
        "POST /contacts/{contact_id}/decision": "coordinator",
        "POST /persons/{person_id}/erasure": "coordinator",
        "GET /selections/{selection_id}": "coordinator",
        "GET /selections/{selection_id}/outcomes": "coordinator",
        "GET /calls/{call_id}/selections": "coordinator",
        "GET /selections/{selection_id}/comparison": "coordinator",
        "GET /applications/{application_id}/outcome": "coordinator",
        "POST /selections/{selection_id}/adjustments": "coordinator",
        "GET /applications/{application_id}/seat-cost": "coordinator",
        "POST /applications/{application_id}/seat": "coordinator",
        "GET /calls/{call_id}/reviewers": "coordinator",
        "POST /calls/{call_id}/reviewers/removal": "coordinator",
        "POST /selections/{selection_id}/anew": "coordinator",
        "POST /selections/{selection_id}/giving-up": "coordinator",
        "POST /selections/{selection_id}/apply": "coordinator",
        "GET /selections/{selection_id}/reproduction": "coordinator",
        "GET /editions/{edition_id}/participants": "coordinator",
        "POST /participants/{participant_id}/withdrawal": "coordinator",
        "GET /participants/{participant_id}/identity": "service",
    },
    "scheduling": {
        "GET /editions/{edition_id}/programme": "anybody",
        "GET /editions/{edition_id}/programme.ics": "anybody",
        "GET /editions/{edition_id}/week": "anybody",
        "GET /calendars/{code}.ics": "anybody",
        "POST /editions/{edition_id}/programme": "coordinator",
        "GET /programmes": "coordinator",
        "GET /programmes/{programme_id}": "coordinator",
        "GET /programmes/{programme_id}/draft": "coordinator",
        "PUT /programmes/{programme_id}/draft": "coordinator",
        "PUT /programmes/{programme_id}/draft/sessions": "coordinator",
        "POST /programmes/{programme_id}/draft/sessions": "coordinator",
        "PUT /programmes/{programme_id}/draft/sessions/{session_id}": "coordinator",
        "DELETE /programmes/{programme_id}/draft/sessions/{session_id}": "coordinator",
        "POST /programmes/{programme_id}/publish": "coordinator",
        "GET /programmes/{programme_id}/versions/{version}": "coordinator",
        "POST /programmes/{programme_id}/close": "coordinator",
        "GET /programmes/{programme_id}/decisions": "coordinator",
        "GET /programmes/{programme_id}/participants": "coordinator",
        "PUT /programmes/{programme_id}/participants/groups": "coordinator",
        "PUT /programmes/{programme_id}/participants/{participant_id}/expected": "coordinator",
        "POST /programmes/{programme_id}/participants/{participant_id}/excuses": "coordinator",
        "POST /programmes/{programme_id}/participants/{participant_id}/excuses/{excuse_id}/withdraw": "coordinator",
        "POST /programmes/{programme_id}/sessions/{session_id}/attendance": "coordinator",
        "GET /programmes/{programme_id}/sessions/{session_id}/attendance": "coordinator",
        "PUT /programmes/{programme_id}/sessions/{session_id}/attendance/{participant_id}": "coordinator",
        "POST /editions/{edition_id}/rooms": "coordinator",
        "GET /editions/{edition_id}/rooms": "coordinator",
        "PUT /editions/{edition_id}/rooms/{room_id}": "coordinator",
        "POST /editions/{edition_id}/faculty": "coordinator",
        "GET /editions/{edition_id}/faculty": "coordinator",
        "PUT /editions/{edition_id}/faculty/{faculty_id}": "coordinator",
        "GET /my/sessions": "faculty",
        "GET /participants/{participant_id}/attendance": "coordinator participant",
        "GET /participants/{participant_id}/decisions": "coordinator",
        "GET /participants/{participant_id}/excuses": "coordinator participant",
        "GET /participants/{participant_id}/programme": "coordinator participant",
        "POST /participants/{participant_id}/calendar-link": "participant",
    },
    "multiplier_tracking": {
        "GET /codes": "anybody",
        "GET /me/commitment": "participant",
        "GET /me/commitment/timeline.svg": "participant",
        "GET /me/commitment/texts": "participant",
        "POST /me/commitment/sessions": "participant",
        "POST /me/commitment/sessions/{session_id}/plan": "participant",
        "POST /me/commitment/reports": "participant",
        "POST /me/commitment/sessions/{session_id}/report": "participant",
        "POST /me/commitment/sessions/{session_id}/correction": "participant",
        "POST /me/commitment/sessions/{session_id}/together": "participant",
        "GET /me/commitment/together": "participant",
        "POST /me/commitment/requests": "participant",
        "POST /me/commitment/requests/{request_id}/withdraw": "participant",
        "POST /me/support-requests": "participant",
        "GET /me/support-requests": "participant",
        "POST /me/support-requests/{support_request_id}/close": "participant",
        "GET /commitments": "coordinator",
        "GET /commitments/{commitment_id}": "coordinator",
        "GET /commitments/{commitment_id}/texts": "coordinator",
        "GET /commitments/{commitment_id}/together": "coordinator",
        "POST /commitments/{commitment_id}/sessions/{session_id}/together": "coordinator",
        "GET /commitments/{commitment_id}/decisions": "coordinator",
        "GET /editions/{edition_id}/decisions": "coordinator",
        "POST /commitments/{commitment_id}/sessions/{session_id}/verify": "coordinator",
        "POST /commitments/{commitment_id}/sessions/{session_id}/return": "coordinator",
        "POST /commitments/{commitment_id}/sessions/{session_id}/reject": "coordinator",
        "POST /commitments/{commitment_id}/sessions/{session_id}/withdraw-verification": "coordinator",
        "POST /commitments/{commitment_id}/pause": "coordinator",
        "POST /commitments/{commitment_id}/requests/{request_id}/grant": "coordinator",
        "POST /commitments/{commitment_id}/requests/{request_id}/decline": "coordinator",
        "POST /commitments/{commitment_id}/resume": "coordinator",
        "POST /commitments/{commitment_id}/extend": "coordinator",
        "POST /commitments/{commitment_id}/reopen": "coordinator",
        "POST /commitments/{commitment_id}/review": "coordinator",
        "GET /editions/{edition_id}/reach": "coordinator",
        "GET /support-requests": "coordinator expert",
        "GET /support-requests/{support_request_id}": "expert",
        "POST /support-requests/{support_request_id}/take": "expert",
        "POST /support-requests/{support_request_id}/answer": "expert",
        "POST /support-requests/{support_request_id}/assign": "coordinator",
        "POST /support-requests/{support_request_id}/close": "coordinator",
    },
    "certification": {
        "PUT /editions/{edition_id}": "coordinator",
        "GET /editions/{edition_id}": "coordinator",
        "GET /editions/{edition_id}/certificates": "coordinator",
        "GET /editions/{edition_id}/decisions": "coordinator",
        "GET /certificates/{participant_id}/decisions": "coordinator",
        "GET /editions/{edition_id}/issue": "coordinator",
        "POST /editions/{edition_id}/issue": "coordinator",
        "GET /editions/{edition_id}/issuances": "coordinator",
        "GET /editions/{edition_id}/issuances/{issuance_id}": "coordinator",
        "GET /editions/{edition_id}/issuances/{issuance_id}/rows": "coordinator",
        "GET /certificates/{participant_id}": "coordinator participant",
        "GET /certificates/{participant_id}/certificate.pdf": "coordinator participant",
        "GET /certificates/{participant_id}/credential.json": "coordinator participant",
        "GET /certificates/{participant_id}/credential.jwt": "coordinator participant",
        "POST /certificates/{participant_id}/revocation": "coordinator",
        "POST /certificates/{participant_id}/supersession": "coordinator",
        "GET /certificates/{participant_id}/display": "participant",
        "POST /certificates/{participant_id}/display": "participant",
        "POST /certificates/{participant_id}/review": "coordinator",
        "GET /v/{token}": "anybody",
        "GET /v/{token}/credential.json": "anybody",
        "GET /v/{token}/credential.jwt": "anybody",
        "GET /v/{token}/certificate.pdf": "anybody",
        "GET /verifications/{token}": "anybody",
        "GET /": "anybody",
        "GET /.well-known/did.json": "anybody",
        "GET /status/{number}": "anybody",
        "GET /status/{number}/refresh": "anybody",
    },
}


def test_every_route_stands_in_the_list(world: World) -> None:
    assert {each.name for each in world.operations} == ALLOWED[world.service].keys()


async def test_a_route_that_needs_a_token_is_closed_without_one_and_to_every_other_role(world: World) -> None:
    wrong: list[tuple[str, object, int]] = []
    for operation in world.operations:
        allowed = ALLOWED[world.service][operation.name].split()
        if allowed == ["anybody"]:
            continue
        body = world.body(operation)
        for bearer in ({}, {"Authorization": "Bearer e30.e30.e30"}, {"Authorization": "Basic YTpi"}):
            answer = await world.send(operation, bearer, {}, body)
            if answer.status_code != 401:
                wrong.append((operation.name, bearer, answer.status_code))
        for role in ROLES:
            name = "certification" if role == "service" else f"a-{role}"
            actor = world.stand.tokens.bearer(name, role, participant_id="0" * 32)
            answer = await world.send(operation, actor, {}, body)
            expected = {401} if allowed == ["receipt"] else set(range(200, 500)) - {401, 403}
            if role not in allowed and allowed != ["receipt"]:
                expected = {403}
            elif "{participant_id}" in operation.path and role == "participant":
                expected |= {403, 404}
            if answer.status_code not in expected:
                wrong.append((operation.name, role, answer.status_code))
    assert wrong == []


async def test_what_is_for_anybody_needs_no_token(world: World) -> None:
    asked = [each for each in world.operations if ALLOWED[world.service][each.name] == "anybody"]
    answers = [await world.send(each, {}, {}, world.body(each)) for each in asked]
    assert not {each.status_code for each in answers} & {401, 403}


async def test_a_caller_with_no_role_at_all_gets_nowhere(world: World) -> None:
    nobody = world.stand.tokens.bearer("nobody")
    for operation in world.operations:
        if not {"anybody", "receipt"} & {ALLOWED[world.service][operation.name]}:
            answer = await world.send(operation, nobody, {}, world.body(operation))
            assert (operation.name, answer.status_code) == (operation.name, 403)


async def test_a_route_for_a_service_is_for_that_one_alone(world: World) -> None:
    for name in ("scheduling", "intake", "certification2", "Certification", "the-service"):
        other = world.stand.tokens.bearer(name, "service")
        for operation in world.operations:
            if ALLOWED[world.service][operation.name] not in ("anybody", "receipt"):
                answer = await world.send(operation, other, {}, world.body(operation))
                assert (name, operation.name, answer.status_code) == (name, operation.name, 403)
