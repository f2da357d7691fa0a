"""One commitment: what its participant and the coordinators do about it, each as one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from relevo_demo.api import Misbehaved
from relevo_demo.dice import dice
from relevo_demo.story import on_pages
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.texts import description, question

SERVICE = "multiplier_tracking"
Kind = Literal[
    "regular", "lapses", "extended", "returned", "rejected_first", "reported_late", "reopened", "paused",
    "asks_for_pause", "asks_in_vain", "together", "beside",
]  # fmt: skip
_TOO_FEW = 6


@dataclass
class Course:
    """A participant's way through the second stage. ``commitment_id`` and ``session_id`` are known once begun.

    ``other`` is the way of somebody with whom they hold their session together.
    """

    stage: Stage
    participant: Participant
    kind: Kind
    held_on: date
    people: int
    minutes: int
    commitment_id: str = ""
    session_id: str = ""
    revision: int = 0
    other: Course | None = None

    async def open(self) -> bool:
        """Whether the participant sees the commitment open."""
        seen = await self._own("GET", "")
        self.commitment_id = seen["commitment_id"]
        return bool(seen["state"] == "open")

    async def plan(self) -> None:
        """Mean to hold it on a day that the rules allow now, whatever the days to come bring."""
        planned_on = min(self.held_on, self.stage.edition.due_on)
        body = {"planned_on": planned_on.isoformat(), "format": self._format}
        if self.participant.person.way:
            await on_pages.plan(self.stage, self.participant, body)
            self.session_id = (await self._own("GET", ""))["sessions"][-1]["session_id"]
            return
        self.session_id = (await self._own("POST", "/sessions", body))["sessions"][-1]["session_id"]

    async def report(self) -> None:
        """Report the session as it was held: the planned one, or one without a plan."""
        await self._say(self._report())

    async def report_too_few(self) -> None:
        """A first session with too few people."""
        await self._say({**self._report(), "people": _TOO_FEW})

    async def report_one_too_many(self) -> None:
        """A first report that counts the participant among those who were reached."""
        await self._say({**self._report(), "people": self.people + 1})

    async def report_together(self) -> None:
        """Report what another has reported as the session that both held."""
        whose = self.other.session_id if self.other else ""
        await self._say({**self._report(), "together_with": whose})

    async def agree(self) -> None:
        """Say that what the other reports is this session."""
        [named] = (await self._own("GET", "/together"))["theirs"]
        body = {"session_id": named["session_id"], "revision": named["revision"], "agreed": True}
        await self._own("POST", f"/sessions/{self.session_id}/answer-together", body)

    async def correct(self) -> None:
        """Read what staff said to the report, and say anew what they asked about; what is not sent stays as it was."""
        before = await self._texts()
        if not before["words"].get(self.session_id, {}).get("people"):
            raise Misbehaved(f"what was said to session {self.session_id} is not to be read by its participant")
        await self._own("POST", f"/sessions/{self.session_id}/correct", {"people": self.people})
        if (await self._texts())["sessions"] != before["sessions"]:
            raise Misbehaved(f"a correction of figures changed the texts of session {self.session_id}")
        self.revision += 1
        self.stage.done("returned_with_words")

    async def verify(self) -> None:
        await self._staff(f"/sessions/{self.session_id}/verify", {"revision": self.revision})

    async def send_back(self) -> None:
        """Return it for correction, with words to the figure that is not clear."""
        words = self.stage.with_canary(self.participant.person, "returned", "Is that with you or without you?")
        body = {"revision": self.revision, "because": "people_unclear", "about": {"people": words}}
        await self._staff(f"/sessions/{self.session_id}/return", body)

    async def reject(self) -> None:
        body = {"revision": self.revision, "because": "too_few_people"}
        await self._staff(f"/sessions/{self.session_id}/reject", body)
        self.session_id, self.revision = "", 0

    async def ask_for_pause(self) -> None:
        note = self.stage.with_canary(self.participant.person, "asking", "In hospital, for how long is not known.")
        await self._own("POST", "/requests", {"asked_for": "pause", "reason": "illness", "note": note})

    async def grant(self) -> None:
        await self._decide_request("grant", "Get well; the days stand still since you asked.")
        self.stage.done("pauses_granted")

    async def decline(self) -> None:
        await self._decide_request("decline", "There is time enough; ask again if it does not get better.")
        self.stage.done("pauses_declined")

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
        """The text, with a canary when it is that of somebody who carries them everywhere."""
        person = self.participant.person
        return self.stage.with_canary(person, name, text) if person.carries else text

    async def _say(self, report: dict[str, Any]) -> None:
        if self.participant.person.way:
            await on_pages.report(self.stage, self.participant, report)
            self.revision = 1
            return
        path = f"/sessions/{self.session_id}/report" if self.session_id else "/reports"
        seen = await self._own("POST", path, report)
        self.session_id, self.revision = seen["sessions"][-1]["session_id"], 1

    async def _texts(self) -> Any:
        return await self._own("GET", "/texts")

    async def _decide_request(self, decision: str, note: str) -> None:
        """As a coordinator does who looks at what awaits a decision."""
        token = await self.stage.coordinator()
        asking = self.stage.api.every(SERVICE, "/commitments", token, edition_id=self.stage.edition_id, asking=True)
        [own] = [each async for each in asking if each["commitment_id"] == self.commitment_id]
        body = {"note": self.stage.with_canary(self.participant.person, decision, note)}
        await self._staff(f"/requests/{own['asking']['request_id']}/{decision}", body)

    async def _own(self, method: str, path: str, body: Any = None) -> Any:
        token = await self.participant.token(self.stage.api)
        return (await self.stage.api.call(method, SERVICE, f"/me/commitment{path}", body, token=token)).json()

    async def _staff(self, path: str, body: Any = None) -> None:
        token = await self.stage.coordinator()
        await self.stage.api.post(SERVICE, f"/commitments/{self.commitment_id}{path}", body, token=token)
