"""Three people from the call to a certificate, each in a browser: with script, without and without an address, and by
the keyboard alone; every page in another language than the one before."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import httpx
from playwright.async_api import Browser
from pymongo import MongoClient
from tests.journey.hands import Hands, Way, sitting
from tests.journey.staff import (
    CALL,
    CANARY,
    Json,
    Office,
    answered,
    certified,
    closed,
    commitments,
    open_call,
    paused_and_answered,
    returned,
    reviewed,
    selected,
    verification,
    verified,
    week_attended,
    week_published_and_moved,
    written_back,
)
from tests.journey.without_a_line import report_without_a_line

from relevo_chassis.languages import Language
from relevo_deploy.deployed import PORTAL
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.stack import Stack
from relevo_portal.store import SESSIONS
from relevo_portal.words import TEXTS
from relevo_portal.words.days import TEXTS as DAYS
from relevo_portal.words.week import TEXTS as WEEK
from relevo_testkit.waiting import until

WORD = "Ceiba junto al río"
ADDRESSES: dict[Way, str] = {"script": "ana@correo.example.org", "plain": "", "keyboard": "luz@correo.example.org"}
REPORT = {"held_on": "2020-01-18", "minutes": "240", "people": "10", "format": "in_person"}


@dataclass
class Somebody:
    """One of the three."""

    way: Way
    hands: Hands
    code: str = ""

    @property
    def address(self) -> str:
        return ADDRESSES[self.way]

    @property
    def name(self) -> str:
        return f"{CANARY} {self.way.title()}"

    async def come_in(self) -> str:
        await self.hands.open("/")
        return await self.hands.send(code=self.code)


def answers(who: Somebody) -> dict[str, dict[str, str]]:
    """What somebody writes on the pages of an application."""
    letters = "all" if who.address else "none"
    return {
        "1": {"name": who.name, "country": "GT", "sex": "female", "groups-indigenous": "indigenous"},
        "2": {"themes-environment": "environment", "experience": "Ocho años."},
        "3": {"motivation": "Cuidamos el agua."},
        "4": {
            "contact": who.address,
            "letters": letters,
            "language": "es",
            "display": "named",
        },
    }


async def each_does(people: Sequence[Somebody], act: Callable[[Somebody], Awaitable[None]]) -> None:
    await asyncio.gather(*map(act, people))


async def apply(who: Somebody) -> None:
    """From the call to the application that is sent, over a line that drops once."""
    hands, page = who.hands, who.hands.page
    await hands.open("/calls")
    await hands.press(f"main a[href^='/calls/{CALL}']")
    await hands.press("main form .button.main")
    who.code = (await page.inner_text("output")).strip()
    await hands.press("main a.button.main")
    await hands.send(last=who.code[-7:])
    for number, fields in answers(who).items():
        await hands.open(f"/apply/{number}")
        await (hands.send_over_a_line_that_drops(**fields) if number == "2" else hands.send(**fields))
        assert re.search(rf"/apply/{int(number) + 1}\b", page.url), page.url
    await page.context.clear_cookies()
    await who.come_in()
    await hands.open("/apply/5")
    await hands.send(consent="yes")
    assert "/apply/sent" in page.url


async def confirm(who: Somebody, desk: Desk) -> None:
    """The link of the letter leads to a button, and only that confirms."""
    [link] = await links_in(desk, who.address, "confirm")
    await who.hands.page.goto(link)
    await who.hands.press("form button")


async def links_in(desk: Desk, address: str, what: str) -> list[str]:
    """Addresses of one kind in somebody's letters, as soon as there is one."""
    found: list[str] = []

    async def written() -> bool:
        texts = [each["text"] for each in await desk.mails(address)]
        found[:] = [link for text in texts for link in re.findall(rf"\S+/{what}/\S+", text)]
        return bool(found)

    await until(written, 90)
    return found


async def lose_the_code(who: Somebody, desk: Desk) -> None:
    """Whoever chose a word gets another code by it, and the old one opens nothing."""
    hands, lost = who.hands, who.code
    await hands.open("/details/way")
    await hands.send(way="word", word=WORD)
    assert "/details/chosen" in hands.page.url
    await hands.press("header form button")
    await hands.open("/lost")
    await hands.send(contact=who.address, word=WORD.upper())
    [link] = await links_in(desk, who.address, "recover")
    await hands.page.goto(link)
    await hands.press("form button")
    who.code = (await hands.page.inner_text("output")).strip()
    await hands.open("/")
    assert TEXTS[hands.language].door.mistakes["unknown"] in await hands.send(code=lost)
    await hands.send(code=who.code)
    assert "/mine" in hands.page.url


