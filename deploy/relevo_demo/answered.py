"""What the services say of all that befell people, asked by those whom they answer: coordinators, holders, auditors.

Nothing of it is taken from what the replay did; ``rules`` compares the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from relevo_contracts import SERVICES
from relevo_demo.api import together
from relevo_demo.deeds import Deed, Deeds
from relevo_demo.replay import Played
from relevo_demo.story.before_the_week import TRAVEL
from relevo_demo.story.cast import COORDINATOR, Participant, Stage
from relevo_demo.story.certifying import Fetched

Answer = Mapping[str, Any]


class Answered(NamedTuple):
    """``deeds`` as the services tell them; ``people_reached`` as multiplier tracking counts them; ``reasons`` are those
    sealed beside decisions, of which ``reasons_that_stand`` are what was given."""

    deeds: Deeds
    people_reached: int
    reasons: int
    reasons_unaltered: int


async def ask(stage: Stage, played: Played) -> Answered:
    """Ask everybody who may be asked."""
    decisions = await _decisions(stage)
    codes = Counter(each["code"] for each in decisions)
    with_reason = [each for each in decisions if each["has_reason"]]
    reach = await _coordinator(stage, "multiplier_tracking", f"/editions/{stage.edition_id}/reach")
    deeds = Deeds(
        {
            "call_extended": codes["call_extended"],
            "address_confirmed": codes["contact_confirmed"],
            "name_corrected_after": codes["certificate_corrected"],
        }
    )
    for found in (
        await _of_applications(stage, codes),
        await _of_selections(stage),
        await _of_the_week(stage, played),
        await _of_commitments(stage, codes),
        await _of_details(stage, played, decisions),
        await _of_names(stage, played),
        await _of_threads(stage),
        await _of_needs(stage),
        await _of_invitations(stage, played),
        await _of_pictures(stage),
    ):
        deeds.update(found)
    unaltered = sum(each["reason_stands"] is True for each in with_reason)
    return Answered(deeds, reach["figures"]["people_reached"], len(with_reason), unaltered)


async def _of_applications(stage: Stage, codes: Mapping[str, int]) -> Deeds:
    """By the coordinator's lists: who has no address, whose letters were refused, for which another stands."""
    listed = await _every(stage, "intake", f"/calls/{stage.call_id}/applications")
    undelivered = await _every(stage, "intake", f"/calls/{stage.call_id}/undelivered-letters")
    refused = {each["application_id"] for each in undelivered if each["because"] == "refused"}
    letters = {each["application_id"]: each["letters"] for each in listed}
    superseded = sum(each["standing"] == "superseded" for each in listed)
    return Deeds(
        {
            "without_address": sum(each == "none" for each in letters.values()),
            "mail_refused": len(refused),
            "reached_again": sum(letters[each] == "arriving" for each in refused),
            "superseded_by_holder": superseded - codes["contact_decided"],
        }
    )


async def _of_selections(stage: Stage) -> Deeds:
    """By the selections as they stand, and the seating: who waited, got no offer and waits no more, has left."""
    listed = await _every(stage, "intake", f"/calls/{stage.call_id}/selections")
    read = [await _coordinator(stage, "intake", f"/selections/{each['selection_id']}") for each in listed]
    [applied] = [each for each in read if each["state"] == "applied"]
    seating = await _coordinator(stage, "intake", f"/calls/{stage.call_id}/seating")
    replaced = sum(each["offered_from"] == "waitlist" for each in seating["offers"])
    return Deeds(
        {
            "left_waitlist": applied["waitlisted"] - replaced - len(seating["waitlist"]),
            "selections_outdated": sum(
                bool(each["changed_since"]) and each["considered"] != applied["considered"] for each in read
            ),
            "adjusted_by_hand": len(applied["adjustments"]),
            "seats_by_hand": sum(each["offered_from"] == "coordinator" for each in seating["offers"]),
        }
    )


async def _of_the_week(stage: Stage, played: Played) -> Deeds:
    """Who changed groups or was excused, and completed the week all the same."""
    listed = await _every(stage, "scheduling", f"/programmes/{played.week.programme_id}/participants")
    completed = [each for each in listed if each["standing"] == "completed"]
    return Deeds(
        {
            "groups_changed": sum(any(before["groups"] for before in each["groups_before"]) for each in completed),
            "excused": sum(bool(each["excused_session_ids"]) for each in completed),
        }
    )


async def _of_commitments(stage: Stage, codes: Mapping[str, int]) -> Deeds:
    """By each commitment, its requests and its verified sessions; ``codes`` is what is on record of them."""
    listed = await _every(stage, "multiplier_tracking", "/commitments", edition_id=stage.edition_id)
    read = await together(
        listed,
        lambda one: _coordinator(stage, "multiplier_tracking", f"/commitments/{one['commitment_id']}"),
    )
    requests = [each for one in read for each in one["requests"] if each["asked_for"] == "pause"]
    sessions = [each for one in read for each in one["sessions"] if each["state"] == "verified"]
    ids = {each["session_id"] for each in sessions}
    together_with = [each for each in sessions if each["together_with"] in ids]
    returned = [each for each in sessions if each["words"] and each["report"]["revision"] > 1]
    return Deeds(
        {
            "pauses_granted": min(codes["request_granted"], _count(requests, "granted")),
            "pauses_declined": min(codes["request_declined"], _count(requests, "declined")),
            "held_together": 2 * len(together_with),
            "returned_with_words": len(returned),
            "picture_rejected": sum(bool(each["rejected_pictures"]) for each in sessions),
        }
    )


