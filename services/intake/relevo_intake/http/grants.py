"""Who of the staff may do what in which edition: given by a head coordinator, seen by auditors, and each their own."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.rights import roles_of
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import UnknownIssuer, named
from relevo_contracts.model import Id
from relevo_intake.commands import grants
from relevo_intake.commands.grants import GiveRoles
from relevo_intake.domain.grants import NobodyGivesToThemselves
from relevo_intake.http.callers import AnyOfStaff, InOffice, MayGiveRoles, MayReadGrants
from relevo_intake.http.forms.grants import GrantForm
from relevo_intake.http.views.grants import GrantView, OwnGrantsView, grant_answer, grant_view
from relevo_intake.store.grants import grants_in_edition

router = Routes(tags=["grants"])


@router.post("/editions/{edition_id}/grants", response_model=GrantView)
@refuses(NobodyGivesToThemselves, UnknownIssuer)
async def give_roles(
    edition_id: Id, form: GrantForm, caller: MayGiveRoles, asking: InAsking, office: InOffice
) -> Response:
    """Say which roles an account has in this edition from now on; none takes them (head coordinator). Goes on record.

    The other services know a moment later. What the provider's token says of somebody holds besides, everywhere.
    """
    account = named(form.account, asking.shell.tokens.issuers[:1])
    command = GiveRoles(edition_id, **form.model_dump() | {"account": account})
    return await asking.answer(grants.give_roles, office, command, by=caller.id, respond=grant_answer)


@router.get("/editions/{edition_id}/grants")
@refuses(BadCursor)
async def list_grants(
    edition_id: Id, _: MayReadGrants, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[GrantView]:
    """Whoever was given a role in this edition, those too from whom all were taken (head coordinator, auditor)."""
    cursors = Cursors(office.vault.service_key, "grants", edition_id)
    found = await grants_in_edition(office.store, edition_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.account_id)
    views = [grant_view(each.account, grant) for each in page.items if (grant := each.in_edition(edition_id))]
    return Page(items=tuple(views), next=page.next)


@router.get("/me/grants")
async def read_own_grants(caller: AnyOfStaff) -> OwnGrantsView:
    """What I may do: the roles of my token, which hold in every edition, and those that I was given in one (staff)."""
    roles = roles_of(caller)
    return OwnGrantsView(everywhere=roles.everywhere, editions=roles.editions)
