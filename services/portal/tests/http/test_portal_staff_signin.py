"""Staff come in at the provider: once, in the browser that went, and nobody by another's sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from relevo_chassis.http.allowance import Allowance
from relevo_portal.equipment import TooManySignIns
from relevo_portal.store.staff import SIGN_INS, STAFF_SESSIONS
from relevo_portal.words.staff import TEXTS, StaffMistake

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.provider import CLIENT, ISSUER, FakeProvider, by_another_key, by_public_key, come_in, serve, unsigned
else:
    from services.portal.tests.provider import (
        CLIENT,
        ISSUER,
        FakeProvider,
        by_another_key,
        by_public_key,
        come_in,
        serve,
        unsigned,
    )

WORDS = TEXTS["es"]


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest_asyncio.fixture
async def house(tmp_path: Path, portal_settings: Any, portal_housed: Any, provider: FakeProvider) -> AsyncIterator[Any]:
    secret = tmp_path / "client.secret"
    secret.write_text(CLIENT[1])
    secret.chmod(0o600)
    client = {"oidc_client_id": CLIENT[0], "oidc_client_secret_file": secret}
    async with portal_housed(portal_settings(oidc_issuer=ISSUER, **client)) as made:
        serve(made, provider)
        yield made


def kept(house: Any, collection: str) -> dict[str, Any]:
    rows: dict[str, Any] = house.stand.store.collections.get(collection, {})
    return rows


async def refused(house: Any, path: str, mistake: StaffMistake, status: int) -> None:
    """Nobody is in by what a browser brought back."""
    answer = await house.get(path)
    assert (answer.status_code, WORDS.mistakes[mistake].title in answer.text) == (status, True)
    assert kept(house, STAFF_SESSIONS) == {}


async def test_staff_come_in_and_see_who_they_are_and_as_what(house: Any, provider: FakeProvider) -> None:
    assert WORDS.door.title in await house.page("/staff")
    entered = await come_in(house, provider)
    assert (entered.status_code, entered.headers["location"]) == (303, "/staff/home")
    page = await house.page("/staff/home")
    assert "Ana Ejemplo" in page
    assert WORDS.role_names["coordinator"] in page
    assert (await house.get("/staff")).headers["location"] == "/staff/home"


async def test_what_goes_to_the_provider_proves_the_way_back_and_asks_for_one_token_a_service(
    house: Any, provider: FakeProvider
) -> None:
    led = (await house.get("/staff/in")).headers["location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(led).query).items()}
    assert led.startswith(f"{ISSUER}/authorization?")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert min(len(asked[each]) for each in ("state", "nonce", "code_challenge")) >= 43
    assert asked["redirect_uri"] == "http://localhost:8105/staff/back"
    assert provider.resources(led) == [
        f"urn:relevo:{each}" for each in ("portal", "intake", "scheduling", "multiplier_tracking", "certification")
    ]
    other = (await house.get("/staff/in")).headers["location"]
    again = parse_qs(urlsplit(other).query)
    assert all(again[each][0] != asked[each] for each in ("state", "nonce", "code_challenge"))


async def test_a_session_is_a_cookie_for_no_script_and_nothing_of_it_lies_readable_in_the_store(
    house: Any, provider: FakeProvider
) -> None:
    entered = await come_in(house, provider)
    cookie = next(each for each in entered.headers.get_list("set-cookie") if each.startswith("staff="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {each.strip() for each in cookie.split(";")}
    assert "Max-Age" not in cookie
    everything = repr(kept(house, STAFF_SESSIONS)) + entered.text + str(entered.headers) + house.stand.logged.getvalue()
    assert "Ana" not in everything
    assert "refresh-" not in everything
    assert "eyJ" not in everything + (await house.get("/staff/home")).text
    assert kept(house, SIGN_INS) == {}


async def test_over_tls_its_cookies_are_for_this_host_alone(
    tmp_path: Path, portal_settings: Any, portal_housed: Any, provider: FakeProvider, house: Any
) -> None:
    settings = house.stand.app.state.shell.settings.model_copy(update={"public_url": "https://course.example.org"})
    async with portal_housed(settings) as over_tls:
        serve(over_tls, provider)
        led = await over_tls.get("/staff/in")
        assert led.headers["set-cookie"].startswith("__Host-signin=")
        assert "; Secure" in led.headers["set-cookie"]


@pytest.mark.parametrize(
    "changed",
    [
        ("state=", "state=x"),
        (f"iss={ISSUER}", "iss=http://evil.local"),
        (f"&iss={ISSUER}", ""),
        ("code=", "code=x"),
        ("code=", "error=access_denied&was="),
    ],
    ids=["state", "mix-up", "no issuer", "another code", "error"],
)
async def test_what_comes_back_otherwise_than_it_went_lets_nobody_in(
    house: Any, provider: FakeProvider, changed: tuple[str, str]
) -> None:
    back = provider.lets_in((await house.get("/staff/in")).headers["location"])
    await refused(house, back.replace(*changed), "refused", 403)
    await refused(house, back, "begin_again", 400)


async def test_what_reads_in_two_ways_is_not_looked_at(house: Any, provider: FakeProvider) -> None:
    back = provider.lets_in((await house.get("/staff/in")).headers["location"])
    assert (await house.get(back.replace("&state=", "&state=twice&state="))).status_code == 400
    assert kept(house, STAFF_SESSIONS) == {}


async def test_who_is_not_let_in_is_told_so_in_the_language_in_which_they_went(
    house: Any, provider: FakeProvider
) -> None:
    provider.roles = ()
    back = provider.lets_in((await house.get("/staff/in?lang=fr")).headers["location"])
    assert TEXTS["fr"].mistakes["no_role"].title in (await house.get(back)).text


async def test_a_way_back_is_for_once(house: Any, provider: FakeProvider) -> None:
    back = provider.lets_in((await house.get("/staff/in")).headers["location"])
    assert (await house.get(back)).status_code == 303
    before = dict(kept(house, STAFF_SESSIONS))
    assert (await house.get(back)).status_code == 400
    assert kept(house, STAFF_SESSIONS) == before


async def test_nobody_is_signed_in_as_somebody_else_by_a_link_of_theirs(house: Any, provider: FakeProvider) -> None:
    """Login CSRF, and an injected code: what one browser began is of no use in another."""
    theirs = provider.lets_in((await house.get("/staff/in")).headers["location"])
    house.http.cookies.clear()
    await refused(house, theirs, "begin_again", 400)
    mine = provider.lets_in((await house.get("/staff/in")).headers["location"])
    code = parse_qs(urlsplit(theirs).query)["code"][0]
    own = parse_qs(urlsplit(mine).query)["code"][0]
    await refused(house, mine.replace(own, code), "refused", 403)


async def test_a_sign_in_is_over_after_ten_minutes(house: Any, provider: FakeProvider) -> None:
    back = provider.lets_in((await house.get("/staff/in")).headers["location"])
    house.later(minutes=10)
    await refused(house, back, "begin_again", 400)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://evil.local"},
        {"aud": "another-client"},
        {"aud": [CLIENT[0], "another"], "azp": None},
        {"azp": "another-client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"iat": 10**11},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"sub": ""},
        {"sub": "somebody-else"},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_of_this_sign_in_lets_nobody_in(
    house: Any, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    without = {name for name, value in claims.items() if value is None}
    provider.id_claims = lambda usual: {
        name: value for name, value in {**usual, **claims}.items() if name not in without
    }
    await refused(house, provider.lets_in((await house.get("/staff/in")).headers["location"]), "refused", 403)


@pytest.mark.parametrize("signs", [unsigned, by_public_key, by_another_key])
async def test_an_id_token_that_the_provider_did_not_sign_lets_nobody_in(
    house: Any, provider: FakeProvider, signs: Any
) -> None:
    provider.signs = signs
    await refused(house, provider.lets_in((await house.get("/staff/in")).headers["location"]), "refused", 403)


@pytest.mark.parametrize(
    "claims", [{"aud": "intake"}, {"aud": ["portal", "intake"]}, {"exp": 10**10}, {"aud": None}], ids=str
)
async def test_an_access_token_for_more_than_was_asked_is_not_taken(
    house: Any, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    provider.access_claims = lambda usual: {**usual, **claims}
    await refused(house, provider.lets_in((await house.get("/staff/in")).headers["location"]), "away", 503)


async def test_whoever_has_no_part_in_the_course_is_told_so_and_is_not_in(house: Any, provider: FakeProvider) -> None:
    provider.roles = ("applicant", "something")
    await refused(house, provider.lets_in((await house.get("/staff/in")).headers["location"]), "no_role", 403)
    assert provider.revoked == ["refresh-2"]


@pytest.mark.parametrize(
    "to", ["https://evil.test", "//evil.test", "/\\evil.test", "home", "/calls", "%0d%0aSet-Cookie:x"]
)
async def test_a_sign_in_leads_to_places_of_our_own_alone(house: Any, provider: FakeProvider, to: str) -> None:
    entered = await come_in(house, provider, f"/staff/in?to={to}&lang=pt")
    assert entered.headers["location"] == "/staff/home?lang=pt"


async def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(
    house: Any, provider: FakeProvider
) -> None:
    await come_in(house, provider)
    planted = house.http.cookies["staff"]
    await come_in(house, provider)
    assert house.http.cookies["staff"] != planted
    house.http.cookies.clear()
    house.http.cookies.set("staff", planted)
    assert (await house.get("/staff/home")).headers["location"] == "/staff/over"


async def test_no_session_of_one_kind_opens_a_page_of_the_other(house: Any, provider: FakeProvider) -> None:
    house.intake.applied()
    await house.enter()
    applicants = house.http.cookies["session"]
    await come_in(house, provider)
    staffs = house.http.cookies["staff"]
    house.http.cookies.clear()
    house.http.cookies.set("staff", applicants)
    assert (await house.get("/staff/home")).headers["location"] == "/staff/over"
    house.http.cookies.clear()
    house.http.cookies.set("session", staffs)
    assert (await house.get("/mine")).headers["location"] == "/left"
    house.http.cookies.clear()
    house.http.cookies.set("session", applicants)
    assert (await house.get("/staff/home")).headers["location"] == "/staff/over"


async def test_while_the_provider_is_away_the_door_says_so_and_whoever_is_in_goes_on_for_some_minutes(
    house: Any, provider: FakeProvider
) -> None:
    await come_in(house, provider)
    provider.is_away = True
    house.later(minutes=3, seconds=59)
    assert (await house.get("/staff/home")).status_code == 200
    house.later(seconds=1)
    assert (await house.get("/staff/home")).status_code == 503
    answer = await house.get("/staff/in")
    assert (answer.status_code, WORDS.mistakes["away"].title in answer.text) == (503, True)
    provider.is_away = False
    assert (await house.get("/staff/home")).status_code == 200


async def test_an_account_that_was_disabled_is_out_within_six_minutes(house: Any, provider: FakeProvider) -> None:
    await come_in(house, provider)
    provider.is_disabled = True
    house.later(minutes=4)
    assert (await house.get("/staff/home")).headers["location"] == "/staff/over"
    assert kept(house, STAFF_SESSIONS) == {}


async def test_roles_are_those_of_the_last_token(house: Any, provider: FakeProvider) -> None:
    await come_in(house, provider)
    provider.roles = ("auditor",)
    house.later(minutes=4)
    page = await house.page("/staff/home")
    assert WORDS.role_names["auditor"] in page
    assert WORDS.role_names["coordinator"] not in page


async def test_refresh_tokens_that_are_good_for_once_are_followed(house: Any, provider: FakeProvider) -> None:
    provider.rotates = True
    await come_in(house, provider)
    for _ in range(3):
        house.later(minutes=4)
        assert (await house.get("/staff/home")).status_code == 200
    sent = [form["refresh_token"] for form in provider.asked if "refresh_token" in form]
    assert len(set(sent)) == 3


@pytest.mark.parametrize(("times", "minutes", "goes_on"), [(1, 15, False), (40, 12, False), (1, 14, True)])
async def test_a_session_ends_after_fifteen_idle_minutes_and_after_eight_hours(
    house: Any, provider: FakeProvider, times: int, minutes: int, goes_on: bool
) -> None:
    await come_in(house, provider)
    statuses = list[int]()
    for _ in range(times):
        house.later(minutes=minutes)
        statuses.append((await house.get("/staff/home")).status_code)
    assert statuses[-1] == (200 if goes_on else 303)
    assert statuses[:38] == [200] * min(times - 1, 38) + ([] if times > 1 else [statuses[-1]])


async def test_signing_out_ends_it_here_and_leads_on_to_sign_out_there(house: Any, provider: FakeProvider) -> None:
    await come_in(house, provider)
    form = await house.form("/staff/home")
    assert (await house.post("/staff/out", {"form": "x"})).status_code == 403
    assert (await house.post("/staff/out", form)).headers["location"] == "/staff/out"
    assert kept(house, STAFF_SESSIONS) == {}
    assert provider.revoked == ["refresh-2"]
    answer = await house.get("/staff/out")
    there = f"{ISSUER}/end?client_id={CLIENT[0]}&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8105%2Fstaff%2Fleft"
    assert answer.headers["refresh"] == f"0; url={there}"
    assert "token" not in there
    assert WORDS.notices["left"].title in await house.page("/staff/left")


async def test_signing_out_is_done_while_the_provider_is_away(house: Any, provider: FakeProvider) -> None:
    await come_in(house, provider)
    form = await house.form("/staff/home")
    provider.is_away = True
    await house.post("/staff/out", form)
    assert kept(house, STAFF_SESSIONS) == {}
    assert (await house.get("/staff/out")).headers["location"] == "/staff/left"


async def test_leaving_at_once_ends_a_session_of_staff_too(house: Any, provider: FakeProvider) -> None:
    await come_in(house, provider)
    await house.get("/away")
    assert kept(house, STAFF_SESSIONS) == {}


async def test_whoever_begins_many_sign_ins_has_to_wait(house: Any) -> None:
    equipment = house.stand.app.state.shell.equipment
    few = Allowance(2, TooManySignIns, monotonic=lambda: 0.0)
    house.equipped(staff=replace(equipment.staff, begun=few))
    assert [(await house.get("/staff/in")).status_code for _ in range(3)] == [303, 303, 429]
    assert len(kept(house, SIGN_INS)) == 2


async def test_without_a_client_at_the_provider_there_is_no_way_in_and_the_door_says_so(
    portal_settings: Any, portal_housed: Any
) -> None:
    async with portal_housed(portal_settings()) as without:
        for path in ("/staff", "/staff/in", "/staff/back?code=1&state=2"):
            answer = await without.get(path)
            assert (answer.status_code, WORDS.mistakes["none"].title in answer.text) == (503, True)
        assert (await without.get("/staff/home")).headers["location"] == "/staff/over"
        assert (await without.get("/staff/out")).headers["location"] == "/staff/left"
