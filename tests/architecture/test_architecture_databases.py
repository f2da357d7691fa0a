"""The files of deploy/databases name every collection that a service keeps, for its user has rights on no other."""

from __future__ import annotations

import pytest

import relevo_certification.main
import relevo_intake.main
import relevo_multiplier_tracking.main
import relevo_portal.main
import relevo_scheduling.main
import relevo_webhooks.main
from relevo_chassis.service.made_of import Service
from relevo_deploy.servers.databases import default_folder, read_databases

SERVICES: dict[str, Service] = {
    "intake": relevo_intake.main.SERVICE,
    "scheduling": relevo_scheduling.main.SERVICE,
    "multiplier_tracking": relevo_multiplier_tracking.main.SERVICE,
    "certification": relevo_certification.main.SERVICE,
    "portal": relevo_portal.main.SERVICE,
    "webhooks": relevo_webhooks.main.SERVICE,
}
FORGOTTEN = """{service} keeps collections that no file of deploy/databases names, so MongoDB would refuse them to its
user: {names}. Name each in deploy/databases/{service}.json (in every_service.json, if the chassis keeps it), by what
the service does with it. Where services run, relevo mongo-init gives the right before the new version starts."""
IDLE = """deploy/databases/{service}.json or every_service.json names what {service} does not keep: {names}.
Remove it there, or list it among the kinds, collections or indexes of the service."""


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_user_may_use_every_collection_that_the_service_keeps_and_no_other(service: str) -> None:
    kept, named = SERVICES[service].stored.keys(), read_databases(default_folder())[service].names
    forgotten, idle = sorted(kept - named), sorted(named - kept)
    assert not forgotten, FORGOTTEN.format(service=service, names=", ".join(forgotten))
    assert not idle, IDLE.format(service=service, names=", ".join(idle))
