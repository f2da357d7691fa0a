"""An edition that invites, and a wallet of other people's making, at a test's hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio

from relevo_certification.domain.edition import LANGUAGES
from relevo_servers import free_port
from relevo_testkit.serving import listening

BEFORE = datetime(2019, 11, 20, 15, tzinfo=UTC)
OCCASIONS = {
    "es": "Programa académico de la Comisión",
    "en": "Academic programme of the Commission",
    "pt": "Programa acadêmico da Comissão",
    "fr": "Programme académique de la Commission",
}


class Inviting:
    """The house before the week, with what its invitations state, and whoever asks for one."""

    def __init__(self, house: Any) -> None:
        self.house, self.stand = house, house.stand
        self.stand.clock.at = BEFORE
        self.path = f"/editions/{house.making.edition_id}/invitation"

    def terms(self, **options: Any) -> dict[str, Any]:
        texts = {language: {"occasion": OCCASIONS[language]} for language in LANGUAGES}
        address = "1889 F Street NW, Washington, DC 20006"
        return {"address": address, "contact": "+1 202 000 0000", "texts": texts, **options}

    async def set_terms(self, tag: str | None = None, **options: Any) -> Any:
        headers = {**self.house.coordinator, **({"If-Match": tag} if tag else {})}
        return await self.stand.http.put(self.path, json=self.terms(**options), headers=headers)

    async def enrolled(self, number: int = 0) -> str:
        await self.house.receive(self.house.making.enrolled(number))
        return str(self.house.making.participant(number))

    async def ask(
        self, name: str = "ZORAIDA CANARIO ÑUFLO", language: str = "es", number: int = 0, key: str | None = None
    ) -> Any:
        body = {"passport_name": name, "language": language}
        return await self.stand.post("/me/invitations", body, key=key, headers=self.house.holder(number))

    async def made(self, *arguments: Any, **options: Any) -> bytes:
        answer = await self.ask(*arguments, **options)
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)

    async def own(self, number: int = 0) -> Any:
        return await self.stand.http.get("/me/invitations", headers=self.house.holder(number))

    async def verified(self, code: str) -> Any:
        return await self.stand.http.get(f"/i/{code}", headers={"Accept": "application/json"})

    async def compared(self, code: str, name: str, language: str = "en") -> Any:
        return await self.stand.http.post(f"/i?lang={language}", data={"code": code, "name": name})


@pytest_asyncio.fixture
async def inviting(house: Any) -> Inviting:
    made = Inviting(house)
    assert (await made.set_terms()).status_code == 200
    await made.enrolled()
    return made


class Wallet:
    """Other people's wallet, run by node against the service as it listens: see verifier/wallet.mjs."""

    def __init__(self, node: str, site: str, port: int) -> None:
        self._command = [node, "wallet.mjs", "--site", site, "--at", f"http://127.0.0.1:{port}"]

    async def receive(self, offer: str, digits: str) -> dict[str, Any]:
        """What it received, or the code that it was refused with; and what it asked."""
        folder = Path(__file__).parents[1] / "verifier"
        words = [*self._command, "--digits", digits, offer]
        process = await asyncio.create_subprocess_exec(*words, cwd=folder, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        return dict(json.loads(output))


@pytest_asyncio.fixture
async def wallet(house: Any, verifier: Any) -> AsyncIterator[Wallet]:
    port = free_port()
    async with listening(house.stand.app, port):
        yield Wallet(verifier.node, house.making.site, port)
