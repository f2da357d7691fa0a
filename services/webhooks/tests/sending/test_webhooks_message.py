"""What is sent, read by libraries that are not ours: Standard Webhooks', and CloudEvents' own rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from relevo_contracts import Envelope, Requirements, decode, derived_id, encode
from relevo_contracts.intake import CallOpened
from relevo_webhooks.domain.journal import Journal, PublicEvent, record
from relevo_webhooks.sending.message import check_message, event_message
from relevo_webhooks.store import new_secret

AT = datetime(2026, 10, 1, tzinfo=UTC)


def now() -> datetime:
    """When a test runs, which may be long after this was read: who verifies compares with the clock."""
    return datetime.now(UTC)


def an_event(body: bytes | None = None) -> PublicEvent:
    opened = CallOpened(
        call_id=derived_id("call"),
        edition_id=derived_id("edition"),
        seats=30,
        opens_at=AT,
        closes_at=AT + timedelta(days=30),
        travel_grants=5,
        requirements=Requirements(),
    )
    id = derived_id("event")
    envelope = Envelope(id=id, sequence=1, time=AT, cause_id=id, chain_id=id, event=opened)
    wire = encode(envelope)
    came = decode(wire.headers, body or wire.body, subject=wire.subject)
    return record(Journal(), came)[1]


@pytest.mark.parametrize("mode", ["structured", "binary"])
def test_a_foreign_library_verifies_what_is_signed(mode: str) -> None:
    secret = new_secret()
    sent = event_message(an_event(), mode, [secret], now())  # type: ignore[arg-type]
    assert Webhook(secret.secret).verify(sent.body, dict(sent.headers)) is not None


def test_a_foreign_library_refuses_another_body_another_id_and_another_secret() -> None:
    secret, event = new_secret(), an_event()
    sent = event_message(event, "structured", [secret], now())
    for body, headers, key in (
        (sent.body + b" ", sent.headers, secret),
        (sent.body, {**sent.headers, "webhook-id": "another"}, secret),
        (sent.body, sent.headers, new_secret()),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(key.secret).verify(body, dict(headers))


def test_an_old_request_is_refused_by_its_instant() -> None:
    secret = new_secret()
    sent = event_message(an_event(), "structured", [secret], now() - timedelta(minutes=6))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret.secret).verify(sent.body, dict(sent.headers))


def test_during_a_rotation_both_secrets_verify() -> None:
    old, new = new_secret(), new_secret()
    sent = event_message(an_event(), "structured", [new, old], now())
    for secret in (old, new):
        assert Webhook(secret.secret).verify(sent.body, dict(sent.headers)) is not None


def test_in_the_structured_mode_the_body_is_the_whole_event() -> None:
    event = an_event()
    sent = event_message(event, "structured", [new_secret()], now())
    document = json.loads(sent.body)
    assert sent.headers["content-type"] == "application/cloudevents+json"
    assert sent.headers["webhook-id"] == document["id"] == derived_id("event")
    assert document["specversion"] == "1.0"
    assert (document["type"], document["source"]) == ("relevo.intake.CallOpened.v1", "/relevo/intake")
    assert document["subject"] == f"call/{derived_id('call')}"
    assert document["sequence"] == "1"
    assert document["datacontenttype"] == "application/json"
    assert document["data"] == json.loads(event.data)
    assert all(name.isalnum() and name.islower() for name in document)


def test_in_the_binary_mode_attributes_are_headers_and_the_media_type_is_that_of_the_data() -> None:
    event = an_event()
    sent = event_message(event, "binary", [new_secret()], now())
    assert sent.headers["content-type"] == "application/json"
    assert "ce-datacontenttype" not in sent.headers
    assert sent.headers["ce-specversion"] == "1.0"
    assert sent.headers["ce-type"] == "relevo.intake.CallOpened.v1"
    assert sent.body == event.data.encode()
    wire = decode(dict(sent.headers), sent.body)  # as our own readers take it from the bus
    assert wire.event.aggregate_id == derived_id("call")


def test_what_a_newer_writer_put_into_the_body_is_handed_on_to_the_byte() -> None:
    plain = json.loads(an_event().data)
    newer = json.dumps({**plain, "of_later": 'é "x"'}, indent=1, ensure_ascii=False).encode()
    event = an_event(newer)
    assert event_message(event, "binary", [new_secret()], now()).body == newer
    assert newer in event_message(event, "structured", [new_secret()], now()).body


def test_a_check_is_signed_like_an_event_and_holds_the_challenge() -> None:
    secret = new_secret()
    sent = check_message(derived_id("one"), "abc", [secret], now())
    found = Webhook(secret.secret).verify(sent.body, dict(sent.headers))
    assert found == {"type": "relevo.subscription.check", "subscription_id": derived_id("one"), "challenge": "abc"}
