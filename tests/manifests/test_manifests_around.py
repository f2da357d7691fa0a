"""The examples of what stands around the services lead to their doors, under the addresses that they are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.manifests.reach import HEALTH, PEOPLE, named
from tests.manifests.rendering import KUBERNETES, NO_KUBECTL, Object, files, kubectl, of_kind, plain, rendered, the

EXAMPLES = [each for path, each in files() if path.is_relative_to(KUBERNETES / "examples")]
ROUTES = of_kind(EXAMPLES, "HTTPRoute")
PUBLIC = {
    ("portal", "RELEVO_PUBLIC_URL"): "portal",
    ("portal", "RELEVO_CALENDAR_URL"): "scheduling",
    ("intake", "RELEVO_PUBLIC_URL"): "intake",
    ("intake", "RELEVO_PORTAL_URL"): "portal",
    ("certification", "RELEVO_PUBLIC_URL"): "certification",
}
"""Addresses that people are told, and who answers there."""

pytestmark = pytest.mark.skipif(not kubectl(), reason=NO_KUBECTL)


@pytest.mark.parametrize(("service", "setting"), PUBLIC)
def test_an_address_that_people_are_told_leads_to_who_answers_there(service: str, setting: str) -> None:
    data: Mapping[str, str] = the(rendered("production"), "ConfigMap", named(service))["data"]
    host = urlsplit(data[setting]).hostname
    leads_to = [plain(each) for each in ROUTES if host in each["spec"]["hostnames"]]
    assert leads_to == [named(PUBLIC[service, setting])]


@pytest.mark.parametrize("route", ROUTES, ids=plain)
def test_a_route_leads_to_a_door_that_is_known_by_its_certificate_and_hands_on_no_hearsay(route: Object) -> None:
    (rule,) = route["spec"]["rules"]
    (backend,) = rule["backendRefs"]
    service = the(rendered("production"), "Service", backend["name"])
    ports = {each["port"]: each["name"] for each in service["spec"]["ports"]}
    assert ports[backend["port"]] == "people"
    assert backend["port"] == PEOPLE
    policy = the(EXAMPLES, "BackendTLSPolicy", backend["name"])["spec"]
    assert policy["targetRefs"][0]["sectionName"] == "people"
    names = the(rendered("production"), "Certificate", backend["name"])["spec"]["dnsNames"]
    assert policy["validation"]["hostname"] in names
    assert rule["filters"][0]["requestHeaderModifier"] == {"remove": ["Forwarded"]}


def test_prometheus_asks_every_replica_at_the_port_for_figures() -> None:
    monitor = the(EXAMPLES, "PodMonitor", "services")["spec"]
    deployments = of_kind(rendered("production"), "Deployment")
    assert deployments
    for each in deployments:
        pod: Mapping[str, Any] = each["spec"]["template"]
        assert monitor["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        ports = {port["name"]: port["containerPort"] for port in pod["spec"]["initContainers"][0]["ports"]}
        assert ports[monitor["podMetricsEndpoints"][0]["port"]] == HEALTH
