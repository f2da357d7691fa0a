"""Names that are given up after certificates were issued: corrected, hidden, shown (rule 18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from relevo_demo.api import Misbehaved, until
from relevo_demo.story.cast import Participant, Stage

SERVICE = "certification"


class Chosen(NamedTuple):
    """To whom what happens: nobody who shows up among the samples."""

    revoked: Participant
    corrected_by_staff: Participant
    corrected_by_themselves: Participant
    hides: Participant
    shows: Participant

    @property
    def replaced(self) -> Sequence[Participant]:
        return self[1:]


def chosen(issued: Sequence[Participant]) -> Chosen:
    """The last ones without canaries, of whom one shows the name and hides it, and another the other way round."""
    ordered = sorted((each for each in issued if not each.person.canaries), key=lambda each: -each.person.number)
    hides = next(each for each in ordered[2:] if each.person.display == "named")
    shows = next(each for each in ordered[2:] if each.person.display == "unnamed")
    others = [each for each in ordered[2:] if each not in (hides, shows)]
    return Chosen(ordered[0], ordered[1], others[0], hides, shows)


async def give_up(stage: Stage, people: Chosen) -> None:
    """Each as they do it, and then nobody is told a name that was given up."""
    await _by_staff(stage, people.corrected_by_staff)
    await _by_themselves(stage, people.corrected_by_themselves)
    for one, display in ((people.hides, "unnamed"), (people.shows, "named")):
        path = f"/certificates/{one.participant_id}/display"
        await stage.api.post(SERVICE, path, {"display": display}, token=await one.token(stage.api))
    for one in (people.corrected_by_staff, people.corrected_by_themselves, people.hides):
        await _nobody_is_told(stage, one)
    seen = await _seen(stage, people.shows)
    shown = await stage.api.get(SERVICE, f"/verifications/{token_of(seen['issued'][-1])}")
    if shown["holder"] != people.shows.person.name:
        raise Misbehaved(
            f"the certificate of {people.shows.participant_id} does not show the name that its holder shows"
        )


async def _by_staff(stage: Stage, one: Participant) -> None:
    body = {"because": "name_corrected", "name": _corrected(one)}
    path = f"/certificates/{one.participant_id}/supersession"
    await stage.api.post(SERVICE, path, body, token=await stage.coordinator())


async def _by_themselves(stage: Stage, one: Participant) -> None:
    """At intake, with the receipt; certification is told that, asks what, and puts another in the place of the old."""
    path = f"/applications/{one.application_id}/details"
    await stage.api.post("intake", path, {"name": _corrected(one)}, receipt=one.receipt)

    async def replaced() -> bool:
        return len((await _seen(stage, one))["issued"]) == 2

    await until("a certificate with the corrected name", replaced)


async def _nobody_is_told(stage: Stage, one: Participant) -> None:
    """Every public answer behind every link of theirs. Raises ``Misbehaved``."""
    for issued in (await _seen(stage, one))["issued"]:
        token = token_of(issued)
        papers = (f"/v/{token}/{name}" for name in ("credential.json", "credential.jwt", "certificate.pdf"))
        for path in (f"/v/{token}", f"/verifications/{token}", *papers):
            answer = await stage.api.call("GET", SERVICE, path, expected=(200, 404, 410))
            if f">{one.person.name}<" in answer.text or f'"{one.person.name}"' in answer.text:
                raise Misbehaved(f"a name that was given up is told behind {issued['certificate_id']}")


async def _seen(stage: Stage, one: Participant) -> Any:
    path = f"/certificates/{one.participant_id}"
    return await stage.api.get(SERVICE, path, token=await one.token(stage.api))


def _corrected(one: Participant) -> str:
    given, _, family = one.person.name.rpartition(" ")
    return f"{given} de {family}"


def token_of(issued: Mapping[str, Any]) -> str:
    return str(urlsplit(issued["verification_url"]).path).rpartition("/")[2]
