"""The AsyncAPI 3.1 documents: who tells what to whom, over which stream and durable, with which guarantee."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from relevo_contracts.envelope import Envelope, derived_id, encode
from relevo_contracts.model import Event
from relevo_contracts.partners import PUBLIC
from relevo_contracts.schemas import open_schema
from relevo_contracts.table import CONTRACTS, Contract
from relevo_contracts.topology import PARTNER, Durable, Topology

E = TypeVar("E", bound=Event)
_ID = "^[0-9a-f]{32}$"
EXAMPLE_TIME = datetime(2019, 12, 13, 22, tzinfo=UTC)
_TIMES = {"date-time": "2019-12-13T22:00:00Z", "date": "2019-12-13"}
_DELIVERY = {
    "guarantee": "at least once; a reader that keeps the last ce-sequence of each ce-subject takes effect once",
    "order": "by ce-sequence within one ce-subject: 1, 2, 3 … without a hole; repeats may occur",
    "order-key": "ce-subject",
    "repeat-key": "ce-id",
}
_HOLES = "rising within one ce-subject, with holes: you are given the public events of an aggregate and no others"
_DELIVERY_TO_PARTNERS = {**_DELIVERY, "order": f"by ce-sequence, {_HOLES}; repeats may occur"}
_HANDLING = {
    "acknowledged": "after the effect is committed, never before",
    "retry": "negative acknowledgement with a growing delay; events ahead of their sequence are held back",
    "parked": "an event that cannot be handled holds back its own aggregate's later ones until retried or dropped",
}
_IN_ANY_ORDER = {
    **_HANDLING,
    "retry": "negative acknowledgement with a growing delay; nothing waits for it",
    "parked": "an event that cannot be handled waits until retried or dropped, and holds back no other",
}
_ONE_AT_A_TIME = {
    "acknowledged": _HANDLING["acknowledged"],
    "retry": "delivered again until it is acknowledged or terminated; nothing overtakes it meanwhile",
    "sequences": "those of the types that it takes, so that ce-sequence has holes here",
}
_OURS_AT_A_TIME = {
    "acknowledged": _HANDLING["acknowledged"],
    "retry": "negative acknowledgement with a growing delay; nothing overtakes it meanwhile",
    "parked": "an event that cannot be handled waits until retried or dropped, and holds back no other",
}
_ABOUT = (
    "Events say what happened and name nobody: ids, days, instants, counts and codes. CloudEvents 1.0 in the binary "
    "mode of its NATS protocol binding: the event is the body, in JSON, and its attributes are headers. A type only "
    "ever gains optional fields and codes; readers pass over fields that they do not know and take a code that they "
    "do not know for `other`. Whatever else has to change is another version of the type, told beside the first under "
    "the same ce-id and ce-sequence."
)
_ABOUT_PARTNERS = (
    "You are given the public events, of all that the organisation keeps (400 days), each at least once, one at a time "
    "from a durable for each service. Whatever you ask for is answered under the prefix of inboxes that is yours, "
    "`_INBOX_` and your name; set it in your client. You can ask for what your durables hold and how they stand, "
    "acknowledge, and listen to the same subjects live; you can make, change and publish nothing. A message that you "
    "can never read you terminate yourself: nothing is set aside for you."
)
_CREDENTIALS = {
    "type": "asymmetricEncryption",
    "description": "The file of credentials that the operator gives you: a JWT that says who you are, and the seed of "
    "the Ed25519 key with which your client signs what the server sends it at the beginning of each connection.",
}


def document(topology: Topology, version: str) -> dict[str, Any]:
    """Everything that is told, and who takes it. It follows from the models and the topology alone."""
    return {
        **_heading(
            "Relevo events", f"What the services of Relevo tell each other and their partners. {_ABOUT}", version
        ),
        "channels": {
            _channel_name(each): {**_channel(each), "x-stream": _stream(topology, each), "x-delivery": _DELIVERY}
            for each in CONTRACTS
        },
        "operations": {**_sent(), **_received(topology)},
        "components": _components(CONTRACTS, "1, 2, 3 … per aggregate"),
    }


def partners_document(topology: Topology, version: str) -> dict[str, Any]:
    """What a partner may have, as it looks to them: of other events, streams and durables nothing is said."""
    return {
        **_heading("Relevo public events", f"What Relevo tells other systems. {_ABOUT} {_ABOUT_PARTNERS}", version),
        "channels": {_channel_name(each): {**_channel(each), "x-delivery": _DELIVERY_TO_PARTNERS} for each in PUBLIC},
        "operations": _received_by_partners(topology),
        "components": _components(PUBLIC, _HOLES),
    }


def example(model: type[E]) -> E:
    """An event of the type with made-up values, the same every time."""
    return model.model_validate_json(json.dumps(_sample(open_schema(model), model.__name__)))


def _heading(title: str, description: str, version: str) -> dict[str, Any]:
    return {
        "asyncapi": "3.1.0",
        "id": "urn:relevo:events",
        "info": {
            "title": title,
            "version": version,
            "description": description,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": {
                "host": "{address}",
                "protocol": "nats",
                "description": "NATS 2.12 or later with JetStream, over TLS outside a laptop",
                "variables": {"address": {"description": "host and port, as the operator gives them"}},
                "security": [{"$ref": "#/components/securitySchemes/credentials"}],
            }
        },
    }


def _components(contracts: Iterable[Contract], sequences: str) -> dict[str, Any]:
    return {
        "securitySchemes": {"credentials": _CREDENTIALS},
        "messages": {_message_name(each): _message(each, sequences) for each in contracts},
        "schemas": {each.model.__name__: _payload(each) for each in contracts},
    }


def _channel(contract: Contract) -> dict[str, Any]:
    return {
        "address": contract.subject,
        "description": f"{contract.model.__name__}, told by {contract.model.service}",
        "servers": [{"$ref": "#/servers/nats"}],
        "messages": {contract.model.__name__: {"$ref": f"#/components/messages/{_message_name(contract)}"}},
        "x-audience": contract.audience,
    }


def _stream(topology: Topology, contract: Contract) -> dict[str, Any]:
    stream = topology.stream(contract.stream)
    return {"name": contract.stream, **(stream.settings if stream else {})}


def _sent() -> dict[str, Any]:
    return {
        f"{contract.model.service}.sends.{_message_name(contract)}": {
            "action": "send",
            "title": f"{contract.model.service} tells {contract.model.__name__}",
            "description": f"{_meaning(contract)} Told in the commit in which it happened, and published after it.",
            **_through(contract),
        }
        for contract in CONTRACTS
    }


def _received(topology: Topology) -> dict[str, Any]:
    return {
        f"{durable.name}.receives.{_message_name(contract)}": {
            "action": "receive",
            "title": f"{durable.name} takes {contract.model.__name__}",
            "description": f"From the durable {durable.name} on {durable.stream}, to be acknowledged after the effect.",
            **_through(contract),
            "x-durable": _durable(durable),
        }
        for durable in topology.durables
        for contract in CONTRACTS
        if durable.stream == contract.stream and durable.matches(contract.subject)
    }


def _received_by_partners(topology: Topology) -> dict[str, Any]:
    """As they are made for each partner, with a name to be put in."""
    return {
        f"receive.{_message_name(contract)}": {
            "action": "receive",
            "title": f"You take {contract.model.__name__}",
            "description": f"{_meaning(contract)} It comes from your durable on {durable.stream}, which begins with "
            "the oldest event that is kept, and misses nothing while you are away. Acknowledge it after its effect.",
            **_through(contract),
            "x-durable": {
                **_durable(durable),
                "name": f"{{your name}}_{contract.model.service}",
                "inbox-prefix": "_INBOX_{your name}",
            },
        }
        for durable in topology.durables
        for contract in PUBLIC
        if durable.name == f"{PARTNER}_{contract.model.service}" and durable.matches(contract.subject)
    }


def _durable(durable: Durable) -> dict[str, Any]:
    """A service's durable takes whole aggregates and sets aside; a partner's takes single types, one at a time.

    One of ours that takes single types counts them, in whatever order they come, or is given one at a time too.
    """
    at_a_time, is_partners = durable.settings.get("max_ack_pending") == 1, durable.name.startswith("partner_")
    is_whole = all(each.endswith(".>") for each in durable.filter_subjects)
    handling = _HANDLING if is_whole else _OURS_AT_A_TIME if at_a_time else _IN_ANY_ORDER
    return {
        "name": durable.name,
        "stream": durable.stream,
        "filter_subjects": list(durable.filter_subjects),
        **durable.settings,
        **(_ONE_AT_A_TIME if is_partners else {**handling, "dead-letters": f"dlq.{durable.name}"}),
    }


def _through(contract: Contract) -> dict[str, Any]:
    channel = f"#/channels/{_channel_name(contract)}"
    return {
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{contract.model.__name__}"}],
        "bindings": {"nats": {"bindingVersion": "0.1.0"}},
    }


def _message(contract: Contract, sequences: str) -> dict[str, Any]:
    event = example(contract.model)
    name = contract.model.__name__
    wire = encode(
        Envelope(
            id=derived_id("example", name),
            sequence=1,
            time=EXAMPLE_TIME,
            cause_id=derived_id("example", "cause"),
            chain_id=derived_id("example", "chain"),
            event=event,
        )
    )
    return {
        "name": contract.type,
        "title": name,
        "summary": _meaning(contract),
        "contentType": "application/json",
        "headers": _headers(contract, sequences),
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": [{"name": f"a{name}", "headers": dict(wire.headers), "payload": json.loads(wire.body)}],
    }


def _headers(contract: Contract, sequences: str) -> dict[str, Any]:
    needed: dict[str, Any] = {
        "ce-specversion": {"type": "string", "const": "1.0"},
        "ce-id": {"type": "string", "pattern": _ID, "description": "the event's id, the same each time that it comes"},
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
        "ce-sequence": {"type": "string", "pattern": "^[1-9][0-9]{0,15}$", "description": sequences},
        "ce-causationid": {"type": "string", "pattern": _ID, "description": "the command or event that led to it"},
        "ce-correlationid": {"type": "string", "pattern": _ID, "description": "the first cause of the whole chain"},
    }
    traceparent = {
        "type": "string",
        "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$",
        "description": "where it began in a distributed trace (W3C Trace Context), if it is traced; not its content",
    }
    return {"type": "object", "required": list(needed), "properties": {**needed, "ce-traceparent": traceparent}}


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


def _meaning(contract: Contract) -> str:
    return inspect.cleandoc(contract.model.__doc__ or "")


def _channel_name(contract: Contract) -> str:
    return contract.subject.removeprefix("events.")


def _message_name(contract: Contract) -> str:
    return f"{contract.model.type_name()}.v{contract.model.version}"
