"""The pages of staff: the way in, and the first page."""

from __future__ import annotations

from collections.abc import Collection

from relevo_portal.page.frame import Frame, made
from relevo_portal.words.staff import TEXTS, StaffMistake, StaffNotice


def staff_door_page(frame: Frame, mistake: StaffMistake | None = None, notice: StaffNotice | None = None) -> str:
    return made("staff/door.html", frame, staff=TEXTS[frame.language], mistake=mistake, notice=notice)


def way_out_page(frame: Frame, there: str) -> str:
    return made("staff/out.html", frame, staff=TEXTS[frame.language], there=there)


def home_page(frame: Frame, name: str, everywhere: Collection[str]) -> str:
    """``name`` is what the provider calls them, and may be empty; ``everywhere`` what they are in all editions."""
    words = TEXTS[frame.language]
    named = [text for role, text in words.role_names.items() if role in everywhere]
    return made("staff/home.html", frame, staff=words, called=name, roles=named)
