"""The files of the manifests stand by themselves, and each law catches what is planted against it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.manifests.laws import broken
from tests.manifests.rendering import KUBERNETES, Object, files
from tests.manifests.schemas import OF_OTHERS, faults

FILES = list(files())


@pytest.mark.parametrize(
    "path", sorted({path for path, _ in FILES}), ids=lambda path: str(path.relative_to(KUBERNETES))
)
def test_every_object_stands_whole_in_its_file(path: Path) -> None:
    """So each can be read, and checked where nothing renders."""
    found = [each for where, each in FILES if where == path]
    incomplete = {"Job": "restartPolicy", "CronJob": "restartPolicy"}
    wrong = [fault for each in found for fault in faults(each) if incomplete.get(each["kind"], "\0") not in fault]
    assert wrong == []


def test_whose_schemas_are_not_here_is_known() -> None:
    kinds = {each["kind"] for _, each in FILES}
    assert "Deployment" in kinds
    assert kinds & OF_OTHERS >= {"Certificate", "ScaledObject"}
    assert list(faults({"apiVersion": "x.invalid/v1", "kind": "Unknown", "metadata": {"name": "x"}}))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda each: each["spec"].update(replica=2), "replica"),
        (lambda each: each["spec"].update(replicas="two"), "replicas"),
        (lambda each: each["spec"].pop("selector"), "selector"),
        (lambda each: each["spec"]["template"]["spec"]["containers"][0].pop("name"), "name"),
    ],
)
def test_what_the_api_would_refuse_is_noticed(change: Callable[[Any], Any], found: str) -> None:
    planted = world()[0]
    assert faults(planted) == ()
    change(planted)
    assert any(found in each for each in faults(planted))


LABELS = {"app.kubernetes.io/name": "a", "app.kubernetes.io/component": "service"}
_PROBE = {"httpGet": {"path": "/livez", "port": 8081}}
CONTAINER: Object = {
    "name": "service",
    "image": "localhost/relevo-a:0.1.0",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
    "startupProbe": _PROBE,
    "readinessProbe": _PROBE,
    "livenessProbe": _PROBE,
}
POD: Object = {
    "metadata": {"labels": LABELS},
    "spec": {
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [CONTAINER],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Mi"}}],
    },
}


def made(api: str, kind: str, spec: Object, name: str = "a") -> Object:
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, "namespace": "n", "labels": LABELS},
        "spec": spec,
    }


def world() -> list[Any]:
    """A service that breaks no law."""
    selector = {"matchLabels": {"app.kubernetes.io/name": "a"}}
    rolling = {"rollingUpdate": {"maxUnavailable": 0}}
    to = [{"namespaceSelector": {"matchLabels": {"relevo/role": "nats"}}}]
    policy = {"podSelector": selector, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 1}], "to": to}]}
    objects = [
        made("apps/v1", "Deployment", {"strategy": rolling, "selector": selector, "template": POD}),
        made("networking.k8s.io/v1", "NetworkPolicy", policy),
        made(
            "networking.k8s.io/v1", "NetworkPolicy", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, "nobody"
        ),
        made("v1", "Service", {"ports": [{"port": 1}]}),
        made("v1", "ServiceAccount", {}),
        made("policy/v1", "PodDisruptionBudget", {}),
        {
            "kind": "ConfigMap",
            "metadata": {"name": "a"},
            "data": {"RELEVO_SERVICE_KEY_FILE": "/run/relevo/service.key"},
        },
    ]
    return copy.deepcopy(objects)


def pod(objects: list[Any]) -> Any:
    return objects[0]["spec"]["template"]["spec"]


def container(objects: list[Any]) -> Any:
    return pod(objects)["containers"][0]


def policy(objects: list[Any]) -> Any:
    return objects[1]["spec"]


def test_a_service_that_breaks_no_law_is_let_through() -> None:
    assert broken(world()) == []


PLANTED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda each: pod(each)["securityContext"].update(runAsUser=0), "may run as root"),
    (lambda each: pod(each)["securityContext"].pop("runAsNonRoot"), "may run as root"),
    (lambda each: container(each)["securityContext"].update(runAsUser=0), "service runs as root"),
    (lambda each: pod(each)["securityContext"].pop("seccompProfile"), "no profile of system calls"),
    (lambda each: pod(each).pop("automountServiceAccountToken"), "a token of the cluster"),
    (lambda each: pod(each).update(hostNetwork=True), "hostNetwork"),
    (lambda each: pod(each)["volumes"].append({"name": "x", "hostPath": {"path": "/etc"}}), "mounts /etc of its node"),
    (lambda each: container(each)["securityContext"].update(privileged=True), "is privileged"),
    (lambda each: container(each)["securityContext"].pop("allowPrivilegeEscalation"), "may gain rights"),
    (lambda each: container(each)["securityContext"].update(readOnlyRootFilesystem=False), "write to its own files"),
    (lambda each: container(each)["securityContext"]["capabilities"].update(add=["NET_ADMIN"]), "has capabilities"),
    (lambda each: container(each)["resources"].pop("limits"), "no limits of cpu, memory"),
    (lambda each: container(each)["resources"]["requests"].pop("memory"), "no requests of memory"),
    (lambda each: pod(each)["volumes"].append({"name": "x", "emptyDir": {}}), "x has no size"),
    (lambda each: container(each).update(image="registry:5000/relevo-a"), "runs whatever"),
    (lambda each: container(each).update(image="relevo-a:latest"), "runs whatever"),
    (lambda each: pod(each).update(initContainers=[{**CONTAINER, "image": "nginx"}]), "runs whatever nginx"),
    (
        lambda each: each.append({"kind": "Secret", "metadata": {"name": "s"}, "data": {}}),
        "Secret s is in the manifests",
    ),
    (lambda each: each[-1]["data"].update(RELEVO_MONGO_PASSWORD="hunter2"), "looks like a secret"),
    (lambda each: each[-1]["data"].update(RELEVO_MONGO_URL="mongodb://a:b@mongo/"), "looks like a secret"),
    (lambda each: each[-1]["data"].update(x="-----BEGIN EC PRIVATE KEY-----"), "looks like a secret"),
    (lambda each: each[-1]["data"].update(x="SAAC" + "A2" * 27), "looks like a secret"),
    (lambda each: each[-1]["data"].update(x="b3BlbiBzZXNhbWUsIHRoaXMgaXMgYSBrZXkgb2YgMzI="), "looks like a secret"),
    (lambda each: container(each).update(env=[{"name": "CLIENT_SECRET", "value": "x"}]), "secret in an environment"),
    (lambda each: container(each).update(envFrom=[{"secretRef": {"name": "a"}}]), "a Secret is its environment"),
    (lambda each: each.pop(2), "everybody may reach everybody"),
    (lambda each: each.pop(1), "has no policy of its own"),
    (lambda each: policy(each)["egress"][0].pop("to"), "open to everybody (egress)"),
    (lambda each: policy(each)["egress"][0].pop("ports"), "open on every port (egress)"),
    (
        lambda each: policy(each).update(ingress=[{"ports": [{"port": 1}], "from": [{"podSelector": {}}]}]),
        "means everybody",
    ),
    (lambda each: policy(each)["egress"][0]["to"].append({"ipBlock": {"cidr": "0.0.0.0/0"}}), "means every address"),
    (lambda each: each[0]["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1), "gives up a replica"),
    (lambda each: container(each).pop("readinessProbe"), "no readinessProbe"),
    (lambda each: each.pop(5), "no PodDisruptionBudget"),
    (lambda each: each.pop(4), "no ServiceAccount"),
    (lambda each: each[3]["spec"].update(type="LoadBalancer"), "open outside the cluster"),
]


@pytest.mark.parametrize(("plant", "found"), PLANTED, ids=[found for _, found in PLANTED])
def test_what_is_planted_against_a_law_is_caught(plant: Callable[[Any], Any], found: str) -> None:
    objects = world()
    plant(objects)
    assert [each for each in broken(objects) if found in each]


def test_a_key_in_a_setting_is_told_from_a_long_address() -> None:
    objects = world()
    objects[-1]["data"].update(
        RELEVO_MONGO_URL="mongodb://relevo-0.relevo-svc.relevo-mongodb.svc.cluster.local:27017/?replicaSet=relevo"
    )
    assert broken(objects) == []
