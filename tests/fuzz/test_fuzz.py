"""Generated requests, in short: ``make fuzz`` draws more of them, and what the schemas say one by one."""

from __future__ import annotations

import pytest
from tests.fuzz.__main__ import findings
from tests.fuzz.ready import fuzzed
from tests.fuzz.running import config
from tests.isolation.equipped import press_of
from tests.isolation.worlds import WORLDS

EXAMPLES = 2


@pytest.mark.parametrize("service", WORLDS)
async def test_every_answer_is_documented_nothing_forbidden_is_taken_and_every_post_is_reached(
    service: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    press = press_of(tmp_path_factory.mktemp("signing-keys"))
    report = await fuzzed(service, press, config(EXAMPLES, None, thorough=False))
    assert report.is_clean, findings(report)
    assert report.requests > report.operations
