"""A coordinator's routes to issuing: looked at before, asked for, followed while it goes on, and read afterwards."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query, Response

from relevo_certification.commands import issuing
from relevo_certification.commands.issuing import AskToIssue, PreviewIssue
from relevo_certification.domain.edition import NoSuchEdition
from relevo_certification.domain.issuance import IssueRow, NoSuchIssuance
from relevo_certification.http.callers import EditionId, InOffice, IssuanceId, MayIssue
from relevo_certification.http.views import IssuanceView, issuance_answer, issuance_view
from relevo_certification.store import ISSUANCE, ISSUE_ROWS, issuance_of
from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes

router = Routes(prefix="/editions/{edition_id}", tags=["issuing"])
IssueOutcome = Annotated[
    Literal["issued", "problem"] | None, Query(description="only those that came out so; all if left out")
]


@router.get("/issue")
@refuses(BadCursor, NoSuchEdition)
async def preview_issue(
    edition_id: EditionId,
    caller: MayIssue,
    asking: InAsking,
    office: InOffice,
    limit: Limit = 100,
    after: After = None,
) -> Page[IssueRow]:
    """What issuing would do now, by participant, with the problem of each row that has one.

    Opens names, which goes on record.
    """
    cursors = Cursors(office.vault.service_key, "issue", edition_id)
    query = PreviewIssue(edition_id, cursors.after(after), limit + 1)
    rows = await issuing.preview_issue(office, query, asking.asked(caller.id))
    return cursors.page(rows, limit, lambda each: each.participant_id)


@router.post("/issue", response_model=IssuanceView, status_code=202)
@refuses(NoSuchEdition)
async def issue_edition(edition_id: EditionId, caller: MayIssue, asking: InAsking, office: InOffice) -> Response:
    """Issue all that is ready and has no problem. It goes on by itself; ``Location`` tells how far it has come.

    Safe to repeat: what is issued is passed over. Opens names, which goes on record.
    """
    return await asking.answer(
        issuing.ask_to_issue, office, AskToIssue(edition_id), by=caller.id, respond=issuance_answer
    )


@router.get("/issuances")
@refuses(BadCursor)
async def list_issuances(
    edition_id: EditionId, _: MayIssue, office: InOffice, limit: Limit = 50, after: After = None
) -> Page[IssuanceView]:
    """Every issuing of the edition that was asked for: by whom, when, and what came of it."""
    cursors = Cursors(office.vault.service_key, "issuances", edition_id)
    found = await office.store.select(ISSUANCE, {"edition_id": edition_id}, limit=limit + 1, after=cursors.after(after))
    views = [await issuance_view(office.store, each) for each in found]
    return cursors.page(views, limit, lambda each: each.issuance_id)


@router.get("/issuances/{issuance_id}")
@refuses(NoSuchIssuance)
async def read_issuance(edition_id: EditionId, issuance_id: IssuanceId, _: MayIssue, office: InOffice) -> IssuanceView:
    """How far an issuing has come."""
    return await issuance_view(office.store, await issuance_of(office.store, edition_id, issuance_id))


@router.get("/issuances/{issuance_id}/rows")
@refuses(BadCursor, NoSuchIssuance)
async def list_issue_rows(
    edition_id: EditionId,
    issuance_id: IssuanceId,
    _: MayIssue,
    office: InOffice,
    outcome: IssueOutcome = None,
    limit: Limit = 200,
    after: After = None,
) -> Page[IssueRow]:
    """What became of each participant's certificate so far, with the problem of each row that has one."""
    await issuance_of(office.store, edition_id, issuance_id)
    cursors = Cursors(office.vault.service_key, "issue_rows", issuance_id, str(outcome))
    where: dict[str, Any] = {"issuance_id": issuance_id, **({"outcome": outcome} if outcome else {})}
    if (last := cursors.after(after)) is not None:
        where["_id"] = {"$gt": f"{issuance_id}/{last}"}
    found = await office.store.rows(ISSUE_ROWS, where, sort=[("_id", 1)], limit=limit + 1)
    rows = [IssueRow.model_validate({name: each[name] for name in IssueRow.model_fields}) for each in found]
    return cursors.page(rows, limit, lambda each: each.participant_id)
