"""What no manifest of ours may do, whatever the API would take: each law says what it found where it is broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.manifests.rendering import Object, containers_of, of_kind, plain, pod_of

Law = Callable[[Sequence[Object]], Iterator[str]]
_SECRET_NAME = re.compile(r"(PASSWORD|PASSPHRASE|SECRET|TOKEN|SEED|CREDENTIALS?|_KEY)$", re.IGNORECASE)
_SECRET = re.compile(r"://[^/@\s]+@|PRIVATE KEY|\bS[AOUNC][A-Z2-7]{40,}|\beyJ[\w-]{20,}|[A-Za-z0-9+/_-]{43}=?\b")
"""A user in a URL, a private key, a seed or a token of NATS, 32 random bytes."""


def pods(objects: Sequence[Object]) -> Iterator[tuple[str, Object]]:
    """Each pod with what runs it."""
    for each in objects:
        if pod := pod_of(each):
            yield f"{each['kind']} {plain(each)}", pod


def runs_as_nobody(objects: Sequence[Object]) -> Iterator[str]:
    """Not as root, with the system calls of a runtime's own profile, and without a word to the cluster."""
    for name, pod in pods(objects):
        spec, context = pod["spec"], pod["spec"].get("securityContext", {})
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser") or not context.get("runAsGroup"):
            yield f"{name} may run as root"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{name} has no profile of system calls"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name} is given a token of the cluster"
        for each in containers_of(pod):
            own = each.get("securityContext", {})
            if own.get("runAsUser") == 0 or own.get("runAsNonRoot") is False:
                yield f"{name}, {each['name']} runs as root"


def can_change_nothing(objects: Sequence[Object]) -> Iterator[str]:
    """Neither its own files nor its rights, and nothing of the node it is on."""
    for name, pod in pods(objects):
        shared = [each for each in ("hostNetwork", "hostPID", "hostIPC") if pod["spec"].get(each)]
        if shared:
            yield f"{name} has {', '.join(shared)}"
        for each in pod["spec"].get("volumes", ()):
            if "hostPath" in each:
                yield f"{name} mounts {each['hostPath']['path']} of its node"
        for each in containers_of(pod):
            yield from (f"{name}, {each['name']} {fault}" for fault in _rights(each.get("securityContext", {})))


def _rights(context: Mapping[str, object]) -> Iterator[str]:
    capabilities = context.get("capabilities")
    if context.get("privileged"):
        yield "is privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain rights"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "can write to its own files"
    if capabilities != {"drop": ["ALL"]}:
        yield f"has capabilities: {capabilities}"


def has_bounds(objects: Sequence[Object]) -> Iterator[str]:
    """Each container asks for what it needs and is held to a most; what lies in memory has a size."""
    for name, pod in pods(objects):
        for each in containers_of(pod):
            for which in ("requests", "limits"):
                lacking = {"cpu", "memory"} - each.get("resources", {}).get(which, {}).keys()
                if lacking:
                    yield f"{name}, {each['name']} has no {which} of {', '.join(sorted(lacking))}"
        for each in pod["spec"].get("volumes", ()):
            if "emptyDir" in each and "sizeLimit" not in (each["emptyDir"] or {}):
                yield f"{name}: {each['name']} has no size"


def is_of_one_version(objects: Sequence[Object]) -> Iterator[str]:
    """Each image is named with its version, so that a restart runs what ran before."""
    for name, pod in pods(objects):
        for each in containers_of(pod):
            _, _, version = each["image"].rpartition("/")[2].partition(":")
            if (not version or version == "latest") and "@sha256:" not in each["image"]:
                yield f"{name}, {each['name']} runs whatever {each['image']} is"


