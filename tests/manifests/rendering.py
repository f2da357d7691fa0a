"""The manifests of deploy/kubernetes: as their files are, and as Kustomize renders them for a cluster."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
WHOLE = ("production", "trial")
OVERLAYS = tuple(
    path.parent.relative_to(KUBERNETES / "overlays").as_posix()
    for path in sorted(KUBERNETES.glob("overlays/**/kustomization.yaml"))
    if yaml.safe_load(path.read_text("utf-8"))["kind"] == "Kustomization"
)
"""What is applied: all of it, and each part alone."""
NO_KUBECTL = "needs kubectl on the path (kubectl kustomize renders the manifests)"

Object = Mapping[str, Any]


def kubectl() -> str | None:
    """Where kubectl is, if it is here."""
    return shutil.which("kubectl")


@cache
def rendered(overlay: str) -> Sequence[Object]:
    """What ``kubectl apply -k`` hands to a cluster. Raises ``CalledProcessError`` with what Kustomize says."""
    return list(yaml.safe_load_all(text_of(overlay)))


@cache
def text_of(overlay: str) -> str:
    command = [kubectl() or "kubectl", "kustomize", str(KUBERNETES / "overlays" / overlay)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def files() -> Iterator[tuple[Path, Object]]:
    """Every object that stands whole in a file of base, overlays or examples; what patches others is none."""
    for path in sorted(KUBERNETES.rglob("*.yaml")):
        for each in yaml.safe_load_all(path.read_text("utf-8")):
            is_object = isinstance(each, dict) and "kind" in each and "kustomize" not in each["apiVersion"]
            if is_object and path not in patches():
                yield path, each


@cache
def patches() -> frozenset[Path]:
    """The files that change others, and are no object by themselves."""
    found = set()
    for path in KUBERNETES.rglob("kustomization.yaml"):
        for each in yaml.safe_load(path.read_text("utf-8")).get("patches", ()):
            if "path" in each:
                found.add((path.parent / each["path"]).resolve())
    return frozenset(found)


def of_kind(objects: Sequence[Object], *kinds: str) -> list[Object]:
    return [each for each in objects if each["kind"] in kinds]


def the(objects: Sequence[Object], kind: str, name: str) -> Object:
    """The one object of a kind with a name; what Kustomize puts behind a name does not count."""
    found = [each for each in of_kind(objects, kind) if plain(each) == name]
    assert len(found) == 1, f"{len(found)} {kind} {name}"
    return found[0]


def plain(each: Object) -> str:
    """The name of an object, without the digest of what is in it."""
    name = str(each["metadata"]["name"])
    first, _, digest = name.rpartition("-")
    return first if each["kind"] == "ConfigMap" and first and len(digest) == 10 else name


def pod_of(each: Object) -> Object | None:
    """The pod that an object runs, if it runs any."""
    match each["kind"]:
        case "Deployment" | "StatefulSet" | "DaemonSet" | "Job":
            return dict(each["spec"]["template"])
        case "CronJob":
            return dict(each["spec"]["jobTemplate"]["spec"]["template"])
    return None


def containers_of(pod: Object) -> list[Object]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]
