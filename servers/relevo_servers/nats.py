"""nats-server with JetStream."""

from __future__ import annotations

import sys
from pathlib import Path

from relevo_servers.process import LOOPBACK, Server, answers_at, find_program, owner_only


def find_nats_server() -> Path:
    """The nats-server to run: ``RELEVO_NATS_SERVER``, else the wheel's, else the one on PATH."""
    return find_program("nats-server", "RELEVO_NATS_SERVER", Path(sys.executable).parent / "nats-server")


WITHOUT_ACCOUNTS = """mappings {
  "LOOK.CONSUMER.INFO.*.*": "$JS.API.CONSUMER.INFO.$1.$2"
  "LOOK.STREAM.INFO.*": "$JS.API.STREAM.INFO.$1"
}
"""
"""For a server on which everybody may do everything: what the accounts of ``deploy/topology`` have besides rights."""


class NatsServer(Server):
    """A nats-server with JetStream that syncs every write before it acknowledges it.

    ``config`` is appended to its configuration (accounts, a cluster, limits). ``monitor_port`` serves /healthz, /jsz.
    """

    name = "nats-server"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        monitor_port: int | None = None,
        config: str = WITHOUT_ACCOUNTS,
        server_name: str = "relevo",
    ) -> None:
        super().__init__(folder, clients=port, monitoring=monitor_port)
        self.config = config
        self.server_name = server_name

    @property
    def monitor_port(self) -> int:
        return self.ports["monitoring"]

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.ports['clients']}"

    def _command(self) -> list[str]:
        path = self.folder / "nats-server.conf"
        with open(path, "w", opener=owner_only, encoding="utf-8") as file:
            file.write(
                f"server_name: {self.server_name}\n"
                f'listen: "{LOOPBACK}:{self.port}"\n'
                f'http: "{LOOPBACK}:{self.monitor_port}"\n'
                f'jetstream {{ store_dir: "{self.folder / "jetstream"}", sync_interval: always }}\n'
                f"{self.config}\n"
            )
        return [str(find_nats_server()), "--config", str(path)]

    async def _answers(self) -> bool:
        return await answers_at(self.monitor_port, "/healthz")
