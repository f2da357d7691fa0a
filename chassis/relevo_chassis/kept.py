"""What is kept, and said of every field of it: what for, in which retention class, on which ground, until when.

A model that is stored says it once (``kept``), for all its fields and for the models within it; a field that differs
says so itself (``Annotated[..., Kept(...)]``). Purposes and ends are closed lists of each service, grounds are these.
What is sealed says its retention class too, under whose key it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple

from relevo_contracts.model import Event, Frozen


class Ground(StrEnum):
    """What makes it lawful to keep something.

    Principles One, Two and Four of the Inter-American Juridical Committee's Updated Principles on Privacy and Personal
    Data Protection (CJI/RES. 266 (XCVIII/21)): a legitimate purpose, told beforehand with its ground, and no longer
    than it takes.
    """

    CONSENT = "consent of the person, given beforehand and for this"
    AGREEMENT = "what was agreed with the person, or is done at their request"
    DUTY = "a duty to account for what is decided about people"
    MANDATE = "the mandate of the organisation, in the public interest"
    OPERATION = "a legitimate interest: that nothing is lost, done twice or done by somebody else"


class Until(StrEnum):
    """Until when; a service's own list adds its own."""

    ERASED = "the person is erased"
    KEY = "the person is erased, or the class ends before"
    LINKED = "for good; once the person is erased the ids in it lead to nobody"
    PUBLISHED = "for good: published, or about nobody"
    RECORDS = "so many days as the records are kept (`RECORD_DAYS`), then under a signature alone"
    DONE = "it is done"


OF_THE_SERVICE = "the service's key"


@dataclass(frozen=True, slots=True)
class Kept:
    """Why something is kept, on which ground, and until when.

    ``under`` says which key it is ciphertext under, where a field or a row holds that and no ``Sealed`` model says it.
    """

    purpose: StrEnum
    ground: Ground
    until: StrEnum
    under: str | None = None


class KeptRows(NamedTuple):
    """Fields of the rows of a collection that are written beside aggregates, and why they are kept."""

    kept: Kept
    fields: tuple[str, ...]


class Keeping(StrEnum):
    """What every service keeps something for."""

    PUBLISH = "to tell once, in order and without fail what happened"
    ONCE = "to do once what was asked for once, and to answer a repetition as before"
    TIME = "to do what is due when it is due"
    PARK = "to set aside what could not be taken in, with its reason, until somebody has looked"
    REPLICAS = "to have one replica at a time do what must be done once"
    RECORD = "to show who decided and who read what, and that nobody has changed that"
    SEAL = "to open what is sealed, as long as it may be opened"
    MAY = "to know which account of the staff may do what in which edition"
    END = "to keep ended what has ended, also when a backup is restored"


class Sealed(Frozen):
    """A value that is only ever kept sealed, under the key that a person has for its retention class.

    What is kept for one purpose and until one day is of one class. A class is a word of the service; when it ends for
    a person, their key for it is destroyed, and everything of the class with it, in every backup too.
    """

    kept: ClassVar[Kept]
    retention: ClassVar[str]


class EndedData(Frozen):
    """Which retention classes have ended for a person here, and since when. None of them comes back."""

    kept: ClassVar[Kept] = Kept(Keeping.END, Ground.DUTY, Until.LINKED)

    person_id: str
    ended: Mapping[str, datetime] = {}


def end(
    before: EndedData | None, person_id: str, retention: str, now: datetime, event: Event
) -> tuple[EndedData, Sequence[Event]]:
    """With this class ended, and the event that tells it; as it was, and nothing to tell, when that was so before."""
    known = before or EndedData(person_id=person_id)
    if retention in known.ended:
        return known, ()
    return known.model_copy(update={"ended": {**known.ended, retention: now}}), (event,)
