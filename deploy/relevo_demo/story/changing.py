"""What people change of themselves while they take part: addresses, names, and who may see them (rules 18 and 19)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from relevo_demo.api import until
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.story.details import correct_name, give_other_address, put_other_address_forward

CERTIFICATION = "certification"
Change = Callable[[Stage, Participant], Awaitable[None]]


async def _moves(stage: Stage, one: Participant) -> None:
    await give_other_address(stage, one)
    stage.done("own_address")


async def _is_moved(stage: Stage, one: Participant) -> None:
    await put_other_address_forward(stage, one, "The old mailbox is read by others, they said on the telephone.")


async def _hides_early(stage: Stage, one: Participant) -> None:
    await _display(stage, one, "unnamed")
    stage.done("name_hidden_before")


async def _shows_early(stage: Stage, one: Participant) -> None:
    await _display(stage, one, "named")
    stage.done("name_shown_before")


async def _renamed_early(stage: Stage, one: Participant) -> None:
    await correct_name(stage, one, one.person.called)
    stage.done("name_corrected_before")


async def _hides_late(stage: Stage, one: Participant) -> None:
    await _display(stage, one, "unnamed")
    stage.done("name_hidden_after")


async def _shows_late(stage: Stage, one: Participant) -> None:
    await _display(stage, one, "named")
    stage.done("name_shown_after")


async def _renamed_late(stage: Stage, one: Participant) -> None:
    """At intake, with the receipt; certification is told that, asks what, and puts another in the place of the old."""
    await correct_name(stage, one, one.person.called)
    own, path = await one.token(stage.api), "/me/certificate"

    async def replaced() -> bool:
        return len((await stage.api.get(CERTIFICATION, path, token=own))["issued"]) == 2

    await until("a certificate with the corrected name", replaced)
    stage.done("name_corrected_after")


async def _corrected_late(stage: Stage, one: Participant) -> None:
    body = {"because": "name_corrected", "name": one.person.called}
    path = f"/certificates/{one.participant_id}/supersede"
    await stage.api.post(CERTIFICATION, path, body, token=await stage.coordinator())
    stage.done("name_corrected_after")


async def _display(stage: Stage, one: Participant, display: str) -> None:
    path, token = "/me/certificate/choose-display", await one.token(stage.api)
    await stage.api.post(CERTIFICATION, path, {"display": display}, token=token)


BEFORE: Mapping[str, Change] = {
    "moves": _moves,
    "is_moved": _is_moved,
    "hides_early": _hides_early,
    "shows_early": _shows_early,
    "renamed_early": _renamed_early,
}
"""By the part of who does it, while the sixty days run."""
AFTER: Mapping[str, Change] = {
    "hides_late": _hides_late,
    "shows_late": _shows_late,
    "renamed_late": _renamed_late,
    "corrected_late": _corrected_late,
}
"""By the part of who does it, when certificates were issued."""
