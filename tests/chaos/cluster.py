"""A cluster of three nats-servers, one of which can be parted from the other two while its clients stay with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.chaos.link import Link

from relevo_servers import LOOPBACK, NatsServer, free_port, is_free

log = logging.getLogger(__name__)


class Cluster:
    """The third node and the others reach each other through links alone; the first two have a route of their own."""

    nodes: list[NatsServer]

    def __init__(self, folder: Path, config_of: Callable[[Path], str]) -> None:
        self._folder, self._config_of = folder, config_of
        self._draw()

    def _draw(self) -> None:
        self.ports = [free_port() for _ in range(3)]
        self._links = [Link(port) for port in self.ports]
        direct = [f"{LOOPBACK}:{port}" for port in self.ports]
        linked = [f"{LOOPBACK}:{link.port}" for link in self._links]
        routes = [(direct[1], linked[2]), (direct[0], linked[2]), (linked[0], linked[1])]
        places = [self._folder / f"node-{number}" for number in (1, 2, 3)]
        self.nodes = [
            NatsServer(
                place,
                server_name=place.name,
                config=self._config_of(place) + f"cluster {{ name: relevo, {_addresses(listen, advertise, others)} }}",
            )
            for place, listen, advertise, others in zip(places, direct, linked, routes, strict=True)
        ]

    @property
    def minority(self) -> NatsServer:
        """The node that ``part`` leaves alone."""
        return self.nodes[2]

    async def start(self) -> None:
        """Start them all, among themselves on other ports if somebody else listens on one. Raises as a node does."""
        while in_use := [port for port in (*self.ports, *(link.port for link in self._links)) if not is_free(port)]:
            self._draw()
            log.warning("somebody else listens on %s: the cluster is on %s instead", in_use, self.ports)
        await asyncio.gather(*(link.start() for link in self._links))
        await asyncio.gather(*(node.start() for node in self.nodes))

    async def stop(self) -> None:
        await asyncio.gather(*(node.stop() for node in self.nodes))
        await asyncio.gather(*(link.stop() for link in self._links))

    def part(self) -> None:
        """From now on nothing comes through between the third node and the others, and neither side is told."""
        for link in self._links:
            link.turn("silent")

    def join(self) -> None:
        for link in self._links:
            link.turn("open")


def _addresses(listen: str, advertise: str, others: Sequence[str]) -> str:
    routes = ", ".join(f'"nats://{each}"' for each in others)
    return f'listen: "{listen}", advertise: "{advertise}", routes: [{routes}]'
