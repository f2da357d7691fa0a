"""The OpenID provider, as the portal asks it in the name of its staff: to say who somebody is, and for their tokens.

Authorization code with PKCE (RFC 7636), as a confidential client. Each access token is asked for one service, by its
``resource`` (RFC 8707) and, for providers that know no resources, by a scope of its name.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx

from relevo_chassis.http.provider import discovered, offer_of
from relevo_chassis.http.tokens import IssuerAway, IssuerKeys
from relevo_portal.services.asking import Away, Service, SessionOver
from relevo_portal.services.id_token import Asked, NotVerified, verified

StaffService = Service | Literal["portal"]
"""For whom a token of staff may be: the portal judges by one of its own who may see what."""
SERVICES: tuple[StaffService, ...] = ("portal", "intake", "scheduling", "multiplier_tracking", "certification")
_SCOPES = " ".join(("openid", "profile", *(f"relevo:{each}" for each in SERVICES)))
_TIME_OUT_SECONDS = 5.0
_LONGEST_SECONDS = 300


class NotLetIn(Exception):
    """The provider did not say who this is, or says it in a manner that is not to be believed; the text says which."""


class WayIn(NamedTuple):
    """What goes along to the provider, and comes back or is proven when the person does."""

    state: str
    nonce: str
    verifier: str


class SignedIn(NamedTuple):
    """Who the provider says it is, a token for the portal, and what further ones are given for."""

    subject: str
    name: str
    access_token: str
    refresh_token: str


class Renewed(NamedTuple):
    """A token for one service, and what the next is given for, where that changed."""

    access_token: str
    refresh_token: str | None


class OpenId:
    """One provider, and the portal's own client there. Everything here raises ``Away``."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        issuer: str,
        client: tuple[str, str],
        redirect: str,
        now: Callable[[], float],
        keys: IssuerKeys,
    ) -> None:
        self._http, self.issuer, self._redirect, self._now, self._keys = http, issuer, redirect, now, keys
        self._client_id = client[0]
        self._credentials = (quote_plus(client[0]), quote_plus(client[1]))  # RFC 6749, 2.3.1

    async def way_in(self, way: WayIn) -> str:
        """Where the browser is led to say who is in front of it."""
        digest = hashlib.sha256(way.verifier.encode()).digest()
        asked = {
            "client_id": self._client_id,
            "response_type": "code",
            "redirect_uri": self._redirect,
            "scope": _SCOPES,
            "state": way.state,
            "nonce": way.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        resources = [("resource", _resource(each)) for each in SERVICES]
        return _with_query(await self._offer("authorization_endpoint"), [*asked.items(), *resources])

    async def way_out(self, back: str) -> str | None:
        """Where the browser is led to sign out there too (OpenID Connect RP-Initiated Logout 1.0), without a token in
        its address; ``None`` where the provider offers no such place."""
        if (there := await self._offered("end_session_endpoint")) is None:
            return None
        return _with_query(there, [("client_id", self._client_id), ("post_logout_redirect_uri", back)])

    async def require_from_here(self, issuer: str | None) -> None:
        """That an answer is this provider's (RFC 9207): as it says, and it must say so where it always does.

        Raises ``NotLetIn``.
        """
        if issuer is not None and issuer != self.issuer:
            raise NotLetIn("the answer is of another issuer")
        if issuer is None and (await self._document()).get("authorization_response_iss_parameter_supported") is True:
            raise NotLetIn("the answer does not say of which issuer it is")

    async def trade(self, code: str, way: WayIn) -> SignedIn:
        """Trade the code for who it is, once. Raises ``NotLetIn``."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": way.verifier,
        }
        answer = await self._ask(form, "portal")
        if answer is None:
            raise NotLetIn("the provider does not take the code")
        try:
            access, refresh, id_token = (_text(answer, f"{each}_token") for each in ("access", "refresh", "id"))
            claims = await verified(
                id_token, self._keys, Asked(self.issuer, self._client_id, way.nonce, access), self._now()
            )
        except NotVerified as broken:
            raise NotLetIn(f"the id_token is not to be believed: {broken}") from broken
        except IssuerAway:
            raise Away() from None
        name = claims.get("name")
        return SignedIn(claims["sub"], name if isinstance(name, str) else "", access, refresh)

    async def renew(self, refresh_token: str, service: StaffService) -> Renewed:
        """Another token, for one service. Raises ``SessionOver`` when the provider gives none any more."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "scope": f"openid relevo:{service}"}
        answer = await self._ask(form, service)
        if answer is None:
            raise SessionOver()
        try:
            next_one = answer.get("refresh_token")
            return Renewed(_text(answer, "access_token"), next_one if isinstance(next_one, str) else None)
        except NotVerified:
            raise Away() from None

    async def revoke(self, refresh_token: str) -> None:
        """Have nothing given for it any more (RFC 7009), where the provider offers that."""
        if (there := await self._offered("revocation_endpoint")) is None:
            return
        form = {"token": refresh_token, "token_type_hint": "refresh_token"}
        try:
            await self._http.post(there, data=form, auth=self._credentials, timeout=_TIME_OUT_SECONDS)
        except httpx.HTTPError:
            raise Away() from None

    async def _ask(self, form: Mapping[str, str], service: StaffService) -> Mapping[str, Any] | None:
        """What the provider gives; ``None`` when it says that it gives nothing for this."""
        there = await self._offer("token_endpoint")
        asked = {**form, "resource": _resource(service)}
        try:
            answer = await self._http.post(
                there, data=asked, auth=self._credentials, timeout=_TIME_OUT_SECONDS, follow_redirects=False
            )
            content = answer.json()
        except (httpx.HTTPError, ValueError):
            raise Away() from None
        if answer.status_code == 400 and isinstance(content, dict) and content.get("error") == "invalid_grant":
            return None
        if answer.status_code != 200 or not isinstance(content, dict) or not _is_for(content, service):
            raise Away()
        return content

    async def _document(self) -> Mapping[str, Any]:
        try:
            return await discovered(self._http, self.issuer, time_out_seconds=_TIME_OUT_SECONDS)
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            raise Away() from None

    async def _offer(self, what: str) -> str:
        if (found := await self._offered(what)) is None:
            raise Away()
        return found

    async def _offered(self, what: str) -> str | None:
        """``None`` where the provider has no such place."""
        try:
            return offer_of(await self._document(), what)
        except KeyError:
            return None
        except ValueError:
            raise Away() from None


def _resource(service: StaffService) -> str:
    return f"urn:relevo:{service}"


def _with_query(address: str, asked: list[tuple[str, str]]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


def _text(answer: Mapping[str, Any], name: str) -> str:
    found = answer.get(name)
    if not isinstance(found, str) or not found:
        raise NotVerified(f"there is no {name}")
    return found


def _is_for(answer: Mapping[str, Any], service: StaffService) -> bool:
    """Whether the access token is for this service and no other, and for five minutes at most. It came from the
    provider itself, and the service verifies it; here nothing is sent on that opens more than was asked for."""
    try:
        payload = str(answer["access_token"]).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        lasts: float = claims["exp"] - claims["iat"]
        return claims["aud"] in (service, [service]) and lasts <= _LONGEST_SECONDS
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return False
