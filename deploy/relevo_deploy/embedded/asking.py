"""``relevo clock`` and ``relevo token``: what the desk gives, the embedded stack's or one elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx
from cyclopts import Parameter

from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.embedded.desk_client import Desk, DeskRefused
from relevo_deploy.embedded.running import running_in
from relevo_deploy.failed import Failed
from relevo_deploy.parameters import STACK_FOLDER, Duration, Instant, StackFolder, environment, one_of

MOVE = one_of("Move it")
AGAIN = "May be given several times."
DeskElsewhere = Annotated[
    str | None,
    environment("RELEVO_OPERATOR_DESK", "URL"),
    Parameter(help="A desk that is not the stack's, such as that of docker compose: http://127.0.0.1:8100."),
]


async def clock(
    *,
    to: Annotated[Instant | None, Parameter(group=MOVE, help="E.g. 2019-12-09T08:00-05:00.")] = None,
    by: Annotated[Duration | None, Parameter(group=MOVE, help="E.g. 3d, 12h, 30m.")] = None,
    desk: DeskElsewhere = None,
    stack: StackFolder = STACK_FOLDER,
) -> int:
    """Show domain time, or move it forward (desk only).

    The services of a desk follow it where they read its clock, as those of the embedded stack do.
    """
    async with _at(desk, stack) as there:
        now = await there.now()
        to = to or (now + by if by else None)
        print((await there.move_clock(to) if to else now).isoformat())
    return 0


async def token(
    *,
    subject: Annotated[str, Parameter(metavar="SUBJECT", help="Who it says one is.")] = "developer",
    roles: Annotated[tuple[str, ...], Parameter(name="--role", metavar="ROLE", show_default=False, help=AGAIN)] = (),
    audience: Annotated[
        tuple[str, ...],
        Parameter(metavar="SERVICE", show_default=False, help=f"Whom it is for (default: every service). {AGAIN}"),
    ] = (),
    receipt: Annotated[
        str | None, Parameter(metavar="CODE", help="An applicant's receipt code: theirs, from intake, for one service.")
    ] = None,
    desk: DeskElsewhere = None,
    stack: StackFolder = STACK_FOLDER,
) -> int:
    """Print an access token: for staff, or with a receipt code.

    The desk gives one to anybody who asks, and is there for development alone.
    """
    async with _at(desk, stack) as there:
        if receipt:
            print(await _token_for(await there.places(), receipt, audience))
        else:
            print(await there.token(subject, roles, audience or DEPLOYED))
    return 0


@asynccontextmanager
async def _at(url: str | None, stack: Path) -> AsyncIterator[Desk]:
    """The desk at an address, or the running stack's. Raises ``Failed``, also for what the desk says no to."""
    desk = Desk(url.rstrip("/")) if url else running_in(stack).desk()
    try:
        async with desk:
            yield desk
    except DeskRefused as refused:
        raise Failed(str(refused)) from None
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        raise Failed(f"no desk answers at {desk.url} ({type(away).__name__}); name it with --desk") from None


async def _token_for(places: Mapping[str, str], receipt: str, audience: Sequence[str]) -> str:
    if len(audience) != 1:
        raise Failed("a token of intake is for one service: name it, e.g. --audience scheduling")
    if "intake" not in places:
        raise Failed("the desk does not know where intake is")
    async with httpx.AsyncClient(base_url=places["intake"], timeout=10, trust_env=False) as http:
        opened = await http.post("/sessions", headers={"Relevo-Receipt": receipt})
        if not opened.is_success:
            raise Failed(f"intake does not take the code: {opened.status_code} {opened.text}")
        session = {"Relevo-Session": opened.json()["handle"]}
        issued = await http.post("/sessions/token", json={"audience": audience[0]}, headers=session)
        if not issued.is_success:
            raise Failed(f"intake gives no token for {audience[0]}: {issued.status_code} {issued.text}")
        return str(issued.json()["access_token"])
