"""The four services in memory, each with people in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.isolation.equipped import press_of
from tests.isolation.worlds import WORLDS

from relevo_certification.press import Press
from relevo_testkit.routes import World


@pytest.fixture(scope="session")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    return press_of(tmp_path_factory.mktemp("signing-keys"))


@pytest_asyncio.fixture(params=WORLDS)
async def world(request: pytest.FixtureRequest, press: Press) -> AsyncIterator[World]:
    async with WORLDS[request.param](press) as made:
        yield made
