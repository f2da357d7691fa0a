"""The door of a service, run by an nginx that is here: whom it lets in where, what it hands on, and what it shows."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.manifests.reach import HEALTH, OPERATIONS, PEOPLE
from tests.manifests.rendering import KUBERNETES

from relevo_chassis.http.addresses import Proxied, networks
from relevo_chassis.operations.health import FORWARDED

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(not NGINX, reason="needs nginx on the path (Debian's nginx-light is enough)")
SERVICE = 8000
GATEWAY = "127.0.0.1"
"""Who is at the other end of the door here, and is trusted as a gateway or the portal is."""


async def echo(request: Request) -> JSONResponse:
    body = await request.body()
    return JSONResponse(
        {
            "path": request.url.path,
            "query": request.url.query,
            "from": request.client.host if request.client else None,
            "host": request.headers["host"],
            "size": len(body),
            "forwarded": sorted(FORWARDED & {*request.headers}),
        }
    )


@dataclass(frozen=True)
class Door:
    """A door that stands open, by its ports."""

    folder: Path
    ports: Mapping[int, int]

    async def ask(
        self, port: int, path: str, method: str = "GET", content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        scheme = "http" if port == HEALTH else "https"
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:  # noqa: S501 (of a minute's own making)
            url = f"{scheme}://127.0.0.1:{self.ports[port]}{path}"
            return await client.request(method, url, headers=headers, content=content)

    def shows(self) -> int:
        """The number of the certificate that it shows."""
        pem = ssl.get_server_certificate(("127.0.0.1", self.ports[PEOPLE]))
        return x509.load_pem_x509_certificate(pem.encode()).serial_number

    def give(self) -> int:
        """Put another certificate in its place, and return its number."""
        key = ec.generate_private_key(ec.SECP256R1())
        name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "intake")]), datetime.now(UTC)
        made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(minutes=1)).not_valid_after(now + timedelta(hours=1))
        certificate = made.sign(key, hashes.SHA256())
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        (self.folder / "tls.crt").write_bytes(certificate.public_bytes(pem))
        (self.folder / "tls.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        return certificate.serial_number


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def configuration(folder: Path, ports: Mapping[int, int]) -> str:
    """What the manifest says, on ports and in a folder of its own."""
    patch = yaml.safe_load((KUBERNETES / "components/service/door.yaml").read_text("utf-8"))
    text = str(patch["data"]["nginx.conf"])
    for port, free in ports.items():
        text = re.sub(rf"\b{port}\b", str(free), text)
    return f"user root;\n{re.sub('/run/certificate|/tmp', str(folder), text)}"


@asynccontextmanager
async def served(port: int) -> AsyncIterator[None]:
    """A service behind the door, which trusts the door and whoever is before it."""
    app = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])
    proxied = Proxied(app, trusted=networks("127.0.0.0/8"))
    server = uvicorn.Server(uvicorn.Config(proxied, port=port, log_config=None, lifespan="off", proxy_headers=False))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await running


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(tmp_path, {port: free_port() for port in (PEOPLE, OPERATIONS, HEALTH, SERVICE)})
    made.give()
    path = tmp_path / "nginx.conf"
    path.write_text(configuration(tmp_path, made.ports))
    process = await asyncio.create_subprocess_exec(str(NGINX), "-e", "/dev/stderr", "-c", str(path))
    try:
        async with asyncio.timeout(10):
            while not await opened(made.ports[PEOPLE]):
                assert process.returncode is None
                await asyncio.sleep(0.02)
        yield made
    finally:
        process.terminate()
        await process.wait()


async def opened(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


LET_IN = {
    PEOPLE: ["/", "/calls?after=2", "/.well-known/jwks.json", "/records/readings", "/openapi.json"],
    OPERATIONS: ["/operations/status", "/operations/records/readings"],
    HEALTH: ["/livez", "/readyz?without=bus", "/metrics"],
}
OPERATORS = [
    "/operations",
    "/operations/status",
    "//operations/status",
    "/%6fperations/status",
    "/x/../operations/status",
]
KEPT_OUT = {
    PEOPLE: [*OPERATORS, "/metrics", "/livez", "/readyz", "/readyz?without=bus", "/%6detrics"],
    OPERATIONS: ["/", "/calls", "/operations", "/operations/../calls", "/metrics", "/livez"],
    HEALTH: ["/", "/calls", "/operations/status", "/livez/", "/metrics/../calls"],
}


async def test_each_port_lets_in_what_it_is_there_for_and_nothing_else(door: Door) -> None:
    async with served(door.ports[SERVICE]):
        for port, paths in LET_IN.items():
            for path in paths:
                answer = (await door.ask(port, path)).json()
                assert (answer["path"], answer["query"]) == (path.partition("?")[0], path.partition("?")[2])
        kept_out = [(port, path) for port, paths in KEPT_OUT.items() for path in paths]
        let_in = [each for each in kept_out if (await door.ask(*each)).status_code != 404]
        assert let_in == []


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        ({}, GATEWAY),
        ({"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
        ({"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}, "203.0.113.9"),
        ({"Forwarded": "for=203.0.113.9"}, "203.0.113.9"),
        ({"Forwarded": 'for="[2001:db8::7]"'}, "2001:db8::7"),
        ({"Forwarded": "for=198.51.100.1", "X-Forwarded-For": "203.0.113.9"}, "127.0.0.1"),
        ({"Forwarded": "for=203.0.113.9", "X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
    ],
)
async def test_whom_a_request_comes_from_is_who_the_gateway_says(
    door: Door, headers: Mapping[str, str], believed: str
) -> None:
    async with served(door.ports[SERVICE]):
        answer = (await door.ask(PEOPLE, "/calls", headers={"Host": "course.invalid", **headers})).json()
        assert (answer["from"], answer["host"]) == (believed, "course.invalid")


async def test_figures_are_handed_on_as_if_they_were_asked_for_without_a_proxy(door: Door) -> None:
    """A service keeps them from whatever came by way of one; this port is for those who may have them."""
    async with served(door.ports[SERVICE]):
        headers = dict.fromkeys(FORWARDED, "203.0.113.9")
        assert (await door.ask(HEALTH, "/metrics", headers=headers)).json()["forwarded"] == []
        assert (await door.ask(PEOPLE, "/calls")).json()["forwarded"] == ["x-forwarded-for"]
        for path in KEPT_OUT[PEOPLE]:
            assert (await door.ask(PEOPLE, path)).status_code == 404


async def test_what_is_sent_is_handed_on_whole_however_large(door: Door) -> None:
    async with served(door.ports[SERVICE]):
        answer = await door.ask(
            PEOPLE, "/files", "POST", bytes(20_000_000), {"Authorization": f"Bearer {'x' * 12_000}"}
        )
        assert answer.json()["size"] == 20_000_000


async def test_while_the_service_is_away_one_is_told_to_ask_again(door: Door) -> None:
    answer = await door.ask(PEOPLE, "/calls")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503
    assert (await door.ask(HEALTH, "/readyz")).status_code == 502


async def test_a_new_certificate_is_shown_without_a_restart(door: Door) -> None:
    first = await asyncio.to_thread(door.shows)
    second = door.give()
    assert await asyncio.to_thread(door.shows) == second != first


async def test_nothing_that_is_asked_is_written_down(door: Door) -> None:
    async with served(door.ports[SERVICE]):
        await door.ask(PEOPLE, "/confirm/CANARY", "POST", b"CANARY" * 500_000, {"X-Forwarded-For": "203.0.113.9"})
    await door.ask(PEOPLE, "/confirm/CANARY")
    found = [path for path in door.folder.rglob("*") if path.is_file() and b"CANARY" in path.read_bytes()]
    assert found == []
