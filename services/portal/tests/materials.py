"""Scheduling's materials as the portal is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeScheduling, problem
else:
    from services.portal.tests.fake_services import FakeScheduling, problem

ADDED = "2019-12-01T10:00:00Z"
CONTENT = b"%PDF-1.7 " + bytes(300_000)


class FakeMaterials(FakeScheduling):
    """A week with materials of its own: files are all the same, links lead out."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[tuple[str | None, dict[str, Any]]] = []
        self.languages: list[str | None] = []
        self.sent = 0
        self.app.get("/me/materials")(self.read_materials)
        self.app.get("/me/materials/bundle")(self.read_bundle)
        self.app.get("/me/materials/{id}/file")(self.read_material)

    def give(self, title: str, session_id: str | None = None, *, link: str | None = None, **more: Any) -> str:
        """One more; returns its id."""
        id = f"{len(self.items) + 1:032x}"
        file = {"media": "application/pdf", "size_bytes": len(CONTENT), "digest": "d" * 64}
        item = {
            "material_id": id,
            "kind": "reading",
            "language": "es",
            "title": title,
            "link": link,
            "file": None if link else file,
            "added_at": ADDED,
            "changed_at": ADDED,
            **more,
        }
        self.items.append((session_id, item))
        return id

    async def read_materials(self, language: str | None = None) -> Any:
        if self.lacks:
            return problem(404, self.lacks)
        self.languages.append(language)
        seen = [(of, each) for of, each in self.items if language is None or each["language"] in (language, "any")]
        sessions = [
            {
                **{name: session[name] for name in ("session_id", "kind", "topic", "starts_at")},
                "materials": [each for of, each in seen if of == session["session_id"]],
            }
            for session in sorted(self.programme["sessions"], key=lambda each: each["starts_at"])
        ]
        return {
            "edition_id": "3" * 32,
            "week": [each for of, each in seen if of is None],
            "sessions": [each for each in sessions if each["materials"]],
            "size_bytes": sum(each["file"]["size_bytes"] for _, each in seen if each["file"]),
        }

    async def read_material(self, id: str) -> Response:
        found = next((each for _, each in self.items if each["material_id"] == id and each["file"]), None)
        if found is None:
            return problem(404, "no-such-material")
        return Response(CONTENT, media_type=found["file"]["media"])

    async def read_bundle(self, request: Request, language: str | None = None) -> Response:
        self.languages.append(language)
        return Response(b"PK\x03\x04" + request.headers["accept-language"].encode(), media_type="application/zip")
