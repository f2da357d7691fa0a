"""Where spans go, and what a process without an endpoint pays for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from relevo_chassis.given import telemetry
from relevo_chassis.given.settings import ServiceSettings
from relevo_testkit.surroundings import Surroundings

ENDPOINT = "http://collector.internal:4318/v1/traces"
WITHOUT = """
import sys
from relevo_chassis import traces
from relevo_chassis.given import telemetry
from relevo_chassis.given.settings import ServiceSettings
telemetry.configure(ServiceSettings.model_construct(tracing_endpoint=None))
assert traces.traceparent(traces.begun("GET /calls")) is None
given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
assert traces.traceparent(traces.begun("GET /calls", parent=given)) == given
unwanted = ("opentelemetry.sdk", "opentelemetry.exporter", "requests")
print(sorted(name for name in sys.modules if name.startswith(unwanted)))
"""


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    here = Surroundings.of(tmp_path, mongo_url="mongodb://a", mongo_database="a", nats_url="nats://a")
    return here.settings(ServiceSettings, service="service-a", tracing_endpoint=ENDPOINT)


def test_tracing_without_its_exporter_is_told_at_the_start(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "relevo_chassis.given.exporting", None)
    with pytest.raises(telemetry.TracingNotInstalled, match="otlp"):
        telemetry.configure(settings)


def test_without_an_endpoint_no_sdk_is_imported_and_what_was_given_is_passed_on() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"


def test_one_in_a_hundred_traces_is_kept_unless_more_is_said(settings: ServiceSettings) -> None:
    assert settings.tracing_sampled == 0.01
