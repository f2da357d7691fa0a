"""Pictures of a session, sent beside its report, looked at before it is verified, one of them rejected (rule 26)."""

from __future__ import annotations

import asyncio

from relevo_demo.api import CameIn, Misbehaved, Sent
from relevo_demo.dice import dice
from relevo_demo.photograph import photograph
from relevo_demo.story import on_pages
from relevo_demo.story.commitment import SERVICE, Course
from relevo_demo.texts import description

SENT = 2
_AFFIRMED = {"shows_no_people": True}


async def send_pictures(course: Course) -> None:
    """Of the board, as a telephone takes them; what lies in the files beside them is not kept."""
    stage, person, own = course.stage, course.participant.person, await course.participant.token(course.stage.api)
    written, _ = description(person.language, dice(stage.seed, "taught", person.number))
    comment = stage.with_canary(person, "picture", "19.42, -99.13")
    png = await asyncio.to_thread(photograph, written, comment)
    path = f"/me/commitment/sessions/{course.session_id}/pictures"
    for _ in range(SENT):
        if person.way:
            await on_pages.send_picture(stage, course.participant, png)
        else:
            await stage.api.post(SERVICE, path, Sent("image/png", png), token=own, params=_AFFIRMED)
    for id in await _pictures(course, "/me/commitment", own):
        seen = await stage.api.call("GET", SERVICE, f"{path}/{id}", token=own)
        if comment.encode() in seen.content or not seen.content.startswith(b"\xff\xd8"):
            raise Misbehaved(f"picture {id} is kept as it was sent (rule 26)")


async def look_at_pictures(course: Course, *, reject_one: bool) -> None:
    """As whoever verifies the report does, with every one of them on record."""
    stage, token = course.stage, await course.stage.coordinator()
    path = f"/commitments/{course.commitment_id}"
    sent = await _pictures(course, path, token)
    pictures = f"{path}/sessions/{course.session_id}/pictures"
    for id in sent:
        await stage.api.call("GET", SERVICE, f"{pictures}/{id}", token=token)
    if len(sent) != SENT:
        raise Misbehaved(f"of session {course.session_id} {len(sent)} pictures are seen, not {SENT}")
    stage.done("pictures_sent")
    if reject_one:
        rejected = f"{pictures}/{sent[0]}"
        await stage.api.post(SERVICE, f"{rejected}/reject", {"because": "names_seen"}, token=token)
        await stage.api.call("GET", SERVICE, rejected, token=token, expected=[404])
        stage.done("picture_rejected")


async def _pictures(course: Course, path: str, token: str | CameIn) -> list[str]:
    """Those of the course's session, as a commitment tells them."""
    seen = await course.stage.api.get(SERVICE, path, token=token)
    return [
        str(picture["picture_id"])
        for session in seen["sessions"]
        for picture in session["pictures"]
        if session["session_id"] == course.session_id
    ]
