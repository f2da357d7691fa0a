"""Certification, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI

from relevo_certification.background import Asker, Issuer, Publisher, SelfIssuer, Teller, in_turns
from relevo_certification.commands.keys import publish_keys
from relevo_certification.commands.office import Office
from relevo_certification.commands.publishing import publish_lists
from relevo_certification.consumers import SUBSCRIPTIONS
from relevo_certification.credential.keys import load
from relevo_certification.deadlines import ON_DUE
from relevo_certification.domain.refusals import TooManyVerifications
from relevo_certification.http import ROUTERS
from relevo_certification.http.open import OpenToPages
from relevo_certification.identities import IntakeIdentities, ServiceToken
from relevo_certification.pdf.typeset import Typesetter
from relevo_certification.press import Press
from relevo_certification.settings import CertificationSettings
from relevo_certification.store import COLLECTIONS, ERASED, INDEXES, KINDS
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.seams import Seams
from relevo_chassis.edge.allowance import Allowance
from relevo_chassis.edge.erasures import as_delivered
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.server import run
from relevo_chassis.edge.settings import read_settings
from relevo_chassis.edge.shell import Service, Shell, application

SERVICE = Service(
    title="Relevo certification",
    texts="relevo_certification",
    version=version("relevo-certification"),
    routers=ROUTERS,
    kinds=KINDS,
    collections=COLLECTIONS,
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    on_due=ON_DUE,
    remembers=ERASED,
    erase_again=as_delivered(SUBSCRIPTIONS),
)
"""All that needs no settings."""


def application_of(settings: CertificationSettings, seams: Seams = Seams()) -> FastAPI:  # noqa: B008
    """The service as an ASGI application."""
    press = Press(load(settings.signing_keys, settings.did), settings.public_url, Typesetter(), settings.paper_signer())
    app = application(settings, service_of(settings, press), seams)
    app.add_middleware(OpenToPages)
    app.state.press = press
    app.state.allowance = Allowance(settings.verifications_per_minute, TooManyVerifications)
    return app


def service_of(settings: CertificationSettings, press: Press) -> Service:
    """What it is made of."""
    return replace(
        SERVICE,
        before_ready=[_published(press), _first_lists(settings, press)],
        background=[
            _asking(settings, press),
            _issuing(press),
            _issuing_by_itself(press),
            _publishing(settings, press),
            _telling(press),
        ],
    )


Background = Callable[[Shell], Awaitable[None]]


def _office(shell: Shell, press: Press) -> Office:
    return Office(shell.store, shell.committer, shell.vault, press)


def _published(press: Press) -> Background:
    async def published(shell: Shell) -> None:
        """Keys are shown before anything is signed; process time says since when."""
        press.keys = await publish_keys(shell.store, press.keys, datetime.now(UTC))

    return published


def _first_lists(settings: CertificationSettings, press: Press) -> Background:
    async def first_lists(shell: Shell) -> None:
        await publish_lists(_office(shell, press), settings.status_list_interval, shell.clock.now())

    return first_lists


def _asking(settings: CertificationSettings, press: Press) -> Background:
    async def asking(shell: Shell) -> None:
        token = ServiceToken(
            shell.client, settings.oidc_issuer, settings.client_id, settings.client_secret, settings.intake_audience
        )
        identities = IntakeIdentities(shell.client, settings.intake_url, token)
        asker = Asker(_office(shell, press), identities, shell.clock.now)
        await in_turns(Lease(shell.store, "asking", new_id()), asker.ask)

    return asking


def _issuing(press: Press) -> Background:
    async def issuing(shell: Shell) -> None:
        issuer = Issuer(_office(shell, press), shell.clock.now)
        await in_turns(Lease(shell.store, "issuances", new_id()), issuer.issue)

    return issuing


def _issuing_by_itself(press: Press) -> Background:
    async def issuing_by_itself(shell: Shell) -> None:
        issuer = SelfIssuer(_office(shell, press), shell.clock.now)
        await in_turns(Lease(shell.store, "issuing", new_id()), issuer.issue)

    return issuing_by_itself


def _telling(press: Press) -> Background:
    async def telling(shell: Shell) -> None:
        teller = Teller(_office(shell, press), shell.clock.now)
        await in_turns(Lease(shell.store, "telling", new_id()), teller.tell)

    return telling


def _publishing(settings: CertificationSettings, press: Press) -> Background:
    async def publishing(shell: Shell) -> None:
        publisher = Publisher(_office(shell, press), settings.status_list_interval, shell.clock.now)
        await in_turns(Lease(shell.store, "publishing", new_id()), publisher.publish)

    return publishing


def main() -> None:
    """Serve until told to stop."""
    settings = read_settings(CertificationSettings)
    run(application_of(settings), settings)


if __name__ == "__main__":
    main()
