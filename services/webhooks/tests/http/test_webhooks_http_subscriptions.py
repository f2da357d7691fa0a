"""What operators can have done with subscriptions, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from relevo_chassis.ids import new_id
from relevo_webhooks.commands.deliveries import forget_removed
from relevo_webhooks.domain.delivery import Try
from relevo_webhooks.domain.journal import PUBLIC
from relevo_webhooks.equipment import office_of
from relevo_webhooks.http.targets import target
from relevo_webhooks.store import SECRETS

Bridge = Any


async def test_a_secret_is_answered_once_and_stands_nowhere_in_the_clear(bridge: Bridge) -> None:
    path, secret = await bridge.add()
    assert secret.startswith("whsec_")
    for page in ("/subscriptions", path):
        assert secret not in str(await bridge.get(page))
    assert secret.removeprefix("whsec_") not in str(bridge.stand.store.collections)
    assert secret not in bridge.stand.logged.getvalue()


async def test_the_same_request_is_answered_with_the_same_secret_and_makes_one_subscription(bridge: Bridge) -> None:
    form, key = {"partner": "Observatory", "url": "https://observatory.org/relevo"}, new_id()
    first, again = [await bridge.post("/subscriptions", form, key=key) for _ in range(2)]
    assert first.json() == again.json()
    assert len(await bridge.get("/subscriptions")) == 1


async def test_it_is_sent_all_public_types_in_the_structured_mode_unless_said(bridge: Bridge) -> None:
    found = await bridge.get((await bridge.add())[0])
    assert set(found["types"]) == set(PUBLIC)
    assert (found["mode"], found["state"], found["failing_since"]) == ("structured", "unproven", None)


async def test_nothing_is_sent_to_whoever_did_not_answer_the_check(bridge: Bridge) -> None:
    await bridge.add()
    await bridge.opened()
    await bridge.send()
    assert bridge.endpoint.received == []
    assert bridge.rows("waiting") == []


async def test_the_check_is_signed_with_the_secret_that_was_answered(bridge: Bridge) -> None:
    path, secret = await bridge.add()
    assert (await bridge.post(f"{path}/check")).json()["state"] == "active"
    [(_, message)] = bridge.endpoint.received
    assert Webhook(secret).verify(message.body, dict(message.headers))["challenge"]


@pytest.mark.parametrize(
    ("tried", "echoes", "detail"),
    [
        (Try(outcome="answered", status=404), True, "it answered with 404"),
        (Try(outcome="answered", status=302), True, "it answered with 302"),
        (Try(outcome="timed_out"), True, "it did not answer within ten seconds"),
        (Try(outcome="address_refused"), True, "its host has an address that is not public"),
        (Try(outcome="tls_failed"), True, "its certificate is not one for its host that is trusted here"),
        (Try(outcome="broke_off"), True, "it could not be reached"),
        (None, False, "it answered with 2xx and without the challenge in its body"),
    ],
)
async def test_a_check_that_fails_says_how_and_leaves_it_unproven(
    bridge: Bridge, tried: Try | None, echoes: bool, detail: str
) -> None:
    path, _ = await bridge.add()
    bridge.endpoint.answer, bridge.endpoint.echoes = (lambda url, message: tried), echoes
    failed = await bridge.post(f"{path}/check")
    assert (failed.status_code, failed.json()["detail"]) == (409, detail)
    assert (await bridge.get(path))["state"] == "unproven"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://observatory.org/", "no_https_url"),
        ("ftp://observatory.org/", "no_https_url"),
        ("https://observatory.org/ x", "no_https_url"),
        ("https://observatory.org\\@10.0.0.1/", "no_https_url"),
        ("https://observatory.org:99999/", "no_https_url"),
        ("https://user:word@observatory.org/", "names_account"),
        ("https://observatory.org/#part", "has_fragment"),
        ("https://observatory.org:22/", "port_not_allowed"),
        ("https://observatory.org:80/", "port_not_allowed"),
        ("https://localhost/", "host_not_public"),
        ("https://observatory/", "host_not_public"),
        ("https://2130706433/", "host_not_public"),
        ("https://0x7f.0.0.1/", "host_not_public"),
        ("https://0177.0.0.1/", "host_not_public"),
        ("https://127.1/", "host_not_public"),
        ("https://127.0.0.1/", "host_not_public"),
        ("https://10.0.0.1:8443/", "host_not_public"),
        ("https://[::1]/", "host_not_public"),
        ("https://[::ffff:127.0.0.1]/", "host_not_public"),
        ("https://[64:ff9b::7f00:1]/", "host_not_public"),
        ("https://observatory.org./", "host_not_public"),
        ("https:///path", "host_not_public"),
    ],
)
async def test_a_url_to_which_nothing_may_be_sent_is_refused_and_leaves_nothing(
    bridge: Bridge, url: str, code: str
) -> None:
    refused = await bridge.post("/subscriptions", {"partner": "Observatory", "url": url})
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert (error["where"], error["code"]) == ("body.url", code)
    assert await bridge.get("/subscriptions") == []


@pytest.mark.parametrize(
    "url",
    [
        "https://observatory.org/relevo?a=1",
        "https://observatory.org:443/",
        "https://hooks.observatory.org:8443/x",
        "https://xn--obs-cla.org/",
        "https://8.8.8.8/",
    ],
)
def test_other_urls_are_taken_as_they_are(url: str) -> None:
    assert target(url) == url


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        ({"types": ["relevo.intake.PersonErased.v1"]}, "body.types.0", "type_not_public"),
        ({"types": ["relevo.intake.CallOpened.v1"] * 2}, "body.types", "named_twice"),
        ({"types": []}, "body.types", "too_few"),
        ({"mode": "batched"}, "body.mode", "not_one_of"),
    ],
)
async def test_only_public_types_can_be_had_each_once(
    bridge: Bridge, fields: dict[str, Any], where: str, code: str
) -> None:
    refused = await bridge.post("/subscriptions", {"partner": "O", "url": "https://observatory.org/", **fields})
    assert refused.status_code == 422
    assert [(each["where"], each["code"]) for each in refused.json()["errors"]] == [(where, code)]


async def test_after_a_rotation_both_secrets_sign_until_the_old_one_is_ended_and_is_gone(bridge: Bridge) -> None:
    path, old = await bridge.add()
    await bridge.post(f"{path}/check")
    new = (await bridge.post(f"{path}/rotate")).json()["secret"]
    assert new != old
    await bridge.opened()
    await bridge.send()
    _, message = bridge.endpoint.received[-1]
    for secret in (old, new):
        assert Webhook(secret).verify(message.body, dict(message.headers))
    assert (await bridge.post(f"{path}/rotate")).status_code == 409
    assert (await bridge.post(f"{path}/end-old-secret")).json()["old_secret_until"] is None
    assert len(bridge.stand.store.collections[SECRETS]) == 1
    await bridge.closed()
    await bridge.send()
    _, message = bridge.endpoint.received[-1]
    assert len(message.headers["webhook-signature"].split()) == 1


async def test_whoever_is_paused_gets_afterwards_what_came_meanwhile(bridge: Bridge) -> None:
    path = await bridge.active()
    assert (await bridge.post(f"{path}/pause")).json()["state"] == "paused"
    assert (await bridge.post(f"{path}/pause")).status_code == 409
    id = await bridge.opened()
    await bridge.send()
    assert bridge.endpoint.ids == []
    await bridge.post(f"{path}/resume")
    await bridge.send()
    assert bridge.endpoint.ids == [id]


async def test_what_was_removed_is_sent_nothing_and_leaves_neither_secret_nor_delivery(bridge: Bridge) -> None:
    path = await bridge.active()
    await bridge.opened()
    assert (await bridge.post(f"{path}/remove")).status_code == 204
    assert bridge.stand.store.collections[SECRETS] == {}
    await bridge.closed()
    await bridge.send()
    assert bridge.endpoint.ids == []
    await forget_removed(office_of(bridge.stand.shell))
    assert bridge.rows("waiting") == []
    assert (await bridge.post(f"{path}/remove")).status_code == 404
    assert (await bridge.stand.http.get(path, headers=bridge.operator)).status_code == 404


async def test_what_is_decided_goes_on_record_with_who_decided_it(bridge: Bridge) -> None:
    path = await bridge.active()
    await bridge.post(f"{path}/rotate")
    await bridge.post(f"{path}/remove")
    await bridge.stand.shell.records.sealer.seal()
    rows = [each for rows in bridge.stand.store.collections.values() for each in rows.values()]
    text = str(rows)
    for code in ("subscription_added", "subscription_proven", "secret_rotated", "subscription_removed"):
        assert code in text
    assert "operator-1" in text


async def test_whoever_is_no_operator_does_and_sees_nothing(bridge: Bridge) -> None:
    path = await bridge.active()
    for role in ("coordinator", "auditor", "participant"):
        headers = bridge.stand.tokens.bearer("somebody", role)
        assert (await bridge.stand.http.get(path, headers=headers)).status_code == 403
        assert (await bridge.stand.post(f"{path}/remove", headers=headers)).status_code == 403
