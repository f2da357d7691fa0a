"""Which addresses may be reached, in whatever dress they come."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from relevo_webhooks.sending.addresses import is_allowed, read_address


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "127.255.255.254", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1"),
        *("198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
        *("255.255.255.255", "192.88.99.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "100::1"),
        *("2001:db8::1", "3fff::1", "2001::1", "2001:10::1", "5f00::1", "64:ff9b:1::1", "::127.0.0.1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1"),
        *("64:ff9b::7f00:1", "64:ff9b::10.1.2.3", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1"),
    ],
)
def test_what_is_not_public_is_refused(text: str) -> None:
    assert not is_allowed(read_address(text))


@pytest.mark.parametrize(
    "text",
    [
        *("1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "223.255.255.255"),
        *("2606:4700:4700::1111", "2a00:1450:4001:80f::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"),
    ],
)
def test_what_is_public_is_reached(text: str) -> None:
    assert is_allowed(read_address(text))


@pytest.mark.parametrize("text", ["10.20.1.1", "::ffff:10.20.1.1", "64:ff9b::10.20.1.1", "fd00:1::5"])
def test_what_the_settings_allow_is_reached_in_every_dress(text: str) -> None:
    allowed = (ip_network("10.20.0.0/16"), ip_network("fd00:1::/32"))
    assert is_allowed(read_address(text), allowed)
    assert not is_allowed(read_address("10.21.0.1"), allowed)
    assert not is_allowed(read_address("127.0.0.1"), allowed)
