"""The page of problems: every refusal that a service can give, with what to do about it, made of their classes."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from relevo_chassis.http.answers import answers_of
from relevo_chassis.http.catalogue import ProblemKind, catalogue_of
from relevo_chassis.service.published import unstarted
from relevo_contracts import SERVICES

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "problems.md"
DOCUMENTED = (*SERVICES, "webhooks")
"""Whose routes others call: each has an OpenAPI document."""
INTRODUCTION = """# The problems

Made by `make schemas` of the classes of all refusals: what a service answers when it does not do what it was asked, by
its name. The answer is a problem of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), and `type` is
`urn:relevo:problem:` and the name. Types are stable; the words of `title` are not, and come in the language that was
asked for. [wrong-fields.md](wrong-fields.md) says what stands under `errors`.

A running service tells its own at `GET /problems`, each with an example and with the operations that may give it.

A refusal has changed nothing, and is not kept under its Idempotency-Key: the same request may be sent again with the
same key. `unknown` and `fault` leave open what became of the request: sent again with the same key, it takes effect
once.

## What to do

What the words of a problem say; and where they say nothing of it, what its status says.

"""
ADVICE: Mapping[int, str] = {
    400: "Correct the request.",
    401: "Come in again, and send the new token or code.",
    403: "Ask somebody who may do it.",
    404: "Check the id, and whether it is yours to see.",
    408: "Send it again.",
    409: "Read how things stand now; the same request alone is refused again.",
    410: "Nothing: it is gone for good.",
    412: "Read it again, and decide anew.",
    413: "Send less.",
    414: "Send less in the address.",
    415: "Send it in a form that is taken.",
    422: "Correct the request.",
    428: "Send it again with what is missing.",
    429: "Come again later.",
    431: "Send less beside the body.",
    500: "Send it again with the same key; if it stays so, tell the operators when it was, and the address.",
    503: "Send it again with the same key.",
}
"""What to do about a refusal, by its status."""


class Problem(NamedTuple):
    """A refusal, and the services that say it in these words."""

    kind: ProblemKind
    services: tuple[str, ...]


@cache
def problems() -> list[Problem]:
    """Every refusal of every service by its name; one that services say in different words stands for each."""
    found: dict[tuple[str, int, str, str | None], Problem] = {}
    for service in DOCUMENTED:
        made = unstarted(importlib.import_module(f"relevo_{service}.main").SERVICE)
        for kind in catalogue_of(answers_of(made)).problems:
            words = (kind.name, kind.status, kind.title, kind.meaning)
            before = found[words].services if words in found else ()
            found[words] = Problem(kind, (*before, service))
    return [found[words] for words in sorted(found, key=lambda each: each[0])]


def page() -> str:
    """What to do by status, then the problems: first what all services say, then what is said by each."""
    shared = [each for each in problems() if each.services == DOCUMENTED]
    sections = {"Of every service": shared}
    for service in DOCUMENTED:
        own = [each for each in problems() if service in each.services and each not in shared]
        sections[f"Of {service.replace('_', ' ')}"] = own
    advice = "".join(f"| {status} | {text} |\n" for status, text in ADVICE.items())
    parts = [f"| status | what to do |\n|---|---|\n{advice}", *(_section(*each) for each in sections.items())]
    return INTRODUCTION + "\n".join(parts)


def _section(title: str, rows: list[Problem]) -> str:
    head = "| name | status | what it says |\n|---|---|---|\n"
    return f"## {title}\n\n{head}" + "".join(f"{_row(each.kind)}\n" for each in rows)


def _row(kind: ProblemKind) -> str:
    again = f"Again after {kind.retry_after_seconds} s." if kind.retry_after_seconds else ""
    words = " ".join([kind.title.removesuffix(".") + ".", *(kind.meaning or "").split(), again]).strip()
    return f"| `{kind.name}` | {kind.status} | {words.replace('``', '`')} |"
