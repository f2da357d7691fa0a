"""Challenges and solutions are ALTCHA's: its own library solves ours, and checks what was solved of ours."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import altcha.v2 as foreign
import pytest

from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import ServiceKey
from relevo_intake import proofs
from relevo_intake.proofs import new_challenge, proof_in, secrets_of

OWN = ServiceKey(bytes(32))
CALL_ID = new_id()
SECRETS: dict[str, Any] = {
    "hmac_secret": secrets_of(OWN).of_challenges,
    "hmac_key_secret": secrets_of(OWN).of_keys,
}


@pytest.fixture(autouse=True)
def _soon_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "COUNTERS", range(10, 20))


def now() -> datetime:
    return datetime.now(UTC)


def solved(challenge: foreign.Challenge) -> str:
    solution = foreign.solve_challenge(challenge)
    assert solution is not None
    return foreign.Payload(challenge, solution).to_base64()


def issued() -> foreign.Challenge:
    """A challenge of ours as the library reads it."""
    return foreign.Challenge.from_dict(json.loads(new_challenge(OWN, CALL_ID, now()).model_dump_json()))


def counts(brought: str) -> bool:
    proof = proof_in(OWN, CALL_ID, brought, now())
    return proof is not None and proof.is_good


def test_a_foreign_solver_solves_a_challenge_and_its_solution_counts() -> None:
    challenge = issued()
    solution = foreign.solve_challenge(challenge)
    assert solution is not None
    assert solution.counter in proofs.COUNTERS
    assert counts(foreign.Payload(challenge, solution).to_base64())


def test_a_foreign_verifier_with_the_secrets_accepts_what_was_issued_and_solved() -> None:
    brought = solved(issued())
    assert foreign.verify_solution(brought, **SECRETS).verified
    by_working_again = foreign.verify_solution(brought, SECRETS["hmac_secret"])
    assert by_working_again.verified
    assert foreign.verify_solution(brought, b"another secret").invalid_signature


def test_a_challenge_that_was_issued_elsewhere_with_the_secrets_counts_as_one_of_ours() -> None:
    challenge = foreign.create_challenge(
        "PBKDF2/SHA-256",
        proofs.COST,
        counter=12,
        expires_at=int(now().timestamp()) + 60,
        data={"call_id": CALL_ID, "below": 20},
        **SECRETS,
    )
    assert counts(solved(challenge))


@pytest.mark.parametrize("field", ["cost", "expiresAt", "keyPrefix", "keySignature", "nonce", "salt"])
def test_both_refuse_a_challenge_that_was_changed(field: str) -> None:
    payload = json.loads(base64.b64decode(solved(issued())))
    parameters = payload["challenge"]["parameters"]
    value = parameters[field]
    parameters[field] = value + 1 if isinstance(value, int) else "00" * 16
    brought = base64.b64encode(json.dumps(payload).encode()).decode()
    assert not counts(brought)
    assert foreign.verify_solution(brought, **SECRETS).invalid_signature