async def correct_details(who: Somebody) -> None:
    await who.hands.open("/details")
    await who.hands.send(name=f"{who.name} Sur")
    assert "/details/saved" in who.hands.page.url


async def write_to_the_secretariat(who: Somebody) -> None:
    await who.hands.open("/write")
    await who.hands.send(text=f"{CANARY}: ¿puedo cambiar mi nombre?")


async def read_the_answer(who: Somebody) -> None:
    assert "sí, cuando quiera" in await who.hands.open("/write")


async def accept(who: Somebody) -> None:
    hands = who.hands
    assert TEXTS[await opened(hands, "/mine")].mine.standing["offered"].title in await hands.text()
    await hands.press("main a[href^='/mine/yes']")
    await hands.press("main form .button.main")
    assert TEXTS[hands.language].mine.standing["accepted"].title in await hands.text()


async def opened(hands: Hands, path: str) -> Language:
    """The language that the page is in."""
    await hands.open(path)
    return hands.language


async def state_needs(who: Somebody) -> None:
    """Dropped on the way and sent once more, as everything may be."""
    diet = f"{CANARY}: sin carne."
    await who.hands.open("/needs")
    await who.hands.send_over_a_line_that_drops(diet=diet, arrival_on="2019-12-08", passport_name=f"{CANARY} Luz")
    assert "/needs/saved" in who.hands.page.url
    await who.hands.open("/needs")
    assert await who.hands.page.input_value("[name=diet]") == diet


async def see_the_week(who: Somebody) -> None:
    text = await who.hands.open("/week")
    assert "15:00" in text, text
    assert WEEK[who.hands.language].programme.changes_title in text


async def plan_and_ask(who: Somebody) -> None:
    """A session planned, a pause asked for, a question to the experts."""
    hands = who.hands
    await hands.open("/days/plan")
    await hands.send(planned_on="2020-01-18", format="in_person")
    await hands.open("/days/ask")
    await hands.send(asked_for="pause", reason="illness", note=f"{CANARY}: dos semanas.")
    assert DAYS[hands.language].request.waits.title in await hands.text()
    await hands.open("/days/help")
    await hands.send(topic="contents", language="es", question=f"{CANARY}: ¿cómo empiezo?")


async def ask_further(who: Somebody) -> None:
    hands = who.hands
    await hands.open("/days/help/1")
    await hands.send(question=f"{CANARY}: ¿y después?")


async def close_the_question(who: Somebody) -> None:
    hands = who.hands
    assert "con un caso" in await hands.open("/days/help/1")
    await hands.press("main form[action*='/close'] button")
    text = await hands.open("/days/help/1")
    assert DAYS[hands.language].question.states["closed"].upper() in text.upper()


async def report(who: Somebody) -> None:
    """Sent over a line that drops once, or written where there is none; one report comes of it."""
    description = f"{CANARY}: derechos del río."
    if who.way == "script":
        await report_without_a_line(who.hands, REPORT, description)
    else:
        await who.hands.open("/days/report/1")
        await who.hands.send_over_a_line_that_drops(**REPORT, description=description)
    assert "/days/session/1" in who.hands.page.url


async def type_a_correction(who: Somebody) -> None:
    assert f"{CANARY}: ¿14?" in await who.hands.open("/days/correct/1")
    await who.hands.fill(people="14")


def sessions_are_over(stack: Stack) -> None:
    """What ten minutes of looking elsewhere do."""
    password = stack.place.secrets.password(PORTAL, "mongo.password")
    with MongoClient[Json](stack.place.mongo_url, username=PORTAL, password=password) as client:
        assert client[PORTAL][SESSIONS].delete_many({}).deleted_count


async def correct_the_report(who: Somebody) -> None:
    """What is sent when the session is over waits for whoever comes in with the code."""
    hands = who.hands
    text = await hands.press("main form .button.main")
    assert TEXTS[hands.language].door.notices["kept"].title in text
    await hands.send(code=who.code)
    assert "/days/correct/1" in hands.page.url
    assert await hands.page.input_value("[name=people]") == "14"
    await hands.press("main form .button.main")
    assert "/days/session/1" in hands.page.url


