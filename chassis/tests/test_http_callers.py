"""Who calls, whom a request names, and what is for one service alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import pytest
from fastapi import Depends

from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import Caller, NotAllowed, UnknownIssuer, Who, named
from relevo_testkit.callers import caller_with
from relevo_testkit.stand import stand

ISSUER, OTHER = "https://issuer.local/realm", "https://other.local"
router = Routes()


@router.get("/alone")
async def one_service(caller: Annotated[Caller, Depends(caller_with("service", service="intake"))]) -> str:
    return caller.id


async def test_what_is_for_one_service_is_for_that_one_alone() -> None:
    async with stand([router], datetime(2019, 9, 12, tzinfo=UTC)) as at:
        for subject, role, status in (
            ("intake", "service", 200),
            ("certification", "service", 403),
            ("intake", "coordinator", 403),
        ):
            assert (await at.http.get("/alone", headers=at.tokens.bearer(subject, role))).status_code == status
        assert (await at.http.get("/alone")).status_code == 401


def test_a_missing_claim_is_not_allowed() -> None:
    caller = Caller(Who(ISSUER, "ana"), frozenset(), {"other_id": "x"})
    assert caller.claim("other_id") == "x"
    with pytest.raises(NotAllowed, match="participant"):
        caller.claim("participant_id")


def test_a_bare_subject_is_one_of_the_providers_and_what_is_answered_can_be_given_again() -> None:
    issuers = (ISSUER, OTHER)
    for reference, expected in (
        ("ana", f"{ISSUER}|ana"),
        (f"{ISSUER}|ana", f"{ISSUER}|ana"),
        (f"{OTHER}|ana", f"{OTHER}|ana"),
        (f"{OTHER}|a|b", f"{OTHER}|a|b"),
        ("auth0|1234", f"{ISSUER}|auth0|1234"),
        (f"{OTHER}", f"{ISSUER}|{OTHER}"),
    ):
        assert named(reference, issuers) == expected
        assert named(expected, issuers) == expected
    with pytest.raises(UnknownIssuer):
        named("https://evil.local|ana", issuers)
