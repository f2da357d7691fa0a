"""A coordinator's open call and an applicant's form, for the tests of intake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from relevo_intake.http import ROUTERS
from relevo_intake.store import INDEXES
from relevo_testkit.fakes import FakeStore
from relevo_testkit.stand import Stand, stand

OPENS = datetime(2019, 9, 12, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def intake() -> AsyncIterator[Stand]:
    """Intake's routes over a fake store, on the morning of 13 September 2019."""
    store = FakeStore()
    await store.prepare((), INDEXES)
    async with stand(ROUTERS, datetime(2019, 9, 13, 9, tzinfo=UTC), store=store, texts="relevo_intake") as standing:
        yield standing


@pytest.fixture
def call_form() -> dict[str, Any]:
    return {
        "call_id": "1" * 32,
        "edition_id": "2" * 32,
        "titles": {"es": "Segunda edición", "en": "Second edition"},
        "opens_at": "2019-09-12T12:00:00Z",
        "closes_at": "2019-09-27T04:59:00Z",
        "seats": 30,
    }


@pytest.fixture
def application_form() -> Callable[..., dict[str, Any]]:
    def form(**changes: Any) -> dict[str, Any]:
        return {
            "contact": "ana@correo.org",
            "name": "Ana Ejemplo",
            "display": "named",
            "language": "es",
            "country": "HN",
            "organisation": "Red de Agua Limpia",
            "sex": "female",
            "groups": ["indigenous"],
            "themes": ["environment"],
            "motivation": "Quiero llevar lo aprendido a mi comunidad.",
            "experience": "Ocho años.",
            "multiplier_idea": "Un taller.",
            "consent": True,
            **changes,
        }

    return form


@pytest_asyncio.fixture
async def call_id(intake: Stand, call_form: dict[str, Any]) -> str:
    """An open call."""
    coordinator = intake.tokens.bearer("coordinator-1", "coordinator")
    answer = await intake.post("/calls", call_form, headers=coordinator)
    assert answer.status_code == 201, answer.text
    return str(call_form["call_id"])
