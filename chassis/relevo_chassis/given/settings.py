"""Settings from the environment, checked before anything starts; what is doubtful is refused with what to do.

Secrets come from files only, so that they are in no process listing; a message never quotes a value.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from relevo_chassis.http.addresses import networks
from relevo_chassis.people.keys import parse_keys

PREFIX = "RELEVO_"
OPERATORS = re.compile(rf"{PREFIX}(OPERATOR_.*|TOPOLOGY|PARTNERS|DATABASES|LIBRARY|NATS_SERVER|MONGOD)", re.IGNORECASE)
"""What the command ``relevo`` reads and no service does: a service passes over it, as both may share an environment."""
EXIT_CONFIG = 78

_SAMPLES = frozenset(
    ("changeme", "change-me", "change_me", "example", "sample", "secret", "password", "placeholder", "default", "todo")
)
_SAMPLE_HOSTS = ("example", "example.com", "example.org", "example.net", "test", "invalid")
_HIDDEN_TLS = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames")

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
S = TypeVar("S", bound="ServiceSettings")

RECORD_DAYS = 1_825


class ServiceSettings(BaseSettings):
    """What every service needs to be told; a service adds its own in a subclass and names itself in ``service``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=False
    )

    environment: Literal["production", "development"] = Field(description="production refuses what is only for trying")
    service: Name = Field(description="which service it is, as the others call it")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least that its log tells"
    )

    mongo_url: str = Field(description="the replica set, with its options such as tls and tlsCAFile")
    mongo_database: Name = Field(description="the database of this service alone")
    mongo_user: Name | None = Field(default=None, description="its own user, who may use its collections")
    mongo_password_file: Path | None = Field(default=None, description="that user's password")

    nats_url: str = Field(description="one server or several, with commas between them")
    nats_credentials_file: Path | None = Field(default=None, description="who the service is on the bus")
    nats_inbox_prefix: Annotated[str, Field(pattern=r"^_INBOX_[A-Za-z0-9_]+$")] | None = Field(
        default=None, description="where answers come to it alone: `_INBOX_` and its name"
    )
    outbox_bound: Annotated[int, Field(ge=1, le=10_000_000, description="unsent events before 503")] = 100_000

    record_days: Annotated[int, Field(ge=30, le=36_500, description="what was read and decided stays on record")] = (
        RECORD_DAYS
    )

    service_key_file: Path | None = Field(default=None, description="the key that wraps the keys of people")
    key_service_url: str | None = Field(default=None, description="in its place: who wraps them, and keeps that key")
    key_service_token_file: Path | None = Field(default=None, description="what it is asked with")
    key_service_key: Name | None = Field(default=None, description="which of its keys is meant")

    oidc_issuer: str = Field(description="the OpenID provider of staff and services")
    people_issuer: str = Field(description="who gives tokens to people without an account")
    oidc_audience: str = Field(default="", description="the service's own name unless set")
    jwks_seconds: Annotated[int, Field(ge=60, le=86_400, description="the keys of both are kept for so long")] = 3_600

    ca_file: Path | None = Field(
        default=None, description="authorities trusted besides the system's, for all but MongoDB"
    )

    http_host: str = Field(default="127.0.0.1", description="the address on which it listens")
    http_port: Annotated[int, Field(ge=1, le=65_535, description="the port on which it listens")]
    http_connections: Annotated[int, Field(ge=16, le=100_000, description="open at a time")] = 1_000
    trusted_proxies: str = Field(
        default="",
        description="networks and addresses of proxies, with commas, whose word for whom they speak is taken",
    )
    service_subjects: str = Field(
        default="",
        description="service=subject, with commas: services whose tokens bear another subject than their name",
    )
    clock_file: Path | None = Field(default=None, description="the embedded stack's clock; never in production")
    tracing_endpoint: str | None = Field(default=None, description="where spans are sent, as OTLP over HTTP")
    tracing_sampled: Annotated[float, Field(ge=0, le=1, description="of traces that begin here, so many")] = 0.01
    tracing_trusted: str = Field(
        default="", description="networks and addresses, with commas, that may go on with traces of theirs here"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _checked_text(cls, value: object) -> object:
        return _checked(value) if isinstance(value, str) else value

    @field_validator("mongo_url")
    @classmethod
    def _mongo(cls, value: str) -> str:
        return _checked_url(value, ("mongodb", "mongodb+srv"), "RELEVO_MONGO_USER and RELEVO_MONGO_PASSWORD_FILE")

    @field_validator("nats_url")
    @classmethod
    def _nats(cls, value: str) -> str:
        for url in value.split(","):
            _checked_url(url, ("nats", "tls", "ws", "wss"), "RELEVO_NATS_CREDENTIALS_FILE")
        return value

    @field_validator("oidc_issuer", "people_issuer", "key_service_url", "tracing_endpoint")
    @classmethod
    def _web(cls, value: str | None) -> str | None:
        return None if value is None else _checked_url(value, ("https", "http"), "a file")

    @field_validator("trusted_proxies", "tracing_trusted")
    @classmethod
    def _proxies(cls, value: str) -> str:
        networks(value)
        return value

    @field_validator("service_subjects")
    @classmethod
    def _subjects(cls, value: str) -> str:
        pairs(value)
        return value

    @field_validator("mongo_password_file", "nats_credentials_file", "key_service_token_file")
    @classmethod
    def _secret(cls, value: Path | None) -> Path | None:
        if value is not None:
            read_secret(value)
        return value

    @field_validator("service_key_file")
    @classmethod
    def _key(cls, value: Path | None) -> Path | None:
        if value is not None:
            parse_keys(read_secret(value))
        return value

    @field_validator("ca_file", "clock_file")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("names a file that is not there")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        problems = [*self._conflicts(), *(self._production() if self.environment == "production" else ())]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _conflicts(self) -> Iterable[str]:
        if (self.service_key_file is None) == (self.key_service_url is None):
            yield "SERVICE_KEY_FILE or KEY_SERVICE_URL: set one of the two, and only one"
        if self.key_service_url and not (self.key_service_token_file and self.key_service_key):
            yield "KEY_SERVICE_URL: needs KEY_SERVICE_TOKEN_FILE and KEY_SERVICE_KEY beside it"
        if (self.mongo_user is None) != (self.mongo_password_file is None):
            yield "MONGO_USER and MONGO_PASSWORD_FILE: set both or neither"
        if self.oidc_issuer == self.people_issuer:
            yield "PEOPLE_ISSUER: is OIDC_ISSUER; neither may give the roles of the other, so they are two"
        yield from self._shared_secrets()

    def _secret_files(self) -> Iterable[str]:
        """Settings that name a file with a secret; each holds one of its own."""
        yield from ("mongo_password_file", "nats_credentials_file", "key_service_token_file", "service_key_file")

    def _shared_secrets(self) -> Iterable[str]:
        seen: dict[str, str] = {}
        for name in self._secret_files():
            path: Path | None = getattr(self, name)
            if path is not None and (first := seen.setdefault(read_secret(path), name)) != name:
                yield f"{name.upper()}: holds the same secret as {first.upper()}; give each its own"

    def _production(self) -> Iterable[str]:
        if self.clock_file is not None:
            yield "CLOCK_FILE: the movable clock belongs to the embedded stack; remove it in production"
        for name in ("oidc_issuer", "people_issuer"):
            if not getattr(self, name).startswith("https:"):
                yield f"{name.upper()}: must be https in production"
        if self.key_service_url and not self.key_service_url.startswith("https:"):
            yield "KEY_SERVICE_URL: must be https in production"
        if not all(url.startswith(("tls://", "wss://")) for url in self.nats_url.split(",")):
            yield "NATS_URL: every server must be tls:// in production"
        if not _is_tls(self.mongo_url):
            yield "MONGO_URL: must have tls=true, and must check certificates, in production"
        if self.nats_credentials_file is None:
            yield "NATS_CREDENTIALS_FILE: each service has an account of its own in production"
        if self.mongo_user is None and "authmechanism" not in _options(self.mongo_url):
            yield "MONGO_USER: each service has its own user in production"
        for name in ("mongo_url", "nats_url", "oidc_issuer", "people_issuer", "key_service_url"):
            if any(_is_sample_host(host) for host in _hosts(getattr(self, name) or "")):
                yield f"{name.upper()}: names a sample host; set it to your own"

    @property
    def audience(self) -> str:
        """The audience that tokens for this service carry."""
        return self.oidc_audience or self.service

    @property
    def services(self) -> Mapping[str, str]:
        """Services by the subjects of their tokens, where that is not their name."""
        return {subject: service for service, subject in pairs(self.service_subjects)}

    def trust(self) -> ssl.SSLContext:
        """Whom the service trusts as NATS, issuer and key service. MongoDB has ``tlsCAFile`` in its URL."""
        context = ssl.create_default_context()
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context

    @property
    def mongo_address(self) -> str:
        """``mongo_url`` with user and password; a secret."""
        if self.mongo_user is None or self.mongo_password_file is None:
            return self.mongo_url
        user, password = quote(self.mongo_user, safe=""), quote(read_secret(self.mongo_password_file), safe="")
        return self.mongo_url.replace("://", f"://{user}:{password}@", 1)

    @property
    def nats_servers(self) -> list[str]:
        return self.nats_url.split(",")


class SettingsRefused(Exception):
    """The settings cannot be used; one line for each reason, naming the variable and what to do."""


def read_secret(path: Path) -> str:
    """A secret from a file, without the line break at its end. Raises ``ValueError``, never quoting the secret."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise ValueError("names a file that cannot be read") from None
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise ValueError("names a file that everybody on the machine can read; chmod o-rwx it")
    if not text.strip():
        raise ValueError("names a file that is empty")
    if _is_sample(text):
        raise ValueError("names a file that holds a sample value; put a secret of your own into it")
    return text


def checked_settings(cls: type[S], environment: Mapping[str, str] = os.environ) -> S:
    """The settings that the environment holds. Raises ``SettingsRefused``."""
    reasons = list(_strangers(cls, environment))
    try:
        settings = cls()
    except ValidationError as error:
        reasons.extend(line for item in error.errors(include_input=False) for line in _lines(item))
        raise SettingsRefused("\n".join(reasons)) from None
    if reasons:
        raise SettingsRefused("\n".join(reasons))
    return settings


def read_settings(cls: type[S]) -> S:
    """The settings that the environment holds; or tells on standard error what is wrong with them and exits with 78."""
    try:
        return checked_settings(cls)
    except SettingsRefused as refused:
        _exit(str(refused))


def _exit(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(EXIT_CONFIG)


def _strangers(cls: type[ServiceSettings], environment: Mapping[str, str]) -> Iterable[str]:
    known = {PREFIX + name.upper() for name in cls.model_fields}
    ours = [name for name in environment if name.upper().startswith(PREFIX) and not OPERATORS.fullmatch(name)]
    for name in sorted(ours):
        if name.upper() not in known:
            near = get_close_matches(name[len(PREFIX) :].lower(), cls.model_fields, 1, 0.7)
            perhaps = f", {PREFIX}{near[0].upper()} is" if near else ""
            yield f"{name}: is not a setting of this service{perhaps}; correct its name or remove it"
        elif sum(other.upper() == name.upper() for other in ours) > 1:
            yield f"{name}: is set more than once, in upper and lower case; keep one"


def _lines(item: Mapping[str, Any]) -> Iterable[str]:
    message = str(item["msg"]).removeprefix("Value error, ")
    if not item["loc"]:
        return [PREFIX + line for line in message.splitlines()]
    name = PREFIX + str(item["loc"][0]).upper()
    return [f"{name}: is missing; set it" if item["type"] == "missing" else f"{name}: {message}"]


def _checked(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; set it or remove it")
    if value != value.strip():
        raise ValueError("has spaces or a line break around it; remove them")
    if _is_sample(value):
        raise ValueError("is a sample value; set it to your own")
    return value


def _is_sample(value: str) -> bool:
    bare = value.strip().lower()
    return bare in _SAMPLES or "changeme" in bare or (bare.startswith("<") and bare.endswith(">"))


def _checked_url(value: str, schemes: tuple[str, ...], place: str) -> str:
    scheme, found, rest = value.partition("://")
    if not found or scheme not in schemes:
        raise ValueError(f"is not a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if "|" in rest:
        raise ValueError("holds a bar, which no URL does")
    if "@" in rest.partition("/")[0]:
        raise ValueError(f"holds a user or a password; put them into {place}")
    if any(not _is_host(host) for host in rest.partition("/")[0].partition("?")[0].split(",")):
        raise ValueError("has a host or a port that cannot be")
    return value


def pairs(value: str) -> list[tuple[str, str]]:
    """What a setting of the form ``service=name, service=name`` says. Raises ``ValueError``."""
    found = [each.strip().partition("=") for each in value.split(",") if each.strip()]
    pairs = [(service, subject) for service, _, subject in found]
    if not all(service and subject for service, subject in pairs) or len({*sum(pairs, ())}) < 2 * len(pairs):
        raise ValueError("is not a list of service=name, each named once")
    return pairs


def _is_host(text: str) -> bool:
    try:
        parts = urlsplit(f"//{text}")
        return bool(parts.hostname) and not any(c.isspace() for c in text) and parts.port != 0
    except ValueError:
        return False


def _hosts(value: str) -> list[str]:
    places = [url.partition("://")[2].partition("/")[0].partition("?")[0] for url in value.split(",")]
    return [urlsplit(f"//{place}").hostname or "" for place in places]


def _is_sample_host(host: str) -> bool:
    return any(host == sample or host.endswith(f".{sample}") for sample in _SAMPLE_HOSTS)


def _options(url: str) -> dict[str, str]:
    return {name.lower(): values[-1].lower() for name, values in parse_qs(urlsplit(url).query).items()}


def _is_tls(url: str) -> bool:
    options = _options(url)
    chosen = options.get("tls", options.get("ssl", "true" if url.startswith("mongodb+srv://") else "false"))
    return chosen == "true" and not any(options.get(name) == "true" for name in _HIDDEN_TLS)
