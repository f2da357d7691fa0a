"""How many connections may be open at a time, and for how long one may wait for its client.

A connection waits in one of four places, in the order in which it came there: with a head that is not whole (or with
nothing at all), idle between two requests, with a body that is not whole, or told off and lingering. While the service
itself has a request of it in hand it stands in none. When the bound is reached, the one that has waited longest makes
room for whoever comes; when none waits, a few more are taken who may ask for the service's health alone.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from relevo_chassis.measures import HTTP_CONNECTIONS, HTTP_CONNECTIONS_CLOSED

PATHS = frozenset({"/livez", "/readyz", "/metrics"})
"""What may be asked for when all connections are taken."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask of a connection; sizes in bytes, times in seconds."""

    connections: int = 1000
    reserved: int = 32
    line: int = 8_192
    head: int = 16_384
    headers: int = 100
    pipelined: int = 16
    head_seconds: float = 20.0
    idle_seconds: float = 30.0
    unread_seconds: float = 30.0
    unread_least: int = 15_000
    """Whoever takes less of an answer than this in ``unread_seconds`` is not reading it."""
    linger_seconds: float = 2.0
    reserved_seconds: float = 5.0


class Client(Protocol):
    """A connection as its keeper sees it."""

    def too_slow(self) -> None:
        """Its head took too long; say so, and linger."""
        ...

    def leave(self) -> None:
        """End when what was written has gone out."""
        ...

    def abort(self) -> None:
        """End at once."""
        ...

    def unsent(self) -> int:
        """Bytes of an answer that its client has not taken yet."""
        ...

    def reserve(self) -> None:
        """From now on ask for health alone, once."""
        ...


Place = OrderedDict[Client, float]
"""Who waits there, since when, the longest first."""


class Connections(Collector):
    """All connections of a server, of which at most ``limits.connections`` and a few reserved ones are open."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._open: set[Client] = set()
        self._at: dict[Client, Place] = {}
        self.heads: Place = OrderedDict()
        self.idle: Place = OrderedDict()
        self.bodies: Place = OrderedDict()
        self.lingering: Place = OrderedDict()
        self._reserved: Place = OrderedDict()
        self._unread: dict[Client, tuple[float, int]] = {}
        self.closed: Counter[str] = Counter()

    def admit(self, client: Client) -> None:
        """Take one in, and let another go for it if need be."""
        if len(self._open) - len(self._reserved) >= self.limits.connections and not self._made_room():
            if len(self._reserved) >= self.limits.reserved:
                self._end(next(iter(self._reserved)), "full")
            client.reserve()
            self.move(client, self._reserved)
        else:
            self.move(client, self.heads)
        self._open.add(client)

    def move(self, client: Client, place: Place | None) -> None:
        """It waits there from now on, ``None`` for nowhere. One that is there already stays where it stands, and a
        reserved one is only ever let go."""
        before = self._at.get(client)
        if before is place or before is self._reserved:
            return
        if before is not None:
            del before[client]
        if place is None:
            self._at.pop(client, None)
        else:
            self._at[client] = place
            place[client] = self._monotonic()

    def lost(self, client: Client) -> None:
        """It has ended."""
        self._open.discard(client)
        self._unread.pop(client, None)
        if (place := self._at.pop(client, None)) is not None:
            del place[client]

    def unread(self, client: Client) -> None:
        """Its answer waits for it to read on."""
        self._unread.setdefault(client, (self._monotonic(), client.unsent()))

    def read(self, client: Client) -> None:
        """It reads on."""
        self._unread.pop(client, None)

    def sweep(self) -> None:
        """End those that have waited too long for their clients; to be called every second or so."""
        now, limits = self._monotonic(), self.limits
        for client in _since(self.heads, now - limits.head_seconds):
            self.closed["head"] += 1
            self.move(client, None)
            client.too_slow()
        for client in _since(self.idle, now - limits.idle_seconds):
            self.closed["idle"] += 1
            self.move(client, None)
            client.leave()
        for client in _since(self._reserved, now - limits.reserved_seconds):
            self._end(client, "reserved")
        for client in _since(self.lingering, now - limits.linger_seconds):
            client.abort()
        for client, (since, size) in list(self._unread.items()):
            if now - since > limits.unread_seconds:
                if size - client.unsent() < limits.unread_least:
                    self._end(client, "unread")
                else:
                    self._unread[client] = (now, client.unsent())

    def _made_room(self) -> bool:
        for place, why in ((self.lingering, "told"), (self.heads, "room"), (self.idle, "room"), (self.bodies, "room")):
            if place:
                self._end(next(iter(place)), why)
                return True
        return False

    def _end(self, client: Client, why: str) -> None:
        """Drop it; no longer counted, though its socket may take a turn of the loop to close."""
        self.closed[why] += 1
        self.lost(client)
        client.abort()

    def collect(self) -> Iterator[Metric]:
        yield HTTP_CONNECTIONS.of(len(self._open))
        yield HTTP_CONNECTIONS_CLOSED.by(self.closed)


def _since(place: Place, then: float) -> list[Client]:
    found = []
    for client, since in place.items():
        if since > then:
            break
        found.append(client)
    return found
