"""The rules as files, and Prometheus's own ``promtool`` as what evaluates them over planted series."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "observability"
RULES = sorted((FOLDER / "prometheus" / "rules").glob("*.yml"))
PROMTOOL = os.environ.get("RELEVO_PROMTOOL") or shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None,
    reason="promtool is not on PATH and RELEVO_PROMTOOL names none (Debian: apt-get install prometheus)",
)
MINUTES = 420
"""How long a planted series lasts; long enough for every window and every ``for``."""


class Alert(NamedTuple):
    """An alert as its rule says it."""

    name: str
    expression: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def alerts() -> list[Alert]:
    return [
        Alert(each["alert"], each["expr"], each["labels"], each["annotations"])
        for each in every_rule()
        if "alert" in each
    ]


def every_rule() -> list[dict[str, Any]]:
    """Alerts and what is recorded for them, of all files."""
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL
    return subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=60)  # noqa: S603


def firing(folder: Path, series: Mapping[str, str], names: Iterable[str]) -> set[str]:
    """Which of these alerts fire in the end, when these series are all that Prometheus has."""
    asked = {name: f'count(ALERTS{{alertname="{name}", alertstate="firing"}}) > bool 0' for name in names}
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": [_rules_for(asked)]}), "utf-8")
    expected = [
        {"expr": each, "eval_time": f"{MINUTES}m", "exp_samples": [{"labels": "{}", "value": 1}]}
        for each in asked.values()
    ]
    planted = [{"series": each, "values": values} for each, values in series.items()]
    tests = [{"interval": "1m", "input_series": planted, "promql_expr_test": expected}]
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}), "utf-8")
    outcome = run("test", "rules", str(file))
    output = outcome.stdout + outcome.stderr
    silent = {name for name in asked if f'alertname=\\"{name}\\"' in output or f'alertname="{name}"' in output}
    assert outcome.returncode == (1 if silent else 0), output
    return asked.keys() - silent


def _rules_for(names: Iterable[str]) -> dict[str, Any]:
    """Only these alerts, and what is recorded for some of them: the fewer rules, the sooner they are evaluated."""
    rules = [each for each in every_rule() if "record" in each or each["alert"] in names]
    if not any("relevo:" in each["expr"] for each in rules if "alert" in each):
        rules = [each for each in rules if "alert" in each]
    return {"name": "asked", "rules": rules}


def lasting(value: float | str) -> str:
    """A series that is the same for as long as it lasts."""
    return f"{value}x{MINUTES}"


def planted_from(page: str, service: str = "intake") -> dict[str, str]:
    """What a service says on ``/metrics``, as series that stay so, with the labels that Prometheus adds."""
    target = {"job": "relevo", "service": service, "instance": "one"}
    found = {f"up{_labels(target)}": lasting(1)}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found[f"{sample.name}{_labels({**sample.labels, **target})}"] = lasting(sample.value)
    return found


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
