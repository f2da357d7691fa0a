"""Certification with invitations, at a test's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeCertification, problem
else:
    from services.portal.tests.fake_services import FakeCertification, problem

STATED: dict[str, Any] = {
    "texts": {
        each: {"issuer": "CIDH", "occasion": f"Programa ({each})", "place": "Washington, DC", "costs": None}
        for each in ("es", "en", "pt", "fr")
    },
    "address": "1889 F Street NW",
    "contact": "+1 202 000 0000",
    "first_on": "2019-12-09",
    "last_on": "2019-12-13",
}


class FakeInviting(FakeCertification):
    """Makes invitations for one participant, as many as there are left."""

    def __init__(self) -> None:
        super().__init__()
        self.stated: dict[str, Any] | None = STATED
        self.is_over = False
        self.left = 5
        self.refuses_to_invite: JSONResponse | None = None
        self.made: dict[str, dict[str, str]] = {}
        self.app.get("/me/invitations")(self.read_invitations)
        self.app.post("/me/invitations")(self.make)

    async def read_invitations(self) -> Any:
        if self.refuses_to_invite is not None and self.refuses_to_invite.status_code == 409:
            return problem(409, "not-invited")
        made = [
            {"made_at": "2019-11-20T15:00:00Z", "language": each["language"], "valid_until": "2019-12-13"}
            | {"status": "valid"}
            for each in self.made.values()
        ]
        return {"made": made, "left": self.left, "is_over": self.is_over, "stated": self.stated}

    async def make(self, request: Request) -> Response:
        if self.refuses_to_invite is not None:
            return self.refuses_to_invite
        body = await request.json()
        key = request.headers["idempotency-key"]
        if key not in self.made:
            self.left -= 1
        self.made[key] = body
        return Response(f"%PDF {body['passport_name']}", headers={"Content-Type": "application/pdf"})
