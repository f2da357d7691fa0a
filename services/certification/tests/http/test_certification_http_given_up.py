"""A name that was given up is nowhere public any more: on no page, in no paper, behind no old link (rule 18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pymupdf
import pytest

from relevo_certification.background import by_the_service
from relevo_certification.commands.asking import AskIdentity, ask_identity
from relevo_certification.domain.sealed import Identity, Portfolio
from relevo_certification.store import IDENTITY_SET, PAPERS_SET
from relevo_chassis.people.vault import KEYS, SEALED
from relevo_contracts.intake import DangerPassed, DangerReported

CANARY = "Zoraida Canario-Zafiro Ñuflo"
SITE = "https://certificados.oas.test"
PAPERS = ("credential.json", "credential.jwt", "certificate.pdf")


@pytest.mark.parametrize(
    "body",
    [{"because": "name_corrected", "name": "Rosa Bien"}, {"because": "facts_corrected"}, {"because": "key_replaced"}],
)
async def test_rule_18_a_replaced_certificate_tells_nothing_but_that_and_where(house: Any, body: Any) -> None:
    person = await house.issued(0, CANARY)
    old = await house.link(person)
    await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    new, get = await house.link(person), house.stand.http.get
    found = (await get(f"/verifications/{old[3:]}")).json()
    fields = {name: value for name, value in found.items() if value is not None}
    assert fields == {"status": "superseded", "issuer": "did:web:certificados.oas.test", "superseded_by": SITE + new}
    page = await get(f"{old}?lang=en")
    assert page.status_code == 200
    assert f'href="{SITE}{new}?lang=en"' in page.text
    for name in PAPERS:
        paper = await get(f"{old}/{name}")
        assert (paper.status_code, paper.json()["superseded_by"]) == (410, SITE + new)
        which = f"certificate_id={await house.id(person, 0)}"
        own = await get(f"/me/certificate/{name}?{which}", headers=house.holder(0))
        assert (own.status_code, own.json()["type"]) == (410, "urn:relevo:problem:certificate-replaced")
        for answer in (page, paper, own):
            assert "Zoraida" not in answer.text


async def test_rule_18_revoking_brings_back_nothing_of_what_was_replaced(house: Any) -> None:
    person = await house.issued(0, CANARY)
    old = await house.link(person)
    body = {"because": "name_corrected", "name": "Rosa"}
    await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    found = (await house.stand.http.get(f"/verifications/{old[3:]}")).json()
    assert (found["status"], found.keys() & {"holder", "texts", "credential", "pdf"}) == ("revoked", set())
    assert "Zoraida" not in (await house.stand.http.get(old)).text


async def test_rule_18_the_papers_of_a_replaced_certificate_are_destroyed(house: Any) -> None:
    person = await house.issued(0, CANARY)
    body = {"because": "name_corrected", "name": "Rosa"}
    await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    sealed = (
        await house.office.vault.open(person, PAPERS_SET, Portfolio),
        await house.office.vault.open(person, IDENTITY_SET, Identity),
    )
    assert "Zoraida" not in repr(sealed)


async def chosen(house: Any, number: int, display: str, **how: Any) -> Any:
    path = "/me/certificate/choose-display"
    return await house.stand.post(path, {"display": display}, headers=house.holder(number), **how)


async def test_rule_18_a_holder_hides_the_name_at_any_time_and_no_old_link_or_paper_tells_it(house: Any) -> None:
    person = await house.issued(0, CANARY, named=True)
    answer = await chosen(house, 0, "unnamed")
    assert (answer.status_code, answer.json()["certificate_id"]) == (200, await house.id(person))
    assert [(await house.verification(person, which))["status"] for which in (0, 1)] == ["superseded", "valid"]
    assert (await house.verification(person))["holder"] is None
    for which in (0, 1):
        link = await house.link(person, which)
        for path in (link, f"/verifications/{link[3:]}", *(f"{link}/{name}" for name in PAPERS)):
            assert "Zoraida" not in (await house.stand.http.get(path)).text
        assert (await house.stand.http.get(f"{link}/certificate.pdf")).status_code in (404, 410)


FORMS = ("text/html", "application/json", "application/vc", "application/vc+jwt", "application/pdf")


async def places_with(house: Any, person: str, word: str) -> list[str]:
    """Every public route, behind every link of theirs, in every form: where the word stands."""
    operations = house.stand.app.openapi()["paths"].items()
    public = [path for path, each in operations if "get" in each and not each["get"].get("security")]
    assert sum("{token}" in path for path in public) >= 5
    tokens = [each["verification_url"].rpartition("/")[2] for each in (await house.seen(person))["issued"]]
    paths = {path.replace("{token}", token).replace("{number}", "1") for path in public for token in tokens}
    answers = [
        (path, await house.stand.http.get(path, headers={"Accept": form})) for path in sorted(paths) for form in FORMS
    ]
    return [path for path, answer in answers if word.encode() in answer.content or word in pdf_text(answer.content)]


def pdf_text(content: bytes) -> str:
    if not content.startswith(b"%PDF"):
        return ""
    document: Any = pymupdf.open(stream=content)  # type: ignore[no-untyped-call]
    return str(document[0].get_text()) + repr(document.metadata)


@pytest.mark.parametrize("how", ["hidden", "corrected", "erased", "revoked and hidden"])
async def test_rule_18_a_name_given_up_is_told_on_no_public_route_in_no_form(house: Any, making: Any, how: str) -> None:
    person = await house.issued(0, CANARY, named=True)
    assert len(await places_with(house, person, "Zoraida")) >= 4
    if how == "corrected":
        body = {"because": "name_corrected", "name": "Rosa Bien"}
        await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    elif how == "erased":
        await house.receive(making.erased(0))
    else:
        if how.startswith("revoked"):
            path = f"/certificates/{person}/revoke"
            await house.stand.post(path, {"because": "misuse"}, headers=house.coordinator)
        assert (await chosen(house, 0, "unnamed")).status_code == 200
    assert await places_with(house, person, "Zoraida") == []


async def test_rule_18_a_holder_shows_the_name_later(house: Any) -> None:
    person = await house.issued(0, CANARY, named=False)
    assert (await chosen(house, 0, "named")).status_code == 200
    assert (await house.verification(person))["holder"] == CANARY
    credential = (await house.stand.http.get(f"{await house.link(person)}/credential.json")).json()
    assert credential["credentialSubject"]["identifier"][0]["identityHash"] == CANARY


async def test_rule_18_hiding_is_a_supersession_that_looks_like_a_correction(house: Any) -> None:
    hidden, corrected = await house.issued(0, CANARY), await house.issued(1, "Persona")
    await chosen(house, 0, "unnamed")
    body = {"because": "name_corrected", "name": "Otra"}
    await house.stand.post(f"/certificates/{corrected}/supersede", body, headers=house.coordinator)
    events = [event for event in house.events() if event["type"] in ("CertificateIssued", "CertificateSuperseded")]
    assert [each["type"] for each in events[2:]] == ["CertificateIssued", "CertificateSuperseded"] * 2
    assert [each["body"]["because"] for each in (events[3], events[5])] == ["corrected", "corrected"]
    first, second = [(await house.seen(person))["issued"] for person in (hidden, corrected)]
    assert [each["superseded_because"] for each in (*first, *second)] == ["name_corrected", None] * 2
    places = [(each.list_number, each.position) for each in (await house.certificate(0)).issued]
    assert len(set(places)) == 2


async def test_rule_18_the_choice_is_taken_before_the_certificate_and_before_the_name_is_known(
    house: Any, making: Any
) -> None:
    await house.receive(making.enrolled(0))
    assert (await chosen(house, 0, "unnamed")).json() == {
        "participant_id": making.participant(0),
        "certificate_id": None,
        "standing": "waiting",
    }
    person = await house.issued(0, CANARY, named=True, enrolled=True)
    assert (await house.verification(person))["holder"] is None
    ready = await house.ready(1, CANARY, named=True)
    await chosen(house, 1, "unnamed")
    await house.issue()
    assert (await house.verification(ready))["holder"] is None
    assert await house.certificate(1)


async def test_rule_18_a_choice_that_comes_while_intake_is_asked_wins(house: Any, making: Any) -> None:
    await house.receive(making.enrolled(0), making.completed(0), making.fulfilled(0))
    person = making.participant(0)

    class Meanwhile:
        async def of(self, participant_id: str) -> Identity:
            await chosen(house, 0, "unnamed")
            return Identity(name=CANARY, language="es", named=True)

    office = replace(house.office, identities=Meanwhile())
    await ask_identity(office, AskIdentity(person), by_the_service(house.stand.clock.now()))
    house.identities.known[person] = Identity(name=CANARY, language="es", named=True)
    await house.ask()
    await house.issue()
    assert (await house.verification(person))["holder"] is None


async def test_rule_18_hiding_a_shown_name_is_never_refused_and_all_else_only_a_few_times_a_day(house: Any) -> None:
    person = await house.issued(0, CANARY, named=True)
    statuses = [(await chosen(house, 0, display)).status_code for display in ("unnamed", "named") * 3]
    assert statuses == [200] * 6
    assert (await chosen(house, 0, "unnamed")).status_code == 200
    for display in ("named", "unnamed"):
        refused = await chosen(house, 0, display)
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:relevo:problem:display-changed-too-often")
        assert refused.headers["retry-after"] == str(24 * 3600)
    house.stand.clock.at += timedelta(days=1)
    assert (await chosen(house, 0, "named")).status_code == 200
    assert (await house.verification(person))["holder"] == CANARY


async def test_rule_18_hiding_once_more_replaces_what_was_passed_on_and_showing_once_more_nothing(house: Any) -> None:
    person = await house.issued(0, CANARY, named=False)
    await chosen(house, 0, "unnamed")
    assert len((await house.seen(person))["issued"]) == 2
    for _ in range(2):
        await chosen(house, 0, "named")
    assert len((await house.seen(person))["issued"]) == 3


async def test_rule_18_the_name_on_a_revoked_certificate_can_be_hidden_and_not_shown_again(house: Any) -> None:
    person = await house.issued(0, CANARY, named=True)
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    assert (await chosen(house, 0, "unnamed")).status_code == 200
    found = await house.verification(person)
    assert (found["status"], found["holder"], found["credential"]) == ("revoked", None, None)
    assert (await chosen(house, 0, "named")).json()["type"] == "urn:relevo:problem:already-revoked"


async def test_rule_18_the_holder_alone_decides_and_reads_the_choice(house: Any) -> None:
    person, get = await house.issued(0, CANARY, named=True), house.stand.http.get
    path, choose, hidden = "/me/certificate/display", "/me/certificate/choose-display", {"display": "unnamed"}
    assert (await house.stand.post(choose, hidden, headers=house.coordinator)).status_code == 403
    assert (await get(path, headers=house.coordinator)).status_code == 403
    both = house.stand.tokens.bearer("x", "participant", "coordinator", participant_id=house.making.participant(1))
    for who in (house.holder(1), both):
        await house.stand.post(choose, hidden, headers=who)
        assert (await get(path, headers=who)).json() == hidden
    assert (await get(path, headers=house.holder(0))).json() == {"display": "named"}
    await chosen(house, 0, "unnamed")
    assert (await get(path, headers=house.holder(0))).json() == {"display": "unnamed"}
    assert (await house.verification(person))["holder"] is None


async def test_rule_14_the_erased_choose_nothing_and_nothing_of_their_choice_is_kept(house: Any, making: Any) -> None:
    person = await house.issued(0, CANARY, named=True)
    await chosen(house, 0, "unnamed")
    await house.receive(making.erased(0))
    assert (await chosen(house, 0, "named")).status_code == 410
    assert (await house.stand.http.get("/me/certificate/display", headers=house.holder(0))).status_code == 410
    assert not [id for name in (KEYS, SEALED) for id in house.stand.store.collections[name] if person in id]


async def test_a_repeated_choice_gets_its_first_answer_also_when_it_would_be_refused_by_now(house: Any) -> None:
    await house.issued(0, CANARY, named=False)
    first = await chosen(house, 0, "named", key="0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012")
    person = house.making.participant(0)
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    await chosen(house, 0, "unnamed")
    again = await chosen(house, 0, "named", key="0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012")
    assert (again.status_code, again.content) == (200, first.content)


async def test_rule_18_a_name_is_corrected_before_the_first_issue_too(house: Any) -> None:
    person = await house.ready(0, "Ana \U0001f331 Ejemplo")
    body = {"because": "name_corrected", "name": "Ana Ejemplo"}
    answer = await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    assert answer.json() == {"participant_id": person, "certificate_id": None, "standing": "ready"}
    assert (await house.issue())[person]["outcome"] == "issued"
    assert (await house.verification(person))["holder"] == "Ana Ejemplo"


@pytest.mark.parametrize(
    ("body", "type"),
    [
        ({"because": "facts_corrected"}, "nothing-issued"),
        ({"because": "name_corrected", "name": "Ana \U0001f98b"}, "name-cannot-be-typeset"),
    ],
)
async def test_what_cannot_be_corrected_before_the_first_issue_is_refused(house: Any, body: Any, type: str) -> None:
    person = await house.ready(0, "Persona")
    answer = await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    assert answer.json()["type"] == f"urn:relevo:problem:{type}"


async def test_rule_25_a_name_is_on_no_certificate_while_its_holder_is_in_danger_and_on_a_new_one_afterwards(
    house: Any, making: Any
) -> None:
    person, now = await house.issued(0, CANARY, named=True), house.stand.clock.now()
    named, edition_id = house.identities.known[person], making.enrolled(0).edition_id
    house.identities.known[person] = named.model_copy(update={"in_danger": True})
    await house.receive(DangerReported(participant_id=person, edition_id=edition_id, began_at=now))
    await house.ask()
    assert "Zoraida" not in repr(await house.verification(person))
    old = await house.link(person, 0)
    for name in PAPERS:
        assert (await house.stand.http.get(f"{old}/{name}")).status_code == 410
    refused = await chosen(house, 0, "named")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:hidden-in-danger")
    house.identities.known[person] = named
    await house.receive(DangerPassed(participant_id=person, edition_id=edition_id, passed_at=now))
    await house.ask()
    assert (await house.verification(person))["holder"] == CANARY
