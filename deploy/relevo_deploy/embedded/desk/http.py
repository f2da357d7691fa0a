"""The desk's doors: where one starts, what one reads, tokens, the clock, the mailbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl

import httpx
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from relevo_chassis.clock import ClockGoesBack, StackClock, move
from relevo_chassis.http.page import security_policy
from relevo_deploy.embedded.desk.library import FIRST, Library
from relevo_deploy.embedded.desk.mailbox import Mail, Mailbox
from relevo_deploy.embedded.desk.start import POLICY, STEPS, start_page
from relevo_deploy.embedded.desk.style import READING
from relevo_deploy.embedded.desk.tokens import Issuer, TokenAnswer, TokenRequest, client_credentials


class Moved(BaseModel):
    """Where to move the clock to."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    to: AwareDatetime


class Now(BaseModel):
    now: datetime


def doors(issuer: Issuer, clock_file: Path, mailbox: Mailbox, places: Mapping[str, str], library: Library) -> APIRouter:
    """All routes of the desk; ``places`` are the addresses of what runs beside it, by name."""
    router = APIRouter()
    router.include_router(_start_doors(clock_file, places))
    router.include_router(reading_doors(library))
    router.include_router(_token_doors(issuer))
    router.include_router(_clock_doors(clock_file))
    router.include_router(_mail_doors(mailbox))
    return router


def _start_doors(clock_file: Path, places: Mapping[str, str]) -> APIRouter:
    router = APIRouter(tags=["start"])
    clock = StackClock(clock_file)

    @router.get("/", response_class=HTMLResponse)
    async def start() -> HTMLResponse:
        """What runs here, to be read by a person."""
        return HTMLResponse(start_page(places, clock.now()), headers={"Content-Security-Policy": POLICY})

    @router.get("/places")
    async def everything() -> Mapping[str, str]:
        """Where everything listens, to be read by a program."""
        return places

    @router.post("/clock/on", response_class=RedirectResponse, status_code=303, openapi_extra=_STEP_BODY)
    async def turned(request: Request) -> RedirectResponse:
        """Turn the clock on by one of a few steps, as the buttons of the first page do; nobody else's page may."""
        step = dict(parse_qsl((await request.body()).decode("ascii", "replace"))).get("by", "")
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise HTTPException(403, "another site sent this")
        if step not in STEPS:
            raise HTTPException(422, f"turn it on by one of {', '.join(STEPS)}")
        move(clock_file, clock.now() + STEPS[step])
        return RedirectResponse("/", 303)

    return router


def reading_doors(library: Library) -> APIRouter:
    """The documents, as pages for people and as data for programs."""
    router = APIRouter(prefix="/read", tags=["documents"])
    policy = security_policy(style=READING)

    @router.get("", response_class=RedirectResponse, status_code=307)
    @router.get("/", response_class=RedirectResponse, status_code=307, include_in_schema=False)
    def first() -> str:
        """The catalogue of events."""
        return f"/read/{FIRST}"

    @router.get("/{address:path}", response_class=HTMLResponse)
    def document(address: str) -> Response:
        """A page made of its Markdown as it is now, or a JSON document as it lies there."""
        path = library.names().get(address)
        if path is None:
            raise HTTPException(404, "no such document; /read has those that there are")
        if path.suffix == ".json":
            return FileResponse(path, media_type="application/json")
        return HTMLResponse(library.page(address), headers={"Content-Security-Policy": policy})

    return router


_STEP_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"by": {"enum": [*STEPS]}}, "required": ["by"]}
            }
        },
    }
}


