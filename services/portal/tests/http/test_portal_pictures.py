"""Photographs of a session: added one at a time, each affirmed to show nobody, seen, and taken away again."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from relevo_chassis.languages import LANGUAGES
from relevo_portal.http.forms import MOST_FILE_BYTES, WITH_FILE_BYTES
from relevo_portal.words import TEXTS as FRAME
from relevo_portal.words.pictures import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import problem
    from tests.tracking import FakeTracking
else:
    from services.portal.tests.fake_services import problem
    from services.portal.tests.tracking import FakeTracking

HERE = "/days/pictures/1"
CANARY = "canario-zafiro"
JPEG = b"\xff\xd8\xff\xe0 a photograph"
PNG = b"\x89PNG\r\n\x1a\n a photograph"
WEBP = b"RIFF\x00\x00\x00\x00WEBP a photograph"
WORDS = TEXTS["es"]
PART = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'


async def add(house: Any, content: bytes | None = JPEG, known: dict[str, str] | None = None, **typed: str) -> Any:
    """Send the page's form with a file as a browser does, whatever the file is called and said to be."""
    fields = {**(known or await form_of(house)), "affirmed": "yes", **typed}
    name = CANARY.encode() if content is not None else b""
    parts = [PART % (each.encode(), b"", value.encode()) for each, value in fields.items()]
    body = b"".join([*parts, PART % (b"picture", b'; filename="%s"' % name, content or b""), b"--x--\r\n"])
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "text/html"}
    return await house.http.post(HERE, content=body, headers=headers)


async def form_of(house: Any) -> dict[str, str]:
    """The hidden fields of the form for another."""
    return {name: value for name, value in (await house.form(HERE)).items() if name != "picture"}


