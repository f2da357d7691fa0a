"""The words of every code, for whoever shows the service's answers to people."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.edge.routes import Routes
from relevo_multiplier_tracking.codes import LISTS
from relevo_multiplier_tracking.domain.sealed import Language

router = Routes(tags=["words"])


@router.get("/codes")
async def list_codes(response: Response) -> dict[str, dict[str, dict[Language, str]]]:
    """Every list of codes that answers hold, each code with its words in the four languages."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    return {name: {code: dict(said) for code, said in words.items()} for name, (_, words) in LISTS.items()}
