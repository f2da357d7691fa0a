"""Somebody who writes to the secretariat, and the staff who answer."""

from __future__ import annotations

from typing import Any

import httpx

from relevo_contracts import Envelope, derived_id
from relevo_contracts.certification import CertificateIssued
from relevo_intake.consumers import on_certificate_issued
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.letters.truth import facts_now

EDITION = "e" * 32
QUESTION = "Kanarie: <script>alert(1)</script>\n¿puedo cambiar mi nombre?"
ANSWER = "Kanarie: sí, puede."


class Person:
    """The one applicant of a call, a member of staff, and another applicant."""

    def __init__(self, call: Any, application_id: str, other_id: str) -> None:
        self.call, self.id, self.other_id = call, application_id, other_id
        self.code, self.other = call.receipt(application_id), call.receipt(other_id)

    @property
    def clock(self) -> Any:
        return self.call.on.clock

    async def writes(self, text: str = QUESTION, who: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        form = {"language": "es", "text": text, **more}
        answer: httpx.Response = await self.call.on.post("/me/thread/messages", form, headers=who or self.code)
        return answer

    async def own(self, **query: Any) -> Any:
        answer = await self.call.on.http.get("/me/thread", params=query, headers=self.code)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def mark(self) -> Any:
        return (await self.call.ask("/me", **self.code))["thread"]

    async def staff(self, what: str, read_to: int = 1, **form: Any) -> httpx.Response:
        by_default: dict[str, Any] = {
            "answer": {"language": "es", "text": ANSWER},
            "close": {"reason": "Por teléfono."},
        }
        content = {"read_to": read_to, **by_default[what], **form}
        answer: httpx.Response = await self.call.on.post(
            f"/threads/{self.id}/{what}", content, headers=self.call.coordinator
        )
        return answer

    async def listed(self, **query: Any) -> Any:
        path = f"/editions/{EDITION}/threads"
        answer = await self.call.on.http.get(path, params=query, headers=self.call.coordinator)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def letters(self) -> list[str]:
        """The kinds of letter that would go out now."""
        rows = list(self.call.on.store.collections["letters"].values())
        true = await facts_now(self.call.on.shell.store, rows, self.clock.now())
        return sorted(each["kind"] for each in rows if true[each["_id"]] is not None and each["kind"] != "receipt")

    async def certified(self) -> None:
        """They take part, and their certificate is issued now."""
        await self.call.close()
        await self.call.review_all()
        await self.call.selected(seats=1)
        offer = next(iter((await self.call.offered()).items()))
        await self.call.post(f"/offers/{offer[1]}/accept", None, self.call.receipt(offer[0]))
        self.id, self.code = offer[0], self.call.receipt(offer[0])
        id = derived_id("issued")
        event = CertificateIssued(
            participant_id=participant_id_of(self.id),
            edition_id=EDITION,
            certificate_id="c" * 32,
            issued_at=self.clock.at,
        )
        envelope = Envelope(id=id, sequence=1, time=self.clock.at, cause_id=id, chain_id=id, event=event)
        await self.call.on.shell.committer.commit(on_certificate_issued(event, envelope))


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]
