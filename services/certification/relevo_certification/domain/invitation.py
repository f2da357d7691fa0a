"""Invitations to the on-site week, as participants show them to a consulate.

The name in the passport is on the paper alone. What is kept of it is a keyed hash that also takes the code on the
paper, which is kept nowhere: whoever has all that is stored, the service's keys too, can try no name against it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from relevo_certification.domain.certificate import Certificate
from relevo_certification.domain.edition import EditionFacts, Language, Line, in_every_language
from relevo_certification.domain.kept import COMPARED, EDITION, INVITED
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_chassis.texts import one_line, seen
from relevo_contracts.model import Frozen

MOST = 5
"""Invitations that one participant may have made: another language, a corrected name."""

Short = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=160),
    AfterValidator(one_line),
    AfterValidator(seen),
]
Remark = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(one_line),
    AfterValidator(seen),
]
_APOSTROPHES = "'\u2019\u02bc`"
InvitationStatus = Literal["valid", "over", "withdrawn", "changed"]
"""``over`` once the last day is; ``withdrawn`` when nobody is invited by it any more; ``changed`` when the days or the
place are others by now."""


class NoSuchInvitation(Refusal):
    """There is no such invitation."""

    status = 404


class NotInvited(Refusal):
    """Invitations are for whoever has accepted a seat in the edition and takes part."""


class NothingToInviteTo(Refusal):
    """What invitations of this edition state is not set; set it with PUT /editions/{edition_id}/invitation."""


class WeekIsOver(Refusal):
    """The on-site week is over; nobody is invited to it any more."""


class InvitationsUsedUp(Refusal):
    """As many invitations as there may be were made for this person; ask the staff of the course."""


class TermsDoNotFit(Refusal):
    """The terms do not fit on an invitation of one page, or have characters that its fonts cannot show."""

    status = 422
    where = "body.texts"


class PassportNameCannotBePrinted(Refusal):
    """The name cannot be printed on an invitation; write it in another way.

    ``reason`` and ``character`` are as of a name for a certificate.
    """

    status = 422
    where = "body.passport_name"


class InvitationTexts(Frozen):
    """What invitations say in one language.

    ``occasion`` is what somebody is invited to; left out, it is the title of the course, which may tell a consulate
    more than it needs to know. ``costs`` says who pays for what, if that is the same for all.
    """

    occasion: Line | None = None
    costs: Remark | None = None


class InvitationTerms(Frozen):
    """What an edition's invitations state beside the facts of the edition; nothing in it is personal.

    ``address`` is where the on-site week is, ``contact`` how a consulate reaches the institution.
    """

    address: Line
    contact: Short
    texts: Mapping[Language, InvitationTexts]

    @model_validator(mode="after")
    def _in_every_language(self) -> Self:
        return in_every_language(self, self.texts, "texts")


class Stated(NamedTuple):
    """All that an invitation states but the name."""

    facts: EditionFacts
    terms: InvitationTerms

    def occasion(self, language: Language) -> str:
        """What somebody is invited to."""
        return self.terms.texts[language].occasion or self.facts.texts[language].title

    @property
    def where_and_when(self) -> object:
        places = sorted((language, each.place) for language, each in self.facts.texts.items())
        return self.facts.first_on, self.facts.last_on, places, self.terms.address


class Inviting(Frozen):
    """An edition's terms, as this service knows them."""

    kept: ClassVar[Kept] = EDITION

    edition_id: str
    terms: InvitationTerms


class Invitation(Frozen):
    """One that was made, with what it states; ``name_hash`` is what a name is compared with, while that is done."""

    invitation_id: str
    made_at: datetime
    language: Language
    facts: EditionFacts
    terms: InvitationTerms
    name_hash: Annotated[str | None, COMPARED] = None

    @property
    def stated(self) -> Stated:
        return Stated(self.facts, self.terms)


class Invitations(Frozen):
    """All that were made for one participant, the first one first."""

    kept: ClassVar[Kept] = INVITED

    participant_id: str
    edition_id: str
    made: tuple[Invitation, ...] = ()

    def of(self, invitation_id: str) -> Invitation:
        """Raises ``NoSuchInvitation``."""
        for each in self.made:
            if each.invitation_id == invitation_id:
                return each
        raise NoSuchInvitation(participant_id=self.participant_id)


def compared(name: str) -> str:
    """A name as it is compared: capitals, accents, apostrophes and what stands between words make no difference, for
    the machine-readable lines of a passport have none of them (ICAO 9303-3, 4.6)."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    bare = (each for each in letters if not "\u0300" <= each <= "\u036f" and each not in _APOSTROPHES)
    return " ".join("".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in bare).split())


def require_invited(participant: Certificate | None) -> Certificate:
    """Whoever takes part in an edition. Raises ``NotInvited``."""
    if participant is None or participant.edition_id is None or participant.withdrawn or participant.erased:
        raise NotInvited()
    return participant


def invite(before: Invitations, made: Invitation, today: date) -> Invitations:
    """With one more. ``today`` is the day at the place. Raises ``WeekIsOver`` or ``InvitationsUsedUp``."""
    if today > made.facts.last_on:
        raise WeekIsOver(last_on=made.facts.last_on.isoformat())
    if len(before.made) >= MOST:
        raise InvitationsUsedUp(most=MOST)
    return before.model_copy(update={"made": (*before.made, made)})


def forget_names(before: Invitations, *invitation_ids: str) -> Invitations:
    """Nothing is compared with the names on these any more; on any, if none is named."""
    over = invitation_ids or [each.invitation_id for each in before.made]
    made = tuple(
        each.model_copy(update={"name_hash": None}) if each.invitation_id in over else each for each in before.made
    )
    return before.model_copy(update={"made": made})


def status_of(made: Invitation, participant: Certificate | None, now: Stated | None, today: date) -> InvitationStatus:
    """How it stands; ``now`` is what invitations of the edition state now.

    That somebody left the course or was erased shows only while the week is not over.
    """
    if today > made.facts.last_on:
        return "over"
    if participant is None or participant.withdrawn or participant.erased:
        return "withdrawn"
    if now is not None and now.where_and_when != made.stated.where_and_when:
        return "changed"
    return "valid"
