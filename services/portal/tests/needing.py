"""What the fake of intake answers of what somebody needs for the week, as docs/api/intake.openapi.json says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.applying import problem
else:
    from services.portal.tests.applying import problem

NOTHING: dict[str, Any] = {
    "from_languages": [],
    "into": None,
    "into_named": "",
    "access": "",
    "diet": "",
    "arrival_on": None,
    "arrival_place": "",
    "arrival_number": "",
    "departure_on": None,
    "departure_place": "",
    "departure_number": "",
    "emergency_name": "",
    "emergency_reach": "",
    "emergency_agreed": False,
    "passport_name": "",
}


class FakeNeeds:
    """Of the one person who takes part."""

    def __init__(self, intake: Any) -> None:
        self.intake = intake
        self.needs: dict[str, Any] | None = None
        self.revision = 0
        self.is_known = True
        self.lacks: JSONResponse | None = None
        self.refuses: JSONResponse | None = None
        self.stated: list[dict[str, Any]] = []
        self.changed_between = 0
        intake.app.get("/me/needs")(self.read)
        intake.app.put("/me/needs")(self.state)
        intake.app.delete("/me/needs")(self.clear)

    def has(self, **needs: Any) -> None:
        """It is stated so."""
        self.needs, self.revision = {**NOTHING, **needs}, self.revision + 1

    async def read(self) -> Any:
        return self.lacks or self._answer()

    async def state(self, request: Request) -> Any:
        if self.lacks:
            return self.lacks
        if self.changed_between:
            self.changed_between -= 1
            self.revision += 1
        if request.headers["if-match"] != f'"{self.revision}"':
            return problem(412, "changed-since", "Cambió.")
        if self.refuses is not None:
            return self.refuses
        body = await request.json()
        assert body.keys() <= NOTHING.keys()
        self.stated.append(body)
        self.has(**body)
        return self._answer()

    async def clear(self) -> Any:
        if self.refuses is not None:
            return self.refuses
        self.needs, self.revision = None, self.revision + 1
        return Response(status_code=204)

    def _answer(self) -> JSONResponse:
        body = {
            "needs": self.needs,
            "changed_at": "2019-10-25T12:00:00Z" if self.needs else None,
            "first_on": "2019-12-09" if self.is_known else None,
            "last_on": "2019-12-13" if self.is_known else None,
            "kept_until_on": "2019-12-27" if self.is_known else None,
        }
        return JSONResponse(body, headers={"ETag": f'"{self.revision}"'})
