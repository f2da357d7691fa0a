"""The dashboards of Grafana, each described by what its panels ask Prometheus for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from relevo_chassis.measures import EVERY_SERVICE

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "observability" / "grafana" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "relevo"}
OF_ONE = 'service=~"$service"'
ABOUT = {each.name: each.about for each in EVERY_SERVICE}
WIDTH, HEIGHT, IN_A_ROW = 8, 7, 3


class Panel(NamedTuple):
    """A picture: its title, what it asks for, what each line is called, and the unit as Grafana spells it."""

    title: str
    asks: str
    line: str = "{{service}}"
    unit: str = "short"
    stat: bool = False
    """A number with colours, for what should be 1, or 0."""


def quantile(share: float, name: str, by: str = "service") -> str:
    return f"histogram_quantile({share}, sum by ({by}, le) (rate({name}_bucket{{{OF_ONE}}}[5m])))"


def by(what: str, name: str, labels: str = "service", rate: bool = False) -> str:
    series = f"{name}{{{OF_ONE}}}"
    return f"{what} by ({labels}) ({f'rate({series}[5m])' if rate else series})"


DASHBOARDS: Mapping[str, tuple[str, Sequence[Panel]]] = {
    "overview": (
        "Relevo: overview",
        (
            Panel("Replicas that answer", 'sum by (service) (up{job="relevo"})', stat=True),
            Panel("Ready", 'min by (service) (relevo_ready{needed="yes"})', stat=True),
            Panel("Alerts", 'count by (alertname, service) (ALERTS{alertstate="firing"})', "{{alertname}} {{service}}"),
            Panel("Requests a second", by("sum", "relevo_http_requests_total", rate=True), unit="reqps"),
            Panel(
                "Of them failed",
                f'sum by (service) (rate(relevo_http_requests_total{{{OF_ONE}, status=~"5.."}}[5m])) / '
                + by("sum", "relevo_http_requests_total", rate=True),
                unit="percentunit",
            ),
            Panel("Submissions that failed", "relevo:submissions_failed:ratio_rate1h", "intake", "percentunit"),
            Panel("Events waiting to be published", by("max", "relevo_outbox_unsent")),
            Panel("Events set aside", by("max", "relevo_parked_events", "service, durable"), "{{durable}}"),
            Panel("Versions", "count by (service, version) (relevo_build_info)", "{{service}} {{version}}"),
            Panel("Processor", by("sum", "process_cpu_seconds_total", rate=True), unit="short"),
            Panel("Memory", by("max", "process_resident_memory_bytes"), unit="bytes"),
            Panel("Event loop, 99th of 100", quantile(0.99, "relevo_loop_lag_seconds"), unit="s"),
        ),
    ),
    "delivery": (
        "Relevo: delivery",
        (
            Panel("Events not delivered yet", by("max", "relevo_durable_pending", "durable"), "{{durable}}"),
            Panel("Delivered, not acknowledged", by("max", "relevo_durable_ack_pending", "durable"), "{{durable}}"),
            Panel(
                "Took effect a second", by("sum", "relevo_events_handled_total", "durable", rate=True), "{{durable}}"
            ),
            Panel("Wait for one before them", by("max", "relevo_events_held_seconds", "durable"), "{{durable}}", "s"),
            Panel("Set aside", by("max", "relevo_parked_events", "durable"), "{{durable}}"),
            Panel("Handlers that failed", by("sum", "relevo_events_failed_total", "durable", rate=True), "{{durable}}"),
            Panel("Age of the oldest unsent", by("max", "relevo_outbox_oldest_seconds"), unit="s"),
            Panel("Published a second", by("sum", "relevo_relay_published_total", rate=True)),
            Panel("A batch is published in", quantile(0.99, "relevo_relay_publish_seconds"), unit="s"),
            Panel("A commit takes", quantile(0.99, "relevo_commit_seconds"), unit="s"),
            Panel("Changes in a commit", quantile(0.5, "relevo_commit_changes")),
            Panel("Who leads", by("sum", "relevo_lease_owned", "service, lease"), "{{service}} {{lease}}", stat=True),
        ),
    ),
    "http": (
        "Relevo: HTTP",
        (
            Panel(
                "Requests by status",
                by("sum", "relevo_http_requests_total", "status", rate=True),
                "{{status}}",
                "reqps",
            ),
            Panel(
                "By route",
                f"topk(10, {by('sum', 'relevo_http_requests_total', 'route', rate=True)})",
                "{{route}}",
                "reqps",
            ),
            Panel("Median", quantile(0.5, "relevo_http_request_seconds"), unit="s"),
            Panel("99th of 100", quantile(0.99, "relevo_http_request_seconds"), unit="s"),
            Panel(
                "Slowest routes",
                f"topk(10, {quantile(0.99, 'relevo_http_request_seconds', 'route')})",
                "{{route}}",
                "s",
            ),
            Panel("Connections", by("sum", "relevo_http_connections")),
            Panel(
                "Connections ended, and why",
                by("sum", "relevo_http_connections_ended_total", "why", rate=True),
                "{{why}}",
            ),
            Panel("Descriptors", by("max", "process_open_fds")),
            Panel("Background tasks that fail", by("sum", "relevo_task_failures_total", "task", rate=True), "{{task}}"),
        ),
    ),
    "people": (
        "Relevo: people and records",
        (
            Panel("Letters waiting", by("max", "relevo_letters_queued")),
            Panel("The first has waited", by("max", "relevo_letters_oldest_seconds"), unit="s"),
            Panel("Letters set aside", by("max", "relevo_letters_failed")),
            Panel("Deadlines overdue", by("max", "relevo_deadlines_overdue")),
            Panel("The first is overdue by", by("max", "relevo_deadlines_oldest_seconds"), unit="s"),
            Panel("Deadlines that fail", by("max", "relevo_deadlines_failing")),
            Panel("Entries that wait for a seal", by("max", "relevo_record_unsealed")),
            Panel("The first has waited for its seal", by("max", "relevo_record_waits_seconds"), unit="s"),
            Panel(
                "Gone from a record",
                by("max", "relevo_record_missed_total", "service, record"),
                "{{service}} {{record}}",
            ),
            Panel("Key service", 'min by (service) (relevo_ready{check="keys"})', stat=True),
            Panel("Age of the signing key", by("max", "relevo_signing_key_age_seconds"), unit="s"),
            Panel(
                "Hours since a command of the night ended",
                "(time() - relevo_command_ended_timestamp_seconds) / 3600",
                "{{command}}",
                "h",
            ),
        ),
    ),
}


def pages() -> Mapping[Path, Callable[[], str]]:
    """Every dashboard by its file."""
    made: dict[Path, Callable[[], str]] = {}
    for name in DASHBOARDS:
        made[FOLDER / f"{name}.json"] = lambda name=name: page(name)  # type: ignore[misc]
    return made


def page(name: str) -> str:
    title, panels = DASHBOARDS[name]
    dashboard = {
        "uid": f"relevo-{name}",
        "title": title,
        "tags": ["relevo"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_services()]},
        "panels": [_panel(number, each) for number, each in enumerate(panels)],
    }
    return json.dumps(dashboard, indent=1, ensure_ascii=False) + "\n"


def _services() -> dict[str, Any]:
    query = 'label_values(up{job="relevo"}, service)'
    every = {"includeAll": True, "allValue": ".*", "multi": True, "current": {"text": "All", "value": "$__all"}}
    return {"name": "service", "type": "query", "datasource": SOURCE, "query": query, "refresh": 2, **every}


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, IN_A_ROW)
    asked = next((name for name in ABOUT if name in panel.asks), "")
    return {
        "id": number + 1,
        "title": panel.title,
        "description": ABOUT.get(asked, ""),
        "type": "stat" if panel.stat else "timeseries",
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [{"refId": "A", "datasource": SOURCE, "expr": panel.asks, "legendFormat": panel.line}],
    }
