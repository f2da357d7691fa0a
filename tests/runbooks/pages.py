"""The pages of deploy/docs: what is to be entered, and what they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from relevo_servers import free_port

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "docs"
INDEX = FOLDER / "README.md"


def text(page: str) -> str:
    return (FOLDER / page).read_text("utf-8")


def blocks(page: str) -> Sequence[str]:
    """What a page has entered into a terminal, in its order."""
    return re.findall(r"^```bash\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)


def free_ports(block: str) -> Mapping[str, str]:
    """A port that nobody listens on for each that a block names."""
    named = re.findall(r"\b82\d\d\b", block)
    found: set[int] = set()
    while len(found) < len(named):
        found.add(free_port())
    return dict(zip(named, map(str, found), strict=True))
