"""A service's HTTP side in memory: its routes over a fake store, a clock and tokens in the hand of the test."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import httpx
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.traced import TracedCommits
from relevo_chassis.given import logs
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.given.shell import Shell
from relevo_chassis.http import catalogue
from relevo_chassis.http.answers import Answers, answers_of
from relevo_chassis.http.tokens import SERVICE, Caller, NotAuthenticated, Who
from relevo_chassis.ids import new_id
from relevo_chassis.people.keys import KEY_BYTES, FileKey
from relevo_chassis.people.records.keeping import Records
from relevo_chassis.people.vault import Vault
from relevo_chassis.service.assembly import assembled
from relevo_contracts import PEOPLE
from relevo_testkit.answers import Documented
from relevo_testkit.fakes import FakeStore


class FixedClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at


PROVIDER = "https://provider.local"
PEOPLE_ISSUER = "https://people.local"


class FakeTokens:
    """Takes the tokens that it handed out itself."""

    issuers = (PROVIDER, PEOPLE_ISSUER, "https://other.local")

    def __init__(self) -> None:
        self._callers: dict[str, Caller] = {}

    async def caller(self, token: str) -> Caller:
        try:
            return self._callers[token]
        except KeyError:
            raise NotAuthenticated() from None

    def bearer(self, subject: str, *roles: str, issuer: str | None = None, **claims: Any) -> dict[str, str]:
        """The headers of a caller, of the issuer that gives these roles unless another is named."""
        token = new_id()
        issuer = issuer or (PROVIDER if PEOPLE.isdisjoint(roles) else PEOPLE_ISSUER)
        payload = {"iss": issuer, "sub": subject, "roles": list(roles), **claims}
        service = subject if SERVICE in roles else None
        self._callers[token] = Caller(Who(issuer, subject), frozenset(roles), payload, service)
        return {"Authorization": f"Bearer {token}"}


def known_as(subject: str, issuer: str = PROVIDER) -> str:
    """Somebody as stored references spell them."""
    return str(Who(issuer, subject))


def fake_vault(store: FakeStore | Store) -> Vault:
    """A vault with keys of its own over a store."""
    return Vault(store, FileKey({"k1": os.urandom(KEY_BYTES)}), os.urandom(KEY_BYTES))


@dataclass(frozen=True)
class Stand:
    """A service's routes with everything they stand on, at a test's hand."""

    app: FastAPI
    shell: Shell
    http: httpx.AsyncClient
    store: FakeStore
    clock: FixedClock
    tokens: FakeTokens
    logged: io.StringIO

    async def post(
        self, path: str, content: Any = None, *, key: str | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """POST as JSON, under a fresh Idempotency-Key unless one is given."""
        sent = {"Idempotency-Key": key or new_id(), **(headers or {})}
        body = {} if content is None else {"json": content}
        return await self.http.post(path, headers=sent, **body)


class Routed(NamedTuple):
    """What is the same in every application of these routers: their routes, and what is documented of each."""

    routers: Sequence[APIRouter]
    routes: Sequence[BaseRoute]
    answers: Mapping[tuple[str, str], Answers]


_ROUTED: dict[tuple[int, ...], Routed] = {}
"""By the identities of the routers, which have no hash and are kept here."""


def routed(*routers: APIRouter) -> Routed:
    """Made once for the whole process: of all routes of a service it takes longer than most tests."""
    key = tuple(map(id, routers))
    if key not in _ROUTED:
        app = FastAPI(openapi_url=None)
        for each in routers:
            app.include_router(each)
        answers = {(each.method, each.path): each for each in answers_of(app)}
        _ROUTED[key] = Routed(routers, app.routes, answers)
    return _ROUTED[key]


@asynccontextmanager
async def stand(
    routers: Iterable[APIRouter],
    at: datetime,
    *,
    settings: ServiceSettings | None = None,
    store: FakeStore | None = None,
    bodies: Mapping[str, int] | None = None,
    texts: str | None = None,
    equipment: object = None,
) -> AsyncIterator[Stand]:
    """The routes over a fake store with a running committer, until the block ends."""
    kept, clock, tokens, metrics = store or FakeStore(), FixedClock(at), FakeTokens(), Metrics()
    logged = io.StringIO()
    log = logs.logger("test", "info", logged)
    app, made = FastAPI(), routed(*routers, catalogue.ROUTER)
    app.router.routes.extend(made.routes)
    assembled(app, (), log=log, metrics=metrics, bodies=bodies, texts=texts)
    vault = fake_vault(kept)
    records = Records(cast(Store, kept), vault.service_key)
    committer = Committer(kept, recorder=records.recorder)
    committer.start()
    transport = Documented(app, made.answers)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.local") as http:
        shell = Shell(
            settings=settings or cast(ServiceSettings, None),
            clock=clock,
            store=cast(Store, kept),
            vault=vault,
            records=records,
            committer=TracedCommits(committer),
            tokens=tokens,
            log=log,
            metrics=metrics,
            client=http,
            equipment=equipment,
        )
        app.state.shell = shell
        yield Stand(app, shell, http, kept, clock, tokens, logged)
    await committer.close()
