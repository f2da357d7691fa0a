"""The pages on what is kept of a person, and the bundle that they take along."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from relevo_portal.page.frame import Frame, made, made_alone
from relevo_portal.words.rights import TEXTS, Paper


def rights_page(frame: Frame) -> str:
    return made("rights.html", frame, text=TEXTS[frame.language])


def erase_page(frame: Frame, subject: str, once: str, problem: str | None = None) -> str:
    """What goes and what stays, and the button; with what stood in the way on top."""
    return made("erase.html", frame, text=TEXTS[frame.language].erase, subject=subject, once=once, problem=problem)


def bundle(frame: Frame, found: Mapping[Paper, Any], missing: list[Paper], files: Mapping[str, bytes]) -> bytes:
    """A ZIP file: one page to read all of it by, and each part as the services gave it, for programs."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        text = TEXTS[frame.language]
        archive.writestr("index.html", made_alone("bundle.html", frame, text=text, found=found, missing=missing))
        for name, content in found.items():
            archive.writestr(f"{name}.json", json.dumps(content, ensure_ascii=False, indent=2))
        for file, paper in files.items():
            archive.writestr(file, paper)
    return packed.getvalue()
