"""What the fake of intake answers to whoever applies, as docs/api/intake.openapi.json says it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from relevo_chassis.ids import new_code, new_id, normalised

CLOSES = "2019-10-31T23:59:00Z"
REQUIRED = ("name", "country", "motivation", "language")


def problem(status: int, name: str, detail: str = "", **more: Any) -> JSONResponse:
    body = {"type": f"urn:relevo:problem:{name}", "title": name, "status": status, "detail": detail or name, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


class FakeApplying:
    """Calls, drafts, what was sent in, its details and how its code is recovered, on the fake of intake."""

    def __init__(self, intake: Any) -> None:
        self.intake = intake
        self.calls: dict[str, dict[str, Any]] = {}
        self.drafts: dict[str, dict[str, Any]] = {}
        self.details: dict[str, dict[str, Any]] = {}
        self.once: dict[str, Any] = {}
        self.submitted: list[dict[str, Any]] = []
        self.corrected: list[dict[str, Any]] = []
        self.chosen: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.refuses: JSONResponse | None = None
        self.warns: list[dict[str, Any]] = []
        self.would_refuse: list[dict[str, Any]] = []
        self.saved_between = 0
        self.challenges: dict[str, tuple[str, str]] = {}
        self.tickets: dict[str, datetime] = {}
        self.used: list[str] = []
        self.work = 12
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.problem = problem
        self._routes(intake.app)

    def _routes(self, app: FastAPI) -> None:
        app.get("/calls")(self.list_calls)
        app.get("/calls/{id}")(self.read_call)
        app.post("/calls/{id}/drafts")(self.start)
        app.get("/calls/{id}/challenge")(self.read_challenge)
        app.post("/calls/{id}/tickets", status_code=201)(self.issue_ticket)
        app.get("/drafts/{id}")(self.read)
        app.put("/drafts/{id}")(self.save)
        app.delete("/drafts/{id}")(self.discard)
        app.post("/drafts/{id}/submit")(self.submit)
        app.get("/applications/{id}/details")(self.read_details)
        app.post("/applications/{id}/details")(self.correct)
        app.post("/applications/{id}/proposed-contact/refuse")(self.refuse)
        app.get("/me/recovery")(self.read_recovery)
        app.post("/me/recovery/choose")(self.choose)

    def opened(self, state: str = "open", **more: Any) -> str:
        """A call like this; its id."""
        call_id = new_id()
        criteria = {
            "rubric": [{"code": "experience", "weight": 35, "max_score": 10}],
            "priority_countries": ["HN", "BR"],
            "quotas": [
                {"attribute": "women", "percent": 50, "themes": []},
                {"attribute": "theme", "percent": 10, "themes": ["environment", "land_rights"]},
            ],
            "country_cap": 8,
            "blind": True,
        }
        self.calls[call_id] = {
            "call_id": call_id,
            "edition_id": new_id(),
            "titles": {"es": "Segunda edición", "en": "Second edition"},
            "texts": {"es": "Un curso.\nDos etapas."},
            "state": state,
            "opens_at": "2019-09-12T12:00:00Z",
            "closes_at": CLOSES,
            "seats": 60,
            "travel_grants": 7,
            "requirements": {"attendance_percent": 80, "multiplier_days": 60},
            "criteria": criteria,
            **more,
        }
        return call_id

    def question(self, key: str, kind: str, **more: Any) -> dict[str, Any]:
        """A question of a call, as intake publishes it."""
        return {
            "key": key,
            "kind": kind,
            "texts": {"es": f"¿{key}?", "en": f"{key}?"},
            "hints": {},
            "options": [],
            "most_words": None,
            "least": None,
            "most": None,
            "required": False,
            "only_if": None,
            "for_reviewers": False,
            "sensitive": False,
            "purpose": "course",
            "kept_until": "application",
            **more,
        }

    async def list_calls(self) -> Any:
        return {"items": list(self.calls.values()), "next": None}

    async def read_call(self, id: str) -> Any:
        return self.calls.get(id) or problem(404, "no-such-call")

    async def start(self, id: str, request: Request) -> Any:
        key = request.headers["idempotency-key"]
        if id not in self.calls:
            return problem(404, "no-such-call")
        if self.calls[id]["state"] == "closed":
            return problem(409, "call-is-closed", "Cerrada.")
        if key not in self.once and self.calls[id].get("proof_wanted") and (lacks := self._lacks_proof(request)):
            return problem(428, lacks)
        if key not in self.once:
            code = new_code()
            steps = [{"what": "submit", "until": CLOSES}]
            mine = self.intake.applied(code, state="draft", next=steps)
            draft = {"draft_id": mine["application_id"], "call_id": id, "state": "open", "content": {}, "revision": 1}
            self.drafts[mine["application_id"]] = draft
            self.once[key] = {"receipt_code": code, "draft_id": mine["application_id"]}
        return JSONResponse(self.once[key], 201)

    async def read_challenge(self, id: str) -> Any:
        nonce, salt, counter = secrets.token_bytes(16), secrets.token_bytes(16), self.work
        derived = hashlib.pbkdf2_hmac("sha256", nonce + counter.to_bytes(4, "big"), salt, 1000, 32).hex()
        signature = secrets.token_hex(32)
        self.challenges[signature] = str(counter), derived
        parameters = {
            "algorithm": "PBKDF2/SHA-256",
            "cost": 1000,
            "data": {"call_id": id, "below": max(20, self.work + 1)},
            "expiresAt": 4_000_000_000,
            "keyLength": 32,
            "keyPrefix": derived[:32],
            "keySignature": secrets.token_hex(32),
            "nonce": nonce.hex(),
            "salt": salt.hex(),
        }
        return {"parameters": parameters, "signature": signature}

    async def issue_ticket(self, id: str) -> Any:
        ticket, begins = f"ticket.{secrets.token_hex(16)}.1.{secrets.token_hex(32)}", self.now() + timedelta(minutes=10)
        self.tickets[ticket] = begins
        until = begins + timedelta(hours=1)
        return {"ticket": ticket, "counts_from": begins.isoformat(), "counts_until": until.isoformat()}

    def _lacks_proof(self, request: Request) -> str | None:
        brought = request.headers.get("relevo-proof")
        if brought is None:
            return "proof-is-wanted"
        if brought in self.used or not (self._waited(brought) or self._worked(brought)):
            return "proof-is-not-good"
        self.used.append(brought)
        return None

    def _waited(self, brought: str) -> bool:
        return brought in self.tickets and self.tickets[brought] <= self.now()

    def _worked(self, brought: str) -> bool:
        try:
            payload = json.loads(base64.b64decode(brought, validate=True))
        except ValueError:
            return False
        counter, derived = self.challenges.get(payload["challenge"]["signature"], ("", ""))
        solution = payload["solution"]
        return (str(solution["counter"]), solution["derivedKey"]) == (counter, derived)

    async def read(self, id: str, request: Request) -> Any:
        draft = self._draft(id, request)
        if draft is None:
            return problem(404, "no-such-draft")
        body = {name: value for name, value in draft.items() if name != "revision"}
        body |= {"warnings": self.warns, "refused": self.would_refuse, "questions": self._questions(draft)}
        body["visible"] = self.visible(draft)
        return JSONResponse(body, headers={"ETag": f'"{draft["revision"]}"'})

    async def save(self, id: str, request: Request) -> Any:
        draft = self._draft(id, request)
        if draft is None:
            return problem(404, "no-such-draft")
        if self.saved_between:
            self.saved_between -= 1
            draft["revision"] += 1
        if request.headers["if-match"] != f'"{draft["revision"]}"':
            return problem(412, "draft-changed", "Cambió.")
        if self.refuses is not None:
            return self.refuses
        draft["content"], draft["revision"] = await request.json(), draft["revision"] + 1
        body = {"warnings": self.warns, "refused": self.would_refuse, "visible": self.visible(draft)}
        return JSONResponse(body, headers={"ETag": f'"{draft["revision"]}"'})

    def _questions(self, draft: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.calls.get(draft["call_id"], {}).get("questions", [])
        return found

    def visible(self, draft: dict[str, Any]) -> list[str]:
        """The keys of what is asked of whoever has answered so."""
        answers, found = draft["content"].get("answers") or {}, list[str]()
        for each in self._questions(draft):
            first = each["only_if"]
            answer = answers.get(first["question"]) if first else None
            word = {True: "yes", False: "no"}.get(answer, answer) if isinstance(answer, bool) else answer
            chosen = word if isinstance(word, list) else [word]
            if first is None or (first["question"] in found and {*chosen} & {*first["answers"]}):
                found.append(each["key"])
        return found

    async def discard(self, id: str, request: Request) -> Any:
        draft = self._draft(id, request)
        if draft is None:
            return problem(404, "no-such-draft")
        draft["state"] = "expired"
        return Response(status_code=204)

    async def submit(self, id: str, request: Request) -> Any:
        draft, key = self._draft(id, request), request.headers["idempotency-key"]
        if draft is None:
            return problem(404, "no-such-draft")
        if key in self.once:
            return JSONResponse(self.once[key], 201)
        if self.refuses is not None:
            return self.refuses
        content = draft["content"]
        missing = [name for name in REQUIRED if not content.get(name)]
        needed = {each["key"] for each in self._questions(draft) if each["required"]} & {*self.visible(draft)}
        missing += [f"answers.{key}" for key in sorted(needed - (content.get("answers") or {}).keys())]
        if missing:
            errors = [{"where": f"draft.{each}", "code": "missing", "reason": "falta"} for each in missing]
            return problem(422, "draft-is-incomplete", errors=errors)
        self.submitted.append(await request.json())
        draft["state"] = "submitted"
        mine = self._mine(request)
        steps = [*([{"what": "confirm", "until": CLOSES}] if content.get("contact") else []), {"what": "correct"}]
        mine.update(state="submitted", next=steps)
        self.sent(id, content)
        self.once[key] = {"application_id": id, "receipt_code": None, "submitted_at": "2019-10-25T12:00:00Z"}
        return JSONResponse(self.once[key], 201)

    def sent(self, id: str, content: dict[str, Any]) -> dict[str, Any]:
        """What is kept of somebody's details once they sent it in."""
        self.details[id] = {
            "application_id": id,
            "name": content["name"],
            "contact": content.get("contact"),
            "language": content["language"],
            "display": content.get("display") or "unnamed",
            "letters": content.get("letters") or "all",
            "proposed_contact": None,
            "no_recovery_until": None,
            "corrections": [],
            "recovery": {"way": "waiting", "hours": 72, "asked": None},
        }
        return self.details[id]

    async def read_details(self, id: str, request: Request) -> Any:
        return self._details(id, request) or problem(404, "no-such-application")

    async def correct(self, id: str, request: Request) -> Any:
        found, key = self._details(id, request), request.headers["idempotency-key"]
        if found is None:
            return problem(404, "no-such-application")
        if self.refuses is not None:
            return self.refuses
        if key not in self.once:
            changed = await request.json()
            self.corrected.append(changed)
            found.update(changed)
            correction = {"at": "2019-10-25T12:00:00Z", "details": sorted(changed), "by": "you"}
            found["corrections"] = [*found["corrections"], correction]
            self.once[key] = dict(found)
        return self.once[key]

    async def refuse(self, id: str, request: Request) -> Any:
        found = self._details(id, request)
        if found is None or found["proposed_contact"] is None:
            return problem(404, "no-proposed-contact")
        found["proposed_contact"] = None
        self.refused.append(request.headers["idempotency-key"])
        return {"application_id": id}

    async def read_recovery(self, request: Request) -> Any:
        found = self._details(self._mine(request).get("application_id", ""), request)
        return found["recovery"] if found else problem(404, "no-such-application")

    async def choose(self, request: Request) -> Any:
        if self.refuses is not None:
            return self.refuses
        body = await request.json()
        self.chosen.append(body)
        found = self.details[self._mine(request)["application_id"]]
        found["recovery"] = {"way": body["way"], "hours": body.get("hours", 72), "asked": None}
        return found["recovery"]

    def _mine(self, request: Request) -> dict[str, Any]:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        found: dict[str, Any] = self.intake.mine.get(normalised(self.intake.tokens.get(token, "")), {})
        return found

    def _draft(self, id: str, request: Request) -> dict[str, Any] | None:
        return self.drafts.get(id) if self._mine(request).get("application_id") == id else None

    def _details(self, id: str, request: Request) -> dict[str, Any] | None:
        return self.details.get(id) if self._mine(request).get("application_id") == id else None
