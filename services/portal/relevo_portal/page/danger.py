"""The page for whoever is in danger."""

from __future__ import annotations

from relevo_portal.page.frame import Frame, made
from relevo_portal.services.intake import Danger
from relevo_portal.words.danger import TEXTS


def danger_page(frame: Frame, found: Danger | None, once: str, problem: str | None = None) -> str:
    """Whether one is in danger, as one said, and what that does; ``None`` while intake cannot tell."""
    return made("danger.html", frame, danger=found, text=TEXTS[frame.language], once=once, problem=problem)
