"""What stands on a service's ``/metrics``: one figure of it, and what of it is on no list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from relevo_chassis.measures import LABELS, OF_THE_PROCESS, Measure

_CLOSED = re.compile(r"[A-Za-z0-9_./{}:+-]{1,120}")
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-")
_LABELS_OF_BUCKETS = {"le"}


def figure(page: str, name: str, **labels: str) -> float | None:
    """What a metric with these labels is; ``None`` when it is not there."""
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return None


def samples(page: str, name: str) -> list[tuple[dict[str, str], float]]:
    """What a metric is for each of its labels."""
    families = text_string_to_metric_families(page)
    return [(one.labels, float(one.value)) for each in families for one in each.samples if one.name == name]


def misfits(page: str, measures: Iterable[Measure]) -> list[str]:
    """What of a page is not as the list says: unknown, of another kind, meaning or labels, or with an open label."""
    listed = {each.name.removesuffix("_total"): each for each in measures}
    return sorted({wrong for family in text_string_to_metric_families(page) for wrong in _wrong(family, listed)})


def _wrong(family: Metric, listed: dict[str, Measure]) -> Iterator[str]:
    measure = listed.get(family.name.removesuffix("_total"))
    if measure is None:
        yield f"{family.name} is on no list"
        return
    if measure not in OF_THE_PROCESS and (family.type, family.documentation) != (measure.kind, measure.about):
        yield f"{family.name} is a {family.type}, {family.documentation!r}"
    for sample in family.samples:
        labels = sample.labels.keys() - _LABELS_OF_BUCKETS
        if labels != set(measure.labels) or not labels <= LABELS.keys():
            yield f"{family.name} has the labels {', '.join(sorted(labels))}"
        for name, value in sample.labels.items():
            if not _CLOSED.fullmatch(value) or _ID.search(value):
                yield f"{family.name} has {name}={value!r}"
