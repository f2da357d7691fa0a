"""Who attends what of the week: some change groups in the midst of it, some are excused, some go home (rules 6, 16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from relevo_demo.api import Misbehaved
from relevo_demo.dice import dice
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.week import PLAN, WORKSHOP_GROUPS, Slot, ends_at

SERVICE = "scheduling"
ABSENT_OF_THIRTY = 3
CHANGING_GROUPS = 3
CHANGED_ON_DAY = 2
LONGEST_MISSED_BY_CHANCE = 90


class _Excused(NamedTuple):
    """Somebody who is away for a whole day of the week, more than anybody may miss, and why."""

    participant: Participant
    day: int
    reason: str
    note: str


@dataclass
class Attending:
    """The week as it is lived; ``groups`` are those of the moment, ``sessions`` the ids of the plan's slots."""

    stage: Stage
    programme_id: str
    sessions: Sequence[str]
    participants: Sequence[Participant]
    groups: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.absent = _absent(self.participants)
        steady = [each for each in self.participants if each not in self.absent]
        [ill] = [each for each in steady if each.person.part == "carrier"]
        rest = [each for each in steady if each is not ill]
        self.moving = rest[1::5][:CHANGING_GROUPS]
        self.excused = (
            _Excused(ill, 2, "illness", "Fever since the night."),
            _Excused(rest[0], 3, "hearing", "Called to court at home, by video."),
        )

    async def begin(self) -> None:
        """Everybody in one of two groups, as they arrive."""
        self.groups = {each.participant_id: WORKSHOP_GROUPS[at % 2] for at, each in enumerate(self.participants)}
        await self._assign(self.groups)

    async def attend(self, slot: Slot, session_id: str) -> None:
        """What happens before a session, and its sheet when it is over."""
        if (slot.day, slot.hour) == (CHANGED_ON_DAY, 9):
            await self._change_groups()
        for each in self.excused:
            if slot.day == each.day and self._owes(each.participant, slot):
                await self._excuse(each, session_id)
        await self.stage.at(ends_at(self.stage.edition, slot))
        path = f"/programmes/{self.programme_id}/sessions/{session_id}/attendance"
        body = {"minutes": self._sheet(slot)}
        await self.stage.api.post(SERVICE, path, body, token=await self.stage.coordinator())

    async def correct(self) -> int:
        """Two days later a lost sheet turns up: somebody held for absent had been there, and completes after all."""
        edition, one = self.stage.edition, self.absent[-1]
        await self.stage.at(edition.at(edition.last_on + timedelta(days=2), 11))
        own = await one.token(self.stage.api)
        recorded = await self.stage.api.get(SERVICE, "/me/attendance", token=own)
        missed = {each["session_id"] for each in recorded["sessions"] if each["minutes"] == 0}
        corrected = 0
        for slot, session_id in zip(PLAN, self.sessions, strict=True):
            if slot.required and session_id in missed:
                path = f"/programmes/{self.programme_id}/sessions/{session_id}/attendance/{one.participant_id}"
                await self.stage.api.put(SERVICE, path, {"minutes": slot.minutes}, token=await self.stage.coordinator())
                corrected += 1
        return corrected

    async def _change_groups(self) -> None:
        """From now on; what they attended in the group before stays theirs."""
        other = dict(zip(WORKSHOP_GROUPS, reversed(WORKSHOP_GROUPS), strict=True))
        changed = {each.participant_id: other[self.groups[each.participant_id]] for each in self.moving}
        await self._assign(changed)
        self.groups |= changed
        self.stage.done("groups_changed", len(changed))

    async def _assign(self, groups: Mapping[str, str]) -> None:
        body = {"groups": {id: [group] for id, group in groups.items()}}
        path = f"/programmes/{self.programme_id}/participants/groups"
        await self.stage.api.put(SERVICE, path, body, token=await self.stage.coordinator())

    async def _excuse(self, one: _Excused, session_id: str) -> None:
        note = self.stage.with_canary(one.participant.person, "excuse", one.note)
        body = {"session_id": session_id, "reason": one.reason, "note": note}
        path = f"/programmes/{self.programme_id}/participants/{one.participant.participant_id}/excuses"
        seen = await self.stage.api.post(SERVICE, path, body, token=await self.stage.coordinator())
        if len(seen["excused_session_ids"]) == 1:
            self.stage.done("excused")
        if session_id not in seen["excused_session_ids"]:
            raise Misbehaved(f"participant {one.participant.participant_id} is not excused from session {session_id}")

    def _owes(self, one: Participant, slot: Slot) -> bool:
        return slot.required and (not slot.groups or self.groups[one.participant_id] in slot.groups)

    def _sheet(self, slot: Slot) -> dict[str, int]:
        """Minutes attended: most of them all, some come late, a few miss a session, the absent go home early."""
        away = {each.participant_id for each in self.absent} if slot.day >= CHANGED_ON_DAY else set()
        away |= {each.participant.participant_id for each in self.excused if each.day == slot.day}
        sheet = {}
        for one in self.participants:
            if slot.groups and self.groups[one.participant_id] not in slot.groups:
                continue
            roll = dice(self.stage.seed, "attendance", one.person.number, slot.day, slot.hour)
            missed = roll.random() < 0.03 and slot.minutes <= LONGEST_MISSED_BY_CHANCE
            late = roll.choice((5, 10, 20)) if roll.random() < 0.15 else 0
            sheet[one.participant_id] = 0 if one.participant_id in away or missed else slot.minutes - late
        return sheet


def _absent(participants: Sequence[Participant]) -> list[Participant]:
    """Those who fall ill or are called home half-way, so that they attend too little; nobody with a part."""
    others = [each for each in participants if not each.person.part]
    count = max(2, ABSENT_OF_THIRTY * len(participants) // 30)
    return others[3 :: max(1, len(others) // count)][:count]
