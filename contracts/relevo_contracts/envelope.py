"""The envelope of an event and its way over NATS: CloudEvents 1.0 in the binary mode of its NATS protocol binding.

The event's JSON is the message body and each CloudEvents attribute a header ``ce-<name>``, the media type among them
(``ce-datacontenttype``); plain ``content-type`` repeats it for clients that look there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from pydantic import BaseModel, ValidationError

from relevo_contracts.model import Event
from relevo_contracts.table import BY_MODEL, BY_TYPE, CONTRACTS, Contract
from relevo_contracts.traceparent import HEADER as TRACEPARENT
from relevo_contracts.traceparent import traceparent_of, well_formed

MEDIA_TYPE = "application/json"
MAX_BODY_BYTES = 256 * 1024
MAX_ATTRIBUTE_CHARACTERS = 1024
SEQUENCE_BELOW = 2**53
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
Headers: TypeAlias = Mapping[str, object] | None
"""As a client hands them on: nats-py has ``None`` for a message without any; others a list for one that is repeated."""


class Unreadable(ValueError):
    """A message that is no event this reader can take; ``code`` says why, in a word. Retrying cannot help.

    Its text says what is wrong by the names of attributes and fields, and repeats nothing of what the message holds.
    """

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code


class Wire(NamedTuple):
    """A message as NATS carries it."""

    subject: str
    headers: dict[str, str]
    body: bytes


class Head(NamedTuple):
    """What the headers say, before the body is read: enough to place an event even when its body is unreadable."""

    id: str
    type: str
    source: str
    aggregate: str
    aggregate_id: str
    sequence: int
    time: datetime
    cause_id: str
    chain_id: str
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event on its way.

    ``sequence`` counts the events of one aggregate, 1, 2, 3 … without a hole; ``cause_id`` is the command or event
    that led to this one and ``chain_id`` the first cause of the whole chain; ``time`` is domain time. ``surplus`` is
    how many fields the body had that this reader does not know and passed over: those of a newer writer, or something
    that should not be there. ``body`` is what came, byte for byte, for whoever hands it on; empty in an envelope that
    was made here. ``traceparent`` is where it began in a distributed trace, if it is traced: for whoever looks on, and
    nothing that an effect may depend on. Raises ``ValueError`` for what no reader would take.
    """

    id: str
    sequence: int
    time: datetime
    cause_id: str
    chain_id: str
    event: Event
    surplus: int = 0
    body: bytes = field(default=b"", repr=False, compare=False)
    traceparent: str | None = None

    def __post_init__(self) -> None:
        if malformed := _malformed(self.sequence, id=self.id, cause_id=self.cause_id, chain_id=self.chain_id):
            raise ValueError(f"malformed: {malformed}")
        if self.time.utcoffset() is None:
            raise ValueError("malformed: time has no offset")
        if self.traceparent is not None and well_formed(self.traceparent) != self.traceparent:
            raise ValueError("malformed: traceparent")

    @property
    def contract(self) -> Contract:
        return BY_MODEL[type(self.event)]


