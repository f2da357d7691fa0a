"""What a person says about themselves, corrected after it was sent in: by them at any time, by staff on record.

A contact that staff put in another's place is only proposed: it counts when whoever holds it says so, the old address
is told, and for seven days nothing is recovered by way of it (rule 19). Who gave no contact chose that, and that binds
staff too. Who may see the name is the holder's to decide (rule 18), so staff may hide it and never show it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import CORRECTED
from relevo_intake.domain.sealed import Identity

DetailName = Literal["name", "contact", "language", "display", "letters"]
DETAILS: tuple[DetailName, ...] = ("name", "contact", "language", "display", "letters")

AT_MOST_A_DAY = 5
PROPOSED_FOR = timedelta(days=14)
NO_RECOVERY_FOR = timedelta(days=7)


class TooManyCorrections(Refusal):
    """Somebody corrects what they said of themselves at most five times in 24 hours; come back tomorrow."""

    status = 429


class CorrectedMeanwhile(Refusal):
    """It was corrected from elsewhere at the same moment; read it again and decide anew."""


class NoContactWasChosen(Refusal):
    """The person chose to give no contact, and that binds staff too; with the receipt code they may give one."""


class OnlyTheHolderShowsTheName(Refusal):
    """Who may see the name is the holder's to decide: staff may hide it, and only the holder may show it."""

    status = 403


class NoProposedContact(Refusal):
    """No contact is proposed for this application, or the time to confirm it is over."""

    status = 404


class Correction(Frozen):
    """One correction: which details, not what they were. ``by`` is empty for the person, else the member of staff."""

    correction_id: str
    at: datetime
    details: tuple[DetailName, ...]
    by: str = ""


class Proposed(Frozen):
    """A contact that staff put forward. Known by keyed hashes; the address lies sealed (``ProposedContact``)."""

    correction_id: str
    contact_id: str
    code_hash: str
    proposed_at: datetime
    taken_up_at: datetime | None = None

    def waits(self, now: datetime) -> bool:
        """Whether its holder can still say that it is theirs, and has not."""
        return self.taken_up_at is None and now < self.proposed_at + PROPOSED_FOR


class Details(Frozen):
    """What is known of an application's corrections; there is none until the first.

    ``left`` are the contacts that it named before, so that an erasure finds every trace. ``redacted_at`` is since when
    reviewers are shown its texts without some passages.
    """

    kept: ClassVar[Kept] = CORRECTED

    application_id: str
    call_id: str
    corrections: tuple[Correction, ...] = ()
    changes: int = 0
    proposed: Proposed | None = None
    left: tuple[str, ...] = ()
    no_recovery_until: datetime | None = None
    redacted_at: datetime | None = None


def differing(identity: Identity, new_values: dict[DetailName, Any]) -> dict[DetailName, Any]:
    """Of what is said anew, what is not so already."""
    return {name: value for name, value in new_values.items() if getattr(identity, name) != value}


def may_correct(
    details: Details, new_values: dict[DetailName, Any], *, by: str, has_contact: bool, now: datetime
) -> None:
    """Raises ``TooManyCorrections``, ``NoContactWasChosen`` or ``OnlyTheHolderShowsTheName``."""
    if by and "contact" in new_values and not has_contact:
        raise NoContactWasChosen(application_id=details.application_id)
    if by and new_values.get("display") == "named":
        raise OnlyTheHolderShowsTheName(application_id=details.application_id)
    today = [each for each in details.corrections if not each.by and each.at > now - timedelta(hours=24)]
    if not by and len(today) >= AT_MOST_A_DAY:
        raise TooManyCorrections(application_id=details.application_id)


def corrected(details: Details, correction: Correction) -> Details:
    """One more correction. What the person says of their contact takes the place of what staff proposed."""
    own_word = not correction.by and "contact" in correction.details
    return details.model_copy(
        update={
            "corrections": (*details.corrections, correction),
            "changes": details.changes + 1,
            "proposed": None if own_word else details.proposed,
        }
    )


def propose(details: Details, proposed: Proposed) -> Details:
    """Put another contact forward, in the place of one that was before."""
    return details.model_copy(
        update={"proposed": proposed, "no_recovery_until": proposed.proposed_at + NO_RECOVERY_FOR}
    )


def open_proposal(details: Details, now: datetime) -> Proposed:
    """Raises ``NoProposedContact``."""
    if details.proposed is None or not details.proposed.waits(now):
        raise NoProposedContact()
    return details.proposed


def confirm_proposal(details: Details, now: datetime) -> Details:
    """Whoever holds the proposed contact said that it is theirs: nothing is recovered by it for seven days."""
    confirmed = open_proposal(details, now).model_copy(update={"taken_up_at": now})
    until = now + NO_RECOVERY_FOR
    return details.model_copy(
        update={"proposed": confirmed, "changes": details.changes + 1, "no_recovery_until": until}
    )


def refuse(details: Details | None, now: datetime) -> Details:
    """The person does not want what staff proposed. Raises ``NoProposedContact``."""
    if details is None or details.proposed is None or not details.proposed.waits(now):
        raise NoProposedContact()
    return details.model_copy(update={"proposed": None, "changes": details.changes + 1})


def redacted(details: Details, at: datetime | None) -> Details:
    """Reviewers see the texts without some passages from now on, or whole again."""
    return details.model_copy(update={"changes": details.changes + 1, "redacted_at": at})


def leave(details: Details, contact_id: str) -> Details:
    return details.model_copy(update={"left": tuple(sorted({*details.left, contact_id}))})


def forget(details: Details) -> Details:
    """Nothing that leads to the person stays (rule 14); who decided what, and when, does."""
    return details.model_copy(update={"proposed": None, "left": ()})