def _token_doors(issuer: Issuer) -> APIRouter:
    router = APIRouter(tags=["tokens"])

    @router.get("/.well-known/openid-configuration")
    async def discovery() -> Mapping[str, Any]:
        return issuer.discovery()

    @router.get("/jwks.json")
    async def key_set() -> Mapping[str, Any]:
        return issuer.key_set()

    @router.post("/token", response_model=TokenAnswer, openapi_extra=_TOKEN_BODY)
    async def token(request: Request) -> Any:
        """An access token for whoever asks, or for a service by client credentials: development only."""
        body = await request.body()
        try:
            if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                if issuer.provider is not None and _of_a_sign_in(body):
                    return await _handed_on(issuer.provider, request.headers.get("authorization", ""), body)
                return issuer.token(client_credentials(request.headers.get("authorization", ""), body))
            return issuer.token(TokenRequest.model_validate_json(body))
        except ValidationError as broken:
            raise RequestValidationError(broken.errors(include_url=False)) from None

    return router


def _of_a_sign_in(body: bytes) -> bool:
    fields = dict(parse_qsl(body.decode("ascii", "replace")))
    return fields.get("grant_type") in ("authorization_code", "refresh_token")


async def _handed_on(provider: str, authorization: str, body: bytes) -> Response:
    """The provider's own answer to its client, which finds it by the desk's discovery document."""
    headers = {"Authorization": authorization, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            answer = await http.post(f"{provider}/token", content=body, headers=headers)
    except httpx.HTTPError:
        raise HTTPException(503, "the provider does not answer") from None
    return Response(answer.content, answer.status_code, media_type="application/json")


_TOKEN_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": TokenRequest.model_json_schema()}},
    }
}


def _clock_doors(clock_file: Path) -> APIRouter:
    router = APIRouter(tags=["clock"])
    clock = StackClock(clock_file)

    @router.get("/clock")
    async def now() -> Now:
        """Domain time, as every service of the stack sees it."""
        return Now(now=clock.now())

    @router.post("/clock")
    async def moved(request: Moved) -> Now:
        """Move domain time forward; 409 when asked to go back."""
        try:
            move(clock_file, request.to)
        except ClockGoesBack as back:
            raise HTTPException(409, str(back)) from None
        return Now(now=clock.now())

    return router


def _mail_doors(mailbox: Mailbox) -> APIRouter:
    router = APIRouter(tags=["mailbox"])

    @router.get("/mails")
    async def mails(
        to: str | None = None,
        after: Annotated[int, Query(ge=0, description="the last id seen")] = 0,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    ) -> Sequence[Mapping[str, Any]]:
        return [mail.as_json() for mail in mailbox.mails(to, after)[:limit]]

    @router.get("/mails/{id}")
    async def mail(id: int) -> Mapping[str, Any]:
        if not (found := mailbox.mail(id)):
            raise HTTPException(404, "no such letter")
        return found.as_json()

    @router.get("/refused")
    async def refused() -> Sequence[str]:
        """Addresses that were refused for good, as often as it was tried, since the desk started."""
        return mailbox.refused

    @router.get("/letters", response_class=HTMLResponse)
    async def page(to: str | None = None) -> HTMLResponse:
        """The letters, newest first, to be read by a person."""
        html = _page(mailbox.mails(to)[:-201:-1], mailbox.refused)
        return HTMLResponse(html, headers={"Content-Security-Policy": security_policy(style=_STYLE)})

    return router


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "details{border-top:1px solid #ccc;padding:.6rem 0}summary{cursor:pointer}"
    "pre{white-space:pre-wrap;background:#f6f6f4;padding:1rem}small{color:#666}"
)


def _page(mails: Sequence[Mail], refused: Sequence[str]) -> str:
    letters = "".join(_letter(mail.as_json()) for mail in mails) or "<p>No letters yet.</p>"
    refusals = f"<p>Refused for good: {escape(', '.join(dict.fromkeys(refused)))}.</p>" if refused else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Mailbox</title><style>{_STYLE}</style><h1>Mailbox</h1>"
        f"<p>Letters that the stack has written, newest first. None of them leaves this machine.</p>"
        f"{refusals}{letters}</html>"
    )


def _letter(mail: Mapping[str, Any]) -> str:
    return (
        f"<details><summary>{escape(mail['subject'])} <small>to {escape(', '.join(mail['to']))}</small></summary>"
        f"<pre>{escape(mail['text'])}</pre></details>"
    )
