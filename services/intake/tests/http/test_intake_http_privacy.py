"""Nothing personal in clear: canaries in every personal field, looked for in all that is stored, told and logged."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from relevo_chassis.delivery.recorder import UNSEALED
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.people.records import chain
from relevo_intake.equipment import Equipment
from relevo_intake.http import ROUTERS
from relevo_intake.issuing import TokenIssuer
from relevo_intake.store import COLLECTIONS, INDEXES, KINDS
from relevo_testkit.fakes import FakeStore
from relevo_testkit.stand import PEOPLE_ISSUER, Stand, stand

Form = Callable[..., dict[str, Any]]
CANARIES = {
    "contact": "canary.contact@kanarienvogel.org",
    "name": "Canaria Kanarienvogel",
    "organisation": "Kanarien Stiftung",
    "country": "TV",
    "motivation": "Kanarie motiva todo el texto",
    "experience": "Kanarie experiencia vivida",
    "multiplier_idea": "Kanarie idea multiplicadora",
}
SECRET_WORDS = ("african_descent", "land_rights", "named", "fr")


def looked_for() -> list[str]:
    plain = [*CANARIES.values(), "kanarienvogel", "Kanarie"]
    return [*plain, *(base64.b64encode(each.encode()).decode()[:-4] for each in plain if len(each) > 8)]


def in_clear(documents: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Where a canary sings: collections and canaries."""
    return [
        f"{name}: {canary}"
        for name, rows in documents.items()
        for row in rows
        for canary in looked_for()
        if canary != "TV" and canary.casefold() in _text(row).casefold()
    ]


def values_of(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in values_of(each)]
    if isinstance(value, list | tuple):
        return [leaf for each in value for leaf in values_of(each)]
    return [value]


def _text(value: Any) -> str:
    return " ".join(
        each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in values_of(value)
    )


async def everything(intake: Stand, call_form: dict[str, Any], application_form: Form) -> list[str]:
    """Walk every route of the people's half with canaries; returns the codes that were given out."""
    coordinator = intake.tokens.bearer("coordinator-1", "coordinator")
    await intake.post("/calls", call_form, headers=coordinator)
    call_id = call_form["call_id"]
    form = application_form(
        **CANARIES, groups=["african_descent"], themes=["land_rights"], language="fr", display="named"
    )
    first = (await intake.post(f"/calls/{call_id}/applications", form)).json()
    second = (await intake.post(f"/calls/{call_id}/applications", form)).json()
    draft_form = {name: value for name, value in form.items() if name != "consent"}
    draft = (await intake.post(f"/calls/{call_id}/drafts", draft_form)).json()
    kept = (await intake.post(f"/calls/{call_id}/drafts", draft_form)).json()
    await intake.post(
        f"/drafts/{draft['draft_id']}/submit",
        {"consent": True},
        headers={"Relevo-Receipt": draft["receipt_code"]},
    )
    for receipt in (first, second):
        path = f"/applications/{receipt['application_id']}"
        await intake.http.get(f"{path}/submission", headers={"Relevo-Receipt": receipt["receipt_code"]})
        await intake.http.get(f"{path}/dossier?purpose=casework", headers=coordinator)
    await intake.http.post(f"/calls/{call_id}/applications/search", headers=coordinator, json={"countries": ["TV"]})
    await corrected(intake, call_id, first, draft_form, coordinator)
    await intake.post(
        f"/applications/{second['application_id']}/withdraw", headers={"Relevo-Receipt": second["receipt_code"]}
    )
    refused = await intake.post(f"/calls/{call_id}/applications", {**form, "name": [CANARIES["name"]], "surplus": 1})
    assert refused.status_code == 422
    assert in_clear({"problem": [{"text": refused.text}]}) == []
    return [each["receipt_code"] for each in (first, second, draft, kept)]


async def corrected(
    intake: Stand, call_id: str, receipt: dict[str, Any], draft_form: dict[str, Any], coordinator: dict[str, str]
) -> None:
    """Correct, propose and redact with canaries, and compare them with a reviewer's."""
    path, own = f"/applications/{receipt['application_id']}", {"Relevo-Receipt": receipt["receipt_code"]}
    details = {"name": "Kanarienvogel Otra", "contact": "canary.second@kanarienvogel.org", "language": "fr"}
    staff = {"contact": "canary.third@kanarienvogel.org", "display": "unnamed", "reason": "Kanarie motivo interno"}
    struck = {"passages": [{"field": "motivation", "text": "Kanarie"}]}
    reviewer = {"reviewer_id": "r", "country": "PE", "organisation": "Kanarien Stiftung Internacional"}
    answers = [
        await intake.post(f"{path}/details", details, headers=own),
        await intake.post(f"{path}/corrections", staff, headers=coordinator),
        await intake.post(f"{path}/redaction", struck, headers=coordinator),
        await intake.post(f"/calls/{call_id}/reviewers", {"reviewers": [reviewer]}, headers=coordinator),
        await intake.http.post(f"/calls/{call_id}/applications/preview", json=draft_form),
        await intake.http.get(f"{path}/details", headers=own),
        await intake.http.get(f"{path}/corrections", headers=coordinator),
        await intake.http.get(f"/calls/{call_id}/telling-texts", headers=coordinator),
        await intake.http.get(f"/calls/{call_id}/possible-conflicts", headers=coordinator),
    ]
    assert [each.status_code for each in answers] == [200] * 9
    assert answers[-1].json()["items"], "near enough to be looked at"


