"""Where spans go: nowhere until an endpoint is set. Spans themselves are made in ``traces``."""

from __future__ import annotations

import importlib
from typing import Any

from relevo_chassis import traces
from relevo_chassis.given.settings import ServiceSettings


class TracingNotInstalled(Exception):
    """A tracing endpoint is set but the exporter is missing; install relevo-chassis with its extra ``otlp``."""


def configure(settings: ServiceSettings) -> None:
    """Send spans to an OTLP/HTTP endpoint when one is set, for as long as the process lives.

    Otherwise nothing of the SDK is even imported. Libraries that make spans of their own (FastAPI does) are not given
    where to send them: nobody here has looked at what is in those. Raises ``TracingNotInstalled``.
    """
    if settings.tracing_endpoint is None:
        return
    try:
        exporting: Any = importlib.import_module("relevo_chassis.given.exporting")
    except ImportError as error:
        raise TracingNotInstalled(TracingNotInstalled.__doc__) from error
    ca_file = str(settings.ca_file) if settings.ca_file else None
    processor = exporting.sending(settings.tracing_endpoint, ca_file)
    made = exporting.provider(settings.service, settings.tracing_sampled, processor)
    traces.TRACER = made.get_tracer("relevo")