async def visible_name(office: Office, who: Somebody, links: set[str]) -> str | None:
    """What strangers read of the name who follow the link that stands on the person's page now, or one from before."""
    await who.hands.open("/paper")
    link = await who.hands.page.input_value("#address")
    links.add(link)
    found = {each: await verification(office, each) for each in links}
    assert {found[each]["status"] for each in links - {link}} <= {"superseded"}
    assert not any(found[each].get("holder") for each in links - {link})
    name: str | None = found[link].get("holder")
    return name


async def in_danger(who: Somebody, office: Office) -> None:
    """The button hides the name from strangers until it is over; then the person hides it."""
    hands, name = who.hands, f"{who.name} Sur"
    visible = partial(visible_name, office, who, set())
    assert await visible() == name
    await hands.press(".danger button")
    await office.until(visible, lambda seen: seen is None)
    await hands.open("/danger")
    await hands.press("main form[action*='/danger/over'] button")
    await office.until(visible, lambda seen: seen == name)
    await hands.open("/paper/view")
    await hands.press("main a[href^='/paper/view/closed']")
    await hands.press("main form .button.main")
    await office.until(visible, lambda seen: seen is None)


async def walked(office: Office, browser: Browser, first: Language) -> Sequence[Somebody]:
    """The three, at the end of their way; ``first`` is the language of the first page."""
    site = f"http://localhost:{office.stack.ports[PORTAL]}"
    await open_call(office)
    async with (
        sitting(browser, site, "script", first) as ana,
        sitting(browser, site, "plain", first) as eva,
        sitting(browser, site, "keyboard", first) as luz,
    ):
        people = [Somebody(each.way, each) for each in (ana, eva, luz)]
        await _until_the_week(office, people)
        await _until_the_certificate(office, people)
    assert {title for each in people for title in each.hands.titles} == {"Relevo"}
    assert not [at for each in people for at in each.hands.addresses if CANARY in at or each.code in at]
    return people


async def _until_the_week(office: Office, people: Sequence[Somebody]) -> None:
    await each_does(people, apply)
    await each_does([each for each in people if each.address], partial(confirm, desk=office.desk))
    await each_does(people, correct_details)
    await each_does(people, write_to_the_secretariat)
    await written_back(office)
    await lose_the_code(people[0], office.desk)
    await each_does(people, read_the_answer)
    await office.desk.move_clock(datetime(2019, 9, 27, 5, tzinfo=UTC))
    await closed(office)
    await reviewed(office)
    await selected(office)
    await each_does(people, accept)
    await each_does(people, state_needs)
    path, sessions = await week_published_and_moved(office)
    await office.until(lambda: office.get("scheduling", path), lambda seen: seen["participants"] == len(people))
    await each_does(people, see_the_week)
    await office.desk.move_clock(datetime(2019, 12, 14, tzinfo=UTC))
    await week_attended(office, path, sessions)
    await office.until(lambda: commitments(office), lambda seen: [each["state"] for each in seen] == ["open"] * 3)


async def _until_the_certificate(office: Office, people: Sequence[Somebody]) -> None:
    await each_does(people, plan_and_ask)
    await paused_and_answered(office)
    await each_does(people, ask_further)
    await answered(office)
    await each_does(people, close_the_question)
    await office.desk.move_clock(datetime(2020, 1, 20, tzinfo=UTC))
    await each_does(people, report)
    await returned(office)
    await each_does(people, type_a_correction)
    await asyncio.to_thread(sessions_are_over, office.stack)
    await each_does(people, correct_the_report)
    await verified(office)
    await certified(office, len(people))
    await each_does(people, partial(in_danger, office=office))


async def dead_links(office: Office) -> list[str]:
    """Of all letters that were sent: what leads nowhere, but for what works once and was used."""
    texts = [each["text"] for each in await office.desk.mails()]
    links = {link for text in texts for link in re.findall(r"https?://\S+", text)}
    lasting = sorted(each for each in links if not re.search("/(confirm|recover)/", each))
    async with httpx.AsyncClient(follow_redirects=True, headers={"Accept": "text/html"}) as http:
        return [each for each in lasting if (await http.get(each)).status_code != 200]
