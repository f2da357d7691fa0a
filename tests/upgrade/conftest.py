"""The release before this tree, once for all tests of a process."""

from __future__ import annotations

import pytest
from tests.upgrade.release import NoHistory, Release, laid_out


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    try:
        return laid_out(tmp_path_factory.mktemp("release"))
    except NoHistory as none:
        pytest.skip(str(none))
