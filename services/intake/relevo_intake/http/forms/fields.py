"""Fields that several forms have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from relevo_chassis.http.strict import NORMAL, ONE_LINE, Name
from relevo_chassis.wrong import Wrong
from relevo_intake.domain.address import LONGEST, mailbox
from relevo_intake.printable import printed


def deliverable(address: str) -> str:
    """The address in the one spelling that is kept, compared and written to."""
    return str(mailbox(address))


def sane(instant: datetime) -> datetime:
    """An instant of this or the next century in UTC, to the millisecond that the store keeps."""
    if not 2000 <= instant.year <= 2200:
        raise Wrong("not_of_our_time", "does not lie between the years {first} and {last}", first=2000, last=2200)
    return in_milliseconds(instant.astimezone(UTC))


def in_milliseconds(instant: datetime) -> datetime:
    """An instant as the store keeps it."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


Address = Annotated[str, Field(min_length=1, max_length=LONGEST), NORMAL, ONE_LINE, AfterValidator(deliverable)]
When = Annotated[AwareDatetime, AfterValidator(sane)]
Code = Annotated[str, Field(min_length=8, max_length=64)]
PrintedName = Annotated[Name, AfterValidator(printed)]
"""The name of a person as a certificate is to bear it: every character of it prints."""