def derived_id(*parts: str | int) -> str:
    """128 bits that follow from the parts: what is done again for the same cause gets the same id.

    Parts are separated so that no two different lists of parts give the same bytes.
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = str(part).encode()
        digest.update(b"%d:" % len(raw) + raw)
    return digest.hexdigest()[:32]


def encode(envelope: Envelope) -> Wire:
    """The message for an envelope. ``Nats-Msg-Id`` follows from the event's id, so the server drops a repeat that it
    remembers, and from its version: another one that is told beside the first is none.
    """
    contract = envelope.contract
    headers = dict(_static(contract))
    headers["ce-id"] = envelope.id
    headers["Nats-Msg-Id"] = envelope.id if contract.model.version == 1 else f"{envelope.id}.v{contract.model.version}"
    headers["ce-subject"] = percent_encoded(f"{contract.model.aggregate}/{envelope.event.aggregate_id}")
    headers["ce-time"] = envelope.time.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    headers["ce-sequence"] = str(envelope.sequence)
    headers["ce-causationid"] = envelope.cause_id
    headers["ce-correlationid"] = envelope.chain_id
    if envelope.traceparent is not None:
        headers[TRACEPARENT] = envelope.traceparent
    return Wire(contract.subject, headers, envelope.event.model_dump_json().encode())


@cache
def _static(contract: Contract) -> Mapping[str, str]:
    """The headers that all events of a type have alike."""
    return {
        "ce-specversion": "1.0",
        "ce-source": contract.source,
        "ce-type": contract.type,
        "ce-datacontenttype": MEDIA_TYPE,
        "ce-dataschema": contract.schema,
        "content-type": MEDIA_TYPE,
    }


def decode_head(headers: Headers) -> Head:
    """Read the headers alone, if there are any. Their names are taken in any case. Raises ``Unreadable``."""
    return _head(_attributes(headers))


def decode_body(head: Head, headers: Headers, body: bytes, *, subject: str | None = None) -> Envelope:
    """Read the rest of a message whose headers were read before; otherwise like ``decode``."""
    contract = BY_TYPE.get(head.type)
    if contract is None:
        if head.type.rpartition(".v")[0] in _NAMES:
            raise Unreadable("version_unknown", "the type is known here and this version of it is not")
        raise Unreadable("type_unknown", "no such type is known here")
    if head.source != contract.source:
        raise Unreadable("source_wrong", f"{contract.model.__name__} comes from {contract.source}")
    if subject is not None and subject != contract.subject:
        raise Unreadable("subject_wrong", f"{contract.model.__name__} is published on {contract.subject}")
    event, surplus = _event(contract, head.media_type or _content_type(headers), body)
    if (head.aggregate, head.aggregate_id) != (contract.model.aggregate, event.aggregate_id):
        raise Unreadable("subject_wrong", "ce-subject is not the aggregate that the body names")
    return Envelope(
        id=head.id,
        sequence=head.sequence,
        time=head.time,
        cause_id=head.cause_id,
        chain_id=head.chain_id,
        event=event,
        surplus=surplus,
        body=body,
        traceparent=traceparent_of(headers),
    )


def decode(headers: Headers, body: bytes, *, subject: str | None = None) -> Envelope:
    """Read a whole message as a reader does: unknown fields passed over, unknown codes taken as ``other``.

    Whatever the message is, this gives an envelope or raises ``Unreadable``, and nothing else.

    Give the NATS ``subject`` it came on and a type that does not belong there is refused as well: who may publish
    is decided by subject, so a service cannot speak for another.
    """
    return decode_body(decode_head(headers), headers, body, subject=subject)


def percent_encoded(value: str) -> str:
    """A header value as the binding asks: printable ASCII stays, space, quote, percent and all else is encoded."""
    if _PLAIN.fullmatch(value):
        return value
    return quote(value, safe="!#$&'()*+,-./:;<=>?@[\\]^_`{|}~")


def percent_decoded(value: str) -> str:
    """What a header value stood for: quotes taken off, then one round of percent-decoding.

    Raises ``UnicodeDecodeError`` when the bytes are not UTF-8.
    """
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = _ESCAPED.sub(r"\1", value[1:-1])
    return unquote(value, errors="strict")


def _attributes(headers: Headers) -> dict[str, str]:
    """Those that a reader here knows. Others are extensions of somebody's, and passed over unread."""
    attributes: dict[str, str] = {}
    for header, value in (headers or {}).items():
        name = _ATTRIBUTES.get(header)
        if name is None:
            name = _ATTRIBUTES.get(header.lower(), "")
        if not name:
            continue
        if name in attributes or isinstance(value, list | tuple):
            raise Unreadable("attribute_repeated", name)
        if not isinstance(value, str):
            raise Unreadable("attribute_malformed", name)
        if len(value) > MAX_ATTRIBUTE_CHARACTERS:
            raise Unreadable("attribute_too_long", f"{name}, at most {MAX_ATTRIBUTE_CHARACTERS} characters")
        attributes[name] = value if "%" not in value and '"' not in value else _decoded(name, value)
    return attributes


