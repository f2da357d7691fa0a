"""A collector of spans on loopback: what services send, as OTLP over HTTP, in the hand of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from relevo_servers import LOOPBACK, free_port
from relevo_testkit.serving import listening


class Sent(NamedTuple):
    """A span as it was sent."""

    service: str
    name: str
    trace_id: str
    id: str
    parent_id: str
    links: tuple[tuple[str, str], ...]
    """Trace and span of each."""


class Collector:
    """Keeps all that it was sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Sent] = []
        self.raw: list[bytes] = []

    def receive(self, body: bytes) -> None:
        self.raw.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {each.key: each.value.string_value for each in resource.resource.attributes}
            for span in (each for scope in resource.scope_spans for each in scope.spans):
                links = tuple((each.trace_id.hex(), each.span_id.hex()) for each in span.links)
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                self.spans.append(Sent(names["service.name"], span.name, *ids, links))

    def of(self, trace_id: str) -> list[Sent]:
        return [each for each in self.spans if each.trace_id == trace_id]

    def named(self, service: str, start: str) -> list[Sent]:
        return [each for each in self.spans if each.service == service and each.name.startswith(start)]


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector that listens, until the block ends."""
    port, app = free_port(), FastAPI()
    collector = Collector(f"http://{LOOPBACK}:{port}/v1/traces")

    @app.post("/v1/traces")
    async def receive(request: Request) -> Response:
        collector.receive(await request.body())
        return Response(media_type="application/x-protobuf")

    async with listening(app, port):
        yield collector
