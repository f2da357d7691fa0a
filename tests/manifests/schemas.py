"""Whether objects are what the API of Kubernetes takes: by its own schemas, strictly, of an old and a new release."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache

import kubernetes_validate
from tests.manifests.rendering import Object, plain

RELEASES = ("1.33", "1.37")
OF_OTHERS = frozenset(
    {
        *("Certificate", "ClusterIssuer", "ScaledObject", "TriggerAuthentication"),
        *("MongoDBCommunity", "PodMonitor", "HTTPRoute", "BackendTLSPolicy"),
    }
)
"""Kinds of cert-manager, KEDA, the operators of MongoDB and Prometheus, and the Gateway API: nothing here has their
schemas."""


def faults(each: Object) -> Sequence[str]:
    """What the API would refuse of an object."""
    return () if each["kind"] in OF_OTHERS else _faults(json.dumps(each, sort_keys=True))


@cache
def _faults(content: str) -> Sequence[str]:
    return tuple(_found(json.loads(content)))


def _found(each: Object) -> Iterator[str]:
    for release in RELEASES:
        try:
            kubernetes_validate.validate(dict(each), release, strict=True)
        except kubernetes_validate.SchemaNotFoundError as unknown:
            yield f"{each['kind']} {plain(each)}: {unknown.message}"
        except kubernetes_validate.ValidationError as refused:
            place = "/".join(map(str, refused.absolute_path))
            yield f"{each['kind']} {plain(each)} ({release}): {place}: {refused.message[:200]}"
