"""Generated requests to one service, by its own OpenAPI document, with every check that schemathesis has."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from tests.fuzz.bridge import Bridge

from relevo_chassis.http.fields import REASONS

ANSWERS = ["2xx", "304", "400", "401", "403", "404", "409", "410", "412", "422", "428", "429"]
"""What well-formed requests may be answered with: success, or a rule of the domain; see ``form_is_as_documented``."""
OF_FORM = {"no-idempotency-key", "malformed-if-match", "no-if-match", "body-type-not-taken"}
OF_SCHEMAS = REASONS.keys() - {"not_taken", "not_an_integer"}
"""What is wrong with a field, where a schema can say it. To JSON Schema 94.0 is an integer; here it is none."""
OF_A_DAY = re.compile(r"\d{4}-\d\d-\d\d$")
"""Between which days a day lies is nothing that a schema can say."""
LEFT_OUT = ["400", "401", "403", "422", "428"]
"""What a request without a required header may be answered with."""


@dataclass
class Report:
    """What generated requests to one service found."""

    service: str
    requests: int = 0
    operations: int = 0
    checks: Counter[str] = field(default_factory=Counter)
    findings: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """By operation, check and message: how to see it again."""
    unreached: list[str] = field(default_factory=list)
    """POST operations that were never answered with success."""
    posts: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.findings and not self.unreached


def config(examples: int, seconds: float | None, *, thorough: bool) -> SchemathesisConfig:
    """All checks; ``thorough`` enumerates what the schemas say beside drawing from them."""
    checks = {
        "positive_data_acceptance": {"expected-statuses": ANSWERS},
        "missing_required_header": {"expected-statuses": LEFT_OUT},
    }
    made = {
        "seed": 2019,
        "generation": {"max-examples": examples, "database": "none", "allow-x00": False, "no-shrink": not thorough},
        "phases": {"coverage": {"enabled": thorough}, "stateful": {"enabled": False}},
        "checks": checks,
        **({"max-time": seconds} if seconds else {}),
    }
    return SchemathesisConfig.from_dict(made)


@schemathesis.check
def form_is_as_documented(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """What fits the document is refused for rules alone that a schema cannot say."""
    if case.meta is None or case.meta.generation.mode.is_negative or not 400 <= response.status_code < 500:
        return None
    if "application/problem+json" not in response.headers.get("content-type", [""])[0]:
        return None  # a page, which says it in words
    problem = response.json()
    codes = {each["code"] for each in problem.get("errors", ()) if not OF_A_DAY.search(each["reason"])} & OF_SCHEMAS
    name = problem["type"].rpartition(":")[2]
    if codes or (name in OF_FORM and not (name == "no-if-match" and _is_at_times_needed(case, "If-Match"))):
        raise AssertionError(f"fits the document, and is refused for its form: {name} {sorted(codes)}")
    return None


def _is_at_times_needed(case: Case[Any], header: str) -> bool:
    """Whether the document leaves a header to what is there: one replaces with a tag what one puts without."""
    return not any(each.name == header and each.is_required for each in case.operation.headers)


async def fuzz(bridge: Bridge, settings: SchemathesisConfig) -> Report:
    """Runs beside the loop in which the world lives."""
    report = Report(bridge.world.service)
    await asyncio.to_thread(_run, bridge, settings, report)
    report.requests = bridge.requests
    posts = [each for each in bridge.world.operations if each.method == "POST"]
    report.operations, report.posts = len(bridge.world.operations), len(posts)
    report.unreached = [each.name for each in posts if each.name not in bridge.reached]
    return report


def _run(bridge: Bridge, settings: SchemathesisConfig, report: Report) -> None:
    schema = schemathesis.openapi.from_dict(bridge.world.document, config=settings)
    schema.app = bridge
    schema.auth(refresh_interval=None)(bridge.credentials())
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                for check, finding in _found(event):
                    report.checks[check] += 1
                    if finding is not None:
                        report.findings.setdefault((event.label or "", check, finding[0]), finding[1])
            case events.NonFatalError():
                report.findings[event.label, "error", str(event.value)] = ""
            case events.FatalError():
                raise event.exception


def _is_by_design(check: str, message: str) -> bool:
    """A receipt code that is none is answered as one of something else is: there is nothing here for whoever asks.

    The bytes of a picture are no text, which is how a document of OpenAPI 3.0 names what is binary.
    """
    if check == "negative_data_rejection":
        return "Invalid component: positive test case" in message
    return check == "ignored_auth" and "got `404 Not Found`" in message


def _found(event: events.ScenarioFinished) -> Iterator[tuple[str, tuple[str, str] | None]]:
    for case_id, nodes in event.recorder.checks.items():
        interaction = event.recorder.interactions.get(case_id)
        answer = interaction.response if interaction else None
        for node in nodes:
            if node.failure_info is None or _is_by_design(node.name, node.failure_info.failure.message):
                yield node.name, None
            else:
                failure = node.failure_info
                text = f"{answer.status_code} {answer.text[:1000]}" if answer else ""
                yield (
                    node.name,
                    (f"{failure.failure.title}: {failure.failure.message}", f"{failure.code_sample}\n  {text}"),
                )
