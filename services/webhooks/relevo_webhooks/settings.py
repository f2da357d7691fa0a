"""What webhooks needs to be told besides what every service does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network

from pydantic import Field, field_validator

from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.http.addresses import networks


class WebhooksSettings(ServiceSettings):
    """``RELEVO_WEBHOOKS_ALLOWED_NETWORKS`` and the like."""

    service: str = "webhooks"
    webhooks_allowed_networks: str = Field(
        default="",
        description="networks with commas, not public, in which endpoints may be all the same, such as 10.20.0.0/16",
    )
    webhooks_plain_http: bool = Field(default=False, description="whether endpoints may be without TLS; development")

    @field_validator("webhooks_allowed_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        networks(value)
        return value

    @property
    def allowed_networks(self) -> Sequence[IPv4Network | IPv6Network]:
        return networks(self.webhooks_allowed_networks)

    def _production(self) -> Iterable[str]:
        yield from super()._production()
        if self.webhooks_plain_http:
            yield "WEBHOOKS_PLAIN_HTTP: what is sent must go over TLS in production; remove it"
