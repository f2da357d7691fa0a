"""Write what services measure of themselves: each measure with its kind, unit and labels.

python -m relevo_chassis.service.measured FILE PACKAGE... [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from relevo_chassis.measures import EVERY_SERVICE, LABELS, OF_COMMANDS, Measure
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.written import service_of, written

INTRODUCTION = """# What is measured

Made by `make schemas` of [measures.py](../chassis/relevo_chassis/measures.py) and of what each service measures of its
own. Nothing else stands on `/metrics`, and a test asks each service. Prometheus adds `service` and `instance`
([why Prometheus](decisions/27-prometheus-asks.md), [how to run it](../deploy/observability/README.md)).

**For operators alone.** How often a route was asked for tells of single people where few use it. So a service answers
404 when a proxy hands the question on, and no figure of these leaves the organisation. What does goes through
[the gate](decisions/16-figures-through-one-gate.md).

A scrape asks nobody. What MongoDB or NATS has to be asked is looked at every ten seconds
([sampling.py](../chassis/relevo_chassis/operations/sampling.py)); when they do not answer it stands as it was, and
`relevo_sample_age_seconds` says since when.
"""


def measures_of(service: Service) -> tuple[Measure, ...]:
    """Everything that it measures."""
    return (*EVERY_SERVICE, *service.measures)


def document_of(packages: Sequence[str]) -> str:
    parts = [INTRODUCTION, _table("Every service", EVERY_SERVICE)]
    for package in packages:
        service = service_of(package)
        if service.measures:
            parts.append(_table(service.title.removeprefix("Relevo ").capitalize(), service.measures))
    parts.append(_table("Commands, by the node exporter", OF_COMMANDS))
    labels = "\n".join(f"| `{name}` | {values} |" for name, values in LABELS.items())
    parts.append(f"## Labels\n\n| label | is |\n|---|---|\n{labels}\n")
    return "\n".join(parts)


def _table(title: str, measures: Iterable[Measure]) -> str:
    rows = [
        f"| `{each.name}` | {each.about} | {each.kind} | {each.unit} | {', '.join(f'`{one}`' for one in each.labels)} |"
        for each in measures
    ]
    return "\n".join([f"## {title}", "", "| metric | is | kind | unit | labels |", "|---|---|---|---|---|", *rows, ""])


def main(arguments: list[str] | None = None) -> int:
    """0 when it is written or up to date; 1 when ``--check`` finds it stale."""
    return written(
        document_of, module="measured", about=__doc__, stale="is not what the services measure", words=arguments
    )


if __name__ == "__main__":
    sys.exit(main())