def removal(html: str) -> dict[str, str]:
    """The hidden fields of the first form that removes one."""
    form = html.partition(f"{HERE}/remove")[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_rule_26_the_page_says_in_every_language_what_is_taken_and_how_many_more(
    house: Any, days: FakeTracking, language: Any
) -> None:
    days.opened()
    days.picture(days.session())
    html, words = await house.page(f"{HERE}?lang={language}"), TEXTS[language]
    for text in (words.title, *words.points, words.affirmed, words.field.hint, words.left.format(count=3)):
        assert text in html
    assert words.item.format(number=1) in html
    assert words.link in await house.page(f"/days?lang={language}")


@pytest.mark.parametrize(("content", "media"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")])
async def test_rule_26_a_photograph_sent_twice_is_handed_on_once_with_its_affirmation_and_as_it_came(
    house: Any, days: FakeTracking, content: bytes, media: str
) -> None:
    days.opened()
    session_id = days.session("reported")["session_id"]
    form = await form_of(house)
    for _ in range(2):
        answer = await add(house, content, form)
        assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    assert days.done == [(f"commitment/sessions/{session_id}/pictures", (media, content))]
    html = await house.page(HERE)
    assert WORDS.left.format(count=3) in html
    assert CANARY not in html + house.stand.logged.getvalue()


@pytest.mark.parametrize(
    ("content", "typed", "at", "wrong"),
    [
        (JPEG, {"affirmed": ""}, "affirmed", "people"),
        (None, {}, "picture", "none"),
        (b"", {}, "picture", "none"),
        (b"%PDF-1.7", {}, "picture", "other"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {}, "picture", "other"),
        (b"\x00\x00\x00\x18ftypheic", {}, "picture", "other"),
        (b"RIFF\x00\x00\x00\x00WAVE", {}, "picture", "other"),
        (JPEG + b"\x00" * MOST_FILE_BYTES, {}, "picture", "large"),
    ],
)
async def test_rule_26_what_is_no_photograph_or_not_affirmed_goes_nowhere_and_it_is_told_what_to_do(
    house: Any, days: FakeTracking, content: bytes | None, typed: dict[str, str], at: str, wrong: Any
) -> None:
    days.opened()
    days.session()
    form = await form_of(house)
    answer = await add(house, content, form, **typed)
    html = unescape(answer.text)
    assert (answer.status_code, days.done) == (422, [])
    assert WORDS.faults[wrong] in html.partition(f'id="{at}-fault"')[2].partition("</p>")[0]
    assert f'href="#{at}"' in html
    assert form["once"] in html
    assert (await add(house, JPEG, form)).status_code == 303


async def test_a_photograph_of_the_largest_is_handed_on(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session()
    largest = JPEG.ljust(MOST_FILE_BYTES, b"\x00")
    assert (await add(house, largest)).status_code == 303
    assert days.done[0][1] == ("image/jpeg", largest)


async def test_rule_26_a_box_that_was_ticked_for_one_photograph_is_not_for_the_next(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    days.session()
    assert " checked" not in (await add(house, b"%PDF-1.7")).text
    await add(house)
    assert " checked" not in await house.page(HERE)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_body_that_is_too_large_is_not_read_and_told_of_in_words(
    house: Any, days: FakeTracking, language: Any
) -> None:
    days.opened()
    days.session()
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(WITH_FILE_BYTES + 1)}
    answer = await house.http.post(
        f"{HERE}?lang={language}", content=unread(), headers={**headers, "Accept": "text/html"}
    )
    assert answer.status_code == 413
    assert FRAME[language].problems["too_large"].more in unescape(answer.text)
    assert days.done == []


async def unread() -> Any:
    raise AssertionError("it was read")
    yield b""


async def test_a_field_that_the_service_refuses_is_told_where_it_is(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session()
    for name, where, at in (
        ("unusable-picture", "body", "picture"),
        ("people-are-seen", "query.shows_no_people", "affirmed"),
    ):
        days.refuses = problem(422, name, "Envíe una <captura>.", where)
        answer = await add(house)
        assert answer.status_code == 422
        fault = answer.text.partition(f'id="{at}-fault"')[2].partition("</p>")[0]
        assert "Envíe una &lt;captura&gt;." in fault


@pytest.mark.parametrize("name", ["too-many-pictures", "pictures-are-over", "participant-has-left"])
async def test_a_rule_that_does_not_allow_it_is_told_in_its_own_sentence(
    house: Any, days: FakeTracking, name: str
) -> None:
    days.opened()
    days.session()
    days.refuses = problem(409, name, "Quite una antes.")
    answer = await add(house)
    assert (answer.status_code, "Quite una antes." in answer.text, 'role="alert"' in answer.text) == (409, True, True)


async def test_another_photograph_under_the_key_of_the_last_is_not_taken_for_it(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session()
    form = await form_of(house)
    await add(house, JPEG, form)
    answer = await add(house, PNG, form)
    assert (answer.status_code, "Ya se usó." in answer.text) == (409, True)
    assert form["once"] not in answer.text
    assert (await add(house, PNG)).status_code == 303
    assert [content for _, (_, content) in days.done] == [JPEG, PNG]


async def test_while_so_many_are_re_encoded_it_is_told_to_choose_it_again_under_the_same_key(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    days.session()
    form = await form_of(house)
    days.refuses = problem(503, "encoder-is-busy")
    answer = await add(house, JPEG, form)
    assert (answer.status_code, WORDS.faults["away"] in unescape(answer.text)) == (503, True)
    assert form["once"] in answer.text
    days.refuses = None
    assert (await add(house, JPEG, form)).status_code == 303
    assert len(days.done) == 1


async def test_while_the_service_is_away_the_page_says_so(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session()
    form = await form_of(house)
    days.is_away = True
    for answer in (await add(house, JPEG, form), await house.get(HERE), await house.get(f"{HERE}/1")):
        assert (answer.status_code, FRAME["es"].problems["later"].title in unescape(answer.text)) == (503, True)


async def test_a_photograph_is_shown_to_pages_of_our_own_alone_and_kept_by_no_cache(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    session = days.session("reported")
    days.picture(session, JPEG)
    found = days.picture(session, PNG)
    html = await house.page(HERE)
    for place in (1, 2):
        assert f'<img src="{HERE}/{place}"' in html
    assert found["picture_id"] not in " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', html))
    answer = await house.get(f"{HERE}/2", **{"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    days.asked.clear()
    for site in ("cross-site", "same-site"):
        assert (await house.get(f"{HERE}/2", **{"Sec-Fetch-Site": site})).status_code == 403
    assert days.asked == []


async def test_no_photograph_is_opened_before_somebody_wants_to_see_it(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.picture(days.session())
    for path in ("/days", "/days/session/1", HERE):
        await house.get(path)
    assert days.asked
    assert not [each for each in days.asked if "/pictures" in each]


async def test_a_photograph_is_taken_away_once_and_there_is_room_for_another(house: Any, days: FakeTracking) -> None:
    days.opened()
    session = days.session("returned")
    kept = [days.picture(session)["picture_id"] for _ in range(4)]
    html = await house.page(HERE)
    assert WORDS.full in html
    assert 'name="affirmed"' not in html
    form = removal(html)
    for _ in range(2):
        answer = await house.post(f"{HERE}/remove", form)
        assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    assert days.done == [(f"commitment/sessions/{session['session_id']}/pictures/{kept[0]}/remove", None)]
    assert WORDS.left.format(count=1) in await house.page(HERE)


@pytest.mark.parametrize("changed", [{"picture": "../remove"}, {"picture": ""}, {"subject": "x"}, {"form": "x"}])
async def test_a_removal_that_is_not_as_it_was_shown_does_nothing(
    house: Any, days: FakeTracking, changed: dict[str, str]
) -> None:
    days.opened()
    days.picture(days.session())
    form = {**removal(await house.page(HERE)), **changed}
    assert (await house.post(f"{HERE}/remove", form)).status_code in (400, 403)
    assert days.done == []


async def test_what_was_removed_elsewhere_meanwhile_is_told(house: Any, days: FakeTracking) -> None:
    days.opened()
    session = days.session()
    days.picture(session)
    form = removal(await house.page(HERE))
    days.refuses = problem(404, "no-such-picture")
    assert (await house.post(f"{HERE}/remove", form)).status_code == 409
    session["pictures"].clear()
    assert (await house.get(f"{HERE}/1")).status_code == 404


async def test_rule_26_a_photograph_that_was_rejected_is_told_of_with_its_reason(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    session = days.session("reported")
    days.reject(session, days.picture(session), "se ven personas")
    html = await house.page(HERE)
    assert WORDS.rejected_because.format(because="se ven personas") in html
    assert WORDS.none in html


async def test_of_a_session_that_is_decided_on_none_are_taken(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session("verified")
    html = await house.page(HERE)
    assert WORDS.over in html
    assert 'type="file"' not in html
    assert HERE not in await house.page("/days")
    assert (await house.get("/days/pictures/2")).status_code == 404


async def test_when_the_session_is_over_nothing_is_read_of_a_photograph_and_the_way_leads_to_the_door(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    days.session()
    form = await form_of(house)
    house.later(minutes=11)
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "1000", "Accept": "text/html"}
    answer = await house.http.post(HERE, content=unread(), headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/left")
    assert (await add(house, JPEG, form)).headers["location"] == "/left"
    await house.enter()
    assert (await add(house)).status_code == 303
    assert len(days.done) == 1


@pytest.mark.parametrize(
    ("body", "boundary"),
    [
        (b"no parts", "; boundary=x"),
        (b"", ""),
        (PART % (b"picture", b"", JPEG) + b"--x--\r\n", ""),
        (PART % (b"picture", b"", b"text") + b"--x--\r\n", "; boundary=x"),
        (PART % (b"form", b'; filename="a"', b"x") + b"--x--\r\n", "; boundary=x"),
        (PART % (b"picture", b'; filename="a"', JPEG) * 2 + b"--x--\r\n", "; boundary=x"),
        (PART % (b"once", b"", b"x") * 2 + b"--x--\r\n", "; boundary=x"),
        (PART % (b"once", b"", b"x" * 20_000) + b"--x--\r\n", "; boundary=x"),
        (PART % (b"once", b"", b"\x00") + b"--x--\r\n", "; boundary=x"),
        (b"".join(PART % (b"f%d" % at, b"", b"") for at in range(60)) + b"--x--\r\n", "; boundary=x"),
        (b"--x\r\n" + b"A" * 5_000 + b": b\r\n\r\n", "; boundary=x"),
        (b"--x\r\n\r\nnameless\r\n--x--\r\n", "; boundary=x"),
    ],
)
async def test_a_form_that_is_not_sound_does_nothing(
    house: Any, days: FakeTracking, body: bytes, boundary: str
) -> None:
    days.opened()
    days.session()
    headers = {"Content-Type": f"multipart/form-data{boundary}", "Accept": "text/html"}
    answer: httpx.Response = await house.http.post(HERE, content=body, headers=headers)
    assert answer.status_code in (400, 403)
    assert days.done == []


@pytest.mark.parametrize("changed", [{"form": "x"}, {"form": ""}, {"subject": "../close"}, {"once": "1"}])
async def test_a_photograph_that_no_page_sent_goes_nowhere(
    house: Any, days: FakeTracking, changed: dict[str, str]
) -> None:
    days.opened()
    days.session()
    assert (await add(house, JPEG, None, **changed)).status_code in (400, 403)
    assert days.done == []


async def test_another_site_cannot_send_a_photograph(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session()
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Sec-Fetch-Site": "cross-site"}
    answer = await house.http.post(HERE, content=unread(), headers={**headers, "Content-Length": "1000"})
    assert answer.status_code == 403
