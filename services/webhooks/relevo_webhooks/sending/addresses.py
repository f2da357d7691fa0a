"""Which addresses may be reached: public ones, and what the settings allow besides.

What is not certainly public is not (RFC 6890). An address that carries another one within (mapped, NAT64, 6to4) is as
good as that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

_NAT64: Final = IPv6Network("64:ff9b::/96")
_GLOBAL: Final = IPv6Network("2000::/3")
"""All that is given out of IPv6 for the public internet so far."""
_NEVER: Final[tuple[IPv4Network | IPv6Network, ...]] = (
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, given up (RFC 7526)
    IPv6Network("2001::/23"),  # protocols, Teredo and ORCHID among them
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
)


def read_address(text: str) -> Address:
    """An address as a resolver gives it, without the zone. Raises ``ValueError``."""
    return ip_address(text.partition("%")[0])


def is_allowed(address: Address, allowed: Networks = ()) -> bool:
    """Whether it is public, or lies in a network that is allowed all the same."""
    if any(address.version == each.version and address in each for each in allowed):
        return True
    within = _within(address)
    if within is not None:
        return is_allowed(within, allowed)
    if any(address.version == each.version and address in each for each in _NEVER):
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _within(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour
