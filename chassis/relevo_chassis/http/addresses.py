"""Whose address a request came from, when proxies that are trusted stand in between.

What a trusted proxy says of whom it speaks for is believed (RFC 7239, or X-Forwarded-For), and of nobody else. Read
from the right, the first address that is no trusted proxy's counts: everything to the left of it is hearsay.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from starlette.types import ASGIApp, Receive, Scope, Send

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

PEER = "relevo.peer"
_ELEMENT = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*")+')
_FOR = re.compile(r'(?:^|;)\s*for=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))', re.IGNORECASE)
_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::[0-9]+)?\Z")


class Proxied:
    """Middleware that puts the believed address in place of the proxy's; the port of it is not known.

    Who is at the other end of the connection stays in the scope as ``relevo.peer``.
    """

    def __init__(self, app: ASGIApp, *, trusted: Networks) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (peer := address_of((scope.get("client") or ("",))[0])):
            scope[PEER] = str(peer)
            believed = self._believed(peer, scope["headers"])
            if believed != peer:
                scope["client"] = (str(believed), 0)
        await self._app(scope, receive, send)

    def _believed(self, peer: Address, headers: Sequence[tuple[bytes, bytes]]) -> Address:
        """Where two headers say different things one of them may be forged: then neither is believed."""
        if not self._is_trusted(peer):
            return peer
        hops: dict[bytes, list[str]] = {b"forwarded": [], b"x-forwarded-for": []}
        for name, value in headers:
            if name in hops:
                hops[name].append(value.decode("latin-1"))
        chains = [
            list(_forwarded(hops[b"forwarded"])),
            [each for line in hops[b"x-forwarded-for"] for each in line.split(",")],
        ]
        found = {self._last_untrusted(peer, chain) for chain in chains if chain}
        return found.pop() if len(found) == 1 else peer

    def _last_untrusted(self, peer: Address, chain: list[str]) -> Address:
        """The nearest that no trusted proxy has; what cannot be read ends the chain at the proxy that said it."""
        nearest = peer
        for each in reversed(chain):
            hop = address_of(each)
            if hop is None:
                break
            nearest = hop
            if not self._is_trusted(hop):
                break
        return nearest

    def _is_trusted(self, address: Address) -> bool:
        return is_among(address, self._trusted)


def is_among(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def address_of(text: str) -> Address | None:
    """An address with or without port and brackets; one of IPv4 that is written as one of IPv6 is one of IPv4."""
    text = text.strip()
    found = _PORT.match(text)
    try:
        address = ipaddress.ip_address((found[1] or found[2]) if found else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(client: str) -> str:
    """What shares an allowance: an address, or with IPv6 the 64 bits that one household or host is given."""
    address = address_of(client)
    if isinstance(address, IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return client if address is None else str(address)


def networks(text: str) -> Networks:
    """Networks and addresses with commas between them. Raises ``ValueError``, also for one that holds everybody."""
    found = [ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip()]
    if any(each.prefixlen == 0 for each in found):
        raise ValueError("a network of everybody trusts everybody")
    return found


def _forwarded(lines: list[str]) -> Iterator[str]:
    """Whom each element of the header speaks for; nobody where it does not say."""
    for element in _ELEMENT.findall(",".join(lines)):
        found = _FOR.search(element.strip())
        yield re.sub(r"\\(.)", r"\1", found[1]) if found and found[1] else (found[2] if found else "")
