"""The services' own doors for operators: a service owns its database, so it is asked and never written to."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from relevo_deploy.failed import Failed
from relevo_deploy.operations.reach import Reach

LOOK_SECONDS = 10
_OF_EVERY_PROBLEM = frozenset({"type", "title", "status", "detail"})
DO_SECONDS = 300  # a retry answers when all that waited behind it is done


class DoorRefused(Failed):
    """A service said no; the text is what it said, with what it is about."""

    def __init__(self, service: str, status: int, problem: dict[str, Any]) -> None:
        about = [f"{name} {value}" for name, value in problem.items() if name not in _OF_EVERY_PROBLEM]
        detail = problem.get("detail") or problem.get("title") or "refused"
        super().__init__(f"{service}: {detail} ({', '.join([str(status), *about])})")
        self.status = status
        self.problem = problem


class DoorShut(Failed):
    """A service does not answer."""


class Doors:
    """Connections to all services, with an operator's token for each."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._tokens: dict[str, str] = {}
        self._http = httpx.AsyncClient(trust_env=False, verify=reach.trust)
        self.services = tuple(reach.services)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ready(self, service: str) -> dict[str, Any]:
        """What ``/readyz`` says; it needs no token. Raises ``DoorShut``."""
        found: dict[str, Any] = (await self._request(service, "GET", "/readyz", {}, None)).json()
        return found

    async def get(self, service: str, path: str, **params: Any) -> Any:
        """Raises ``DoorRefused``, ``DoorShut`` or ``Failed``."""
        headers = await self._authorised(service)
        return _read(service, await self._request(service, "GET", f"/operations{path}", headers, None, params))

    async def post(self, service: str, path: str, body: Any = None) -> Any:
        """Under one Idempotency-Key, so that a try that broke off is not done twice. Raises like ``get``."""
        headers = {**await self._authorised(service), "Idempotency-Key": str(uuid4())}
        path = f"/operations{path}"
        try:
            answer = await self._request(service, "POST", path, headers, body)
        except DoorShut:
            answer = await self._request(service, "POST", path, headers, body)
        return _read(service, answer)

    async def _authorised(self, service: str) -> dict[str, str]:
        if service not in self._tokens:
            self._tokens[service] = await self._reach.token(service)
        return {"Authorization": f"Bearer {self._tokens[service]}"}

    async def _request(
        self, service: str, method: str, path: str, headers: dict[str, str], body: Any, params: Any = None
    ) -> httpx.Response:
        url = f"{self._reach.services[service]}{path}"
        try:
            patience = httpx.Timeout(DO_SECONDS if method == "POST" else LOOK_SECONDS, connect=5)
            return await self._http.request(method, url, headers=headers, json=body, params=params, timeout=patience)
        except httpx.HTTPError as away:
            raise DoorShut(f"{service} at {url} does not answer ({type(away).__name__})") from None


def _read(service: str, answer: httpx.Response) -> Any:
    try:
        content = answer.json()
    except ValueError:
        content = {}
    if answer.is_success:
        return content
    raise DoorRefused(service, answer.status_code, content)
