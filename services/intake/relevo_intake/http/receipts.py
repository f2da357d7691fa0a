"""The receipt code in place of an account: ``Relevo-Receipt`` says whose application or draft it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.shell import Shell, shell_of
from relevo_chassis.edge.vault import PersonErased
from relevo_intake.codes import receipt_hash
from relevo_intake.domain.application import Application, NoSuchApplication
from relevo_intake.domain.draft import Draft, NoSuchDraft
from relevo_intake.store.people import application_of_receipt, draft_of_receipt

_LONGEST = 100


class NoReceipt(Refusal):
    """Send the receipt code that was given with the application or draft in the header Relevo-Receipt."""

    status = 401


InShell = Annotated[Shell, Depends(shell_of)]


RECEIPT = APIKeyHeader(
    name="Relevo-Receipt",
    scheme_name="receipt code",
    description="The receipt code of the application or draft, as it was shown once",
    auto_error=False,
)


@refuses(NoReceipt)
async def receipt_code(code: Annotated[str | None, Depends(RECEIPT)]) -> str:
    """Raises ``NoReceipt``."""
    if not code or len(code) > _LONGEST:
        raise NoReceipt()
    return code


ReceiptCode = Annotated[str, Depends(receipt_code)]


@refuses(NoSuchApplication)
async def any_applicant(request: Request, shell: InShell, code: ReceiptCode) -> Application:
    """The application of the receipt, erased ones too; the one in the path if the path names one.

    Unknown and foreign ids take the same steps to the same 404.
    """
    found = await application_of_receipt(shell.store, receipt_hash(shell.vault, code))
    named = request.path_params.get("application_id")
    if found is None or named not in (None, found.application_id):
        raise NoSuchApplication()
    return found


@refuses(PersonErased)
async def holder(application: Annotated[Application, Depends(any_applicant)]) -> Application:
    """As ``any_applicant``. Raises ``PersonErased`` (410) for somebody who was."""
    if application.state == "erased":
        raise PersonErased(application.person_id)
    return application


async def applicant(application: Annotated[Application, Depends(holder)]) -> str:
    """The application_id that the receipt of the request belongs to; see ``holder``."""
    return application.application_id


@refuses(NoSuchDraft)
async def draft_holder(request: Request, shell: InShell, code: ReceiptCode) -> Draft:
    """The draft of the receipt, which the path names. Unknown and foreign ones give the same 404."""
    found = await draft_of_receipt(shell.store, receipt_hash(shell.vault, code))
    if found is None or request.path_params.get("draft_id") != found.draft_id:
        raise NoSuchDraft()
    return found


Holder = Annotated[Application, Depends(holder)]
DraftHolder = Annotated[Draft, Depends(draft_holder)]
