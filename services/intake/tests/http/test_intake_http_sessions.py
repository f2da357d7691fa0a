"""Coming in with a receipt code in place of an account: a session, and tokens for the services (rules 19 and 24)."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from relevo_chassis.http.tokens import IssuedTokens, Issuer, IssuerKeys, NotAuthenticated
from relevo_contracts import PEOPLE
from relevo_intake.codes import handle_hash
from relevo_intake.issuing import SIGNS_AFTER_SECONDS, TOKEN_SECONDS, NoSigningKey, TokenIssuer
from relevo_intake.store.people import SESSIONS
from relevo_testkit.stand import PEOPLE_ISSUER, Stand

Form = Callable[..., dict[str, Any]]
DRAFT = {"name": "Ana Ejemplo", "contact": "ana@correo.org", "language": "es", "country": "HN"}


async def submitted(intake: Stand, call_id: str, form: Form, **changes: Any) -> dict[str, Any]:
    answer = await intake.post(f"/calls/{call_id}/applications", form(**changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def opened(intake: Stand, receipt: str) -> dict[str, str]:
    """A session, as its header."""
    answer = await intake.http.post("/sessions", headers={"Relevo-Receipt": receipt})
    assert answer.status_code == 201, answer.text
    return {"Relevo-Session": answer.json()["handle"]}


async def token_for(intake: Stand, session: dict[str, str], service: str) -> httpx.Response:
    return await intake.http.post("/sessions/token", json={"audience": service}, headers=session)


def trusting(intake: Stand, audience: str) -> IssuedTokens:
    """As another service takes tokens of intake's: by its discovery document and key set, and for itself alone."""
    transport = httpx.ASGITransport(app=intake.app)
    keys = IssuerKeys(httpx.AsyncClient(transport=transport, base_url=PEOPLE_ISSUER), PEOPLE_ISSUER)
    return IssuedTokens([Issuer(PEOPLE_ISSUER, keys, roles=PEOPLE)], audience=audience)


