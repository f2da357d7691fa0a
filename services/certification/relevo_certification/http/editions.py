"""A coordinator's door to an edition: its facts and its certificates."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import AfterValidator

from relevo_certification.calendar import of_a_place
from relevo_certification.commands.editions import set_facts
from relevo_certification.domain.certificate import Standing
from relevo_certification.domain.edition import Edition, EditionFacts
from relevo_certification.domain.refusals import FactsDoNotFit, NoSuchEdition
from relevo_certification.http.doors import Coordinator, CoordinatorsOffice, EditionId, OfficeNow, ShellNow
from relevo_certification.http.views import CertificateView, view
from relevo_certification.store import CERTIFICATE, EDITION
from relevo_chassis.edge.answers import shown
from relevo_chassis.edge.etag import etag_of, if_match_of_any
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes


class EditionForm(EditionFacts):
    """The facts as they are set: the place's time zone has to be said."""

    time_zone: Annotated[str, AfterValidator(of_a_place)]


router = Routes(prefix="/editions", tags=["editions"])


@router.put("/{edition_id}", response_model=EditionFacts, responses=shown(tag=True))
@refuses(FactsDoNotFit)
async def put_edition(
    edition_id: EditionId,
    facts: EditionForm,
    tag: Annotated[str | None, Depends(if_match_of_any)],
    response: Response,
    _: Coordinator,
    office: CoordinatorsOffice,
    shell: ShellNow,
) -> EditionFacts:
    """Set the facts that the edition's certificates state; replacing them needs ``If-Match``."""
    edition: Edition = await set_facts(
        office, edition_id, EditionFacts(**dict(facts)), tag, shell.clock.now(), new_id()
    )
    response.headers["ETag"] = etag_of(edition)
    return edition.facts


@router.get("/{edition_id}", response_model=EditionFacts, responses=shown(tag=True))
@refuses(NoSuchEdition)
async def get_edition(edition_id: EditionId, response: Response, _: Coordinator, office: OfficeNow) -> EditionFacts:
    """The facts that the edition's certificates state."""
    edition = await office.store.state(EDITION(edition_id))
    if edition is None:
        raise NoSuchEdition(edition_id=edition_id)
    response.headers["ETag"] = etag_of(edition)
    return edition.facts


@router.get("/{edition_id}/certificates")
@refuses(BadCursor)
async def list_certificates(
    edition_id: EditionId,
    _: Coordinator,
    office: OfficeNow,
    standing: Annotated[Standing | None, Query(description="only those that stand so")] = None,
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
    return cursors.page([view(each, office, to_staff=True) for each in found], limit, lambda each: each.participant_id)
