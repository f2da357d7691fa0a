"""What the tests of partners share: a server, and a folder of partners beside it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.partners.yard import Yard, a_yard


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    async with a_yard(tmp_path) as yard:
        yield yard
