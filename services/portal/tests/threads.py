"""A fake of what intake documents of writing to the secretariat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import Request

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeService, problem
else:
    from services.portal.tests.fake_services import FakeService, problem

AT = datetime(2019, 10, 25, 12, tzinfo=UTC)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


class FakeThread(FakeService):
    """One person's thread, under ``/me`` of the fake intake, whose own routes come first."""

    def __init__(self, intake: Any) -> None:
        super().__init__("intake")
        self.messages: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.read_to = 0
        self.may_write = 5
        self.is_over = self.is_late = False
        self.refuses: Any = None
        self.app.get("/thread")(self.read)
        self.app.post("/thread/messages", status_code=201)(self.write)
        self.app.post("/thread/close")(self.close)
        intake.app.mount("/me", self.app)

    def question(self, text: str, language: str = "es") -> None:
        self._add("question", "person", text, language)

    def reply(self, text: str, language: str = "es") -> None:
        self._add("answer", "secretariat", text, language)

    def closing(self) -> None:
        self._add("closing", "secretariat")

    @property
    def mark(self) -> dict[str, Any]:
        """As ``GET /me`` tells it."""
        waits = bool(self.messages) and self.messages[-1]["kind"] == "question"
        states = {"question": "waiting", "answer": "answered", "closing": "closed"}
        state = states[self.messages[-1]["kind"]] if self.messages else "none"
        return {
            "state": "over" if self.is_over else state,
            "waiting_since": _stamp(AT) if waits else None,
            "answer_until": _stamp(AT + timedelta(days=5)) if waits else None,
            "late": waits and self.is_late,
            "unread": sum(each["by"] == "secretariat" for each in self.messages[self.read_to :]),
        }

    async def read(self, limit: int = 50, after: str | None = None, mark: bool = True) -> Any:
        before = int(after) if after else len(self.messages) + 1
        older = [each for each in reversed(self.messages) if each["number"] < before]
        answer = {
            **self.mark,
            "answer_days": 5,
            "may_write": self.may_write,
            "messages": older[:limit],
            "next": str(older[limit - 1]["number"]) if len(older) > limit else None,
        }
        if mark:
            self.read_to = len(self.messages)
        return answer

    async def write(self, request: Request) -> Any:
        if self.refuses is not None:
            return self.refuses
        key, form = request.headers["idempotency-key"], await request.json()
        if key not in self.keys:
            self.keys.append(key)
            self.question(form["text"], form["language"])
        return {**self.mark, "last": len(self.messages)}

    async def close(self, request: Request) -> Any:
        if not self.messages:
            return problem(404, "no-such-thread")
        self.keys.append(request.headers["idempotency-key"])
        self._add("closing", "person")
        return {**self.mark, "last": len(self.messages)}

    def _add(self, kind: str, by: str, text: str | None = None, language: str = "es") -> None:
        content = {"language": language, "text": text} if text is not None else None
        message = {"number": len(self.messages) + 1, "kind": kind, "by": by, "at": _stamp(AT), "content": content}
        self.messages.append(message)
