"""Every alert fires by planted series and keeps silent without them, asks for what there is, and has its page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from tests.observability.promtool import (
    FOLDER,
    MINUTES,
    ROOT,
    RULES,
    alerts,
    every_rule,
    firing,
    lasting,
    needs_promtool,
    run,
)

from relevo_chassis.measures import EVERY_SERVICE, LABELS, OF_COMMANDS
from relevo_deploy.deployed import DEPLOYED

RUNBOOKS = ROOT / "deploy" / "docs" / "runbooks.md"
ALERTS = {each.name: each for each in alerts()}
OF_OTHERS = {
    *("up", "ALERTS", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"),
    *("kube_job_status_failed", "kube_cronjob_status_last_successful_time"),
}
"""What Prometheus, the node exporter and kube-state-metrics tell."""
LABELS_OF_OTHERS = {
    "job",
    "instance",
    "service",
    "fstype",
    "mountpoint",
    "le",
    "alertname",
    "alertstate",
    "namespace",
    "cronjob",
}
AT = '{job="relevo", service="intake", instance="one"'
SUBMITTED = 'relevo_http_requests_total{service="intake", method="POST", route="/calls/{call_id}/applications", status='
ALL_UP = {f'up{{job="relevo", service="{each}", instance="one"}}': lasting(1) for each in DEPLOYED}
ALL_RAN = {
    f'relevo_command_ended_timestamp_seconds{{command="{each}"}}': f"0+60x{MINUTES}"
    for each in ("verify", "readings", "retention", "backup", "backup-keys")
}


class Case(NamedTuple):
    """Series by which an alert fires, and series beside which it keeps silent."""

    fires: Mapping[str, str]
    silent: Mapping[str, str]


def gauge(name: str, wrong: float, well: float, labels: str = "") -> Case:
    """One metric that is wrong, or well, for long."""
    series = f"{name}{AT}{labels}}}"
    return Case({series: lasting(wrong)}, {series: lasting(well)})


def counter(name: str, labels: str, wrong: str, well: str = f"7x{MINUTES}") -> Case:
    series = f"{name}{AT}{labels}}}"
    return Case({series: wrong}, {series: well})


def check(name: str, needed: str = "yes") -> Case:
    return gauge("relevo_ready", 0, 1, f', check="{name}", needed="{needed}"')


def late(name: str) -> Case:
    """A histogram of which everything falls between two and a half and five seconds, or below a millisecond."""
    bounds = ("0.001", "2.5", "5.0", "+Inf")
    series = {each: f'{name}_bucket{AT}, le="{each}"}}' for each in bounds}
    growing, still = f"0+10x{MINUTES}", lasting(0)
    return Case(
        {one: growing if each in ("5.0", "+Inf") else still for each, one in series.items()},
        dict.fromkeys(series.values(), growing),
    )


def of(series: Mapping[str, str], **changed: str) -> dict[str, str]:
    """The same series, but for those of which a part of the name is given: another course, or ``""`` for none."""
    found = {}
    for name, values in series.items():
        other = next((value for part, value in changed.items() if f'"{part}"' in name), values)
        if other:
            found[name] = other
    return found


DURABLE = ', durable="intake_intake"'
PENDING = f"relevo_durable_pending{AT}{DURABLE}}}"
OUTCOMES = [f"relevo_events_{each}_total{AT}{DURABLE}}}" for each in ("handled", "held_back", "failed", "parked")]
NONE_MOVES = dict.fromkeys(OUTCOMES, lasting(5))
FAILING = f"relevo_deadlines_failing{AT}}}"
OVERDUE = f"relevo_deadlines_oldest_seconds{AT}}}"
OPEN, MAY_OPEN = f"process_open_fds{AT}}}", f"process_max_fds{AT}}}"
LEFT, SIZE = (f'node_filesystem_{each}_bytes{{mountpoint="/data", fstype="ext4"}}' for each in ("avail", "size"))
FAILED = 'kube_job_status_failed{namespace="relevo", job_name="verify-1"}'
SUCCEEDED = 'kube_cronjob_status_last_successful_time{namespace="relevo", cronjob="verify"}'
OK, BROKEN = SUBMITTED + '"201"}', SUBMITTED + '"500"}'
STEADY = f"0+1000x{MINUTES}"

CASES: Mapping[str, Case] = {
    "RelevoServiceDown": gauge("up", 0, 1),
    "RelevoServiceAbsent": Case(of(ALL_UP, portal=""), ALL_UP),
    "RelevoMongoAway": check("mongodb"),
    "RelevoKeysAway": check("keys"),
    "RelevoBusAway": check("nats", "no"),
    "RelevoNotReady": check("tasks"),
    "RelevoDegraded": check("records", "no"),
    "RelevoErasuresWaiting": gauge("relevo_erasures_waiting", 1, 0),
    "RelevoErrors": Case(
        {OK: STEADY, BROKEN: f"0+30x{MINUTES}"},
        {OK: STEADY, BROKEN: f"0+10x{MINUTES}"},
    ),
    "RelevoRestarting": Case(
        {f"process_start_time_seconds{AT}}}": f"0+60x{MINUTES}"}, {f"process_start_time_seconds{AT}}}": lasting(0)}
    ),
    "RelevoTaskFailing": counter("relevo_task_failures_total", ', task="send_letters"', f"0+1x{MINUTES}"),
    "RelevoClockSkew": gauge("relevo_clock_ahead_seconds", -6, 4),
    "RelevoFiguresOld": gauge("relevo_sample_age_seconds", 130, 20, ', sample="durables"'),
    "RelevoLoopLate": late("relevo_loop_lag_seconds"),
    "RelevoDescriptorsLow": Case(
        {OPEN: lasting(900), MAY_OPEN: lasting(1000)}, {OPEN: lasting(100), MAY_OPEN: lasting(1000)}
    ),
    "RelevoNoRoom": counter("relevo_http_connections_ended_total", ', why="room"', f"0+1x{MINUTES}"),
    "RelevoLagGrowing": Case({PENDING: f"0+10x{MINUTES}"}, {PENDING: lasting(5000)}),
    "RelevoNothingTaken": Case(
        {PENDING: lasting(3), **NONE_MOVES}, {PENDING: lasting(3), **NONE_MOVES, OUTCOMES[0]: f"0+1x{MINUTES}"}
    ),
    "RelevoEventHeld": gauge("relevo_events_held_seconds", 61, 59, DURABLE),
    "RelevoEventsParked": gauge("relevo_parked_events", 1, 0, DURABLE),
    "RelevoEventContradicted": counter("relevo_events_contradicted_total", DURABLE, f"0x{MINUTES - 5} 1x5"),
    "RelevoOutboxOld": gauge("relevo_outbox_oldest_seconds", 61, 59),
    "RelevoPublishFailing": counter("relevo_relay_failures_total", "", f"0+1x{MINUTES}"),
    "RelevoNobodyLeads": gauge("relevo_lease_owned", 0, 1, ', lease="relay"'),
    "RelevoDurableMissing": gauge("relevo_durable_exists", 0, 1, DURABLE),
    "RelevoCommitsSlow": late("relevo_commit_seconds"),
    "RelevoRecordsBroken": gauge("relevo_record_missed_total", 1, 0, ', record="decisions"'),
    "RelevoRecordsUnsealed": gauge("relevo_record_waits_seconds", 16, 14),
    "RelevoDeadlinesFailing": gauge("relevo_deadlines_failing", 1, 0),
    "RelevoDeadlinesOverdue": Case(
        {OVERDUE: lasting(601), FAILING: lasting(0)}, {OVERDUE: lasting(601), FAILING: lasting(1)}
    ),
    "RelevoLettersOld": gauge("relevo_letters_oldest_seconds", 1900, 1700),
    "RelevoLettersFailing": counter("relevo_letters_failed", "", f"0+1x{MINUTES}"),
    "RelevoCallAttacked": gauge("relevo_intake_calls_under_attack", 1, 0),
    "RelevoSigningKeyOld": gauge("relevo_signing_key_age_seconds", 401 * 86400, 399 * 86400),
    "RelevoPaperCertificateEnding": gauge("relevo_paper_certificate_left_seconds", 29 * 86400, 31 * 86400),
    "RelevoNightlyWrong": gauge("relevo_command_exit_code", 1, 0, ', command="verify"'),
    "RelevoNightlyNotRun": Case(of(ALL_RAN, verify=""), ALL_RAN),
    "RelevoBackupOld": Case({'relevo_command_ended_timestamp_seconds{command="backup"}': lasting(-200_000)}, ALL_RAN),
    "RelevoStreamFull": gauge("relevo_stream_full_ratio", 0.81, 0.79, ', stream="EVENTS_INTAKE"'),
    "RelevoDiskFilling": Case({LEFT: lasting(19), SIZE: lasting(100)}, {LEFT: lasting(21), SIZE: lasting(100)}),
    "RelevoWebhooksLate": gauge("relevo_webhooks_oldest_seconds", 3700, 3500),
    "RelevoWebhooksParked": gauge("relevo_webhooks_parked", 1, 0),
    "RelevoWebhooksGone": gauge("relevo_webhooks_gone", 1, 0),
    "RelevoJobFailed": Case({FAILED: lasting(1)}, {FAILED: lasting(0)}),
    "RelevoJobLate": Case({SUCCEEDED: lasting(-200_000)}, {SUCCEEDED: f"0+60x{MINUTES}"}),
    "RelevoSubmissionsBurnFast": Case(
        {OK: STEADY, BROKEN: f"0+20x{MINUTES}"}, {OK: STEADY, BROKEN: f"0+10x{MINUTES - 30} 0x30"}
    ),
    "RelevoSubmissionsBurnSlow": Case({OK: STEADY, BROKEN: f"0+8x{MINUTES}"}, {OK: STEADY, BROKEN: f"0+4x{MINUTES}"}),
}


@needs_promtool
@pytest.mark.parametrize("name", sorted(CASES))
def test_an_alert_fires_by_what_it_is_about_and_keeps_silent_without_it(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert firing(tmp_path, case.fires, [name]) == {name}
    assert firing(tmp_path, case.silent, [name]) == set()


@needs_promtool
def test_promtool_reads_every_rule() -> None:
    outcome = run("check", "rules", *map(str, RULES))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@needs_promtool
@pytest.mark.parametrize("path", sorted((FOLDER / "prometheus").glob("*.yml")), ids=lambda path: path.stem)
def test_promtool_reads_the_configuration(path: Path, tmp_path: Path) -> None:
    """But for what discovers pods, which Debian's does not know."""
    configuration = yaml.safe_load(path.read_text("utf-8"))
    for job in configuration["scrape_configs"]:
        if job.pop("kubernetes_sd_configs", None):
            job["static_configs"] = [{"targets": ["pod:8081"]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(configuration), "utf-8")
    outcome = run("check", "config", "--syntax-only", str(tmp_path / "prometheus.yml"))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_deployed_service_is_asked_and_missed() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus" / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    assert {each["labels"]["service"] for each in jobs[0]["static_configs"]} == set(DEPLOYED)
    assert set(re.findall(r'service="(\w+)"', ALERTS["RelevoServiceAbsent"].expression)) == set(DEPLOYED)


def test_a_cluster_is_watched_by_the_same_rules_but_for_those_of_the_nights() -> None:
    names = yaml.safe_load((FOLDER / "prometheus" / "kubernetes.yml").read_text("utf-8"))["rule_files"]
    assert {Path(each).name for each in names} == {each.name for each in RULES} - {"nightly.yml"}


def test_every_alert_has_a_case_and_every_case_an_alert() -> None:
    assert CASES.keys() == ALERTS.keys()


def test_every_rule_file_is_well_formed_and_no_name_stands_twice() -> None:
    names = [each.get("alert") or each["record"] for each in every_rule()]
    assert len(set(names)) == len(names)
    for path in RULES:
        assert [*yaml.safe_load(path.read_text("utf-8"))] == ["groups"]


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_says_how_urgent_it_is_what_is_wrong_and_where_its_page_is(name: str) -> None:
    alert = ALERTS[name]
    assert re.fullmatch(r"Relevo[A-Z][A-Za-z]+", name)
    assert alert.labels.keys() == {"severity"}
    assert alert.labels["severity"] in ("page", "ticket")
    assert alert.annotations.keys() == {"summary", "runbook"}
    assert alert.annotations["runbook"] == f"deploy/docs/runbooks.md#{name.lower()}"


def pages() -> dict[str, str]:
    """The page of each alert, by its name."""
    parts = re.split(r"^### (Relevo\w+)\n", RUNBOOKS.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    assert pages().keys() == ALERTS.keys()


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_a_page_says_what_it_means_what_people_notice_where_to_look_and_what_to_do(name: str) -> None:
    found = re.findall(r"^\*\*(Means|Noticed|Look|Do)\.\*\* (\S.{6,})", pages()[name], re.MULTILINE)
    assert [each for each, _ in found] == ["Means", "Noticed", "Look", "Do"]


def test_rules_ask_for_metrics_and_labels_that_there_are() -> None:
    for each in every_rule():
        assert unknown(each["expr"]) == []


@pytest.mark.parametrize("path", sorted((FOLDER / "grafana" / "dashboards").glob("*.json")), ids=lambda path: path.stem)
def test_dashboards_ask_for_metrics_and_labels_that_there_are(path: Path) -> None:
    expressions = re.findall(r'"expr": "((?:[^"\\]|\\.)*)"', path.read_text("utf-8"))
    assert expressions
    assert {wrong for each in expressions for wrong in unknown(each.replace('\\"', '"'))} == set()


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("relevo_nothing > 1", ["relevo_nothing"]),
        ('relevo_ready{person="x"} == 0', ["person"]),
        ("sum by (who) (relevo_ready)", ["who"]),
        ("histogram_quantile(0.9, rate(relevo_commit_seconds_bucket[5m]))", []),
        ("rate(relevo_parked_events_bucket[5m])", ["relevo_parked_events_bucket"]),
    ],
)
def test_a_planted_metric_or_label_that_there_is_not_is_found(expression: str, found: list[str]) -> None:
    assert unknown(expression) == found


def unknown(expression: str) -> list[str]:
    """What an expression asks for that nobody tells."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    names = set(re.findall(r"\b((?:relevo|process|python|node|kube)_\w+)\b", bare))
    labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"\"", bare))
    labels |= {
        one.strip() for each in re.findall(r"\b(?:by|without|on)\s*\(([^)]*)\)", bare) for one in each.split(",")
    }
    return sorted(names - KNOWN) + sorted(labels - LABELS.keys() - LABELS_OF_OTHERS)


def _known() -> set[str]:
    own = [each for name in DEPLOYED for each in import_module(f"relevo_{name}.main").SERVICE.measures]
    found = set(OF_OTHERS)
    for each in (*EVERY_SERVICE, *OF_COMMANDS, *own):
        suffixes = ("_bucket", "_sum", "_count") if each.kind == "histogram" else ("",)
        found |= {f"{each.name}{suffix}" for suffix in suffixes}
    return found


KNOWN = _known()
