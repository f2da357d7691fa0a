"""The desk from outside: tokens, the clock, the mailbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx


class DeskRefused(RuntimeError):
    """The desk said no; the text is what it said."""


class Desk:
    """A connection to a stack's desk."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.AsyncClient(base_url=url, timeout=10, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def token(self, subject: str, roles: Sequence[str], audience: str | Sequence[str], **others: int) -> str:
        """An access token of staff or of a service; ``others`` may be ``lifetime_seconds``."""
        audiences = audience if isinstance(audience, str) else list(audience)
        body = {"subject": subject, "roles": list(roles), "audience": audiences, **others}
        return str((await self._post("/token", body))["access_token"])

    async def places(self) -> Mapping[str, str]:
        """Where the services and servers beside the desk are, by name."""
        found: Mapping[str, str] = await self._get("/places")
        return found

    async def now(self) -> datetime:
        """Domain time."""
        return _instant(await self._get("/clock"))

    async def move_clock(self, to: datetime) -> datetime:
        """Move domain time forward. Raises ``DeskRefused`` when asked to go back."""
        return _instant(await self._post("/clock", {"to": to.isoformat()}))

    async def mails(self, to: str | None = None, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
        """Letters in the order they came: id, to, from, subject, language, text."""
        params = {"after": after, "limit": limit, **({"to": to} if to else {})}
        found: list[dict[str, Any]] = await self._get("/mails", params)
        return found

    async def refused(self) -> list[str]:
        """Addresses that the mailbox refused for good, as often as it was tried, since the desk started."""
        found: list[str] = await self._get("/refused")
        return found

    async def _get(self, path: str, params: dict[str, Any] | None = None) -> Any:
        return _read(await self._client.get(path, params=params))

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        return _read(await self._client.post(path, json=body))


def _read(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json()
    raise DeskRefused(f"{answer.request.url.path}: {answer.status_code} {answer.text[:500]}")


def _instant(answer: dict[str, str]) -> datetime:
    return datetime.fromisoformat(answer["now"])
