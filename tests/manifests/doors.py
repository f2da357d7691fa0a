"""The door of the manifests, run by an nginx that is here, on ports and with a certificate of its own."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.manifests.reach import HEALTH, OPERATIONS, PEOPLE
from tests.manifests.rendering import KUBERNETES

from relevo_servers import free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
NO_NGINX = "needs nginx on the path (Debian's nginx-light is enough)"
SERVICE = 8000


@dataclass(frozen=True)
class Door:
    """A door that stands open, by its ports."""

    folder: Path
    ports: Mapping[int, int]

    async def ask(
        self, port: int, path: str, method: str = "GET", content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        scheme = "http" if port == HEALTH else "https"
        trusted = ssl.create_default_context(cafile=str(self.folder / "tls.crt"))
        async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
            url = f"{scheme}://localhost:{self.ports[port]}{path}"
            return await client.request(method, url, headers=headers, content=content)

    def shows(self) -> int:
        """The number of the certificate that it shows."""
        pem = ssl.get_server_certificate(("localhost", self.ports[PEOPLE]))
        return x509.load_pem_x509_certificate(pem.encode()).serial_number

    def give(self) -> int:
        """Put another certificate in its place, and return its number."""
        return certify(self.folder)


def certify(folder: Path) -> int:
    """Make a key and a certificate that is its own authority, for localhost; returns its number."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(minutes=1)).not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = made.sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "tls.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "tls.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return certificate.serial_number


def free_ports() -> Mapping[int, int]:
    """A free port for each that the manifests name."""
    return {port: free_port() for port in (PEOPLE, OPERATIONS, HEALTH, SERVICE)}


def configuration(folder: Path, ports: Mapping[int, int]) -> str:
    """What the manifest says, on ports and in a folder of its own."""
    patch = yaml.safe_load((KUBERNETES / "components/service/door.yaml").read_text("utf-8"))
    text = str(patch["data"]["nginx.conf"])
    for port, free in ports.items():
        text = re.sub(rf"\b{port}\b", str(free), text)
    return f"user root;\n{re.sub('/run/certificate|/tmp', str(folder), text)}"


@asynccontextmanager
async def open_door(folder: Path, ports: Mapping[int, int]) -> AsyncIterator[Door]:
    """A door in a folder, which gets a certificate if it has none."""
    made = Door(folder, ports)
    if not (folder / "tls.crt").exists():
        made.give()
    path = folder / "nginx.conf"
    path.write_text(configuration(folder, ports))
    process = await asyncio.create_subprocess_exec(str(NGINX), "-e", "/dev/stderr", "-c", str(path))
    try:
        async with asyncio.timeout(10):
            while not await opened(ports[PEOPLE]):
                assert process.returncode is None
                await asyncio.sleep(0.02)
        yield made
    finally:
        process.terminate()
        await process.wait()


async def opened(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("localhost", port)
    except OSError:
        return False
    writer.close()
    return True
