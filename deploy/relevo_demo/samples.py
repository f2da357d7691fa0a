"""One certificate in each of its forms, laid where it is easily found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from relevo_demo.story.certifying import Certified, Fetched


def lay(certified: Certified, folder: Path) -> dict[str, str]:
    """Copy a valid one whose holder shows the name; returns the paths relative to the working directory."""

    def liking(one: Fetched) -> tuple[bool, bool, bool, int]:
        person = one.holder.person
        return (one.expected != "valid", bool(person.part), person.display != "named", person.number)

    chosen = min(certified.fetched, key=liking)
    names = {"pdf": "certificate.pdf", "credential": "credential.json", "jwt": "credential.jwt"}
    paths = {}
    for form, name in names.items():
        paths[form] = relative(Path(shutil.copy(chosen.folder / name, folder / name)))
    public = folder / "verification.json"
    public.write_text(json.dumps(chosen.public, ensure_ascii=False, indent=2), encoding="utf-8")
    files = {
        "did": certified.did,
        "status_list": certified.status_list,
        "refresh_list": certified.refresh_list,
        "verification": public,
    }
    return {**paths, **{name: relative(path) for name, path in files.items()}}


def relative(path: Path) -> str:
    whole = path.resolve()
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else str(whole)
