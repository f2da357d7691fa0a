"""An event as an HTTP request: CloudEvents 1.0 in either mode of its HTTP binding, signed as Standard Webhooks ask.

The signature covers id, instant and body. In the structured mode the body is the whole event; in the binary mode its
attributes are headers, which the signature does not cover, and TLS does.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from relevo_contracts.envelope import percent_encoded
from relevo_webhooks.domain.journal import PublicEvent
from relevo_webhooks.domain.subscription import Mode
from relevo_webhooks.store import SigningSecret

STRUCTURED = "application/cloudevents+json"
AGENT = "Relevo-Webhooks"
CHECK = "relevo.subscription.check"


class Message(NamedTuple):
    """A request's headers and body."""

    headers: Mapping[str, str]
    body: bytes


def event_message(event: PublicEvent, mode: Mode, secrets: Sequence[SigningSecret], now: datetime) -> Message:
    """What is sent of an event; a repetition differs by its instant and signature alone."""
    content = _structured(event) if mode == "structured" else _binary(event)
    return _signed(content, event.event_id, secrets, now)


def check_message(subscription_id: str, challenge: str, secrets: Sequence[SigningSecret], now: datetime) -> Message:
    """What an endpoint has to answer before it is sent anything."""
    document = {"type": CHECK, "subscription_id": subscription_id, "challenge": challenge}
    content = Message({"content-type": "application/json"}, json.dumps(document).encode())
    return _signed(content, f"check_{challenge}", secrets, now)


def _structured(event: PublicEvent) -> Message:
    """The data goes into the document as it came, to the byte."""
    attributes = json.dumps(dict(event.attributes), ensure_ascii=False, separators=(",", ":"))
    body = f'{attributes[:-1]},"data":{event.data}}}'
    return Message({"content-type": STRUCTURED}, body.encode())


def _binary(event: PublicEvent) -> Message:
    attributes = dict(event.attributes)
    media_type = attributes.pop("datacontenttype", "application/json")
    headers = {f"ce-{name}": percent_encoded(value) for name, value in attributes.items()}
    return Message({"content-type": media_type, **headers}, event.data.encode())


def _signed(content: Message, id: str, secrets: Sequence[SigningSecret], now: datetime) -> Message:
    timestamp = str(int(now.timestamp()))
    what = f"{id}.{timestamp}.".encode() + content.body
    signatures = [base64.b64encode(hmac.digest(each.key, what, "sha256")).decode() for each in secrets]
    headers = {
        "user-agent": AGENT,
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }
    return Message({**content.headers, **headers}, content.body)
