"""How commands ended, and what they found, in files that Prometheus's node exporter hands on (its textfile collector).

A command that runs by itself at night is no process that could be asked. With ``RELEVO_OPERATOR_FIGURES=FOLDER`` each
command of ``COMMANDS`` writes one file there, whole and in place of its last one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from relevo_deploy.failed import Failed

if TYPE_CHECKING:
    from relevo_chassis.measures import Measure

VARIABLE = "RELEVO_OPERATOR_FIGURES"
COMMANDS = frozenset({"verify", "readings", "retention", "backup", "backup-keys", "status"})


def folder_of(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where the files go; ``None`` when nobody wants them."""
    named = environment.get(VARIABLE)
    return Path(named) if named else None


def command_over(folder: Path, command: str, exit_code: int) -> None:
    """Say when a command ended and with which exit code. Raises ``Failed``."""
    from relevo_chassis.measures import COMMAND_EXIT_CODE, COMMAND_EXITED  # only now: a list of commands loads nothing

    values = {COMMAND_EXITED: {command: time.time()}, COMMAND_EXIT_CODE: {command: float(exit_code)}}
    _write(folder / f"relevo_{command}.prom", values)


def streams_seen(folder: Path, full: Mapping[str, float]) -> None:
    """Say how full each stream is. Raises ``Failed``."""
    from relevo_chassis.measures import STREAM_FULL

    _write(folder / "relevo_streams.prom", {STREAM_FULL: full})


def _write(path: Path, values: Mapping[Measure, Mapping[str, float]]) -> None:
    from prometheus_client import CollectorRegistry, write_to_textfile

    registry = CollectorRegistry()
    for measure, by_label in values.items():
        gauge = measure.gauge(registry)
        for label, value in by_label.items():
            gauge.labels(label).set(value)
    try:
        write_to_textfile(str(path), registry)
    except OSError as refused:
        raise Failed(f"{VARIABLE}: {path}: {refused.strerror}") from None
