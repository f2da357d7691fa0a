"""What certification measures of its own: how old its signing keys are, and how long its certificate lasts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from relevo_certification.equipment import equipment_of
from relevo_chassis.given.shell import Shell
from relevo_chassis.measures import Measure
from relevo_chassis.service.made_of import Measured


async def signing_key_age(shell: Shell) -> float:
    return equipment_of(shell).press.keys.age(datetime.now(UTC)).total_seconds()


async def paper_certificate_left(shell: Shell) -> float:
    signer = equipment_of(shell).press.signer
    return math.inf if signer is None else (signer.ends_at - datetime.now(UTC)).total_seconds()


MEASURES: Mapping[Measure, Measured] = {
    Measure(
        "relevo_signing_key_age_seconds", "gauge", "Age of the newest signing key, of the algorithm whose is older"
    ): signing_key_age,
    Measure(
        "relevo_paper_certificate_left_seconds",
        "gauge",
        "How long the certificate lasts that signs papers; +Inf where they are not signed",
    ): paper_certificate_left,
}
