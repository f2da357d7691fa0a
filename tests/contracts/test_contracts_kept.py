"""Both sides keep the contracts: each event is told by its own service, and taken through a durable that brings it."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from relevo_chassis.delivery.consume import Subscription
from relevo_contracts import BY_MODEL, CONTRACTS, SERVICES, Contract
from relevo_contracts.topology import read_topology

DEPLOYED = (*SERVICES, "portal", "webhooks")
ROOT = Path(__file__).resolve().parent.parent.parent
DURABLES = {each.name: each for each in read_topology(ROOT / "deploy" / "topology").durables}


def subscriptions(service: str) -> tuple[Subscription, ...]:
    found: tuple[Subscription, ...] = import_module(f"relevo_{service}.consumers").SUBSCRIPTIONS
    return found


def emitted_by(service: str) -> set[str]:
    """The names of events that a service makes."""
    package = ROOT / "services" / service / f"relevo_{service}"
    return {name for path in package.rglob("*.py") for name in _made_in(ast.parse(path.read_text(encoding="utf-8")))}


def _made_in(module: ast.Module) -> set[str]:
    """The classes of the contracts that a module calls: one of another package may bear the same name."""
    nodes = list(ast.walk(module))
    events = {
        each.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("relevo_contracts")
        for each in node.names
    }
    made = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return made & events & {each.model.__name__ for each in CONTRACTS}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_tells_its_own_events_all_of_them_and_no_others(service: str) -> None:
    assert emitted_by(service) == {each.model.__name__ for each in CONTRACTS if each.model.service == service}


@pytest.mark.parametrize("service", DEPLOYED)
def test_every_durable_of_a_service_is_subscribed_and_every_subscription_has_its_durable(service: str) -> None:
    subscribed = {each.durable: each.stream for each in subscriptions(service)}
    assert subscribed == {
        name: each.stream
        for name, each in DURABLES.items()
        if name.startswith(f"{service}_") and not name.startswith("partner")
    }


@pytest.mark.parametrize("service", DEPLOYED)
def test_every_event_with_a_handler_is_brought_by_the_durable(service: str) -> None:
    for subscription in subscriptions(service):
        durable = DURABLES[subscription.durable]
        for model in subscription.handlers:
            contract: Contract = BY_MODEL[model]
            assert contract.stream == durable.stream
            assert durable.matches(contract.subject), f"{durable.name} does not bring {model.__name__}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_durable_brings_an_aggregate_that_nobody_handles(service: str) -> None:
    for subscription in subscriptions(service):
        handled = {f"events.{model.service}.{model.aggregate}.>" for model in subscription.handlers}
        assert set(DURABLES[subscription.durable].filter_subjects) == handled


@pytest.mark.parametrize("service", ["portal", "webhooks"])
def test_durables_of_what_reaches_outside_bring_the_types_that_it_handles_and_no_other(service: str) -> None:
    """Its handlers do the same in any order, or are given one at a time, since sequences have holes there."""
    for subscription in subscriptions(service):
        assert set(DURABLES[subscription.durable].filter_subjects) == {
            BY_MODEL[model].subject for model in subscription.handlers
        }
        assert not subscription.in_order


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_decides_takes_events_in_their_order(service: str) -> None:
    assert all(each.in_order for each in subscriptions(service))
