"""An application that is still being written. Its texts lie sealed in the vault; here is only that it exists.

A draft becomes the application of the same id, person and receipt code.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import APPLICATION

KEPT_AFTER_CLOSE = timedelta(days=30)


class NoSuchDraft(Refusal):
    """There is no draft with this id for whoever asks."""

    status = 404


class DraftWasSubmitted(Refusal):
    """The draft was submitted; it is an application now and can no longer be edited."""


class DraftChanged(Refusal):
    """The draft was saved from elsewhere meanwhile; read it again."""

    status = 412


class Draft(Frozen):
    """A draft; ``revision`` counts its savings and is what its ETag says. Only an open one has a receipt code."""

    kept: ClassVar[Kept] = APPLICATION

    draft_id: str
    person_id: str
    call_id: str
    receipt_hash: str
    saved_at: datetime
    expires_at: datetime
    revision: int = 1
    state: Literal["open", "submitted", "expired"] = "open"


def save(draft: Draft, revision: int, now: datetime) -> Draft:
    """Save anew what was read at ``revision``."""
    _still(draft, revision)
    return draft.model_copy(update={"revision": draft.revision + 1, "saved_at": now})


def submit(draft: Draft, revision: int) -> Draft:
    """The application has the receipt code from now on, and alone: what renews or ends it there ends it (rule 19)."""
    _still(draft, revision)
    return draft.model_copy(update={"state": "submitted", "receipt_hash": ""})


def keep(draft: Draft, closes_at: datetime) -> Draft:
    """Keep an open draft for as long as its call says by now, if that is longer."""
    expires_at = closes_at + KEPT_AFTER_CLOSE
    if draft.state != "open" or expires_at <= draft.expires_at:
        return draft
    return draft.model_copy(update={"expires_at": expires_at})


def expire(draft: Draft, now: datetime) -> Draft:
    """Give up a draft that was never submitted; nothing happens before its time or after its submission."""
    if draft.state != "open" or now < draft.expires_at:
        return draft
    return draft.model_copy(update={"state": "expired", "receipt_hash": ""})


def discard(draft: Draft) -> Draft:
    """The applicant gives the draft up."""
    _still(draft, draft.revision)
    return draft.model_copy(update={"state": "expired", "receipt_hash": ""})


def _still(draft: Draft, revision: int) -> None:
    if draft.state == "submitted":
        raise DraftWasSubmitted(draft_id=draft.draft_id)
    if draft.state == "expired":
        raise NoSuchDraft(draft_id=draft.draft_id)
    if draft.revision != revision:
        raise DraftChanged(draft_id=draft.draft_id)
