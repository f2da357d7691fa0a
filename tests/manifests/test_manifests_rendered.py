"""What a cluster is handed: objects that its API takes, that break none of our laws, and that start the services."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from tests.manifests.laws import broken
from tests.manifests.reach import HEALTH, MONGODB, NATS, OPERATIONS, PEOPLE, SETTINGS, Way, named, needed, outside, ways
from tests.manifests.rendering import (
    NO_KUBECTL,
    OVERLAYS,
    ROOT,
    WHOLE,
    Object,
    containers_of,
    kubectl,
    of_kind,
    plain,
    pod_of,
    rendered,
    the,
)
from tests.manifests.schemas import faults

from relevo_chassis.given.settings import ServiceSettings, SettingsRefused, checked_settings
from relevo_chassis.service.running import START_SECONDS
from relevo_chassis.service.server import GRACE_SECONDS
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.signing_keys import new_pair
from relevo_deploy.topology.files import default_folder, read_topology

pytestmark = pytest.mark.skipif(not kubectl(), reason=NO_KUBECTL)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_api_takes_every_object_of_an_overlay(overlay: str) -> None:
    assert [fault for each in rendered(overlay) for fault in faults(each)] == []


@pytest.mark.parametrize("overlay", WHOLE)
def test_no_object_breaks_a_law(overlay: str) -> None:
    assert broken([*rendered(overlay), *rendered(f"{overlay}/servers")]) == []


@pytest.mark.parametrize("overlay", WHOLE)
def test_what_is_applied_alone_is_what_is_applied_with_all(overlay: str) -> None:
    whole = rendered(overlay)
    alone = [
        each
        for part in OVERLAYS
        if part.startswith(f"{overlay}/") and part != f"{overlay}/servers"
        for each in rendered(part)
    ]
    assert sorted(map(str, whole)) == sorted(map(str, alone))
    assert {plain(each) for each in of_kind(whole, "Deployment")} - {"desk"} == {named(each) for each in DEPLOYED}


def test_policies_open_the_ways_that_the_code_takes_and_no_others() -> None:
    objects = rendered("production")
    inward, outward = ways(objects, "ingress"), ways(objects, "egress")
    assert {each for each in inward if each.start not in ("gateway", "monitoring")} <= outward
    assert {each for each in inward | outward if "/" not in each.end} == needed()
    assert {(each.start, each.port) for each in outward if "/" in each.end} == outside()
    assert {each for each in needed() if each.end not in ("nats", "mongodb")} == inward


def test_a_way_more_or_less_is_noticed() -> None:
    objects = rendered("production")
    without = [each for each in objects if plain(each) != "intake" or each["kind"] != "NetworkPolicy"]
    assert needed() - ways(without, "egress") >= {Way("intake", "nats", NATS), Way("intake", "mongodb", MONGODB)}
    assert Way("portal", "scheduling", PEOPLE) in needed()
    assert Way("scheduling", "portal", PEOPLE) not in needed()


def environment_of(service: str, overlay: str) -> Mapping[str, str]:
    """What a service is started with."""
    data: Mapping[str, str] = the(rendered(overlay), "ConfigMap", named(service))["data"]
    return data


def folder_for(service: str, folder: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The same environment with its files there, below a folder in place of ``/run``."""
    for value in environment.values():
        if value.startswith("/run/signing-keys"):
            new_pair(folder / "signing-keys", 2026)
        elif value.startswith("/run/"):
            path = folder / value.removeprefix("/run/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
            path.chmod(0o440)
    return {name: value.replace("/run/", f"{folder}/") for name, value in environment.items()}


def reasons(service: str, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Why a service would not start; none when it does."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings: type[ServiceSettings] = SETTINGS[service]
    try:
        checked_settings(settings)
    except SettingsRefused as refused:
        return str(refused).splitlines()
    return []


@pytest.mark.parametrize("service", DEPLOYED)
def test_in_production_a_service_starts_once_what_is_to_be_set_is_set_and_not_before(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = folder_for(service, tmp_path, environment_of(service, "production"))
    assert environment["RELEVO_ENVIRONMENT"] == "production"
    assert reasons(service, environment, monkeypatch) == ["RELEVO_OIDC_ISSUER: names a sample host; set it to your own"]
    ours = {name: value.replace(".example", ".oas.org") for name, value in environment.items()}
    assert reasons(service, ours, monkeypatch) == []


@pytest.mark.parametrize("service", DEPLOYED)
def test_for_a_trial_a_service_starts_as_it_is(service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reasons(service, folder_for(service, tmp_path, environment_of(service, "trial")), monkeypatch) == []


@pytest.mark.parametrize("overlay", WHOLE)
@pytest.mark.parametrize("service", DEPLOYED)
def test_every_file_that_a_setting_names_is_mounted_where_it_is_looked_for(service: str, overlay: str) -> None:
    pod = pod_of(the(rendered(overlay), "Deployment", named(service)))
    assert pod
    mounts = [each["mountPath"] for each in containers_of(pod)[-1]["volumeMounts"]]
    for name, value in environment_of(service, overlay).items():
        if value.startswith("/run/"):
            assert any(value == each or value.startswith(f"{each}/") for each in mounts), name


@pytest.mark.parametrize("service", DEPLOYED)
def test_a_service_is_itself_on_the_bus_and_in_its_database(service: str) -> None:
    found = environment_of(service, "production")
    assert found["RELEVO_NATS_INBOX_PREFIX"] == f"_INBOX_{service}"
    assert {found[f"RELEVO_{each}"] for each in ("SERVICE", "MONGO_USER", "MONGO_DATABASE")} == {service}


@pytest.mark.parametrize("service", DEPLOYED)
def test_more_replicas_come_when_events_wait_on_durables_of_the_service(service: str) -> None:
    scaled = the(rendered("production"), "ScaledObject", named(service))["spec"]
    topology = read_topology(default_folder())
    identity = next(each for each in topology.identities if each.name == service)
    streams = {each.name: each.stream for each in topology.consumers}
    lagging = {
        (each["metadata"]["consumer"], each["metadata"]["stream"])
        for each in scaled["triggers"]
        if each["type"] == "nats-jetstream"
    }
    assert lagging == (set() if service == "portal" else {(each, streams[each]) for each in identity.take})
    assert scaled["minReplicaCount"] >= 2
    deployment = the(rendered("production"), "Deployment", scaled["scaleTargetRef"]["name"])
    assert "replicas" not in deployment["spec"]


@pytest.mark.parametrize("service", DEPLOYED)
def test_probes_ports_and_patience_are_those_of_the_service_and_its_door(service: str) -> None:
    objects = rendered("production")
    spec = the(objects, "Deployment", named(service))["spec"]["template"]["spec"]
    door, container = spec["initContainers"][0], spec["containers"][0]
    assert (
        {each["containerPort"] for each in door["ports"]}
        == {PEOPLE, OPERATIONS, HEALTH}
        == set(listening(objects, service))
    )
    ports = {each["targetPort"]: each["port"] for each in the(objects, "Service", named(service))["spec"]["ports"]}
    assert ports == {"people": PEOPLE, "operations": OPERATIONS}
    assert {container[each]["httpGet"]["port"] for each in ("startupProbe", "readinessProbe", "livenessProbe")} == {
        HEALTH
    }
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] > START_SECONDS
    leaves = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["x-service"]["stop_grace_period"]
    assert spec["terminationGracePeriodSeconds"] - leaves == int(compose.removesuffix("s")) > GRACE_SECONDS


def listening(objects: Sequence[Object], service: str) -> Iterator[int]:
    """The ports that a door listens on; it hands on to the port of the service."""
    text = the(objects, "ConfigMap", f"{named(service)}-door")["data"]["nginx.conf"]
    settings = environment_of(service, "production")
    assert f"server {settings['RELEVO_HTTP_HOST']}:{settings['RELEVO_HTTP_PORT']};" in text
    yield from map(int, re.findall(r"listen (\d+)", text))
