"""The page for whoever is in danger."""

from __future__ import annotations

from relevo_portal.page.frame import Frame, made
from relevo_portal.services.intake import Danger
from relevo_portal.words.danger import TEXTS


def danger_page(
    frame: Frame, found: Danger | None, once: str, problem: str | None = None, *, nothing_yet: bool = False
) -> str:
    """Whether one is in danger, as one said, and what that does; ``None`` while intake cannot tell.

    ``nothing_yet``: of whoever has sent no application there is nothing to hide, to stop or to be told.
    """
    values = {"danger": found, "once": once, "problem": problem, "nothing_yet": nothing_yet}
    return made("danger.html", frame, text=TEXTS[frame.language], **values)
