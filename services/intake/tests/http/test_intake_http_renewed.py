"""What the code before had opened is gone once another was given in its place (rule 19): here at once, elsewhere by
what is told of it."""

from __future__ import annotations

from typing import Any

import httpx

from relevo_chassis.http.tokens import IssuedTokens, Issuer, IssuerKeys
from relevo_contracts import PEOPLE
from relevo_contracts.intake import ReceiptRenewed
from relevo_intake.codes import recovery_code
from relevo_intake.commands.recovery import answer_lost
from relevo_testkit.stand import PEOPLE_ISSUER

Seated = Any
WORD = "Ceiba junto al río"


async def renewed(seated: Seated, application_id: str, code: dict[str, str]) -> dict[str, str]:
    """Somebody recovers with the word that they chose; their new code."""
    on = seated.call.on
    chosen = await on.post("/me/recovery/choose", {"way": "word", "word": WORD}, headers=code)
    assert chosen.status_code == 200, chosen.text
    number = [*seated.call.receipts].index(application_id)
    before = {row["_id"] for row in on.store.collections["letters"].values()}
    await on.http.post("/lost", json={"contact": f"person{number}@correo.org", "word": WORD})
    await answer_lost(seated.call.office, on.clock.now())
    letters = [row for row in on.store.collections["letters"].values() if row["_id"] not in before]
    [letter] = [row for row in letters if row["kind"] == "recovery"]
    answer = await on.http.post("/recoveries", json={"code": recovery_code(on.shell.vault, letter["facts"]["ask_id"])})
    assert answer.status_code == 201, answer.text
    return {"Relevo-Receipt": answer.json()["receipt_code"]}


async def opened(seated: Seated, code: dict[str, str]) -> dict[str, str]:
    answer = await seated.call.on.http.post("/sessions", headers=code)
    assert answer.status_code == 201, answer.text
    return {"Relevo-Session": answer.json()["handle"]}


async def token(seated: Seated, session: dict[str, str], service: str = "scheduling", status: int = 200) -> str:
    answer = await seated.call.on.http.post("/sessions/token", json={"audience": service}, headers=session)
    assert answer.status_code == status, answer.text
    return str(answer.json().get("access_token", ""))


async def claims(seated: Seated, access_token: str, audience: str = "scheduling") -> Any:
    transport = httpx.ASGITransport(app=seated.call.on.app)
    keys = IssuerKeys(httpx.AsyncClient(transport=transport, base_url=PEOPLE_ISSUER), PEOPLE_ISSUER)
    issued = IssuedTokens([Issuer(PEOPLE_ISSUER, keys, roles=PEOPLE)], audience=audience)
    return (await issued.caller(access_token)).claims


def whose(seated: Seated, participant_id: str) -> str:
    return str(seated.call.on.store.collections["participant"][participant_id]["state"]["application_id"])


async def test_rule_19_what_an_old_code_had_opened_is_gone_once_another_takes_its_place(seated: Seated) -> None:
    participant_id, old = seated.people[0]
    session = await opened(seated, old)
    assert (await claims(seated, await token(seated, session)))["renewals"] == "0"
    new = await renewed(seated, whose(seated, participant_id), old)
    await token(seated, session, status=401)
    assert (await seated.asks("POST", "/sessions", old)).status_code == 404
    for path in ("/me", "/me/needs", "/me/thread", "/me/danger", "/me/recovery"):
        assert (await seated.asks("GET", path, old)).status_code == 404, path
        assert (await seated.asks("GET", path, new)).status_code == 200, path
    assert (await claims(seated, await token(seated, await opened(seated, new))))["renewals"] == "1"


async def test_rule_19_of_whoever_takes_part_it_is_told_that_another_code_counts_by_ids_and_a_count(
    seated: Seated,
) -> None:
    participant_id, code = seated.people[0]
    for times in (1, 2):
        code = await renewed(seated, whose(seated, participant_id), code)
        assert [each["renewals"] for each in seated.call.events(ReceiptRenewed)] == [*range(1, times + 1)]
    published = seated.call.events(ReceiptRenewed)
    assert set(published[0]) == {"participant_id", "edition_id", "renewals", "renewed_at"}
    assert {each["participant_id"] for each in published} == {participant_id}


async def test_rule_19_of_whoever_takes_no_part_nothing_is_told(seated: Seated) -> None:
    id = seated.seatless
    await renewed(seated, id, seated.call.receipt(id))
    assert seated.call.events(ReceiptRenewed) == []


async def test_only_scheduling_is_told_in_a_token_how_often_a_code_was_renewed(seated: Seated) -> None:
    session = await opened(seated, seated.people[0][1])
    for service in ("multiplier_tracking", "certification", "intake"):
        assert "renewals" not in await claims(seated, await token(seated, session, service), service)
