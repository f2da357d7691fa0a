"""What certification measures of its keys, and of papers that nobody signs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from relevo_certification.credential.keys import Keys
from relevo_certification.equipment import Equipment
from relevo_certification.measures import MEASURES
from relevo_certification.press import Press


@dataclass
class Shell:
    """As much of a shell as measures ask for."""

    equipment: Equipment


@dataclass
class Signer:
    """A signer of papers whose certificate ends."""

    ends_at: datetime


async def measured(press: Press) -> dict[str, float]:
    nothing = cast(Any, None)
    shell: Any = Shell(Equipment(press, nothing, nothing, timedelta()))
    return {measure.name: await found(shell) for measure, found in MEASURES.items()}


async def test_the_age_of_the_signing_key_is_told_and_until_when_papers_can_be_signed(keys: Keys, making: Any) -> None:
    now, nothing = datetime.now(UTC), cast(Any, None)
    published = keys.published(dict.fromkeys([*keys.proofs, *keys.jwts], now - timedelta(days=10)))
    found = await measured(Press(published, making.site, nothing))
    assert found["relevo_signing_key_age_seconds"] == pytest.approx(864_000, abs=60)
    assert found["relevo_paper_certificate_left_seconds"] == math.inf, "nobody signs papers"
    signer = cast(Any, Signer(now + timedelta(days=7)))
    found = await measured(Press(published, making.site, nothing, signer))
    assert found["relevo_paper_certificate_left_seconds"] == pytest.approx(604_800, abs=60)
