import base64
import hmac
import io
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from relevo_chassis.given.logs import logger
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import (
    ALGORITHMS,
    Caller,
    IssuedTokens,
    Issuer,
    IssuerAway,
    IssuerKeys,
    NotAuthenticated,
)
from relevo_chassis.service.assembly import assembled
from relevo_testkit.callers import caller_with

ISSUER, AUDIENCE, NOW = "https://issuer.local/realm", "service-a", 1_568_246_400.0
ES = ECKey.generate_key("P-256", {"kid": "es", "use": "sig"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "ana",
    "iat": NOW - 10,
    "exp": NOW + 300,
    "roles": ["coordinator"],
}


class Wire:
    """An issuer on a fake wire, whose keys and availability a test changes."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.up = True
        self.asked: list[str] = []
        self.discovery = {"issuer": ISSUER, "jwks_uri": "https://issuer.local/jwks"}
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.seconds = 0.0

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if not self.up:
            raise httpx.ConnectError("away")
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json=self.discovery)
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})

    def tokens(self, keep_seconds: float = 600, **services: str) -> IssuedTokens:
        keys = IssuerKeys(self.client, ISSUER, keep_seconds=keep_seconds, monotonic=lambda: self.seconds)
        provider = Issuer(ISSUER, keys)
        return IssuedTokens([provider], audience=AUDIENCE, services=services, process_time=lambda: NOW)


@pytest.fixture
async def issuer() -> AsyncIterator[Wire]:
    made = Wire(ES, RSA, ED)
    yield made
    await made.client.aclose()


def token(key: Any = ES, alg: str = "ES256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    heading = {"alg": alg, "typ": "at+jwt", "kid": key.kid, **(header or {})}
    content = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    allowed = [alg, *ALGORITHMS]
    registry = JWSRegistry(algorithms=allowed, strict_check_header=False)
    return jwt.encode(heading, content, key, algorithms=allowed, registry=registry)


def _base64(part: str | bytes) -> str:
    raw = part.encode() if isinstance(part, str) else part
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("key", "alg"), [(ES, "ES256"), (RSA, "RS256"), (RSA, "PS256"), (ED, "Ed25519")], ids=lambda value: str(value)[:8]
)
async def test_a_valid_token_of_every_algorithm_names_its_caller(issuer: Wire, key: Any, alg: str) -> None:
    caller = await issuer.tokens().caller(token(key, alg))
    assert (caller.who.subject, caller.roles) == ("ana", frozenset({"coordinator"}))


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_the_older_name_of_ed25519_is_taken(issuer: Wire) -> None:
    assert (await issuer.tokens().caller(token(ED, "EdDSA"))).who.subject == "ana"


async def test_one_of_several_audiences_is_enough(issuer: Wire) -> None:
    assert (await issuer.tokens().caller(token(aud=["other", AUDIENCE]))).who.subject == "ana"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.local"},
        {"iss": None},
        {"iss": ISSUER + "/"},
        {"aud": "service-b"},
        {"aud": None},
        {"aud": []},
        {"aud": AUDIENCE.upper()},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"exp": NOW - 61},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**400},
        {"iat": NOW + 61},
        {"iat": None},
        {"nbf": NOW + 61},
        {"roles": "coordinator"},
        {"roles": [{"name": "coordinator"}]},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(issuer: Wire, claims: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        await issuer.tokens().caller(token(**claims))


async def test_a_minute_of_leeway_is_given_both_ways(issuer: Wire) -> None:
    assert (await issuer.tokens().caller(token(exp=NOW - 59, iat=NOW + 59, nbf=NOW + 59))).who.subject == "ana"


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "id+jwt"},
        {"typ": None},
        {"kid": None},
        {"kid": "unknown"},
        {"kid": "../../etc/passwd"},
        {"kid": "es' OR 1=1"},
        {"jku": "https://evil.local/jwks"},
        {"x5u": "https://evil.local/cert"},
        {"x5c": ["AAAA"]},
        {"jwk": ECKey.generate_key("P-256").as_dict(private=False)},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
    ],
    ids=lambda header: str(header)[:30],
)
async def test_a_token_with_a_wrong_header_is_refused_and_nothing_it_points_to_is_fetched(
    issuer: Wire, header: dict[str, Any]
) -> None:
    genuine = token()
    head = {"alg": "ES256", "typ": "at+jwt", "kid": "es", **header}
    encoded = _base64(json.dumps(head))
    with pytest.raises(NotAuthenticated):
        await issuer.tokens().caller(".".join([encoded, *genuine.split(".")[1:]]))
    assert not any("evil" in address for address in issuer.asked)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "HS256", "ES384", "RS1", None, ["ES256"]])
async def test_an_algorithm_off_the_list_is_refused(issuer: Wire, alg: Any) -> None:
    signed = f"{_base64(json.dumps({'alg': alg, 'typ': 'at+jwt', 'kid': 'es'}))}.{_base64(json.dumps(CLAIMS))}"
    for signature in ("", "AAAA"):
        with pytest.raises(NotAuthenticated):
            await issuer.tokens().caller(f"{signed}.{signature}")


async def test_the_public_key_does_not_serve_as_a_shared_secret(issuer: Wire) -> None:
    """HS/RS confusion, whatever the header calls it, and also when the issuer itself lists a symmetric key."""
    issuer.keys.append(OctKey.import_key("0123456789abcdef0123456789abcdef", {"kid": "oct"}))
    public: bytes = RSA.as_pem(private=False)
    for secret, kid in ((public, "rsa"), (public.strip(), "rsa"), (b"0123456789abcdef0123456789abcdef", "oct")):
        for alg in ("HS256", "RS256"):
            signed = ".".join(_base64(json.dumps(part)) for part in ({"alg": alg, "typ": "at+jwt", "kid": kid}, CLAIMS))
            forged = f"{signed}.{_base64(hmac.digest(secret, signed.encode(), 'sha256'))}"
            with pytest.raises(NotAuthenticated):
                await issuer.tokens().caller(forged)


@pytest.mark.parametrize(("kid", "alg"), [("rsa", "ES256"), ("es", "RS256"), ("ed", "ES256"), ("es", "Ed25519")])
async def test_a_key_of_another_type_than_the_algorithm_is_refused(issuer: Wire, kid: str, alg: str) -> None:
    signed = {"ES256": ES, "RS256": RSA, "Ed25519": ED}[alg]
    with pytest.raises(NotAuthenticated):
        await issuer.tokens().caller(token(signed, alg, {"kid": kid}))


async def test_a_key_bound_to_one_algorithm_serves_no_other() -> None:
    bound = RSAKey.import_key(RSA.as_dict(private=True), {"kid": "bound", "alg": "PS256"})
    issuer = Wire(bound)
    assert (await issuer.tokens().caller(token(RSA, "PS256", {"kid": "bound"}))).who.subject == "ana"
    with pytest.raises(NotAuthenticated):
        await issuer.tokens().caller(token(RSA, "RS256", {"kid": "bound"}))


async def test_every_changed_part_breaks_the_signature(issuer: Wire) -> None:
    tokens = issuer.tokens()
    head, body, signature = token().split(".")
    forged = {**CLAIMS, "roles": ["coordinator", "service"]}
    other = _base64(json.dumps(forged))
    stranger = token(ECKey.generate_key("P-256", {"kid": "es"}))
    for forgery in (f"{head}.{other}.{signature}", f"{head}.{body}.", f"{head}.{body}.{signature[:-4]}AAAA", stranger):
        with pytest.raises(NotAuthenticated):
            await tokens.caller(forgery)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "...", "a.b", "a.b.c.d.e", "é.é.é", "e30.e30.", "W10.e30.AA", "x" * 20_000]
)
async def test_what_is_no_token_is_refused(issuer: Wire, text: str) -> None:
    with pytest.raises(NotAuthenticated):
        await issuer.tokens().caller(text)


async def test_a_payload_however_deep_is_no_fault(issuer: Wire) -> None:
    head = _base64(json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": "es"}))
    for nested in ("[" * 3_000 + "]" * 3_000, '{"a":' * 1_500 + "1" + "}" * 1_500):
        signed = f"{head}.{_base64(nested)}"
        signature = JWSRegistry(algorithms=["ES256"]).get_alg("ES256").sign(signed.encode(), ES)
        with pytest.raises(NotAuthenticated):
            await issuer.tokens().caller(f"{signed}.{_base64(signature)}")


@pytest.mark.parametrize(
    ("subject", "roles", "service"),
    [
        ("intake", ["service"], "intake"),
        ("a1b2", ["service"], "certification"),
        ("certification", ["service"], None),
        ("intake", ["coordinator"], None),
    ],
)
async def test_a_service_is_known_by_the_subject_that_the_settings_give_it_or_else_by_its_name(
    issuer: Wire, subject: str, roles: list[str], service: str | None
) -> None:
    caller = await issuer.tokens(a1b2="certification").caller(token(sub=subject, roles=roles))
    assert caller.service == service


async def test_keys_are_fetched_once_and_again_for_an_unknown_one_at_most_every_thirty_seconds(issuer: Wire) -> None:
    tokens = issuer.tokens()
    new = ECKey.generate_key("P-256", {"kid": "new"})
    for _ in range(3):
        await tokens.caller(token())
    assert len(issuer.asked) == 2
    issuer.keys = [new]
    for _ in range(3):
        with pytest.raises(NotAuthenticated):
            await tokens.caller(token(new))
    assert len(issuer.asked) == 2
    issuer.seconds = 31
    assert (await tokens.caller(token(new))).who.subject == "ana"
    assert len(issuer.asked) == 4


async def test_a_key_that_the_issuer_withdrew_is_refused_after_half_the_keeping_time(issuer: Wire) -> None:
    tokens = issuer.tokens(keep_seconds=600)
    await tokens.caller(token())
    issuer.keys = [RSA]
    issuer.seconds = 301
    with pytest.raises(NotAuthenticated):
        await tokens.caller(token())


async def test_an_unreachable_issuer_is_served_from_memory_until_the_time_is_over_and_then_closed(
    issuer: Wire,
) -> None:
    tokens = issuer.tokens(keep_seconds=600)
    await tokens.caller(token())
    issuer.up = False
    issuer.seconds = 599
    assert (await tokens.caller(token())).who.subject == "ana"
    issuer.seconds = 601
    with pytest.raises(IssuerAway):
        await tokens.caller(token())
    issuer.up, issuer.seconds = True, 640
    assert (await tokens.caller(token())).who.subject == "ana"


async def test_a_key_that_cannot_be_read_does_not_take_the_others_with_it(issuer: Wire) -> None:
    broken = {"kty": "EC", "crv": "P-999", "x": "?", "y": 7, "kid": "broken"}
    issuer.keys = [SimpleNamespace(as_dict=lambda private: broken), ES]
    assert (await issuer.tokens().caller(token())).who.subject == "ana"


async def test_no_keys_at_all_is_closed(issuer: Wire) -> None:
    issuer.up = False
    with pytest.raises(IssuerAway):
        await issuer.tokens().caller(token())


@pytest.mark.parametrize(
    "wrong", [{"issuer": "https://evil.local"}, {"jwks_uri": "http://issuer.local/jwks"}, {"jwks_uri": 7}]
)
async def test_a_discovery_document_that_does_not_fit_is_not_believed(issuer: Wire, wrong: dict[str, Any]) -> None:
    issuer.discovery |= wrong
    with pytest.raises(IssuerAway):
        await issuer.tokens().caller(token())


router = Routes()


@router.get("/any")
async def any_caller(caller: Annotated[Caller, Depends(caller_with("coordinator"))]) -> str:
    return caller.who.subject


@router.get("/some")
async def some_callers(caller: Annotated[Caller, Depends(caller_with("reviewer", "service"))]) -> str:
    return caller.who.subject


@pytest.fixture
async def http(issuer: Wire) -> AsyncIterator[httpx.AsyncClient]:
    app = assembled(FastAPI(), [router], log=logger("test", "info", io.StringIO()), metrics=Metrics())
    app.state.shell = SimpleNamespace(tokens=issuer.tokens())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.local") as client:
        yield client


async def test_without_a_token_the_answer_says_how_to_authenticate(http: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer"}):
        response = await http.get("/any", headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.json()["type"] == "urn:relevo:problem:not-authenticated"


async def test_another_role_is_not_allowed(http: httpx.AsyncClient) -> None:
    bearer = {"Authorization": f"Bearer {token()}"}
    assert (await http.get("/any", headers=bearer)).json() == "ana"
    refused = await http.get("/some", headers=bearer)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:relevo:problem:not-allowed"
    reviewer = {"Authorization": f"Bearer {token(roles=['reviewer'])}"}
    assert (await http.get("/some", headers=reviewer)).status_code == 200


async def test_a_token_in_the_query_or_the_body_is_no_token(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/any?access_token={token()}")).status_code == 401


async def test_an_issuer_away_is_not_the_callers_fault(http: httpx.AsyncClient, issuer: Wire) -> None:
    issuer.up = False
    assert (await http.get("/any", headers={"Authorization": f"Bearer {token()}"})).status_code == 503


OTHER = "https://other.local"


async def test_two_issuers_may_call_two_people_by_one_subject() -> None:
    """And each may give the roles that are its own to give, whoever else's key it signs with."""
    provider, other = Wire(ES), Wire(ECKey.generate_key("P-256", {"kid": "es", "use": "sig"}))
    other.discovery = {"issuer": OTHER, "jwks_uri": f"{OTHER}/jwks"}
    keys = IssuerKeys(provider.client, ISSUER), IssuerKeys(other.client, OTHER)
    people = frozenset({"participant"})
    issuers = [Issuer(ISSUER, keys[0], others=people), Issuer(OTHER, keys[1], people)]
    tokens = IssuedTokens(issuers, audience=AUDIENCE, process_time=lambda: NOW)
    theirs: Any = other.keys[0]
    one = await tokens.caller(token())
    two = await tokens.caller(token(theirs, iss=OTHER, roles=["participant"]))
    assert (one.who.subject, two.who.subject) == ("ana", "ana")
    assert one.id == f"{ISSUER}|ana" != two.id == f"{OTHER}|ana"
    for forged in (
        token(theirs),
        token(iss=OTHER, roles=["participant"]),
        token(theirs, iss=OTHER, roles=["participant", "coordinator"]),
        token(theirs, iss=OTHER, roles=["coordinator"]),
        token(roles=["participant"]),
        token(roles=["coordinator", "participant"]),
        token(theirs, iss=OTHER, roles=["participant", "service"]),
        token(iss=f"{ISSUER}|{OTHER}"),
        token(iss=[ISSUER]),
    ):
        with pytest.raises(NotAuthenticated):
            await tokens.caller(forged)
    await provider.client.aclose()
    await other.client.aclose()
