"""The applications of one call that name the same contact: linked, never dropped (rule 1).

Known by a keyed hash of the address within the call. Knowing a defender's address must not be enough to bury their
application: each stays reviewable until the holder of the contact says which one stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import CONTACT

LETTERS_A_DAY = 10

ContactStanding = Literal["stands", "reviewable", "superseded", "undecided", "gone"]


class NoSuchContact(Refusal):
    """There is no contact with this id, or the application is not one of it."""

    status = 404


class ConfirmationsAreOver(Refusal):
    """The call has closed; which application stands is settled or in a coordinator's hands."""


class NothingToDecide(Refusal):
    """The holder of the contact has said which application stands, or the call is still open."""


class Linked(Frozen):
    """One application that names the contact; ``named_at`` if it does so since a correction."""

    application_id: str
    submitted_at: datetime
    late: bool = False
    named_at: datetime | None = None
    confirmed_at: datetime | None = None
    withdrawn: bool = False


class Contact(Frozen):
    """The applications of one contact in order of arrival.

    ``undecided``: several live applications, none confirmed and none chosen; kept in the state so that the
    coordinator's list is a query. ``decided_id`` is the application a coordinator chose in that case.
    """

    kept: ClassVar[Kept] = CONTACT

    contact_id: str
    call_id: str
    linked: tuple[Linked, ...] = ()
    undecided: bool = False
    decided_id: str | None = None


def link(contact: Contact | None, new: Contact, application: Linked) -> Contact:
    """Add an application. ``new`` is the contact as it is when nobody named it before."""
    found = contact or new
    return _with(found, (*found.linked, application))


def may_get_receipt(contact: Contact, now: datetime) -> bool:
    """Whether one more receipt may be sent there: ten in 24 hours, so that nobody can flood a mailbox through us.

    Applications beyond that are linked and reviewable like the others; only their letter is not sent.
    """
    since = now - timedelta(hours=24)
    recent = [each for each in contact.linked if (each.named_at or each.submitted_at) > since]
    return len(recent) <= LETTERS_A_DAY


def confirm(contact: Contact, application_id: str, now: datetime, closes_at: datetime) -> Contact:
    """The holder of the contact says: this one stands. Their last word counts.

    Taken until the call closes, and later for an application that was let in late, or that stands anyway: then it
    changes nothing but that the holder has spoken for it. Said again, it changes nothing at all.
    """
    one = _linked(contact, application_id)
    if _confirmed(_live(contact.linked)) == application_id:
        return contact
    is_too_late = now >= closes_at and standing(contact, application_id, closed=True) != "stands"
    if is_too_late and not one.late:
        raise ConfirmationsAreOver(application_id=application_id)
    confirmed = one.model_copy(update={"confirmed_at": now})
    return _with(contact, tuple(confirmed if each is one else each for each in contact.linked))


def confirmed_at(contact: Contact, application_id: str) -> datetime | None:
    """When the holder of the contact said so, if they did."""
    return _linked(contact, application_id).confirmed_at


def confirmed_id(contact: Contact) -> str | None:
    """Which application the holder of the contact said last that stands, if they did and it was not withdrawn."""
    return _confirmed(_live(contact.linked))


def withdraw(contact: Contact, application_id: str) -> Contact:
    """An application of the contact was withdrawn; the others stand as if it had never been."""
    return _with(
        contact,
        tuple(
            each.model_copy(update={"withdrawn": True}) if each.application_id == application_id else each
            for each in contact.linked
        ),
    )


def forget(contact: Contact, application_id: str) -> Contact:
    """Drop the trace of an erased person's application (rule 14)."""
    decided_id = None if contact.decided_id == application_id else contact.decided_id
    kept = tuple(each for each in contact.linked if each.application_id != application_id)
    return _with(contact.model_copy(update={"decided_id": decided_id}), kept)


def decide(contact: Contact, application_id: str, now: datetime, closes_at: datetime) -> Contact:
    """A coordinator chooses, after the close, among applications that nobody confirmed (rule 1)."""
    _linked(contact, application_id)
    live = _live(contact.linked)
    if now < closes_at or len(live) < 2 or _confirmed(live) is not None:
        raise NothingToDecide(contact_id=contact.contact_id)
    return _with(contact.model_copy(update={"decided_id": application_id}), contact.linked)


def standing(contact: Contact, application_id: str, *, closed: bool) -> ContactStanding:
    """Whether an application is the one that counts for its contact.

    One ``stands``: the newest confirmed, else the one a coordinator chose, else the only one; the others are
    ``superseded``. ``undecided`` are several that nobody confirmed. Before the close, until the holder of the contact
    has spoken, all live ones are ``reviewable``; so is, then, the one that they named.
    """
    live = _live(contact.linked)
    if application_id not in {each.application_id for each in live}:
        return "gone"
    if superseded(contact, application_id):
        return "superseded"
    if not closed:
        return "reviewable"
    return "stands" if len(live) == 1 or _chosen(contact) is not None else "undecided"


def superseded(contact: Contact, application_id: str) -> bool:
    """Whether another one counts: the holder of the contact, or a coordinator after the close, has said so."""
    return _chosen(contact) not in (None, application_id)


def standing_ids(contacts: Iterable[Contact], *, closed: bool = True) -> tuple[str, ...]:
    """The applications that the selection considers."""
    return tuple(
        each.application_id
        for contact in contacts
        for each in contact.linked
        if standing(contact, each.application_id, closed=closed) in ("stands", "reviewable")
    )


def _chosen(contact: Contact) -> str | None:
    live = _live(contact.linked)
    decided = contact.decided_id if contact.decided_id in {each.application_id for each in live} else None
    return _confirmed(live) or decided


def _live(linked: Iterable[Linked]) -> list[Linked]:
    return [each for each in linked if not each.withdrawn]


def _confirmed(live: Iterable[Linked]) -> str | None:
    confirmations = [
        (each.confirmed_at, place, each.application_id) for place, each in enumerate(live) if each.confirmed_at
    ]
    return max(confirmations)[-1] if confirmations else None


def _linked(contact: Contact, application_id: str) -> Linked:
    for each in contact.linked:
        if each.application_id == application_id and not each.withdrawn:
            return each
    raise NoSuchContact(contact_id=contact.contact_id)


def _with(contact: Contact, linked: tuple[Linked, ...]) -> Contact:
    changed = contact.model_copy(update={"linked": linked})
    undecided = len(_live(linked)) > 1 and _chosen(changed) is None
    return changed.model_copy(update={"undecided": undecided})
