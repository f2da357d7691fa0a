"""A fake of multiplier tracking: it answers what that documents of the routes that the portal asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from relevo_chassis.ids import new_id

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeService, problem
else:
    from services.portal.tests.fake_services import FakeService, problem

SAME = ("held_on", "minutes", "people", "format")
REPORTED_ALREADY = "Ya consta un informe que dice lo mismo."
ASKED_AT = "2019-12-20T15:00:00Z"
LINE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 226"><rect width="720" height="226" fill="#fff"/></svg>'
)


class FakeTracking(FakeService):
    """One participant's commitment, as a test says that it stands; each key takes effect once."""

    def __init__(self) -> None:
        super().__init__("multiplier_tracking")
        self.commitment: dict[str, Any] | None = None
        self.texts: dict[str, Any] = {"sessions": {}, "words": {}, "requests": {}}
        self.together: dict[str, list[dict[str, Any]]] = {"mine": [], "theirs": []}
        self.questions: list[dict[str, Any]] = []
        self.jpegs: dict[str, bytes] = {}
        self.done: list[tuple[str, Any]] = []
        self.refuses: Response | None = None
        self._answers: dict[str, tuple[bytes, Any, int]] = {}
        self.app.get("/me/commitment")(self._read)
        self.app.get("/me/commitment/timeline.svg")(self._line)
        self.app.get("/me/commitment/texts")(self._texts)
        self.app.get("/me/commitment/together")(self._together)
        self.app.get("/me/commitment/sessions/{id}/pictures/{picture_id}")(self._picture)
        self.app.get("/me/support-requests")(self._questions)
        self.app.post("/me/{path:path}")(self._do)

    def opened(self, **more: Any) -> dict[str, Any]:
        """The days run; or whatever ``more`` says."""
        self.commitment = {
            "commitment_id": new_id(),
            "edition_id": new_id(),
            "state": "open",
            "last_on": "2019-12-13",
            "due_on": "2020-02-11",
            "report_until_on": "2020-02-25",
            "days_left": 23,
            "due_is_over": False,
            "paused": False,
            "minutes_required": 240,
            "people_required": 10,
            "sessions_add_up": False,
            "held_together": False,
            "missing": {"minutes": 240, "people": 10},
            "next_step": "plan_a_session",
            "next_step_text": "Lo que sigue, en palabras.",
            "sessions": [],
            "requests": [],
            "steps": [],
            **more,
        }
        return self.commitment

    def session(self, state: str = "planned", **more: Any) -> dict[str, Any]:
        """A session in this state, after the others."""
        report = {
            "revision": 1,
            "held_on": "2020-01-18",
            "minutes": 260,
            "people": 14,
            "format": "in_person",
            "reported_at": ASKED_AT,
            "texts": True,
            "meets_the_requirement": True,
            "same_as": [],
        }
        made = {
            "session_id": new_id(),
            "state": state,
            "format": "in_person",
            "planned_on": "2020-01-18",
            "report": None if state == "planned" else report,
            "because": None,
            "correct_until_on": "2020-02-25" if state == "returned" else None,
            "words": state == "returned",
            "together_with": None,
            "pictures": [],
            "rejected_pictures": [],
            "pictures_left": 0 if state in ("verified", "rejected") else 4,
            "state_text": state,
            "format_text": "presencial",
            "because_text": {"returned": "no queda claro el número", "rejected": "duró poco"}.get(state),
            **more,
        }
        assert self.commitment is not None
        self.commitment["sessions"].append(made)
        return made

    def picture(self, session: dict[str, Any], jpeg: bytes = b"") -> dict[str, Any]:
        """Another that is kept of this session."""
        made: dict[str, Any] = {
            "picture_id": new_id(),
            "size_bytes": 212_345,
            "width": 1600,
            "height": 1200,
            "added_at": ASKED_AT,
        }
        session["pictures"].append(made)
        session["pictures_left"] -= 1
        self.jpegs[made["picture_id"]] = jpeg
        return made

    def reject(self, session: dict[str, Any], picture: dict[str, Any], because_text: str) -> None:
        self._remove(session, picture["picture_id"])
        rejected = {"picture_id": picture["picture_id"], "because": "people_seen", "rejected_at": ASKED_AT}
        session["rejected_pictures"].append({**rejected, "because_text": because_text})

    def question(self, state: str = "open", text: str = "¿Cómo empiezo?", **more: Any) -> dict[str, Any]:
        is_answered = state == "answered"
        made = {
            "support_request_id": new_id(),
            "topic": "method",
            "state": state,
            "asked_at": ASKED_AT,
            "answered_at": ASKED_AT if is_answered else None,
            "answer_until_on": "2020-01-25" if state in ("open", "assigned") else None,
            "late": False,
            "question": {"language": "es", "text": text},
            "answer": {"text": "Por lo que ya saben."} if is_answered else None,
            "further": [],
            **more,
        }
        self.questions.append(made)
        return made

    async def _read(self) -> Any:
        return self.commitment or problem(404, "no-such-commitment")

    async def _line(self) -> Response:
        return Response(LINE, media_type="image/svg+xml")

    async def _texts(self) -> Any:
        return self.texts if self.commitment else problem(404, "no-such-commitment")

    async def _together(self) -> Any:
        return self.together if self.commitment else problem(404, "no-such-commitment")

    async def _picture(self, id: str, picture_id: str) -> Any:
        kept = [each["picture_id"] for each in self._session(id)["pictures"]]
        if picture_id not in kept:
            return problem(404, "no-such-picture")
        return Response(self.jpegs[picture_id], media_type="image/jpeg")

    async def _questions(self) -> Any:
        return {"items": self.questions, "next": None, "answer_days": 5}

    async def _do(self, path: str, request: Request) -> Any:
        if self.refuses is not None:
            return self.refuses
        key, body = request.headers["idempotency-key"], await request.body()
        if key in self._answers:
            sent, answer, status = self._answers[key]
            return JSONResponse(answer, status) if sent == body else problem(422, "once-key-reused", "Ya se usó.")
        if path.endswith("/pictures"):
            if request.query_params.get("shows_no_people") != "true":
                return problem(422, "people-are-seen", "Afírmelo.", "query.shows_no_people")
            if not self._session(path.split("/")[2])["pictures_left"]:
                return problem(409, "too-many-pictures", "Ya hay cuatro; quite una.")
            self.done.append((path, (request.headers["content-type"], body)))
        else:
            self.done.append((path, json.loads(body) if body else None))
        if path == "commitment/reports" and self._stands(self.done[-1][1]):
            del self.done[-1]
            return problem(409, "reported-already", REPORTED_ALREADY)
        answer, status = self._changed(path, self.done[-1][1])
        self._answers[key] = (body, answer, status)
        return JSONResponse(answer, status)

    def _changed(self, path: str, body: Any) -> tuple[Any, int]:
        match path.split("/"):
            case ["commitment", "sessions"]:
                self.session("planned", planned_on=body["planned_on"])
                return self.commitment, 201
            case ["commitment", "reports"]:
                report = self.session("reported")["report"]
                report.update((name, body[name]) for name in SAME)
                return self.commitment, 201
            case ["commitment", "sessions", id, "pictures"]:
                return self.picture(self._session(id), body[1]), 201
            case ["commitment", "sessions", id, "pictures", picture_id, "remove"]:
                self._remove(self._session(id), picture_id)
                return self.commitment, 200
            case ["commitment", "sessions", id, what]:
                assert self._session(id)
                return self.commitment, 201 if what == "report" else 200
            case ["commitment", "requests"]:
                return self.commitment, 201
            case ["support-requests"]:
                return self.question(text=body["question"]), 201
            case ["support-requests", id, what]:
                [found] = [each for each in self.questions if each["support_request_id"] == id]
                found["state"] = "closed" if what == "close" else "assigned"
                return found, 200
        return self.commitment, 200

    def _stands(self, body: dict[str, Any]) -> bool:
        """Whether the same is reported already of a session, and nobody affirms that it is another."""
        assert self.commitment is not None
        standing = [each["report"] for each in self.commitment["sessions"] if each["state"] != "rejected"]
        is_same = any(report and all(report[name] == body[name] for name in SAME) for report in standing)
        return is_same and not body.get("another_session", False)

    def _session(self, id: str) -> dict[str, Any]:
        assert self.commitment is not None
        [found] = [each for each in self.commitment["sessions"] if each["session_id"] == id]
        session: dict[str, Any] = found
        return session

    def _remove(self, session: dict[str, Any], picture_id: str) -> None:
        session["pictures"] = [each for each in session["pictures"] if each["picture_id"] != picture_id]
        session["pictures_left"] += 1
