"""A database of advisories on this machine, which answers pip-audit and npm as OSV and a registry of npm would."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Advisories(ThreadingHTTPServer):
    """What it was asked for is in ``asked``. With ``status`` it answers nothing but that."""

    def __init__(self, vulnerable: str = "", status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.vulnerable, self.status = vulnerable, status
        self.asked = set[str]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answering(BaseHTTPRequestHandler):
    server: Advisories

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        read = json.loads(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
        answer = json.dumps(self._of_osv(read) if "package" in read else self._of_npm(read)).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _of_osv(self, read: dict[str, dict[str, str]]) -> dict[str, object]:
        name = read["package"]["name"]
        self.server.asked.add(f"{name}=={read['version']}")
        events = [{"introduced": "0"}, {"fixed": "99.1"}]
        affected = [
            {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        ]
        planted = {"id": "PLANTED-1", "summary": "planted", "affected": affected}
        return {"vulns": [planted]} if name == self.server.vulnerable else {}

    def _of_npm(self, read: dict[str, list[str]]) -> dict[str, object]:
        self.server.asked |= {f"{name}=={version}" for name, versions in read.items() for version in versions}
        planted = {
            "id": 1,
            "url": "https://advisories.invalid/PLANTED-1",
            "title": "planted",
            "severity": "high",
            "vulnerable_versions": "<99.1",
        }
        return {name: [planted] for name in read if name == self.server.vulnerable}

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing of each request."""


@contextmanager
def advisories(vulnerable: str = "", status: int = 200) -> Iterator[Advisories]:
    """One in which a package is vulnerable in every version, or none is."""
    with Advisories(vulnerable, status) as server:
        answering = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        answering.start()
        try:
            yield server
        finally:
            server.shutdown()
            answering.join()
