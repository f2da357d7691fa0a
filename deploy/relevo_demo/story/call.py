"""The call: opened, kept open longer, applied for in four languages, put right, confirmed, closed (rules 1, 24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from relevo_demo.api import Misbehaved, together, until
from relevo_demo.people import Person
from relevo_demo.questions import QUESTIONS, answers
from relevo_demo.story import on_pages
from relevo_demo.story.applicants import Cast, Link, Story, cast_of
from relevo_demo.story.cast import Application, Stage
from relevo_demo.story.details import code_sent, correct_name, give_other_address, letters_to, press, withdraw
from relevo_demo.story.parts import moved
from relevo_demo.story.writing import write_and_need_no_answer, write_to_secretariat

QUOTAS = (
    {"attribute": "priority_country", "percent": 50},
    {"attribute": "women", "percent": 50},
    {"attribute": "indigenous", "percent": 15},
    {"attribute": "african_descent", "percent": 10},
    {"attribute": "lgbti", "percent": 10},
    {"attribute": "theme", "percent": 30, "themes": ["environment", "land_rights", "indigenous_rights"]},
)
RUBRIC = (
    {"code": "experience", "weight": 35, "max_score": 100},
    {"code": "motivation", "weight": 30, "max_score": 100},
    {"code": "multiplier_idea", "weight": 35, "max_score": 100},
)
"""Scored so finely that hardly any tie is left to be broken by ids, which differ from run to run."""
WAVES = 8
EXTENDED_IN_WAVE = 5


@dataclass(frozen=True)
class Applied:
    """What the call leaves: the applications by number, and what befell some of them."""

    applications: Mapping[int, Application]
    cast: Cast
    confirmed: int
    decided: int

    @property
    def counting(self) -> list[Application]:
        """Those that count when the call is over, in the order of their numbers."""
        gone = {*self.cast.withdrawn, *(_superseded(link) for link in self.cast.links)}
        return [each for number, each in sorted(self.applications.items()) if number not in gone]


async def hold_call(stage: Stage, count: int) -> Applied:
    """From the opening of the call to the day when it is clear which applications count."""
    cast = cast_of(count, stage.seed)
    await _open(stage)
    submitted = await _applications(stage, cast)
    with stage.progress.phase("put right, confirmed, let in late, closed", 6) as advance:
        await _put_right(stage, cast, submitted)
        advance()
        await write_and_need_no_answer(stage, submitted[cast.in_part("addressless").number])
        await on_pages.confirm(stage, submitted[cast.turned_away])
        await write_to_secretariat(stage, submitted[cast.turned_away])
        advance()
        confirmed = await _confirm(stage, cast, submitted)
        advance()
        for number in cast.withdrawn:
            await withdraw(stage, submitted[number])
        advance()
        submitted[count - 1] = await _late(stage, cast.people[-1])
        advance()
        decided = await _decide(stage, cast, submitted)
    stage.done("without_address", len(cast.addressless))
    return Applied(submitted, cast, confirmed, decided)


async def _open(stage: Stage) -> None:
    edition = stage.edition
    body = {
        "call_id": stage.call_id,
        "edition_id": stage.edition_id,
        "titles": edition.titles,
        "opens_at": edition.opens_at.isoformat(),
        "closes_at": edition.closes_first_at.isoformat(),
        "requirements": {"held_together": True},
        "seats": edition.seats_announced,
        "travel_grants": 7,
        "criteria": {"rubric": list(RUBRIC), "quotas": list(QUOTAS), "country_cap": edition.country_cap},
        "questions": list(QUESTIONS),
    }
    await stage.api.post("intake", "/calls", body, token=await stage.coordinator())


async def _applications(stage: Stage, cast: Cast) -> dict[int, Application]:
    """Those that come in time, over the weeks in which the call is open."""
    in_time, edition = cast.people[:-1], stage.edition
    size = -(-len(in_time) // WAVES)
    span = (edition.closes_at - edition.opens_at) / WAVES
    submitted: dict[int, Application] = {}
    with stage.progress.phase("applications in four languages", len(in_time)) as advance:
        for wave in range(WAVES):
            await stage.at(edition.opens_at + span * wave + timedelta(minutes=5))
            if wave == EXTENDED_IN_WAVE:
                await _extend(stage)
            batch = in_time[wave * size : (wave + 1) * size]
            for one in await together(batch, lambda person: _apply(stage, cast, person), advance):
                submitted[one.person.number] = one
    return submitted


async def _extend(stage: Stage) -> None:
    """Two days before its close, so that applications go on beyond it; everybody sees until when."""
    path, closes_at = f"/calls/{stage.call_id}", stage.edition.closes_at
    tag = (await stage.api.call("GET", "intake", path)).headers["etag"]
    body = {"closes_at": closes_at.isoformat()}
    await stage.api.call("POST", "intake", f"{path}/extend", body, token=await stage.coordinator(), if_match=tag)
    seen = await stage.api.get("intake", path)
    if datetime.fromisoformat(seen["closes_at"]) != closes_at:
        raise Misbehaved(f"call {stage.call_id} says that it closes at {seen['closes_at']}")
    stage.done("call_extended")


async def _apply(stage: Stage, cast: Cast, person: Person) -> Application:
    if person.way:
        return await on_pages.apply(stage, person)
    return await (_by_draft if person.number in cast.drafted else _submit)(stage, person)


async def _submit(stage: Stage, person: Person, late_code: str | None = None) -> Application:
    body = {**person.form(), "answers": answers(person), **({"late_code": late_code} if late_code else {})}
    receipt = await stage.api.post("intake", f"/calls/{stage.call_id}/applications", body)
    return Application(person, receipt["application_id"], receipt["receipt_code"])


async def _by_draft(stage: Stage, person: Person) -> Application:
    """Begun, come back to, submitted: three visits."""
    api, form = stage.api, {**person.form(), "answers": answers(person)}
    del form["consent"]
    begun = {name: form[name] for name in ("language", "country", "motivation")}
    draft = await api.post("intake", f"/calls/{stage.call_id}/drafts", begun)
    path, code = f"/drafts/{draft['draft_id']}", draft["receipt_code"]
    seen = await api.call("GET", "intake", path, receipt=code)
    await api.call("PUT", "intake", path, form, receipt=code, if_match=seen.headers["etag"])
    sent = await api.post("intake", f"{path}/submit", {"consent": True}, receipt=code)
    return Application(person, sent["application_id"], sent.get("receipt_code") or code)


async def _put_right(stage: Stage, cast: Cast, submitted: Mapping[int, Application]) -> None:
    """One corrects the own name; one notices that letters do not come, and gives another address; others do not."""
    misspelt, mistyped = submitted[cast.in_part("misspelt").number], submitted[cast.mistyped]
    await correct_name(stage, misspelt, misspelt.person.called)
    unreached = {submitted[number].application_id for number in cast.refused}
    await until("the letters that came back", lambda: _came_back(stage, unreached))
    stage.done("mail_refused", len(unreached))
    own = await stage.api.get("intake", f"/applications/{mistyped.application_id}", receipt=mistyped.receipt)
    if own["letters"] != "failing":
        raise Misbehaved(f"application {mistyped.application_id} is not told that its letters do not arrive (rule 20)")
    await give_other_address(stage, mistyped)
    await until("a letter at the other address", lambda: letters_to(stage, moved(mistyped.person)))
    stage.done("reached_again")
    stage.done("corrected_before_close", 2)


async def _came_back(stage: Stage, unreached: set[str]) -> bool:
    """Whether a coordinator sees that letters to all of them were refused."""
    listed = stage.api.every("intake", f"/calls/{stage.call_id}/undelivered-letters", await stage.coordinator())
    return {each["application_id"] async for each in listed if each["because"] == "refused"} == unreached


async def _confirm(stage: Stage, cast: Cast, submitted: Mapping[int, Application]) -> int:
    """Holders of a contact say by the link in their mailbox which application stands; their last word counts."""
    confirmed = 0
    for link in cast.links:
        says: Mapping[Story, tuple[int, ...]] = {
            "newest": (link.second,), "first": (link.first,), "both": (link.first, link.second), "nobody": (),
        }  # fmt: skip
        for number in says[link.confirmed]:
            one = submitted[number]
            await press(stage, await code_sent(stage, one.person.contact, one.application_id))
        confirmed += link.confirmed != "nobody"
    stage.done("superseded_by_holder", confirmed)
    return confirmed


async def _late(stage: Stage, person: Person) -> Application:
    """After the close nothing is accepted, except with a late-access code."""
    api, closes_at = stage.api, stage.edition.closes_at
    token = await stage.coordinator()
    until_day = (closes_at + timedelta(days=3)).isoformat()
    late_code = await api.post("intake", f"/calls/{stage.call_id}/late-codes", {"expires_at": until_day}, token=token)
    await stage.at(closes_at + timedelta(seconds=1))
    refused = await api.call(
        "POST", "intake", f"/calls/{stage.call_id}/applications", person.form(), expected=(201, 409)
    )
    if refused.status_code != 409:
        raise Misbehaved(f"call {stage.call_id} took an application after its close without a code (rule 1)")
    await until("the close of the call", lambda: _closed(stage, token))
    return await _submit(stage, person, late_code["late_code"])


async def _closed(stage: Stage, token: str) -> bool:
    figures = await stage.api.get("intake", f"/calls/{stage.call_id}/figures", token=token)
    return figures["closed_at"] is not None


async def _decide(stage: Stage, cast: Cast, submitted: Mapping[int, Application]) -> int:
    """A coordinator decides where nobody confirmed: the newest one."""
    token = await stage.coordinator()
    newest = {submitted[link.second].application_id for link in cast.links if link.confirmed == "nobody"}
    found: Sequence[Any] = [
        each async for each in stage.api.every("intake", f"/calls/{stage.call_id}/undecided-contacts", token)
    ]
    for contact in found:
        (chosen,) = newest & {each["application_id"] for each in contact["linked"]}
        body = {"application_id": chosen}
        await stage.api.post("intake", f"/contacts/{contact['contact_id']}/decide", body, token=token)
    return len(found)


def _superseded(link: Link) -> int:
    return link.second if link.confirmed == "first" else link.first
