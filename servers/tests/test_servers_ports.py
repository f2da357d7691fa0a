"""Ports of servers of one's own: drawn once on a machine, and drawn again when somebody else listens there."""

from __future__ import annotations

import asyncio
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relevo_servers import LOOPBACK, MongoServer, NatsServer, Server, ServerDidNotStart, free_port, is_free, process

DRAWS = "from relevo_servers import free_port\nprint(*(free_port() for _ in range({number})), flush=True)\ninput()\n"


@contextmanager
def somebody_listens(port: int) -> Iterator[None]:
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind((LOOPBACK, port))
        stranger.listen()
        yield


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> range:
    ports = range(32_000, 32_020)
    monkeypatch.setattr(process, "_PORTS", ports)
    return ports


def test_a_port_is_drawn_once_in_a_process(few: range) -> None:
    free = [port for port in few if is_free(port)]
    found = {free_port() for _ in free}
    assert found == set(free)
    with pytest.raises(ServerDidNotStart, match="none of them free"):
        free_port()


async def test_two_processes_at_once_draw_different_ports() -> None:
    number = 400
    command = [sys.executable, "-c", DRAWS.format(number=number)]
    drawing = [await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE) for _ in range(2)]
    drawn = [port for each in drawing if each.stdout for port in (await each.stdout.readline()).split()]
    await asyncio.gather(*(each.communicate(b"\n") for each in drawing))
    assert len(set(drawn)) == len(drawn) == 2 * number


def test_where_a_port_was_drawn_a_server_may_listen_and_listen_again() -> None:
    port = free_port()
    for _ in range(2):
        assert is_free(port)
        with somebody_listens(port):
            assert not is_free(port)
            socket.create_connection((LOOPBACK, port)).close()


@pytest.mark.parametrize("name", ["clients", "monitoring"])
async def test_a_nats_server_whose_port_was_taken_since_it_was_drawn_listens_on_another(
    tmp_path: Path, name: str
) -> None:
    server = NatsServer(tmp_path)
    drawn = dict(server.ports)
    with somebody_listens(drawn[name]):
        async with server:
            assert server.process is not None
            assert server.process.pid
            assert [each for each in drawn if server.ports[each] != drawn[each]] == [name]
            assert f"somebody else listens on {drawn[name]}: {server.ports[name]} is" in server.log.read_text()
            again = dict(server.ports)
            await server.restart()
            assert server.ports == again


async def test_a_mongod_whose_port_was_taken_since_it_was_drawn_listens_on_another(tmp_path: Path) -> None:
    server = MongoServer(tmp_path)
    drawn = server.port
    with somebody_listens(drawn):
        async with server:
            assert server.port != drawn
            assert server.url.startswith(f"mongodb://{LOOPBACK}:{server.port}/")


@pytest.mark.parametrize("kind", [NatsServer, MongoServer])
async def test_a_server_whose_port_was_given_and_is_taken_says_so_and_does_not_start(
    tmp_path: Path, kind: type[NatsServer] | type[MongoServer]
) -> None:
    port = free_port()
    server: Server = kind(tmp_path, port=port)
    with somebody_listens(port), pytest.raises(ServerDidNotStart, match=f"somebody else listens .* {port}"):
        await server.start()
    assert server.pid is None
