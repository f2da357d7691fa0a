"""The files that pages need: the style, and scripts. Their names change with what is in them."""

from __future__ import annotations

from fastapi import HTTPException, Response

from relevo_chassis.http.routes import Routes
from relevo_portal.page.frame import FILES
from relevo_portal.page.guarding import SCRIPTS
from relevo_portal.page.offline import MODULES

router = Routes(include_in_schema=False)
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/files/{name}")
async def read_file(name: str) -> Response:
    found = FILES.get(name) or MODULES.get(name) or SCRIPTS.get(name)
    if found is None:
        raise HTTPException(404)
    return Response(found.content, media_type=found.media, headers={"Cache-Control": _FOR_EVER})
