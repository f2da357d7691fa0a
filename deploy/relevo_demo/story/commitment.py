"""One commitment: what its participant and the coordinators do about it, each as one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from relevo_demo.dice import dice
from relevo_demo.people import canary
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.texts import description, question

SERVICE = "multiplier_tracking"
Kind = Literal[
    "regular", "lapses", "extended", "returned", "rejected_first", "reported_late", "reopened", "paused"
]  # fmt: skip


@dataclass
class Course:
    """A participant's way through the second stage. ``commitment_id`` and ``session_id`` are known once begun."""

    stage: Stage
    participant: Participant
    kind: Kind
    held_on: date
    people: int
    minutes: int
    commitment_id: str = ""
    session_id: str = ""
    revision: int = 0
    planted: list[str] = field(default_factory=list)

    async def open(self) -> bool:
        """Whether the participant sees the commitment open."""
        seen = await self._own("GET", "")
        self.commitment_id = seen["commitment_id"]
        return bool(seen["state"] == "open")

    async def plan(self) -> None:
        """Mean to hold it on a day that the rules allow now, whatever the days to come bring."""
        planned_on = min(self.held_on, self.stage.edition.due_on)
        body = {"planned_on": planned_on.isoformat(), "format": self._format}
        self.session_id = (await self._own("POST", "/sessions", body))["sessions"][-1]["session_id"]

    async def report(self) -> None:
        """Report the session as it was held: the planned one, or one without a plan."""
        path = f"/sessions/{self.session_id}/report" if self.session_id else "/reports"
        seen = await self._own("POST", path, self._report())
        self.session_id, self.revision = seen["sessions"][-1]["session_id"], 1

    async def report_too_few(self) -> None:
        """A first session with too few people."""
        body = {**self._report(), "people": 6}
        seen = await self._own("POST", f"/sessions/{self.session_id}/report", body)
        self.revision = seen["sessions"][-1]["report"]["revision"]

    async def correct(self) -> None:
        await self._own("POST", f"/sessions/{self.session_id}/correction", self._report())
        self.revision += 1

    async def verify(self) -> None:
        await self._staff(f"/sessions/{self.session_id}/verify", {"revision": self.revision})

    async def give_back(self) -> None:
        because = dice(self.participant.person.number).choice(("evidence_missing", "people_unclear", "date_unclear"))
        await self._staff(f"/sessions/{self.session_id}/return", {"revision": self.revision, "because": because})

    async def reject(self) -> None:
        body = {"revision": self.revision, "because": "too_few_people"}
        await self._staff(f"/sessions/{self.session_id}/reject", body)
        self.session_id, self.revision = "", 0

    async def pause(self) -> None:
        await self._staff("/pause", {"reason": "threat", "note": self._with_canary("pause", "Moved house for safety.")})

    async def resume(self) -> None:
        await self._staff("/resume")

    async def extend(self, due_on: date) -> None:
        await self._staff("/extend", {"due_on": due_on.isoformat(), "reason": "illness"})

    async def reopen(self, due_on: date) -> None:
        await self._staff("/reopen", {"due_on": due_on.isoformat(), "reason": "network_shutdown"})

    async def ask(self, expert: str) -> None:
        """A question to the experts, taken by one of them and answered."""
        person, stage = self.participant.person, self.stage
        topic, asked, reply = question(person.language, dice(stage.seed, "question", person.number))
        body = {"topic": topic, "language": person.language, "question": self._with_canary("question", asked)}
        token, own = await stage.api.token(expert, "expert"), await self.participant.token(stage.api)
        made = await stage.api.post(SERVICE, "/me/support-requests", body, token=own)
        path = f"/support-requests/{made['support_request_id']}"
        await stage.api.post(SERVICE, f"{path}/take", token=token)
        await stage.api.get(SERVICE, path, token=token)
        await stage.api.post(SERVICE, f"{path}/answer", {"answer": self._with_canary("answer", reply)}, token=token)

    @property
    def _format(self) -> str:
        return dice(self.stage.seed, "format", self.participant.person.number).choice(
            ("in_person", "in_person", "online", "hybrid")
        )

    def _report(self) -> dict[str, Any]:
        person = self.participant.person
        taught, evidence = description(person.language, dice(self.stage.seed, "taught", person.number))
        return {
            "held_on": self.held_on.isoformat(),
            "minutes": self.minutes,
            "people": self.people,
            "format": self._format,
            "description": self._with_canary("description", taught),
            "evidence_note": self._with_canary("evidence_note", evidence),
        }

    def _with_canary(self, name: str, text: str) -> str:
        """The text, with a canary when it is that of somebody who carries them."""
        person = self.participant.person
        if not person.canaries:
            return text
        planted = canary(person.number, self.stage.seed, name)
        if planted not in self.planted:
            self.planted.append(planted)
        return f"{text} {planted}"

    async def _own(self, method: str, path: str, body: Any = None) -> Any:
        token = await self.participant.token(self.stage.api)
        return (await self.stage.api.call(method, SERVICE, f"/me/commitment{path}", body, token=token)).json()

    async def _staff(self, path: str, body: Any = None) -> None:
        token = await self.stage.coordinator()
        await self.stage.api.post(SERVICE, f"/commitments/{self.commitment_id}{path}", body, token=token)
