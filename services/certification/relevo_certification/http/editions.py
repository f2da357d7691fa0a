"""A coordinator's routes to an edition: its facts and its certificates."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from relevo_certification.commands import editions
from relevo_certification.commands.editions import SetFacts
from relevo_certification.domain.certificate import CertificateStanding
from relevo_certification.domain.edition import EditionFacts, FactsDoNotFit, NoSuchEdition
from relevo_certification.domain.invitation import TermsDoNotFit
from relevo_certification.http.callers import EditionId, InOffice, MayReadCertificates, MayStateFacts
from relevo_certification.http.forms import EditionForm
from relevo_certification.http.views import CertificateView, certificate_view, facts_answer
from relevo_certification.store import CERTIFICATE, EDITION
from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import if_match_of_any
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes

router = Routes(prefix="/editions", tags=["editions"])


@router.put("/{edition_id}", response_model=EditionFacts, responses=sends(tag=True))
@refuses(FactsDoNotFit, TermsDoNotFit)
async def set_edition_facts(
    edition_id: EditionId,
    form: EditionForm,
    tag: Annotated[str | None, Depends(if_match_of_any)],
    caller: MayStateFacts,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Set the facts that the edition's certificates state; replacing them needs ``If-Match``."""
    command = SetFacts(edition_id, form.facts, tag)
    return await asking.answer(editions.set_facts, office, command, by=caller.id, respond=facts_answer)


@router.get("/{edition_id}", response_model=EditionFacts, responses=sends(tag=True))
@refuses(NoSuchEdition)
async def read_edition_facts(edition_id: EditionId, _: MayStateFacts, office: InOffice) -> Response:
    """The facts that the edition's certificates state."""
    edition = await office.store.state(EDITION(edition_id))
    if edition is None:
        raise NoSuchEdition(edition_id=edition_id)
    return facts_answer(edition).response()


@router.get("/{edition_id}/certificates")
@refuses(BadCursor)
async def list_certificates(
    edition_id: EditionId,
    _: MayReadCertificates,
    office: InOffice,
    standing: Annotated[CertificateStanding | None, Query(description="only those that stand so")] = None,
    under_review: Annotated[bool | None, Query(description="only those under review, or only the others")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[CertificateView]:
    """The edition's certificates by participant, without names."""
    cursors = Cursors(office.vault.service_key, "certificates", edition_id, str(standing), str(under_review))
    where: dict[str, object] = {"edition_id": edition_id}
    if standing is not None:
        where["standing"] = standing
    if under_review is not None:
        where["review"] = {"$ne": None} if under_review else None
    found = await office.store.select(CERTIFICATE, where, limit=limit + 1, after=cursors.after(after))
    views = [certificate_view(each, office, to_staff=True) for each in found]
    return cursors.page(views, limit, lambda each: each.participant_id)
