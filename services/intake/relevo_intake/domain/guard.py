"""A call under attack: whoever begins then brings a proof that it cost them something, and otherwise nobody does.

How many begin is counted by minutes. A call is under attack once as many began in ten minutes as the settings say, and
no longer once fewer than a quarter of that did, so that it does not go to and fro. A coordinator may say otherwise.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Literal, NamedTuple

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import PROOF

WINDOW = timedelta(minutes=10)
CALM_SHARE = 4
"""It is over when fewer than one in so many of what makes an attack began."""

Guarding = Literal["attacked", "always", "never"]
"""When a call wants proofs: while it is under attack, or as a coordinator says."""


class ProofIsWanted(Refusal):
    """The call is under attack: begin with a solved challenge in Relevo-Proof, or with a ticket that counts already."""

    status = 428


class ProofIsNotGood(Refusal):
    """This proof does not count: unsolved, of another call, too early, over, or used before; get another."""

    status = 428


class Guard(Frozen):
    """Part of a call: when it wants proofs, and since when it is under attack, if it is."""

    when: Guarding = "attacked"
    attacked_since: datetime | None = None

    @property
    def is_up(self) -> bool:
        """Whether whoever begins brings a proof."""
        return self.when == "always" or (self.when == "attacked" and self.attacked_since is not None)


class Proof(NamedTuple):
    """What somebody brought in the place of trust: under which id it is used up, until when it would count (process
    time), and whether it does."""

    id: str
    until: datetime
    is_good: bool


class UsedProof(Frozen):
    """A proof that has let somebody begin, and lets nobody else until it would count no more anyway."""

    kept: ClassVar[Kept] = PROOF

    until: datetime


def weigh(guard: Guard, begun: int, attack: int, now: datetime) -> Guard:
    """The guard after so many began in the last ten minutes, refused ones too; ``attack`` is how many make one."""
    if guard.attacked_since is None and begun >= attack:
        return guard.model_copy(update={"attacked_since": now})
    if guard.attacked_since is not None and begun * CALM_SHARE < attack:
        return guard.model_copy(update={"attacked_since": None})
    return guard


def use(proof: Proof | None, used: UsedProof | None, *, call_id: str) -> UsedProof:
    """Use a proof up. Raises ``ProofIsWanted`` or ``ProofIsNotGood``."""
    if proof is None:
        raise ProofIsWanted(call_id=call_id)
    if not proof.is_good or used is not None:
        raise ProofIsNotGood(call_id=call_id)
    return UsedProof(until=proof.until)
