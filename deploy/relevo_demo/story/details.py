"""What people say of themselves, said anew or taken back: by themselves, or by staff on record (rules 18, 19)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from relevo_demo.api import Misbehaved, until
from relevo_demo.story.cast import Application, Participant, Stage
from relevo_demo.story.parts import moved

Applicant = Application | Participant
_CODE = re.compile(r"/confirm/(\S+)")


async def correct_name(stage: Stage, one: Applicant, name: str) -> None:
    """With the receipt, and at once."""
    await _say(stage, one, {"name": name})


async def give_other_address(stage: Stage, one: Applicant) -> None:
    """With the receipt: letters go there at once; the old address is told, and nothing more is sent there."""
    before = await _sent_to(stage, one)
    await _say(stage, one, {"contact": moved(one.person)})
    await _old_one_notified(stage, one, before)


async def put_other_address_forward(stage: Stage, one: Applicant, reason: str) -> None:
    """A coordinator does, on record: nothing goes there before its holder has confirmed it, and the old one is told."""
    new, api, token = moved(one.person), stage.api, await stage.coordinator()
    before = await _sent_to(stage, one)
    body = {"contact": new, "reason": stage.with_canary(one.person, "correction", reason)}
    path = f"/applications/{one.application_id}"
    await api.post("intake", f"{path}/corrections", body, token=token)
    await _old_one_notified(stage, one, before)
    if (await details_of(stage, one))["contact"] == new:
        raise Misbehaved(f"an address that nobody confirmed counts for application {one.application_id} (rule 19)")
    await press(stage, await code_sent(stage, new, one.application_id))
    if (await details_of(stage, one))["contact"] != new:
        raise Misbehaved(f"an address that its holder confirmed does not count for {one.application_id} (rule 19)")
    stage.done("address_confirmed")


async def withdraw(stage: Stage, one: Applicant) -> None:
    """Take the application back, with the receipt."""
    await stage.api.post("intake", f"/applications/{one.application_id}/withdraw", receipt=one.receipt)


async def details_of(stage: Stage, one: Applicant) -> Any:
    """What the person said of themselves, as it stands."""
    return await stage.api.get("intake", f"/applications/{one.application_id}/details", receipt=one.receipt)


async def code_sent(stage: Stage, contact: str, application_id: str) -> str:
    """The code of the link in the letter that asks whoever holds the contact to confirm an application, or it."""

    async def found() -> str | None:
        texts = [mail["text"] for mail in await letters_to(stage, contact)]
        codes = [code[1] for text in texts if application_id[:8] in text and (code := _CODE.search(text))]
        return codes[0] if codes else None

    code: str = await until(f"the letter that asks about application {application_id}", found)
    return code


async def press(stage: Stage, code: str) -> None:
    """Open the link, which changes nothing, and press its button."""
    stage.codes.add(code)
    await stage.api.call("GET", "intake", f"/confirm/{code}")
    await stage.api.call("POST", "intake", f"/confirm/{code}")


async def letters_to(stage: Stage, contact: str) -> Sequence[Any]:
    return await stage.api.desk.mails(to=contact)


async def _say(stage: Stage, one: Applicant, body: dict[str, str]) -> None:
    await stage.api.post("intake", f"/applications/{one.application_id}/details", body, receipt=one.receipt)


async def _old_one_notified(stage: Stage, one: Applicant, before: int) -> None:
    """A letter more about the application, to the old address."""

    async def is_notified() -> bool:
        return await _sent_to(stage, one) > before

    await until("the letter that tells the old address", is_notified)


async def _sent_to(stage: Stage, one: Applicant) -> int:
    """How many letters about the application went to their first address, whether they were taken or refused."""
    about = [mail for mail in await letters_to(stage, one.person.contact) if one.application_id[:8] in mail["text"]]
    return len(about) + (await stage.api.desk.refused()).count(one.person.contact)
