"""What some do on the portal's own pages, each with their own hands, where others use the services' routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from relevo_demo.api import Misbehaved
from relevo_demo.people import Person
from relevo_demo.portal.hands import File, Hands
from relevo_demo.questions import answers
from relevo_demo.story.cast import Application, Participant, Stage
from relevo_demo.week import PLAN

Somebody = Application | Participant


async def apply(stage: Stage, person: Person) -> Application:
    """From the call to the application that is sent; the browser is closed on the way, and the draft is still there."""
    hands = await stage.visitors.hands(person)
    await hands.open(f"/calls/{stage.call_id}")
    await hands.send()
    code = await hands.seen("output")
    stage.planted.update((code.lower(), re.sub(r"\W", "", code).lower()))
    await hands.open("/apply/again")
    await hands.send(last=code[-7:])
    *first, last = _written(person).items()
    for path, fields in first:
        await hands.open(path)
        await hands.send(**fields)
    await hands.forget()
    for path, fields in (last, ("/apply/5", {"consent": "yes"})):
        await _open(hands, code, path)
        await hands.send(**fields)
    if urlsplit(hands.here).path != "/apply/sent":
        raise Misbehaved(f"an application that was filled in on the portal's pages is not sent: {hands.here}")
    return Application(person, (await _mine(stage, code))["application_id"], code)


async def confirm(stage: Stage, one: Somebody) -> None:
    """Open the link of the letter, and press its button."""
    texts = [mail["text"] for mail in await stage.api.desk.mails(to=one.person.contact)]
    [link] = [found[0] for text in texts if (found := re.search(r"\S+/confirm/\S+", text))]
    stage.codes.add(link.rpartition("/")[2])
    hands = await stage.visitors.hands(one.person)
    await hands.follow(link)
    await hands.send()


async def write(stage: Stage, one: Somebody, text: str) -> None:
    await _send(stage, one, "/write", {"text": text, "language": one.person.language})


async def says(stage: Stage, one: Somebody, path: str) -> str:
    """What a page of theirs says."""
    return await _open(await stage.visitors.hands(one.person), one.receipt, path)


async def accept(stage: Stage, one: Application) -> str:
    """Say yes to the offer, after the page that asks first; the id of the participant."""
    await _send(stage, one, "/mine/yes", {})
    found = (await _mine(stage, one.receipt))["participant_id"]
    if found is None:
        raise Misbehaved(f"the seat that was accepted on the portal's page is not theirs, of {one.application_id}")
    return str(found)


async def state_needs(stage: Stage, one: Participant, needs: Mapping[str, Any]) -> None:
    fields = {name: text for name, text in needs.items() if isinstance(text, str)}
    ticked = {f"from_languages-{each}": each for each in needs["from_languages"]}
    await _send(stage, one, "/needs", {**fields, **ticked, "emergency_agreed": "yes"})


async def see_week(stage: Stage, one: Participant) -> None:
    """The programme, in the language of the page."""
    wanted = PLAN[1].topic[one.person.pages_in]
    if wanted not in await says(stage, one, "/week"):
        raise Misbehaved(f"the week on the portal does not show participant {one.participant_id} {wanted!r}")


async def plan(stage: Stage, one: Participant, planned: Mapping[str, str]) -> None:
    await _send(stage, one, "/days/plan", planned)


async def report(stage: Stage, one: Participant, content: Mapping[str, Any]) -> None:
    """Of the one session that was planned."""
    await _send(stage, one, "/days/report/1", {name: str(value) for name, value in content.items()})


async def send_picture(stage: Stage, one: Participant, png: bytes) -> None:
    file = File("board.png", "image/png", png)
    await _send(stage, one, "/days/pictures/1", {"picture": file, "affirmed": "yes"})


async def see_certificate(stage: Stage, one: Participant) -> str:
    """The link for strangers that stands on the page."""
    await says(stage, one, "/paper")
    return await (await stage.visitors.hands(one.person)).seen("#address")


def _written(person: Person) -> dict[str, dict[str, str]]:
    """What stands on which page of the application."""
    answered, form = answers(person), {name: str(value) for name, value in person.form().items()}
    boxes = {name: {f"{name}-{each}": each for each in getattr(person, name)} for name in ("groups", "themes")}
    pages = {
        "/apply/1": {name: form[name] for name in ("name", "country", "sex")} | boxes["groups"],
        "/apply/2": {name: form.get(name, "") for name in ("organisation", "experience")} | boxes["themes"],
        "/apply/3": {name: form[name] for name in ("motivation", "multiplier_idea")},
        "/apply/4": {
            "contact": person.contact,
            "letters": "all" if person.contact else "none",
            **{name: form[name] for name in ("language", "display")},
        },
    }
    if "network" in answered:
        pages["/apply/more/1"] = {"q-network": "yes" if answered["network"] else "no"}
    if answered.get("network"):
        heard = {f"q-heard-{each}": each for each in answered["heard"]}
        pages["/apply/more/2"] = {"q-in_network": answered["in_network"], **heard}
    return pages


async def _send(stage: Stage, one: Somebody, path: str, fields: Mapping[str, Any]) -> None:
    """Open a page of theirs, fill it in and send it."""
    hands = await stage.visitors.hands(one.person)
    await _open(hands, one.receipt, path)
    await hands.send(**fields)


async def _open(hands: Hands, code: str, path: str) -> str:
    """A page of one's own; whoever is not in enters the code."""
    text = await hands.open(path)
    if urlsplit(hands.here).path == path:
        return text
    await hands.open("/")
    await hands.send(code=code)
    return await hands.open(path)


async def _mine(stage: Stage, code: str) -> Any:
    return await stage.api.get("intake", "/me", token=await stage.api.came_in(code))