async def _of_details(stage: Stage, played: Played, decisions: Iterable[Answer]) -> Deeds:
    """By what is on record of each application's corrections, and when: before the close, before the certificate."""
    issued_at = {each.holder.application_id: each.issued_at for each in reversed(played.certified.fetched)}
    corrected = {each["about_id"] for each in decisions if each["code"].startswith("corrected_")}
    read = await together(
        sorted(corrected), lambda id: _coordinator(stage, "intake", f"/applications/{id}/corrections")
    )
    return Deeds(
        _correction(each, stage.edition.closes_at, issued_at.get(one["application_id"]))
        for one in read
        for each in one["items"]
        if each["by"] is None
    )


def _correction(own: Answer, closed_at: datetime, issued_at: datetime | None) -> Deed:
    """What somebody's own correction is counted as."""
    at = datetime.fromisoformat(own["at"])
    if at < closed_at:
        return "corrected_before_close"
    if "contact" in own["details"]:
        return "own_address"
    return "name_corrected_before" if issued_at is None or at < issued_at else "name_corrected_after"


async def _of_names(stage: Stage, played: Played) -> Deeds:
    """Who shows the name to whoever has the link, other than the application said; before the certificate or after."""
    by_holder: dict[str, list[Fetched]] = {}
    for each in played.certified.fetched:
        by_holder.setdefault(each.holder.participant_id, []).append(each)
    found = Deeds()
    for certificates in by_holder.values():
        holder, current = certificates[0].holder, certificates[-1]
        details = await stage.api.get(
            "intake", f"/applications/{holder.application_id}/details", receipt=holder.receipt
        )
        is_named = current.public["holder"] == details["name"]
        if is_named is not (details["display"] == "named") and await _own_word(stage, holder) is is_named:
            late = len(certificates) > 1
            found[_NAMES[is_named, late]] += 1
    return found


async def _of_threads(stage: Stage) -> Deeds:
    """By what the secretariat sees listed: whom it answered, and who then needed no answer any more."""
    listed = await _every(stage, "intake", f"/editions/{stage.edition_id}/threads")
    states = Counter(each["state"] for each in listed)
    return Deeds({"asked_secretariat": states["answered"] + states["closed"], "needed_no_answer": states["closed"]})


async def _of_needs(stage: Stage) -> Deeds:
    """By what is on record of who read them; they themselves are gone by now."""
    read = await _readings(stage, "intake", TRAVEL)
    return Deeds({"needs_stated": len({id for each in read for id in each["person_ids"]})})


async def _of_invitations(stage: Stage, played: Played) -> Deeds:
    """Who had one made, when they are asked themselves."""

    async def made(one: Participant) -> int:
        seen = await stage.api.get("certification", "/me/invitations", token=await one.token(stage.api))
        return len(seen["made"])

    found = await together(played.selected.participants, made)
    return Deeds({"invited": sum(each > 0 for each in found)})


async def _of_pictures(stage: Stage) -> Deeds:
    """Whose pictures a coordinator looked at, by what is on record of it; they themselves are gone by now."""
    read = await _readings(stage, "multiplier_tracking", COORDINATOR)
    seen = [each for each in read if any(name.startswith("picture/") for name in each["field_sets"])]
    return Deeds({"pictures_sent": len({id for each in seen for id in each["person_ids"]})})


_NAMES: Mapping[tuple[bool, bool], Deed] = {
    (True, False): "name_shown_before",
    (True, True): "name_shown_after",
    (False, False): "name_hidden_before",
    (False, True): "name_hidden_after",
}


async def _own_word(stage: Stage, holder: Participant) -> bool:
    """Whether the holder, when asked, is told that the name is shown."""
    token = await holder.token(stage.api)
    seen = await stage.api.get("certification", "/me/certificate/display", token=token)
    return bool(seen["display"] == "named")


async def _decisions(stage: Stage) -> list[Answer]:
    """All that is on record, with the sealed reasons opened, as an auditor reads it."""
    token = await stage.api.token("aurelia", "auditor")
    found: list[Answer] = []
    for service in SERVICES:
        found += [each async for each in stage.api.every(service, "/records/decisions", token, reasons=True)]
    return found


async def _readings(stage: Stage, service: str, by: str) -> list[Answer]:
    """What is on record of who opened what, as an auditor reads it."""
    token = await stage.api.token("aurelia", "auditor")
    return [each async for each in stage.api.every(service, "/records/readings", token, by=by)]


def _count(requests: Iterable[Answer], state: str) -> int:
    return sum(each["state"] == state for each in requests)


async def _coordinator(stage: Stage, service: str, path: str) -> Any:
    return await stage.api.get(service, path, token=await stage.coordinator())


async def _every(stage: Stage, service: str, path: str, **params: Any) -> list[Any]:
    return [each async for each in stage.api.every(service, path, await stage.coordinator(), **params)]
