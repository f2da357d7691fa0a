"""The way out, at receivers on this machine: what is connected to, what is read, what is not followed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from relevo_servers import LOOPBACK
from relevo_webhooks.sending.endpoint import MOST_ANSWER_BYTES, Endpoints, Resolve
from relevo_webhooks.sending.message import Message

HERE = (ip_network("127.0.0.0/8"),)
MESSAGE = Message({"content-type": "application/json"}, b"{}")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def safely(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(safely, LOOPBACK, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def answering(text: str, seen: list[bytes] | None = None) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        (seen if seen is not None else []).append(head)
        writer.write(text.encode())
        await writer.drain()

    return handler


@asynccontextmanager
async def way_out(
    resolve: Resolve | None = None, allowed: bool = True, trust: ssl.SSLContext | None = None
) -> AsyncIterator[Endpoints]:
    endpoints = Endpoints(trust or ssl.create_default_context(), HERE if allowed else (), resolve)
    try:
        yield endpoints
    finally:
        await endpoints.close()


def always(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


async def outcome_of(url: str, resolve: Resolve | None = None, *, allowed: bool = True, seconds: float = 5) -> str:
    async with way_out(resolve, allowed) as endpoints:
        tried = (await endpoints.post(url, MESSAGE, seconds)).tried
        return tried.outcome if tried.status is None else str(tried.status)


async def test_a_request_names_the_host_and_connects_to_the_address_that_was_checked() -> None:
    seen: list[bytes] = []
    async with listening(answering("HTTP/1.1 204 No Content\r\n\r\n", seen)) as port:
        assert await outcome_of(f"http://endpoint.example:{port}/in?a=1", always(LOOPBACK)) == "204"
    assert seen[0].startswith(b"POST /in?a=1 HTTP/1.1\r\n")
    assert f"host: endpoint.example:{port}".encode() in seen[0].lower()


async def test_a_name_that_was_public_when_it_was_checked_and_is_not_any_more_is_not_reached() -> None:
    """Rebinding: whatever was looked up before, it is the address of this connection that is checked."""
    answers = [["93.184.216.34"], [LOOPBACK]]
    lookups: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        lookups.append(host)
        return answers[min(len(lookups) - 1, 1)]

    seen: list[bytes] = []
    async with listening(answering("HTTP/1.1 204 No Content\r\n\r\n", seen)) as port:
        await resolve("endpoint.example", port)
        assert await outcome_of(f"http://endpoint.example:{port}/", resolve, allowed=False) == "address_refused"
    assert seen == []
    assert len(lookups) == 2


async def test_a_host_is_looked_up_once_for_a_connection() -> None:
    lookups: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        lookups.append(host)
        return [LOOPBACK]

    async with listening(answering("HTTP/1.1 204 No Content\r\n\r\n")) as port:
        await outcome_of(f"http://endpoint.example:{port}/", resolve)
    assert lookups == ["endpoint.example"]


async def test_one_address_that_is_not_public_among_others_is_enough_to_refuse() -> None:
    assert await outcome_of("http://endpoint.example/", always("93.184.216.34", "10.0.0.1"), allowed=False) == (
        "address_refused"
    )


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"],
)
async def test_addresses_of_this_machine_are_refused_however_they_are_written(host: str) -> None:
    seen: list[bytes] = []
    async with listening(answering("HTTP/1.1 204 No Content\r\n\r\n", seen)) as port:
        found = await outcome_of(f"http://{host}:{port}/", allowed=False)
    assert found in ("address_refused", "unreachable")  # what the resolver does not know leads nowhere
    assert seen == []


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    seen: list[bytes] = []
    async with listening(answering("HTTP/1.1 302 Found\r\nlocation: /other\r\n\r\n", seen)) as port:
        assert await outcome_of(f"http://endpoint.example:{port}/", always(LOOPBACK)) == "302"
    assert len(seen) == 1


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with listening(answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")) as port:
        assert await outcome_of(f"http://endpoint.example:{port}/", always(LOOPBACK)) == "200"


async def test_no_more_than_the_beginning_of_an_answer_is_read() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 1024)
                await writer.drain()
        except ConnectionError:
            return

    async with listening(endless) as port, way_out(always(LOOPBACK)) as endpoints:
        answer = await endpoints.post(f"http://endpoint.example:{port}/", MESSAGE, 5)
    assert (answer.tried.status, len(answer.content)) == (200, MOST_ANSWER_BYTES)


async def test_an_answer_that_comes_drop_by_drop_has_the_same_time_as_any_other() -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in b"HTTP/1.1 200 OK\r\n" * 10:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    async with listening(dripping) as port:
        assert await outcome_of(f"http://endpoint.example:{port}/", always(LOOPBACK), seconds=0.3) == "timed_out"


async def test_what_breaks_off_cannot_be_reached_or_is_unknown_says_so_and_raises_nothing() -> None:
    async with listening(answering("nonsense\r\n\r\n")) as port:
        assert await outcome_of(f"http://endpoint.example:{port}/", always(LOOPBACK)) == "broke_off"
    assert await outcome_of(f"http://endpoint.example:{port}/", always(LOOPBACK)) == "unreachable"

    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert await outcome_of("http://endpoint.example/", unknown) == "unreachable"
    assert await outcome_of("http://endpoint.example/", always()) == "address_refused"


class Certified:
    """A receiver over TLS with a certificate for one name, and whoever trusts that certificate."""

    def __init__(self, folder: Path, name: str) -> None:
        key, names = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(names)
            .issuer_name(names)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(key, SHA256())
        )
        self.certificate, self._key = folder / "certificate.pem", folder / "key.pem"
        self.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        self._key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self._key)
        return context

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


@pytest.mark.parametrize(
    ("name", "is_trusted", "found"),
    [
        ("endpoint.example", True, "204"),
        ("another.example", True, "tls_failed"),
        ("endpoint.example", False, "tls_failed"),
    ],
)
async def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(
    tmp_path: Path, name: str, is_trusted: bool, found: str
) -> None:
    certified = Certified(tmp_path, name)
    trust = certified.trust() if is_trusted else ssl.create_default_context()
    answer = answering("HTTP/1.1 204 No Content\r\n\r\n")
    async with listening(answer, certified.server()) as port, way_out(always(LOOPBACK), trust=trust) as endpoints:
        tried = (await endpoints.post(f"https://endpoint.example:{port}/", MESSAGE, 5)).tried
    assert (str(tried.status) if tried.status else tried.outcome) == found


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("in 90 seconds", 1, 90),
        ("soon", None, None),
        ("Tue, 01 Dec 99999999999999999999 00:00:00 GMT", None, None),
        ("Tue, 01 Dec 2026 00:00:00 +99999999999999999999", None, None),
        ("-1", None, None),
        ("", None, None),
    ],
)
async def test_retry_after_is_read_as_seconds_or_as_an_instant(
    header: str, least: float | None, most: float | None
) -> None:
    if header == "in 90 seconds":
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    text = f"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {header}\r\ncontent-length: 0\r\n\r\n"
    async with listening(answering(text)) as port, way_out(always(LOOPBACK)) as endpoints:
        wait = (await endpoints.post(f"http://endpoint.example:{port}/", MESSAGE, 5)).tried.wait_seconds
    if least is None or most is None:
        assert wait is None
    else:
        assert wait is not None
        assert least <= wait <= most
