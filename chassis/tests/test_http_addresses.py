"""Whose address counts, and how much one of them may ask for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http import problems
from relevo_chassis.http.addresses import Proxied, address_of, network_of, networks
from relevo_chassis.http.allowance import Allowance

TRUSTED = networks("10.0.0.0/8, 192.0.2.7, 2001:db8:ffff::/48")
PROXY, ANA = "10.1.2.3", "203.0.113.9"


async def seen(peer: str, *headers: tuple[str, str]) -> str:
    app = FastAPI()

    @app.get("/")
    async def client(request: Request) -> str:
        return request.client.host if request.client else ""

    app.add_middleware(Proxied, trusted=TRUSTED)
    transport = httpx.ASGITransport(app, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://service.local") as http:
        found: str = (await http.get("/", headers=list(headers))).json()
        return found


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (ANA, ANA),
        (f"{ANA}:8080", ANA),
        (f" {ANA} ", ANA),
        (f"::ffff:{ANA}", ANA),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        (f"198.51.100.1, {ANA}", ANA),
        (f"{ANA}, 10.9.9.9, 192.0.2.7", ANA),
        (f"198.51.100.1, {ANA}, 2001:db8:ffff::9", ANA),
        ("10.9.9.9, 10.8.8.8", "10.9.9.9"),
        (f"{ANA}, unknown", PROXY),
        (f"{ANA}, 10.9.9.9, <script>", PROXY),
        (f"{ANA}, nobody, 10.9.9.9", "10.9.9.9"),
        ("", PROXY),
        (",", PROXY),
        ("256.1.1.1", PROXY),
    ],
)
async def test_the_rightmost_address_that_is_no_trusted_proxys_counts(header: str, expected: str) -> None:
    assert await seen(PROXY, ("X-Forwarded-For", header)) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"for={ANA}", ANA),
        (f"For={ANA};proto=https;by=10.1.2.3", ANA),
        (f"proto=https; for={ANA}", ANA),
        ('for="[2001:db8::1]:4711"', "2001:db8::1"),
        (f'for="198.51.100.1, {ANA}", for=203.0.113.1', "203.0.113.1"),
        (f'for=198.51.100.1;host="a,for={ANA}"', "198.51.100.1"),
        (f"for=198.51.100.1, for={ANA}, for=10.9.9.9", ANA),
        (f"for={ANA}, for=_hidden", PROXY),
        (f"for={ANA}, proto=https", PROXY),
        ("for=unknown", PROXY),
    ],
)
async def test_forwarded_is_read_as_rfc_7239_has_it(header: str, expected: str) -> None:
    assert await seen(PROXY, ("Forwarded", header)) == expected


async def test_several_lines_of_a_header_are_one_list() -> None:
    assert await seen(PROXY, ("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", ANA)) == ANA


@pytest.mark.parametrize("peer", ["203.0.113.50", "11.0.0.1", "2001:db8:fffe::1", "testclient", ""])
async def test_what_is_forged_by_others_has_no_effect(peer: str) -> None:
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP", "True-Client-IP"):
        assert await seen(peer, (header, "198.51.100.1"), (header, "for=198.51.100.1")) == peer


async def test_a_header_that_the_proxy_passes_on_unread_is_not_believed_against_the_one_it_writes() -> None:
    assert await seen(PROXY, ("X-Forwarded-For", ANA), ("Forwarded", "for=198.51.100.1")) == PROXY
    assert await seen(PROXY, ("X-Forwarded-For", ANA), ("Forwarded", f"for={ANA}")) == ANA


async def test_a_proxy_of_ipv4_on_a_socket_of_ipv6_is_known() -> None:
    assert await seen(f"::ffff:{PROXY}", ("X-Forwarded-For", ANA)) == ANA


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "10.0.0.1/8", "proxy", "10.0.0.0/33"])
def test_networks_that_cannot_be_or_hold_everybody_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        networks(text)


def test_one_household_of_ipv6_is_one_network() -> None:
    one, other = network_of("2001:db8:1:2::1"), network_of("2001:db8:1:2:ffff::9")
    assert one == other == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != one
    assert network_of("::ffff:203.0.113.9") == network_of("203.0.113.9") == "203.0.113.9"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("testclient") == "testclient"
    assert address_of("") is None


class TooMany(Refusal):
    """Too many; wait."""

    status = 429


def asking(address: str) -> Any:
    return Request({"type": "http", "client": (address, 1)})


def test_an_allowance_is_each_addresss_own_and_says_when_to_come_again() -> None:
    now = [0.0]
    allowance = Allowance(6, TooMany, lambda: now[0])
    for _ in range(6):
        allowance.spend(asking("2001:db8::1"))
    with pytest.raises(TooMany) as refused:
        allowance.spend(asking("2001:db8::2"))
    answer = problems.of_refusal(refused.value)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    allowance.spend(asking("2001:db8:0:1::1"))
    now[0] = 9.9
    with pytest.raises(TooMany):
        allowance.spend(asking("2001:db8::1"))
    now[0] = 10.0
    allowance.spend(asking("2001:db8::1"))


def test_only_those_seen_last_are_remembered() -> None:
    allowance = Allowance(1, TooMany, lambda: 0.0)
    for number in range(10_001):
        allowance.spend(asking(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    allowance.spend(asking("10.0.0.0"))
    with pytest.raises(TooMany):
        allowance.spend(asking("10.0.39.16"))
