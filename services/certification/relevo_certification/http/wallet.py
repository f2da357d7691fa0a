"""What wallets ask, whoever has one: OpenID for Verifiable Credential Issuance 1.0, with a pre-authorised code.

The credential is handed over as it is, bound to no key of the wallet's: no proof is asked for, and so no nonce. What is
refused is told in the standard's own codes. No caller but whoever has the codes, no cookies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Body, Depends, Path, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from relevo_certification.assets.pinned import CREDENTIALS_V2, OPEN_BADGES
from relevo_certification.commands.wallet import (
    DIGITS,
    THE_WALLET,
    ExchangeCode,
    HandOver,
    exchange_code,
    hand_over,
    offer_behind,
)
from relevo_certification.credential.text import OPEN_BADGE
from relevo_certification.domain.wallet import HANDED_OUT_FOR, NoSuchWalletOffer, NoWalletToken
from relevo_certification.http.callers import InOffice
from relevo_certification.http.downloads import UNLISTED
from relevo_certification.http.public import Allowed
from relevo_certification.http.public_invitations import FORM, fields
from relevo_certification.words import TEXTS
from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.languages import LANGUAGES
from relevo_chassis.languages.preference import Spoken, spoken_in

GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
CONFIGURATION = "open_badge"
_JSON = "application/json"
_TOKEN_FIELDS = {
    "type": "object",
    "properties": {each: {"type": "string"} for each in ("grant_type", "pre-authorized_code", "tx_code")},
    "required": ["grant_type", "pre-authorized_code", "tx_code"],
}
_EXAMPLE = {"grant_type": GRANT, "pre-authorized_code": "0123456789ABCDEFGHJKMNPQRS", "tx_code": "493536"}
_TOKEN_BODY = {"requestBody": {"required": True, "content": {FORM: {"schema": _TOKEN_FIELDS, "example": _EXAMPLE}}}}
Address = Annotated[str, Path(description="from the offer that a holder scans; whatever else stands here is unknown")]

router = Routes(tags=["wallets"])
_BEARER = HTTPBearer(
    scheme_name="wallet token",
    description="The access token that a wallet gets for the codes of an offer, as a Bearer token (RFC 6750).",
    auto_error=False,
)


@refuses(NoWalletToken)
async def wallet_token(header: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> str:
    """A dependency: what a wallet shows in place of a caller. Raises ``NoWalletToken``."""
    if header is None:
        raise NoWalletToken(error="invalid_token")
    return header.credentials


WalletToken = Annotated[str, Depends(wallet_token)]
_WANTED = {"credential_configuration_id": CONFIGURATION}
Asked = Annotated[dict[str, Any], Body(examples=[_WANTED], openapi_examples={CONFIGURATION: {"value": _WANTED}})]
"""What a wallet says of the credential that it asks for; what is not known here is passed over (8.2)."""


@router.get("/.well-known/openid-credential-issuer", response_class=JSONResponse)
async def read_credential_issuer(office: InOffice) -> Response:
    """What can be had by wallets, and where."""
    site = office.press.public_url
    return JSONResponse(
        {
            "credential_issuer": site,
            "credential_endpoint": f"{site}/wallet/credential",
            "credential_configurations_supported": {
                CONFIGURATION: {
                    "format": "ldp_vc",
                    "credential_signing_alg_values_supported": ["eddsa-rdfc-2022"],
                    "credential_definition": {"@context": [CREDENTIALS_V2, OPEN_BADGES], "type": OPEN_BADGE},
                    "credential_metadata": {
                        "display": [{"name": TEXTS[each].wallet.name, "locale": each} for each in LANGUAGES]
                    },
                }
            },
        }
    )


@router.get("/.well-known/oauth-authorization-server", response_class=JSONResponse)
async def read_authorization_server(office: InOffice) -> Response:
    """Where codes are exchanged for a token (RFC 8414)."""
    site = office.press.public_url
    return JSONResponse(
        {
            "issuer": site,
            "token_endpoint": f"{site}/wallet/token",
            "token_endpoint_auth_methods_supported": ["none"],
            "grant_types_supported": [GRANT],
            "pre-authorized_grant_anonymous_access_supported": True,
        }
    )


@router.get("/wallet/offers/{address}", dependencies=[Allowed], response_class=JSONResponse)
@refuses(NoSuchWalletOffer)
async def read_wallet_offer(address: Address, asking: InAsking, office: InOffice, language: Spoken) -> Response:
    """An offer that its holder made a moment ago, with the code that is exchanged for a token together with the
    transaction code on the holder's page."""
    secrets = await offer_behind(office, address, asking.shell.clock.now())
    if secrets is None:
        raise NoSuchWalletOffer()
    where = {"input_mode": "numeric", "length": DIGITS, "description": TEXTS[language].wallet.where}
    answer = JSONResponse(
        {
            "credential_issuer": office.press.public_url,
            "credential_configuration_ids": [CONFIGURATION],
            "grants": {GRANT: {"pre-authorized_code": secrets.code, "tx_code": where}},
        },
        headers=UNLISTED,
    )
    spoken_in(answer, language)
    return answer


@router.post(
    "/wallet/token",
    dependencies=[Allowed],
    response_class=JSONResponse,
    openapi_extra={**NOT_ONCE, **_TOKEN_BODY},
    responses=sends(_JSON, status=400),
)
async def exchange_wallet_code(
    form: Annotated[dict[str, str], Depends(fields)], asking: InAsking, office: InOffice
) -> Response:
    """A token for both codes, once; five wrong transaction codes end the offer."""
    if "grant_type" in form and form["grant_type"] != GRANT:
        return _refused("unsupported_grant_type")
    if not all(form.get(name) for name in _EXAMPLE):
        return _refused("invalid_request")
    command = ExchangeCode(form["pre-authorized_code"], form["tx_code"])
    token = await exchange_code(office, command, asking.asked(THE_WALLET))
    if token is None:
        return _refused("invalid_grant")
    seconds = int(HANDED_OUT_FOR.total_seconds())
    return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": seconds}, headers=UNLISTED)


@router.post(
    "/wallet/credential",
    dependencies=[Allowed],
    response_class=JSONResponse,
    openapi_extra=NOT_ONCE,
    responses=sends(_JSON, status=400),
)
async def hand_over_credential(body: Asked, token: WalletToken, asking: InAsking, office: InOffice) -> Response:
    """The credential that stands, for whoever has the token: again too, within its five minutes."""
    if (error := _wrong(body)) is not None:
        return _refused(error)
    papers = await hand_over(office, HandOver(token), asking.asked(THE_WALLET))
    if papers is None:
        raise NoWalletToken(error="invalid_token")
    content = '{"credentials":[{"credential":' + papers.credential + "}]}"
    return Response(content, media_type=_JSON, headers=UNLISTED)


def _wrong(body: Mapping[str, Any]) -> str | None:
    """What is wrong with a request, in the standard's codes (8.3.1.2)."""
    if "credential_response_encryption" in body:
        return "invalid_encryption_parameters"
    if "credential_identifier" in body:
        return "unknown_credential_identifier"
    wanted = body.get("credential_configuration_id")
    if not isinstance(wanted, str):
        return "invalid_credential_request"
    return None if wanted == CONFIGURATION else "unknown_credential_configuration"


def _refused(error: str) -> Response:
    """As OAuth has it (RFC 6749, 5.2), and the standard after it."""
    return JSONResponse({"error": error}, 400, UNLISTED)