def _decoded(name: str, value: str) -> str:
    try:
        return percent_decoded(value)
    except UnicodeError:
        raise Unreadable("attribute_malformed", f"{name} is not UTF-8") from None


def _head(attributes: Mapping[str, str]) -> Head:
    if attributes.get("specversion") != "1.0":
        raise Unreadable("not_a_cloud_event", "ce-specversion is missing or not 1.0")
    if not attributes.keys() >= _NEEDED:
        raise Unreadable("attribute_missing", ", ".join(sorted(_NEEDED - attributes.keys())))
    aggregate, _, aggregate_id = attributes["subject"].partition("/")
    id = attributes["id"]
    head = Head(
        id,
        attributes["type"],
        attributes["source"],
        aggregate,
        aggregate_id,
        _sequence(attributes["sequence"]),
        _instant(attributes["time"]),
        attributes.get("causationid", id),
        attributes.get("correlationid", id),
        attributes.get("datacontenttype") or None,
    )
    malformed = _malformed(
        head.sequence, id=id, subject=aggregate_id, causationid=head.cause_id, correlationid=head.chain_id
    )
    if malformed:
        raise Unreadable("attribute_malformed", malformed)
    return head


def _malformed(sequence: int, **ids: str) -> str:
    """The names of those that are no ids and of a sequence that counts nothing; empty when there are none."""
    wrong = [name for name, id in ids.items() if not _ID.fullmatch(id)]
    if not 0 < sequence < SEQUENCE_BELOW:
        wrong.append("sequence")
    return ", ".join(wrong)


def _content_type(headers: Headers) -> str:
    return next((str(value) for name, value in (headers or {}).items() if name.lower() == "content-type"), MEDIA_TYPE)


def _event(contract: Contract, media_type: str, body: bytes) -> tuple[Event, int]:
    if media_type != MEDIA_TYPE and media_type.split(";")[0].strip().lower() != MEDIA_TYPE:
        raise Unreadable("media_type_unknown", "the body is not application/json")
    if len(body) > MAX_BODY_BYTES:
        raise Unreadable("body_too_large", f"{len(body)} bytes, at most {MAX_BODY_BYTES}")
    read = partial(contract.model.model_validate_json, body, strict=True, context={"reading": True})
    try:
        event = read(extra="allow")
        surplus = _surplus(event)
        return (read(extra="ignore") if surplus else event), surplus
    except ValidationError as broken:
        raise Unreadable("body_malformed", _where(broken)) from None


def _surplus(model: BaseModel) -> int:
    """How many fields a model and those within it have that are not theirs."""
    within = (value for value in model.__dict__.values() if isinstance(value, BaseModel))
    return len(model.model_extra or ()) + sum(map(_surplus, within))


def _sequence(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise Unreadable("attribute_malformed", "sequence")
    return int(text)


def _instant(text: str) -> datetime:
    if not _RFC3339.match(text):
        raise Unreadable("attribute_malformed", "time")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("attribute_malformed", "time") from None


def _where(broken: ValidationError) -> str:
    return ", ".join(sorted({".".join(str(part) for part in each["loc"]) or each["type"] for each in broken.errors()}))


_NEEDED = frozenset({"id", "source", "type", "subject", "time", "sequence"})
_PLAIN = re.compile(r"[!#$&-~]*")
_ID = re.compile(r"[0-9a-f]{32}")
_ATTRIBUTES: Mapping[str, str] = {
    f"ce-{name}": name
    for name in sorted({*_NEEDED, "specversion", "datacontenttype", "dataschema", "causationid", "correlationid"})
} | {"content-type": "", "Nats-Msg-Id": "", TRACEPARENT: ""}
"""Headers as they are written here, and what they say; other writers may write them in another case. What is wrong
with a ``traceparent``, which is read apart, makes no event unreadable."""
_NAMES = frozenset(each.type.rpartition(".v")[0] for each in CONTRACTS)
