"""The catalogue in docs/events: a page for each event and no other, true to contracts, consumers and changelog."""

from __future__ import annotations

import re

import pytest
from tests.documents import events

from relevo_contracts import CONTRACTS, SERVICES, Contract, Unreadable, decode

every_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.model.__name__)


def test_there_is_a_page_for_each_event_and_none_of_one_that_there_is_not() -> None:
    assert {path.name for path in events.FOLDER.iterdir()} == {path.name for path in events.pages()}


@every_contract
def test_a_page_says_who_hears_it_and_since_when_and_shows_a_message_that_can_be_read(contract: Contract) -> None:
    page = events.page(contract)
    for each in events.consumers()[contract]:
        assert f"{each.service}, from `{each.durable}`" in page
        assert f"- **{each.service}**: {each.effect}" in page
        assert each.effect.endswith(".")
    assert ("partners, from" in page) == (contract.audience == "public")
    assert f"| since | {events.since()[contract.model.__name__]} of the contracts |" in page
    [headers] = re.findall(r"^```\n(ce-.*?)^```", page, re.MULTILINE | re.DOTALL)
    [body] = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    attributes = dict(line.split(": ", 1) for line in headers.splitlines())
    assert type(decode(attributes, body.encode(), subject=contract.subject).event) is contract.model
    with pytest.raises(Unreadable):
        decode({}, body.encode())


@every_contract
def test_a_page_names_every_field(contract: Contract) -> None:
    named = re.findall(r"^\| `(\w+)` \|", events.page(contract), re.MULTILINE)
    assert named == [*contract.model.model_fields]


def test_the_picture_has_each_event_that_is_heard_between_who_tells_and_who_hears_it() -> None:
    [picture] = re.findall(r"```mermaid\n(.*?)```", events.index(), re.DOTALL)
    drawn = {
        (producer, name, consumer)
        for producer, names, consumer in re.findall(r'^  (\w+) -- "(.*?)" --> (\w+)$', picture, re.MULTILINE)
        for name in names.split("<br>")
    }
    assert drawn == {
        (contract.model.service, contract.model.__name__, reader)
        for contract in CONTRACTS
        for reader in (
            *(each.service for each in events.consumers()[contract]),
            *(("partners",) if contract.audience == "public" else ()),
        )
    }
    assert {consumer for _, _, consumer in drawn} <= {*SERVICES, "portal", "webhooks", "partners"}


@every_contract
def test_the_picture_of_a_page_has_an_arrow_to_everybody_who_hears_of_it(contract: Contract) -> None:
    drawn = re.findall(r'^  (\w+) -- "(\w+)" --> (\w+)$', events.page(contract), re.MULTILINE)
    public = ["partners"] if contract.audience == "public" else []
    readers = [*(each.service for each in events.consumers()[contract]), *public]
    assert drawn == [(contract.model.service, contract.model.__name__, reader) for reader in readers]
