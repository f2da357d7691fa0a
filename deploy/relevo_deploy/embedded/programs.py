"""The programs of the stack, and what each is told by its environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from relevo_contracts import SERVICES
from relevo_deploy.deployed import PORTAL, WEBHOOKS
from relevo_deploy.embedded.place import Place
from relevo_deploy.embedded.staff import CLIENT_ID, CLIENT_SECRET
from relevo_servers import LOOPBACK, Server

Settings = Mapping[str, str]


@dataclass(frozen=True)
class Program:
    """A service as the stack runs it: what Python is to run, and its settings beside those that every service has."""

    name: str
    command: tuple[str, ...]
    settings: Callable[[Place], Settings] = lambda place: {}

    def environment(self, place: Place) -> dict[str, str]:
        """This machine's environment, without settings that were meant for something else, and the service's own."""
        inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("RELEVO_")}
        settings = {**_shared(self.name, place), **self.settings(place)}
        return inherited | {"PYTHONUNBUFFERED": "1"} | {f"RELEVO_{name}": value for name, value in settings.items()}


def _shared(name: str, place: Place) -> Settings:
    secrets = place.secrets
    secrets.password(name, "mongo.password")
    return {
        "ENVIRONMENT": "development",
        "SERVICE": name,
        "HTTP_HOST": LOOPBACK,
        "HTTP_PORT": str(place.ports[name]),
        "NATS_URL": place.nats_url,
        "NATS_CREDENTIALS_FILE": str(secrets.path(name, "nats.creds")),
        "NATS_INBOX_PREFIX": f"_INBOX_{name}",
        "MONGO_URL": place.mongo_url,
        "MONGO_DATABASE": name,
        "MONGO_USER": name,
        "MONGO_PASSWORD_FILE": str(secrets.path(name, "mongo.password")),
        "SERVICE_KEY_FILE": str(secrets.service_key(name)),
        "OIDC_ISSUER": place.url("desk"),
        "OIDC_AUDIENCE": name,
        "PEOPLE_ISSUER": place.url("intake"),
        "CLOCK_FILE": str(place.clock_file),
        "TRACING_TRUSTED": LOOPBACK,
        **({"CA_FILE": place.elsewhere.ca_file} if place.elsewhere.ca_file else {}),
    }


def _intake(place: Place) -> Settings:
    return {
        "SMTP_URL": place.smtp_url,
        "MAIL_FROM": "noreply@relevo.invalid",
        "PUBLIC_URL": place.url("intake"),
        "PORTAL_URL": place.site,
        "TOKEN_KEYS": str(place.secrets.signing_keys("intake", datetime.now(UTC).year)),
        "LETTERS_PER_SECOND": "100",
        "TRUSTED_PROXIES": LOOPBACK,
        "ATTACK_BEGINNINGS": "1000000000",  # here a whole call is replayed within minutes
    }


def _certification(place: Place) -> Settings:
    return {
        "INTAKE_URL": place.url("intake"),
        "PUBLIC_URL": f"http://localhost:{place.ports['certification']}",
        "SIGNING_KEYS": str(place.secrets.signing_keys("certification", datetime.now(UTC).year)),
    }


def _portal(place: Place) -> Settings:
    services = {f"{name.upper()}_URL": place.url(name) for name in SERVICES}
    secret = place.secrets
    secret.password(PORTAL, CLIENT_SECRET)
    client = {"OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET_FILE": str(secret.path(PORTAL, CLIENT_SECRET))}
    return {**services, **client, "PUBLIC_URL": place.site}


def _webhooks(place: Place) -> Settings:
    return {"WEBHOOKS_ALLOWED_NETWORKS": f"{LOOPBACK}/32", "WEBHOOKS_PLAIN_HTTP": "true"}


PROGRAMS = (
    Program("intake", ("-m", "relevo_intake"), _intake),
    Program("scheduling", ("-m", "relevo_scheduling")),
    Program("multiplier_tracking", ("-m", "relevo_multiplier_tracking")),
    Program("certification", ("-m", "relevo_certification"), _certification),
    Program(PORTAL, ("-m", "relevo_portal"), _portal),
    Program(WEBHOOKS, ("-m", "relevo_webhooks"), _webhooks),
)


class ProgramServer(Server):
    """A Python program of the stack, ready when ``/readyz`` says so."""

    def __init__(self, name: str, place: Place, command: Sequence[str], environment: Mapping[str, str]) -> None:
        super().__init__(place.folder, clients=place.ports[name])
        self.name = name
        self._place = place
        self._arguments = command
        self._variables = environment

    @property
    def log(self) -> Path:
        return self._place.logs / f"{self.name}.log"

    def _environment(self) -> Mapping[str, str]:
        return self._variables

    def _command(self) -> list[str]:
        return [sys.executable, *self._arguments]

    async def _answers(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                return (await client.get(f"{self._place.url(self.name)}/readyz")).status_code == 200
        except httpx.HTTPError:
            return False


def service(program: Program, place: Place) -> ProgramServer:
    return ProgramServer(program.name, place, program.command, program.environment(place))


def desk(place: Place, services: Iterable[str] = SERVICES, *, sign_in: bool = False) -> ProgramServer:
    """What stands in for the outside world, with a page that tells where these services and all else listens; with
    ``sign_in`` it is the issuer in whose name the provider lets people in."""
    mongo = place.mongo_url.partition("/?")[0]
    addresses = {name: place.site if name == PORTAL else place.url(name) for name in services}
    if sign_in:
        addresses["provider"] = place.url("provider")
    places = {**addresses, "nats": place.nats_url, "mongo": mongo}
    options = {
        "--port": place.ports["desk"],
        "--smtp-port": place.ports["smtp"],
        "--issuer": place.url("desk"),
        "--folder": place.folder / "mailbox",
        "--secrets": place.secrets_folder,
        "--clock-file": place.clock_file,
    }
    arguments = [word for name, value in options.items() for word in (name, str(value))]
    arguments += [f"--place={name}={url}" for name, url in places.items()]
    return ProgramServer("desk", place, ["-m", "relevo_deploy.embedded.desk", *arguments], dict(os.environ))