def checked(documents: dict[str, list[dict[str, Any]]], logged: str, codes: list[str]) -> None:
    assert len(documents["application"]) == 3
    assert len(documents["outbox"]) >= 5
    assert len(documents["letters"]) >= 3
    assert in_clear(documents) == []
    assert in_clear({"log": [{"text": logged}]}) == []
    for code in codes:
        assert code not in str(documents)
        assert code not in logged
    for name in ("application", "contact", "draft", "letters", UNSEALED, "person", "deadlines"):
        leaves = [leaf for row in documents[name] for leaf in values_of(row)]
        assert not {"TV", *SECRET_WORDS} & {leaf for leaf in leaves if isinstance(leaf, str)}, name
    for row in documents["outbox"]:
        assert not any(word in row["body"].decode() for word in ("TV", *SECRET_WORDS[:2]))


async def test_no_canary_is_stored_told_or_logged_in_clear(
    intake: Stand, call_form: dict[str, Any], application_form: Form
) -> None:
    codes = await everything(intake, call_form, application_form)
    documents = {name: list(rows.values()) for name, rows in intake.store.collections.items()}
    documents.setdefault("person", [])
    checked(documents, intake.logged.getvalue(), codes)


@asynccontextmanager
async def on_mongo(store: Store, key_folder: Path) -> AsyncIterator[Stand]:
    """Intake's routes over a real store."""
    names = [kind.name for kind in KINDS]
    await store.prepare([*names, *COLLECTIONS, "vault", "vault_keys"], {**chain.INDEXES, **INDEXES})
    real: Any = store
    kept: FakeStore = real
    equipment = Equipment(TokenIssuer(PEOPLE_ISSUER, key_folder), {})
    async with stand(ROUTERS, datetime(2019, 9, 13, 9, tzinfo=UTC), store=kept, equipment=equipment) as standing:
        yield standing


async def test_no_canary_is_found_in_a_dump_of_a_real_database(
    mongo_store: Store, key_folder: Path, call_form: dict[str, Any], application_form: Form
) -> None:
    async with on_mongo(mongo_store, key_folder) as intake:
        codes = await everything(intake, call_form, application_form)
        kept = [*(kind.name for kind in KINDS), *COLLECTIONS, *chain.INDEXES]
        names = [*kept, "outbox", "once", "vault", "vault_keys", "deadlines"]
        documents = {name: [row async for row in mongo_store.every(name)] for name in names}
        checked(documents, intake.logged.getvalue(), codes)


async def test_rule_14_after_an_erasure_nothing_of_the_person_is_left_in_a_real_database(
    mongo_store: Store, key_folder: Path, call_form: dict[str, Any], application_form: Form
) -> None:
    async with on_mongo(mongo_store, key_folder) as intake:
        await intake.post("/calls", call_form, headers=intake.tokens.bearer("coordinator-1", "coordinator"))
        key, path = new_id(), f"/calls/{call_form['call_id']}/applications"
        receipt = (await intake.post(path, application_form(), key=key)).json()
        headers = {"Relevo-Receipt": receipt["receipt_code"]}
        application = f"/applications/{receipt['application_id']}"
        assert (await intake.post(f"{application}/erase", headers=headers)).status_code == 200
        for name in ("vault", "vault_keys", "letters", "contact"):
            assert await mongo_store.rows(name, {}) == []
        assert (await intake.http.get(f"{application}/submission", headers=headers)).status_code == 410
        assert (await intake.post(path, application_form(), key=key)).status_code == 410


@pytest.mark.parametrize("missing", ["vault_keys", "vault"])
async def test_encryption_fails_closed_when_keys_or_ciphertexts_are_lost(
    intake: Stand, call_id: str, application_form: Form, missing: str
) -> None:
    receipt = (await intake.post(f"/calls/{call_id}/applications", application_form())).json()
    intake.store.collections[missing].clear()
    headers = {"Relevo-Receipt": receipt["receipt_code"]}
    answer = await intake.http.get(f"/applications/{receipt['application_id']}/submission", headers=headers)
    assert answer.status_code == 410
