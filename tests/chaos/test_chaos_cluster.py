"""The cluster of the storms stands, wherever others listen."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import nats
import pytest
from tests.chaos.cluster import Cluster

from relevo_servers import LOOPBACK
from relevo_testkit.waiting import until


async def test_a_cluster_one_of_whose_ports_was_taken_since_it_was_drawn_meets_on_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = Cluster(tmp_path, lambda _: "")
    drawn = list(cluster.ports)
    stranger = await asyncio.start_server(lambda reader, writer: writer.close(), LOOPBACK, drawn[1])
    try:
        with caplog.at_level(logging.WARNING):
            await cluster.start()
        assert not set(drawn) & set(cluster.ports)
        assert f"somebody else listens on [{drawn[1]}]" in caplog.text
        client = await nats.connect(cluster.nodes[0].url)
        await until(lambda: len(client.discovered_servers) == 2)
        await client.close()
    finally:
        await cluster.stop()
        stranger.close()
