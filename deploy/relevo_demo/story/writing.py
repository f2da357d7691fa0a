"""What people write to the secretariat, and what it answers."""

from __future__ import annotations

from relevo_demo.api import Misbehaved
from relevo_demo.dice import dice
from relevo_demo.story import on_pages
from relevo_demo.story.cast import Application, Participant, Stage
from relevo_demo.texts import to_secretariat


async def write_to_secretariat(stage: Stage, one: Application | Participant) -> None:
    """A question that the coordinator reads and answers, and whoever asked reads the answer."""
    asked, reply, _ = _texts(stage, one)
    await _ask(stage, one, "message", asked)
    await _answer(stage, one, "reply", reply)
    stage.done("asked_secretariat")


async def write_and_need_no_answer(stage: Stage, one: Application | Participant) -> None:
    """Asks, is answered, asks further, and says that no answer is needed any more: nobody is to wait for one."""
    await write_to_secretariat(stage, one)
    await _ask(stage, one, "further", _texts(stage, one)[2])
    closed = await stage.api.post("intake", "/me/thread/close", receipt=one.receipt)
    waiting = stage.api.every(
        "intake", f"/editions/{stage.edition_id}/threads", await stage.coordinator(), waiting=True
    )
    if closed["state"] != "closed" or one.application_id in [each["thread_id"] async for each in waiting]:
        raise Misbehaved(f"what needs no answer any more still waits for one, of {one.application_id}")
    stage.done("needed_no_answer")


async def _ask(stage: Stage, one: Application | Participant, name: str, text: str) -> None:
    text_with_canary = stage.with_canary(one.person, name, text)
    if one.person.way:
        return await on_pages.write(stage, one, text_with_canary)
    body = {"language": one.person.language, "text": text_with_canary}
    await stage.api.post("intake", "/me/thread/messages", body, receipt=one.receipt)


async def _answer(stage: Stage, one: Application | Participant, name: str, reply: str) -> None:
    """The coordinator answers what was written last, and it reaches whoever asked."""
    api, path, token = stage.api, f"/threads/{one.application_id}", await stage.coordinator()
    seen = await api.get("intake", path, token=token)
    text = stage.with_canary(one.person, name, reply)
    answer = {"read_to": seen["last"], "language": one.person.language, "text": text}
    await api.post("intake", f"{path}/answer", answer, token=token)
    if not await _is_read(stage, one, text):
        raise Misbehaved(f"what the secretariat answered does not reach whoever asked, of {one.application_id}")


async def _is_read(stage: Stage, one: Application | Participant, answer: str) -> bool:
    """Whether it is the newest that whoever asked can read."""
    if one.person.way:
        return answer in await on_pages.says(stage, one, "/write")
    newest = (await stage.api.get("intake", "/me/thread", receipt=one.receipt))["messages"][0]
    return bool(newest["by"] == "secretariat" and newest["content"]["text"] == answer)


def _texts(stage: Stage, one: Application | Participant) -> tuple[str, str, str]:
    return to_secretariat(one.person.language, dice(stage.seed, "message", one.person.number))
