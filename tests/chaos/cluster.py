"""A cluster of three nats-servers, one of which can be parted from the other two while its clients stay with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.chaos.link import Link

from relevo_servers import LOOPBACK, NatsServer, free_port


class Cluster:
    """The third node and the others reach each other through links alone; the first two have a route of their own."""

    def __init__(self, folder: Path, config_of: Callable[[Path], str]) -> None:
        ports = [free_port() for _ in range(3)]
        self._links = [Link(port) for port in ports]
        direct = [f"{LOOPBACK}:{port}" for port in ports]
        linked = [f"{LOOPBACK}:{link.port}" for link in self._links]
        routes = [(direct[1], linked[2]), (direct[0], linked[2]), (linked[0], linked[1])]
        self.nodes = [
            NatsServer(
                folder / f"node-{number}",
                server_name=f"node-{number}",
                config=config_of(folder / f"node-{number}")
                + f"cluster {{ name: relevo, {_addresses(listen, advertise, others)} }}",
            )
            for number, listen, advertise, others in zip((1, 2, 3), direct, linked, routes, strict=True)
        ]

    @property
    def minority(self) -> NatsServer:
        """The node that ``part`` leaves alone."""
        return self.nodes[2]

    async def start(self) -> None:
        """Start them all. Raises like ``NatsServer.start``."""
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
