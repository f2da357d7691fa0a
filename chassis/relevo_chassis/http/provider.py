"""What an OpenID provider offers: its document of discovery, and tokens for clients of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

_LONGEST_DOCUMENT = 1 << 20
_LASTS_SECONDS = 300.0


class NotAsAProvider(ValueError):
    """A provider answers as none should; the text says how, and nothing of what it answered."""


class NoToken(Exception):
    """A provider gives no token; the text says in what manner, and nothing of what it answered."""


class Granted(NamedTuple):
    """An access token, and for how long it is good."""

    token: str
    seconds: float


async def document_of(client: httpx.AsyncClient, address: str, *, time_out_seconds: float) -> Any:
    """A document of a provider's. Raises ``httpx.HTTPError``, ``NotAsAProvider`` or ``ValueError``."""
    response = await client.get(address, timeout=time_out_seconds, follow_redirects=False)
    if response.status_code != 200 or len(response.content) > _LONGEST_DOCUMENT:
        raise NotAsAProvider(f"the issuer answered {response.status_code}")
    return response.json()


async def discovered(client: httpx.AsyncClient, issuer: str, *, time_out_seconds: float) -> dict[str, Any]:
    """An issuer's document of discovery, which is its own. Raises ``httpx.HTTPError``, ``ValueError``, ``KeyError`` or
    ``TypeError``."""
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    document = await document_of(client, address, time_out_seconds=time_out_seconds)
    if document["issuer"] != issuer:
        raise NotAsAProvider("the discovery document is another issuer's")
    return dict(document)


def offer_of(document: Mapping[str, Any], what: str) -> str:
    """The address of something that an issuer offers, such as ``jwks_uri``: as safe as its own.

    Raises ``NotAsAProvider`` or ``KeyError``.
    """
    offer = str(document[what])
    if str(document["issuer"]).startswith("https:") and not offer.startswith("https:"):
        raise NotAsAProvider(f"the issuer's {what} is offered in plain text")
    return offer


async def offered(client: httpx.AsyncClient, issuer: str, what: str, *, time_out_seconds: float) -> str:
    """The address of something that an issuer offers, by its own document. Raises what ``discovered`` does."""
    return offer_of(await discovered(client, issuer, time_out_seconds=time_out_seconds), what)


async def granted(
    client: httpx.AsyncClient, issuer: str, client_id: str, secret: str, audience: str, *, time_out_seconds: float
) -> Granted:
    """A token of one's own for a service, by client credentials (RFC 6749, 4.4). Raises ``NoToken``."""
    try:
        address = await offered(client, issuer, "token_endpoint", time_out_seconds=time_out_seconds)
        asked = {"grant_type": "client_credentials", "audience": audience}
        answer = await client.post(
            address, data=asked, auth=(client_id, secret), timeout=time_out_seconds, follow_redirects=False
        )
        content = answer.raise_for_status().json()
        return Granted(str(content["access_token"]), float(content.get("expires_in", _LASTS_SECONDS)))
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as refused:
        why = str(refused) if isinstance(refused, NotAsAProvider) else type(refused).__name__
        raise NoToken(f"{issuer} gives no token for {audience}: {why}") from None
