"""The words of every code, for whoever shows the service's answers to people."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.http.routes import Routes
from relevo_chassis.languages import Language
from relevo_multiplier_tracking.words import every_code

router = Routes(tags=["words"])


@router.get("/codes")
async def list_codes(response: Response) -> dict[str, dict[str, dict[Language, str]]]:
    """Every list of codes that answers hold, each code with its words in the four languages."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    return every_code()
