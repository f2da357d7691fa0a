"""Materials of the week that every role asks for."""

from __future__ import annotations

from relevo_scheduling.cleaning.cleaner import Cleaner
from relevo_testkit.pictures import png
from relevo_testkit.routes import World

__all__ = ["Cleaner", "a_material"]


async def a_material(world: World, edition_id: str, session_id: str | None) -> str:
    """A material with a file, of a session or of the whole week."""
    path = f"/editions/{edition_id}/materials"
    form = {"session_id": session_id, "kind": "reading", "language": "es", "title": "Una lectura"}
    world.bodies["POST /editions/{edition_id}/materials"] = form
    world.bodies["PUT /editions/{edition_id}/materials/{material_id}"] = form
    world.bodies["PUT /editions/{edition_id}/materials/{material_id}/file"] = png()
    added = await world.made("POST", path, form)
    id = str(added.json()["material_id"])
    tagged = {**world.actor("coordinator").headers, "If-Match": added.headers["etag"]}
    await world.made("PUT", f"{path}/{id}/file", png(), tagged)
    return id