def holds_no_secret(objects: Sequence[Object]) -> Iterator[str]:
    """Secrets come from outside, as files: none is in a manifest, in a setting or in an environment."""
    for each in of_kind(objects, "Secret"):
        yield f"Secret {plain(each)} is in the manifests"
    for each in of_kind(objects, "ConfigMap"):
        for key, value in each.get("data", {}).items():
            if _SECRET_NAME.search(key) or _SECRET.search(value):
                yield f"ConfigMap {plain(each)}: {key} looks like a secret"
    for name, pod in pods(objects):
        for container in containers_of(pod):
            for each in container.get("env", ()):
                if "secretKeyRef" in each.get("valueFrom", {}) or _SECRET_NAME.search(each["name"]):
                    yield f"{name}, {container['name']}: {each['name']} is a secret in an environment"
            if any("secretRef" in each for each in container.get("envFrom", ())):
                yield f"{name}, {container['name']}: a Secret is its environment"


def lets_in_whom_it_names(objects: Sequence[Object]) -> Iterator[str]:
    """Nobody reaches anybody in a namespace unless a policy says so, and every policy says whom it means."""
    policies = of_kind(objects, "NetworkPolicy")
    shut = {each["metadata"].get("namespace") for each in policies if _shuts(each)}
    for each in objects:
        if (pod := pod_of(each)) and each["metadata"].get("namespace") not in shut:
            yield f"{each['kind']} {plain(each)} stands where everybody may reach everybody"
        if pod and not any(_is_meant(policy, pod, each) for policy in policies):
            yield f"{each['kind']} {plain(each)} has no policy of its own"
    for each in policies:
        yield from (f"NetworkPolicy {plain(each)} {fault}" for fault in _open(each))


def _shuts(policy: Object) -> bool:
    spec = policy["spec"]
    is_empty = not spec.get("ingress") and not spec.get("egress") and spec["podSelector"] == {}
    return is_empty and set(spec["policyTypes"]) == {"Ingress", "Egress"}


def _is_meant(policy: Object, pod: Object, owner: Object) -> bool:
    labels, wanted = pod["metadata"].get("labels", {}), policy["spec"]["podSelector"].get("matchLabels", {})
    here = policy["metadata"].get("namespace") == owner["metadata"].get("namespace")
    return here and bool(wanted) and wanted.items() <= labels.items()


def _open(policy: Object) -> Iterator[str]:
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for rule in policy["spec"].get(way, ()):
            if not rule.get("ports"):
                yield f"is open on every port ({way})"
            if not rule.get(peers):
                yield f"is open to everybody ({way})"
            for peer in rule.get(peers, ()):
                if peer.get("namespaceSelector") == {} or peer.get("podSelector") == {}:
                    yield f"means everybody ({way})"
                if peer.get("ipBlock", {}).get("cidr", "").endswith("/0") and not peer["ipBlock"].get("except"):
                    yield f"means every address ({way})"


def is_upgraded_without_a_gap(objects: Sequence[Object]) -> Iterator[str]:
    """A service's next replica is whole before one goes, and nodes are emptied one replica at a time."""
    for each in of_kind(objects, "Deployment"):
        name, labels = plain(each), each["metadata"].get("labels", {})
        if labels.get("app.kubernetes.io/component") != "service":
            continue
        if each["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"Deployment {name} gives up a replica before it has another"
        service = [c for c in each["spec"]["template"]["spec"]["containers"] if c["name"] == "service"]
        lacking = [probe for probe in PROBES if not service or probe not in service[0]]
        if lacking:
            yield f"Deployment {name} has no {', '.join(lacking)}"
        for kind in ("PodDisruptionBudget", "Service", "ServiceAccount"):
            if name not in map(plain, of_kind(objects, kind)):
                yield f"Deployment {name} has no {kind}"
    for each in of_kind(objects, "Service"):
        if each["spec"].get("type", "ClusterIP") != "ClusterIP":
            yield f"Service {plain(each)} is open outside the cluster"


PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
LAWS: tuple[Law, ...] = (
    runs_as_nobody,
    can_change_nothing,
    has_bounds,
    is_of_one_version,
    holds_no_secret,
    lets_in_whom_it_names,
    is_upgraded_without_a_gap,
)


def broken(objects: Sequence[Object]) -> list[str]:
    """What breaks any of the laws."""
    return [fault for law in LAWS for fault in law(objects)]
