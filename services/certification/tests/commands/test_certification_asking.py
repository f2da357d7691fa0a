"""What intake says of somebody, asked and asked again when it was corrected there (rules 18 and 22)."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_certification.commands.asking import Known, merged
from relevo_certification.domain.sealed import Choice, Identity, Portfolio
from relevo_certification.store import PAPERS_SET

OLD, NEW = "Zoraida Canario-Zafiro", "Zoraida Zafiro Ñuflo"
PAPERS = ("credential.json", "credential.jwt", "certificate.pdf")


def identity(name: str = OLD, language: Any = "es", named: bool = True) -> Identity:
    return Identity(name=name, language=language, named=named)


async def corrected(house: Any, number: int, to: Identity) -> None:
    """The person, or staff, corrects it at intake, which tells that and not what."""
    house.identities.known[house.making.participant(number)] = to
    await house.receive(house.making.details_corrected(number))


async def test_rule_18_a_name_corrected_before_the_issue_is_asked_again_and_never_issued_as_it_was(house: Any) -> None:
    person = await house.ready(0, OLD)
    await corrected(house, 0, identity(NEW))
    assert (await house.issue())[person]["outcome"] == "problem"
    await house.ask()
    assert (await house.issue())[person]["outcome"] == "issued"
    assert (await house.verification(person))["holder"] == NEW
    assert house.identities.asked == [person, person]


async def test_rule_13_a_name_corrected_after_the_issue_supersedes_like_any_correction(house: Any) -> None:
    person = await house.issued(0, OLD)
    old = await house.link(person)
    await corrected(house, 0, identity(NEW))
    await house.ask()
    assert (await house.verification(person))["holder"] == NEW
    assert (await house.verification(person, 0))["status"] == "superseded"
    events = [each for each in house.events() if each["type"] == "CertificateSuperseded"]
    assert [each["body"]["because"] for each in events] == ["corrected"]
    for path in (old, f"/verifications/{old[3:]}", *(f"{old}/{name}" for name in PAPERS)):
        assert OLD not in (await house.stand.http.get(path)).text
    await house.ask()
    assert house.identities.asked == [person, person]


async def test_a_correction_that_changes_nothing_on_the_certificate_replaces_nothing(house: Any) -> None:
    person = await house.issued(0, OLD)
    await corrected(house, 0, identity(OLD))
    await house.ask()
    assert len((await house.seen(person))["issued"]) == 1
    assert (await house.certificate(0)).identity == "held"


async def test_rule_18_another_language_and_a_name_hidden_at_intake_go_onto_the_certificate(house: Any) -> None:
    person = await house.issued(0, OLD)
    await corrected(house, 0, identity(OLD, "fr", named=False))
    await house.ask()
    assert (await house.verification(person))["holder"] is None
    credential = (await house.stand.http.get(f"{await house.link(person)}/credential.json")).json()
    assert credential["credentialSubject"]["achievement"]["inLanguage"] == "fr"


async def test_rule_18_what_the_holder_decided_here_is_not_undone_by_a_correction_there(house: Any) -> None:
    person = await house.issued(0, OLD, named=True)
    path = "/me/certificate/choose-display"
    await house.stand.post(path, {"display": "unnamed"}, headers=house.holder(0))
    await corrected(house, 0, identity(NEW, named=True))
    await house.ask()
    assert (await house.verification(person))["holder"] is None
    await house.stand.post(path, {"display": "named"}, headers=house.holder(0))
    assert (await house.verification(person))["holder"] == NEW


async def test_rule_18_hiding_works_while_intake_is_still_to_be_asked_again(house: Any) -> None:
    person, ready = await house.issued(0, OLD, named=True), await house.ready(1, OLD, named=True)
    for number in (0, 1):
        await corrected(house, number, identity(NEW, named=True))
        path = "/me/certificate/choose-display"
        answer = await house.stand.post(path, {"display": "unnamed"}, headers=house.holder(number))
        assert answer.status_code == 200
    assert (await house.verification(person))["holder"] is None
    await house.ask()
    await house.issue()
    for one in (person, ready):
        assert (await house.verification(one))["holder"] is None


async def test_rule_18_a_name_that_was_corrected_is_destroyed_on_a_revoked_certificate_too(house: Any) -> None:
    person = await house.issued(0, OLD)
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    await corrected(house, 0, identity(NEW))
    await house.ask()
    found = await house.verification(person)
    assert (found["status"], found["holder"], found["credential"]) == ("revoked", None, None)
    assert await house.office.vault.open(person, PAPERS_SET, Portfolio) is None


async def test_who_is_not_ready_is_not_asked_about_and_the_erased_never(house: Any, making: Any) -> None:
    await house.receive(making.enrolled(0))
    await corrected(house, 0, identity(NEW))
    await house.issued(1, OLD)
    await house.receive(making.erased(1))
    await corrected(house, 1, identity(NEW))
    asked = list(house.identities.asked)
    await house.ask()
    assert house.identities.asked == asked


async def test_what_is_opened_to_compare_is_on_record_as_the_services_own_reading(house: Any) -> None:
    person = await house.issued(0, OLD)
    before = len(house.reads())
    await corrected(house, 0, identity(NEW))
    await house.ask()
    reads = house.reads()[before:]
    assert {(each["by"], each["purpose"], *each["person_ids"]) for each in reads} == {
        ("certification", "correction", person)
    }


@pytest.mark.parametrize(
    ("known", "answer", "found"),
    [
        (Known(), identity(NEW), identity(NEW)),
        (Known(choice=Choice(named=False)), identity(NEW), identity(NEW, named=False)),
        (Known(identity(NEW), identity(OLD)), identity(OLD), identity(NEW)),
        (Known(identity("Otra"), identity(OLD)), identity(NEW), identity(NEW)),
        (Known(identity(named=False), identity(), Choice(named=False)), identity(), identity(named=False)),
        (Known(identity(), identity(named=False), Choice(named=True)), identity(named=False), identity()),
        (Known(identity(), identity(), Choice(named=True)), identity(named=False), identity(named=False)),
        (Known(identity(named=False), identity(named=False)), identity(), identity()),
    ],
)
def test_what_intake_says_anew_counts_and_else_what_was_corrected_or_decided_here(
    known: Known, answer: Identity, found: Identity
) -> None:
    assert merged(known, answer) == found


def endangered(**facts: Any) -> Identity:
    return identity(**facts).model_copy(update={"in_danger": True})


@pytest.mark.parametrize(
    ("known", "answer", "found"),
    [
        (Known(), endangered(), identity(named=False)),
        (Known(choice=Choice(named=True)), endangered(), identity(named=False)),
        (Known(identity(), identity()), endangered(), identity(named=False)),
        (Known(identity(), identity(named=False), Choice(named=True)), endangered(named=False), identity(named=False)),
        (Known(identity(named=False), endangered()), identity(), identity()),
        (Known(identity(named=False), endangered(named=False), Choice(named=True)), identity(named=False), identity()),
        (Known(identity(named=False), endangered(), Choice(named=False)), identity(), identity(named=False)),
    ],
)
def test_rule_25_whoever_is_in_danger_is_named_nowhere_and_afterwards_as_was_decided(
    known: Known, answer: Identity, found: Identity
) -> None:
    assert merged(known, answer) == found
