"""Who may reach whom: as the network policies say it, and as the code needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.manifests.rendering import Object, of_kind, pod_of

from relevo_certification.settings import CertificationSettings
from relevo_chassis.given.settings import ServiceSettings
from relevo_contracts import SERVICES
from relevo_intake.settings import IntakeSettings
from relevo_multiplier_tracking.settings import MultiplierTrackingSettings
from relevo_portal.settings import PortalSettings
from relevo_scheduling.settings import SchedulingSettings
from relevo_webhooks.settings import WebhooksSettings

SETTINGS: Mapping[str, type[ServiceSettings]] = {
    "intake": IntakeSettings,
    "scheduling": SchedulingSettings,
    "multiplier_tracking": MultiplierTrackingSettings,
    "certification": CertificationSettings,
    "portal": PortalSettings,
    "webhooks": WebhooksSettings,
}
PEOPLE, OPERATIONS, HEALTH, NATS, MONGODB = 8443, 8444, 8081, 4222, 27017
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"


class Way(NamedTuple):
    """From one to another, by a port; both by the name of a pod, the role of a namespace, or an address."""

    start: str
    end: str
    port: int


def needed() -> set[Way]:
    """The ways that the code takes within a cluster: rule 2 of the design, and the events.

    A service asks another where it has a setting for its address, and the keys of people's tokens are intake's. Nobody
    else is asked, and the portal never: so another setting for a service's address, and only that, opens another way.
    """
    ways = set()
    for service, settings in SETTINGS.items():
        here = named(service)
        asked = {other for other in SERVICES if f"{other}_url" in settings.model_fields}
        if "people_issuer" in settings.model_fields:
            asked.add("intake")
        ways |= {Way(here, named(other), PEOPLE) for other in asked}
        ways |= {Way(here, "nats", NATS), Way(here, "mongodb", MONGODB)}
        ways |= {Way("gateway", here, PEOPLE), Way("monitoring", here, HEALTH), Way("operations", here, OPERATIONS)}
    return ways | {Way("operations", "nats", NATS), Way("operations", "mongodb", MONGODB)}


def outside() -> set[tuple[str, int]]:
    """Who reaches what is not in the cluster, by a port: the OpenID provider, and the mail server."""
    mailing = {(named(service), 465) for service, each in SETTINGS.items() if "smtp_url" in each.model_fields}
    return {("operations", 443), *((named(service), 443) for service in SETTINGS), *mailing}


def named(service: str) -> str:
    """A service as Kubernetes can name it."""
    return service.replace("_", "-")


def ways(objects: Sequence[Object], direction: str) -> set[Way]:
    """The ways that policies open in a direction, ``ingress`` or ``egress``, but for asking for names."""
    found = set()
    for policy in of_kind(objects, "NetworkPolicy"):
        for rule in policy["spec"].get(direction, ()):
            for port in rule["ports"]:
                for here in _selected(policy["spec"]["podSelector"], objects):
                    for peer in _peers(rule["from" if direction == "ingress" else "to"], objects):
                        start, end = (peer, here) if direction == "ingress" else (here, peer)
                        found.add(Way(start, end, port["port"]))
    return {each for each in found if each.port != 53}


def _peers(peers: Iterable[Mapping[str, Any]], objects: Sequence[Object]) -> Iterator[str]:
    for peer in peers:
        if "ipBlock" in peer:
            yield str(peer["ipBlock"]["cidr"])
        elif "namespaceSelector" in peer:
            labels = peer["namespaceSelector"]["matchLabels"]
            yield labels.get("relevo/role") or labels["kubernetes.io/metadata.name"]
        else:
            yield from _selected(peer["podSelector"], objects)


def _selected(selector: Mapping[str, Any], objects: Sequence[Object]) -> set[str]:
    """The names of the pods that a selector means; what operators run has one name."""
    pods = [pod["metadata"]["labels"] for each in objects if (pod := pod_of(each))]
    found = [labels for labels in pods if _matches(selector, labels)]
    return {"operations" if labels[COMPONENT] == "operations" else labels[NAME] for labels in found}


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    unknown = selector.keys() - {"matchLabels", "matchExpressions"}
    assert not unknown, unknown
    assert all(each["operator"] == "In" for each in selector.get("matchExpressions", ()))
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ())
    )