async def test_whoever_knows_the_code_gets_a_token_that_another_service_takes_for_itself_alone(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    one = await submitted(intake, call_id, application_form)
    session = await opened(intake, one["receipt_code"])
    answer = (await token_for(intake, session, "scheduling")).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", TOKEN_SECONDS)
    assert (answer["application_id"], answer["participant_id"]) == (one["application_id"], None)
    caller = await trusting(intake, "scheduling").caller(answer["access_token"])
    assert (caller.who.issuer, caller.roles) == (PEOPLE_ISSUER, frozenset({"applicant"}))
    assert not {"participant_id", "application_id"} & caller.claims.keys()
    assert one["application_id"] not in caller.who.subject
    with pytest.raises(NotAuthenticated):
        await trusting(intake, "certification").caller(answer["access_token"])


async def test_who_somebody_is_to_the_services_stays_the_same_from_session_to_session(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    one = await submitted(intake, call_id, application_form)
    other = await submitted(intake, call_id, application_form, contact="bea@correo.org")
    subjects = []
    for receipt in (one["receipt_code"], one["receipt_code"].lower(), other["receipt_code"]):
        answer = (await token_for(intake, await opened(intake, receipt), "scheduling")).json()
        subjects.append((await trusting(intake, "scheduling").caller(answer["access_token"])).who.subject)
    assert subjects[0] == subjects[1] != subjects[2]


async def test_a_token_opens_at_intake_what_the_code_opens_and_nothing_of_anybody_else(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    one = await submitted(intake, call_id, application_form)
    other = await submitted(intake, call_id, application_form, contact="bea@correo.org")
    answer = (await token_for(intake, await opened(intake, one["receipt_code"]), "intake")).json()
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    caller = await trusting(intake, "intake").caller(answer["access_token"])
    bearer = intake.tokens.bearer(caller.who.subject, *caller.roles, **_claims(caller.claims))
    receipt = {"Relevo-Receipt": one["receipt_code"]}
    for path in (f"/applications/{one['application_id']}", f"/applications/{one['application_id']}/details", "/me"):
        by_token, by_code = [await intake.http.get(path, headers=each) for each in (bearer, receipt)]
        assert (by_token.status_code, by_token.json()) == (200, by_code.json())
    assert (await intake.http.get(f"/applications/{other['application_id']}", headers=bearer)).status_code == 404
    assert (await intake.http.get("/me", headers={**bearer, **receipt})).status_code == 401, "one of the two"
    withdrawn = await intake.post(f"/applications/{one['application_id']}/withdraw", headers=bearer)
    assert withdrawn.json()["state"] == "withdrawn"


async def test_a_draft_is_written_and_submitted_with_a_token_and_becomes_what_its_code_opens(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    draft = (await intake.post(f"/calls/{call_id}/drafts", DRAFT)).json()
    session = await opened(intake, draft["receipt_code"])
    bearer = intake.tokens.bearer("somebody", "applicant", application_id=draft["draft_id"])
    mine = (await intake.http.get("/me", headers=bearer)).json()
    assert (mine["application_id"], mine["state"]) == (draft["draft_id"], "draft")
    assert [each["what"] for each in mine["next"]] == ["submit"]
    path, form = f"/drafts/{draft['draft_id']}", application_form()
    form.pop("consent")
    saved = await intake.http.put(path, json=form, headers={**bearer, "If-Match": '"1"'})
    assert saved.status_code == 200, saved.text
    answer = await intake.post(f"{path}/submit", {"consent": True}, headers=bearer)
    assert (answer.status_code, answer.json()["receipt_code"]) == (201, None), answer.text
    receipt = {"Relevo-Receipt": draft["receipt_code"]}
    assert (await intake.http.get(f"/applications/{draft['draft_id']}", headers=receipt)).status_code == 200
    assert (await token_for(intake, session, "intake")).status_code == 200, "the session goes on"
    mine = (await intake.http.get("/me", headers=bearer)).json()
    assert (mine["state"], [each["what"] for each in mine["next"]]) == ("submitted", ["confirm", "correct", "withdraw"])


@pytest.mark.parametrize("over_by", ["left", "over", "erased", "never"])
async def test_a_session_ends_when_one_leaves_after_twelve_hours_and_with_the_person(
    intake: Stand, call_id: str, application_form: Form, over_by: str
) -> None:
    one = await submitted(intake, call_id, application_form)
    session = await opened(intake, one["receipt_code"])
    kept = intake.store.collections[SESSIONS][handle_hash(intake.shell.vault, session["Relevo-Session"])]
    assert timedelta(hours=11, minutes=59) < kept["ends_at"] - datetime.now(UTC) < timedelta(hours=12, minutes=1)
    match over_by:
        case "left":
            assert (await intake.http.post("/sessions/end", headers=session)).status_code == 204
            assert (await intake.http.post("/sessions/end", headers=session)).status_code == 401
        case "over":
            kept["ends_at"] = datetime.now(UTC) - timedelta(seconds=1)
        case "erased":
            receipt = {"Relevo-Receipt": one["receipt_code"]}
            await intake.post(f"/applications/{one['application_id']}/erase", headers=receipt)
            assert (await intake.http.post("/sessions", headers=receipt)).status_code == 410
        case "never":
            session = {"Relevo-Session": one["receipt_code"]}
    refused = await token_for(intake, session, "intake")
    assert (refused.status_code, refused.json()["type"]) == (401, "urn:relevo:problem:session-is-over")


async def test_a_code_that_was_renewed_ends_what_was_opened_with_the_old_one(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    one = await submitted(intake, call_id, application_form)
    session = await opened(intake, one["receipt_code"])
    intake.store.collections["application"][one["application_id"]]["state"]["receipt_hash"] = "another"
    assert (await token_for(intake, session, "intake")).status_code == 401


async def test_nothing_that_was_shown_once_is_kept(intake: Stand, call_id: str, application_form: Form) -> None:
    one = await submitted(intake, call_id, application_form)
    session = await opened(intake, one["receipt_code"])
    kept = repr(dict(intake.store.collections))
    assert session["Relevo-Session"] not in kept
    assert one["receipt_code"] not in kept


@pytest.mark.parametrize("headers", [{}, {"Relevo-Session": ""}, {"Relevo-Session": "x" * 101}])
async def test_without_a_handle_nobody_gets_a_token(intake: Stand, headers: dict[str, str]) -> None:
    assert (await token_for(intake, headers, "intake")).status_code == 401
    assert (await intake.http.post("/sessions/end", headers=headers)).status_code == 401


async def test_an_unknown_code_opens_nothing(intake: Stand) -> None:
    answer = await intake.http.post("/sessions", headers={"Relevo-Receipt": "0" * 26})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:relevo:problem:no-such-application")


async def test_there_are_tokens_for_our_services_alone(intake: Stand, call_id: str, application_form: Form) -> None:
    one = await submitted(intake, call_id, application_form)
    assert (await token_for(intake, await opened(intake, one["receipt_code"]), "elsewhere")).status_code == 422


def test_a_new_key_is_shown_at_once_and_signs_when_caches_know_it(
    tmp_path: Path, new_key: Callable[[Path, str], None]
) -> None:
    now = time.time()
    new_key(tmp_path, "key-2019-2")
    issuer = TokenIssuer(PEOPLE_ISSUER, tmp_path, process_time=lambda: now)
    new_key(tmp_path, "key-2019-10")
    assert [each["kid"] for each in issuer.key_set()["keys"]] == ["key-2019-2", "key-2019-10"]
    assert all("d" not in each for each in issuer.key_set()["keys"])
    assert _kid(issuer) == "key-2019-2", "the older one, while caches may not know the newer"
    now += SIGNS_AFTER_SECONDS + 1
    assert _kid(issuer) == "key-2019-10"
    (tmp_path / "key-2019-2.pem").unlink()
    assert [each["kid"] for each in issuer.key_set()["keys"]] == ["key-2019-10"]


def test_a_folder_without_a_key_to_sign_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSigningKey, match="signing-keys"):
        TokenIssuer(PEOPLE_ISSUER, tmp_path)
    (tmp_path / "key-2019-1.pem").write_text("no key")
    os.chmod(tmp_path / "key-2019-1.pem", 0o600)
    with pytest.raises(NoSigningKey, match=r"key-2019-1\.pem"):
        TokenIssuer(PEOPLE_ISSUER, tmp_path)


def _kid(issuer: TokenIssuer) -> str:
    head = issuer.token("s", "intake", frozenset({"applicant"}), {}).partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def _claims(claims: Any) -> dict[str, str]:
    return {name: value for name, value in claims.items() if name.endswith("_id") and name != "client_id"}
