"""The catalogue of events: who tells whom, and a page for each event, made of contracts, topology and consumers."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from relevo_contracts import CONTRACTS, SERVICES, Contract, Envelope, derived_id, encode
from relevo_contracts.asyncapi import EXAMPLE_TIME, example
from relevo_contracts.published import in_words
from relevo_contracts.schemas import Schema, open_schema

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "events"
CHANGELOG = ROOT / "contracts" / "CHANGELOG.md"
INTRODUCTION = """# The events

Made by `make schemas` of the contracts, the topology and the consumers: every event, who tells it and who does what
about it. Those in **bold** are public, and any partner may have them. [contracts/README.md](../../contracts/README.md)
says how to subscribe and what one can rely on.
"""
_VERSION = re.compile(r"^## (\d+\.\d+\.\d+)$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_KINDS = {"^[0-9a-f]{32}$": "id", "^[0-9a-f]{64}$": "SHA-256", "date-time": "instant", "date": "day"}


class Consumed(NamedTuple):
    """What a service does about an event."""

    service: str
    durable: str
    effect: str


def pages() -> Mapping[Path, Callable[[], str]]:
    """Every page of the catalogue by its file."""
    made: dict[Path, Callable[[], str]] = {FOLDER / "README.md": index}
    for contract in CONTRACTS:
        made[_path(contract)] = lambda contract=contract: page(contract)  # type: ignore[misc]
    return made


def index() -> str:
    parts = [INTRODUCTION, f"{_drawn(CONTRACTS)}\n"]
    for service in SERVICES:
        rows = [
            f"| {_linked(each)} | {_first(_meaning(each))} | {', '.join(_readers(each)) or '–'} |"
            for each in CONTRACTS
            if each.model.service == service
        ]
        title = service.replace("_", " ").capitalize()
        parts.append("\n".join([f"## {title}", "", "| event | says | heard by |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def page(contract: Contract) -> str:
    """One event: what it means, who tells and hears it, how it travels, its fields, an example."""
    schema = in_words(open_schema(contract.model))
    parts = [
        f"# {contract.model.__name__}",
        _meaning(contract),
        *([_drawn([contract])] if _readers(contract) else []),
        _facts(contract),
        "## What is done about it",
        _effects(contract),
        "## Fields",
        "| field | is | means |\n|---|---|---|\n" + "\n".join(_rows(schema)),
        "## Example",
        _example(contract),
    ]
    return "\n\n".join(parts) + "\n"


@cache
def consumers() -> Mapping[Contract, list[Consumed]]:
    """Which services have a handler for each event, and what it does, in its own words."""
    found: dict[Contract, list[Consumed]] = {each: [] for each in CONTRACTS}
    for service in (*SERVICES, "portal", "webhooks"):
        for subscription in import_module(f"relevo_{service}.consumers").SUBSCRIPTIONS:
            for contract in CONTRACTS:
                if handler := subscription.handlers.get(contract.model):
                    effect = _first(in_words(inspect.getdoc(handler) or ""))
                    found[contract].append(Consumed(service, subscription.durable, effect))
    return found


@cache
def since() -> Mapping[str, str]:
    """With which version of the contracts each type came, as the changelog names it: the first that does."""
    found: dict[str, str] = {}
    for version, text in _VERSION.findall(CHANGELOG.read_text("utf-8")):
        found |= {name: version for name in re.findall(r"`([A-Z]\w+)`", text)}
    return found


def _drawn(contracts: Iterable[Contract]) -> str:
    """Who tells whom these events, as a picture of mermaid; the desk draws the same text (``desk/picture.py``)."""
    edges: dict[tuple[str, str], list[str]] = {}
    for contract in contracts:
        for reader in _readers(contract):
            edges.setdefault((contract.model.service, reader), []).append(contract.model.__name__)
    lines = [f'  {producer} -- "{"<br>".join(names)}" --> {reader}' for (producer, reader), names in edges.items()]
    partners = ["  partners([partners])"] if any(reader == "partners" for _, reader in edges) else []
    return "\n".join(["```mermaid", "flowchart LR", *partners, *lines, "```"])


def _facts(contract: Contract) -> str:
    partner = f"partners, from `<name>_{contract.model.service}`" if contract.audience == "public" else ""
    heard = [f"{each.service}, from `{each.durable}`" for each in consumers()[contract]]
    rows = {
        "told by": contract.model.service,
        "heard by": "; ".join(filter(None, [*heard, partner])) or "nobody yet; it is kept",
        "who may have it": "any partner" if contract.audience == "public" else "this organisation alone",
        "type": f"`{contract.type}`",
        "subject": f"`{contract.subject}`, kept in `{contract.stream}` for 400 days",
        "sequence": f"of one {contract.model.aggregate.replace('_', ' ')}, named by `{contract.model.key}`",
        "delivered": "at least once, in the order of its sequence; takes effect once with whoever keeps sequences",
        "since": f"{since().get(contract.model.__name__, 'the next version')} of the contracts",
        "schema": f"[{_file(contract)}](../../contracts/schemas/{_file(contract)})",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows.items())])


def _effects(contract: Contract) -> str:
    heard = consumers()[contract]
    if not heard:
        return "No service does anything about it."
    return "\n".join(f"- **{each.service}**: {each.effect}" for each in heard)


def _rows(schema: Schema, within: str = "") -> Iterator[str]:
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        absent = "" if name in required else f"{json.dumps(field.get('default'))} if it is not there"
        words = "; ".join(filter(None, [_flat(field.get("description", "")), absent]))
        yield f"| `{within}{name}` | {_kind(field)} | {words} |"
        if "properties" in field:
            yield from _rows(field, f"{within}{name}.")


def _kind(field: Schema) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(each) for each in field["anyOf"])
    if "x-codes" in field:
        return "one of " + ", ".join(f"`{code}`" for code in field["x-codes"])
    if field.get("type") == "array":
        return re.sub(r"^\w+", r"list of \g<0>s", _kind(field["items"]))
    if field.get("type") == "integer":
        return f"number, {field['minimum']} to {field['maximum']:,}"
    named = _KINDS.get(str(field.get("format", field.get("pattern"))))
    return named or {"boolean": "true or false", "null": "null", "object": "object"}[field["type"]]


def _example(contract: Contract) -> str:
    name = contract.model.__name__
    envelope = Envelope(
        id=derived_id("example", name),
        sequence=1,
        time=EXAMPLE_TIME,
        cause_id=derived_id("example", "cause"),
        chain_id=derived_id("example", "chain"),
        event=example(contract.model),
    )
    wire = encode(envelope)
    headers = "\n".join(f"{header}: {value}" for header, value in wire.headers.items())
    body = json.dumps(json.loads(wire.body), indent=2, ensure_ascii=False)
    return f"```\n{headers}\n```\n\n```json\n{body}\n```"


def _readers(contract: Contract) -> list[str]:
    heard = [each.service for each in consumers()[contract]]
    return [*heard, "partners"] if contract.audience == "public" else heard


def _linked(contract: Contract) -> str:
    link = f"[{contract.model.__name__}]({_path(contract).name})"
    return f"**{link}**" if contract.audience == "public" else link


def _meaning(contract: Contract) -> str:
    return _flat(in_words(inspect.getdoc(contract.model) or ""))


def _first(text: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=[.])\s", _flat(text), maxsplit=1)[0]


def _flat(text: str) -> str:
    """In one line, as Markdown has it."""
    return " ".join(text.split()).replace("``", "`")


def _path(contract: Contract) -> Path:
    return FOLDER / f"{contract.model.__name__}.md"


def _file(contract: Contract) -> str:
    return f"{contract.model.type_name()}.v{contract.model.version}.json"
