"""The AsyncAPI 3.0 document: who tells what to whom, over which stream and durable, with which guarantee."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime
from typing import Any, TypeVar

from relevo_contracts.envelope import Envelope, derived_id, encode
from relevo_contracts.model import Event
from relevo_contracts.schemas import open_schema
from relevo_contracts.table import CONTRACTS, Contract
from relevo_contracts.topology import Durable, Topology

E = TypeVar("E", bound=Event)
_ID = "^[0-9a-f]{32}$"
_TIMES = {"date-time": "2019-12-13T22:00:00Z", "date": "2019-12-13"}
_DELIVERY = {
    "guarantee": "at least once; a reader that keeps the last ce-sequence of each ce-subject takes effect once",
    "order": "by ce-sequence within one ce-subject: 1, 2, 3 … without a hole; repeats may occur",
    "order-key": "ce-subject",
    "repeat-key": "ce-id",
}
_HANDLING = {
    "acknowledged": "after the effect is committed, never before",
    "retry": "negative acknowledgement with a growing delay; events ahead of their sequence are held back",
    "parked": "an event that cannot be handled holds back its own aggregate's later ones until retried or dropped",
}
_ONE_AT_A_TIME = {
    "acknowledged": _HANDLING["acknowledged"],
    "retry": "delivered again until it is acknowledged or terminated; nothing overtakes it meanwhile",
    "sequences": "those of the types that it takes, so that ce-sequence has holes here",
}


def document(topology: Topology) -> dict[str, Any]:
    """The whole document. It follows from the models and the topology alone."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:relevo:events",
        "info": {
            "title": "Relevo events",
            "version": "1.0.0",
            "description": "What the services of Relevo tell each other and their partners. Events say what happened "
            "and name nobody: ids, days, instants, counts and codes. Those marked public may be read by any partner.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": {
                "host": "{address}",
                "protocol": "nats",
                "description": "NATS 2.12 or later with JetStream, over TLS outside a laptop",
                "variables": {"address": {"description": "host and port, as the operator gives them"}},
            }
        },
        "channels": {_channel_name(contract): _channel(contract, topology) for contract in CONTRACTS},
        "operations": {**_sent(), **_received(topology)},
        "components": {
            "messages": {_message_name(contract): _message(contract) for contract in CONTRACTS},
            "schemas": {contract.model.__name__: _payload(contract) for contract in CONTRACTS},
        },
    }


def example(model: type[E]) -> E:
    """An event of the type with made-up values, the same every time."""
    return model.model_validate_json(json.dumps(_sample(open_schema(model), model.__name__)))


def _channel(contract: Contract, topology: Topology) -> dict[str, Any]:
    stream = topology.stream(contract.stream)
    return {
        "address": contract.subject,
        "description": f"{contract.model.__name__}, told by {contract.model.service}",
        "servers": [{"$ref": "#/servers/nats"}],
        "messages": {contract.model.__name__: {"$ref": f"#/components/messages/{_message_name(contract)}"}},
        "x-audience": contract.audience,
        "x-stream": {"name": contract.stream, **(stream.settings if stream else {})},
        "x-delivery": _DELIVERY,
    }


def _sent() -> dict[str, Any]:
    return {
        f"{contract.model.service}.sends.{_message_name(contract)}": {
            "action": "send",
            "title": f"{contract.model.service} tells {contract.model.__name__}",
            **_through(contract),
        }
        for contract in CONTRACTS
    }


def _received(topology: Topology) -> dict[str, Any]:
    return {
        f"{durable.name}.receives.{_message_name(contract)}": {
            "action": "receive",
            "title": f"{durable.name} takes {contract.model.__name__}",
            **_through(contract),
            "x-durable": _durable(durable),
        }
        for durable in topology.durables
        for contract in CONTRACTS
        if durable.stream == contract.stream and durable.matches(contract.subject)
    }


def _durable(durable: Durable) -> dict[str, Any]:
    """A service's durable takes whole aggregates and sets aside; a partner's takes single types, one at a time."""
    at_a_time = durable.settings.get("max_ack_pending") == 1
    return {
        "name": durable.name,
        "stream": durable.stream,
        "filter_subjects": list(durable.filter_subjects),
        **durable.settings,
        **(_ONE_AT_A_TIME if at_a_time else {**_HANDLING, "dead-letters": f"dlq.{durable.name}"}),
    }


def _through(contract: Contract) -> dict[str, Any]:
    channel = f"#/channels/{_channel_name(contract)}"
    return {
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{contract.model.__name__}"}],
        "bindings": {"nats": {"bindingVersion": "0.1.0"}},
    }


def _message(contract: Contract) -> dict[str, Any]:
    event = example(contract.model)
    name = contract.model.__name__
    wire = encode(
        Envelope(
            id=derived_id("example", name),
            sequence=1,
            time=datetime(2019, 12, 13, 22, tzinfo=UTC),
            cause_id=derived_id("example", "cause"),
            chain_id=derived_id("example", "chain"),
            event=event,
        )
    )
    return {
        "name": contract.type,
        "title": name,
        "summary": inspect.cleandoc(contract.model.__doc__ or ""),
        "contentType": "application/json",
        "headers": _headers(contract),
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": [{"name": f"a{name}", "headers": dict(wire.headers), "payload": json.loads(wire.body)}],
    }


def _headers(contract: Contract) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "ce-specversion": {"type": "string", "const": "1.0"},
        "ce-id": {"type": "string", "pattern": _ID, "description": "the event's id; Nats-Msg-Id repeats it"},
        "ce-source": {"type": "string", "const": contract.source},
        "ce-type": {"type": "string", "const": contract.type},
        "ce-subject": {
            "type": "string",
            "pattern": f"^{contract.model.aggregate}/[0-9a-f]{{32}}$",
            "description": f"the aggregate whose sequence it carries; its id is the body's {contract.model.key}",
        },
        "ce-time": {"type": "string", "format": "date-time", "description": "domain time"},
        "ce-datacontenttype": {"type": "string", "const": "application/json"},
        "ce-dataschema": {"type": "string", "const": contract.schema},
        "ce-sequence": {"type": "string", "pattern": "^[1-9][0-9]{0,15}$", "description": "1, 2, 3 … per aggregate"},
        "ce-causationid": {"type": "string", "pattern": _ID, "description": "the command or event that led to it"},
        "ce-correlationid": {"type": "string", "pattern": _ID, "description": "the first cause of the whole chain"},
    }
    return {"type": "object", "required": list(attributes), "properties": attributes}


def _payload(contract: Contract) -> dict[str, Any]:
    schema = open_schema(contract.model)
    return {"x-schema-id": schema["$id"], **{key: each for key, each in schema.items() if not key.startswith("$")}}


def _sample(schema: dict[str, Any], name: str) -> Any:
    if "properties" in schema:
        return {each: _sample(within, each) for each, within in schema["properties"].items()}
    if "default" in schema:
        return schema["default"]
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0], name)
    if "x-codes" in schema:
        return schema["x-codes"][0]
    if "format" in schema:
        return _TIMES[schema["format"]]
    if "pattern" in schema:
        length = int(schema["pattern"].partition("{")[2].partition("}")[0])
        return (derived_id("example", name) * 2)[:length]
    return {"integer": min(30, schema.get("maximum", 30)), "boolean": True, "array": []}[schema["type"]]


def _channel_name(contract: Contract) -> str:
    return contract.subject.removeprefix("events.")


def _message_name(contract: Contract) -> str:
    return f"{contract.model.__name__}.v{contract.model.version}"
