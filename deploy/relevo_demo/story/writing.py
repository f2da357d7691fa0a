"""What participants write to the secretariat, and what it answers."""

from __future__ import annotations

from relevo_demo.api import Misbehaved
from relevo_demo.dice import dice
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.texts import question


async def write_to_secretariat(stage: Stage, one: Participant) -> None:
    """A question that the coordinator reads and answers, and whoever asked reads the answer."""
    person, api, token = one.person, stage.api, await stage.coordinator()
    _, asked, reply = question(person.language, dice(stage.seed, "message", person.number))
    body = {"language": person.language, "text": stage.with_canary(person, "message", asked)}
    await api.post("intake", "/me/thread/messages", body, receipt=one.receipt)
    path = f"/threads/{one.application_id}"
    seen = await api.get("intake", path, token=token)
    text = stage.with_canary(person, "reply", reply)
    answer = {"read_to": seen["last"], "language": person.language, "text": text}
    await api.post("intake", f"{path}/answer", answer, token=token)
    newest = (await api.get("intake", "/me/thread", receipt=one.receipt))["messages"][0]
    if newest["by"] != "secretariat" or newest["content"]["text"] != text:
        raise Misbehaved(f"what the secretariat answered does not reach whoever asked, of {one.application_id}")
