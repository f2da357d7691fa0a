"""Pictures of a session, sent beside its report, looked at before it is verified, one of them rejected (rule 26)."""

from __future__ import annotations

import asyncio

from relevo_demo.api import Misbehaved, Sent
from relevo_demo.dice import dice
from relevo_demo.photograph import photograph
from relevo_demo.story.commitment import SERVICE, Course
from relevo_demo.texts import description

SENT = 2
_AFFIRMED = {"shows_no_people": True}


async def send_pictures(course: Course) -> None:
    """Of the board, as a telephone takes them; what lies in the files beside them is not kept."""
    stage, person, own = course.stage, course.participant.person, await course.participant.token(course.stage.api)
    written, _ = description(person.language, dice(stage.seed, "taught", person.number))
    comment = stage.with_canary(person, "picture", "19.42, -99.13")
    taken = Sent("image/png", await asyncio.to_thread(photograph, written, comment))
    path = f"/me/commitment/sessions/{course.session_id}/pictures"
    for _ in range(SENT):
        kept = await stage.api.post(SERVICE, path, taken, token=own, params=_AFFIRMED)
        seen = await stage.api.call("GET", SERVICE, f"{path}/{kept['picture_id']}", token=own)
        if comment.encode() in seen.content or not seen.content.startswith(b"\xff\xd8"):
            raise Misbehaved(f"picture {kept['picture_id']} is kept as it was sent (rule 26)")


async def look_at_pictures(course: Course, *, reject_one: bool) -> None:
    """As whoever verifies the report does, with every one of them on record."""
    stage, token = course.stage, await course.stage.coordinator()
    path = f"/commitments/{course.commitment_id}"
    seen = await stage.api.get(SERVICE, path, token=token)
    [session] = [each for each in seen["sessions"] if each["session_id"] == course.session_id]
    pictures = f"{path}/sessions/{course.session_id}/pictures"
    for each in session["pictures"]:
        await stage.api.call("GET", SERVICE, f"{pictures}/{each['picture_id']}", token=token)
    if len(session["pictures"]) != SENT:
        raise Misbehaved(f"of session {course.session_id} {len(session['pictures'])} pictures are seen, not {SENT}")
    stage.done("pictures_sent")
    if reject_one:
        rejected = f"{pictures}/{session['pictures'][0]['picture_id']}"
        await stage.api.post(SERVICE, f"{rejected}/reject", {"because": "names_seen"}, token=token)
        await stage.api.call("GET", SERVICE, rejected, token=token, expected=[404])
        stage.done("picture_rejected")
