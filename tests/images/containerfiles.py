"""The images that are built here: their Containerfiles, read as instructions, and the packages they are named after."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
IMAGES = {path.parent.name: path for depth in ("*", "*/*") for path in sorted(ROOT.glob(f"{depth}/Containerfile"))}
"""By the folder of what each holds: six services, and the command."""


class Instruction(NamedTuple):
    """One instruction, such as ``RUN`` with what it runs; lines that were broken are joined."""

    verb: str
    rest: str


def instructions(text: str) -> list[Instruction]:
    """All of a Containerfile, without its comments."""
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    parts = [line.strip().partition(" ") for line in lines if line.strip()]
    return [Instruction(verb.upper(), rest.strip()) for verb, _, rest in parts]


def last_stage(read: Sequence[Instruction]) -> list[Instruction]:
    """What becomes the image, from its ``FROM`` on."""
    starts = [index for index, each in enumerate(read) if each.verb == "FROM"]
    return list(read[starts[-1] :]) if starts else []


def commands(read: Sequence[Instruction]) -> list[list[str]]:
    """Each command that is run while the image is built, in words."""
    ran = [each.rest for each in read if each.verb == "RUN"]
    return [words for line in ran for one in re.split(r"&&|\|\||[;|]", line) if (words := one.split())]


def labels(read: Sequence[Instruction]) -> dict[str, str]:
    """What the image says of itself."""
    text = " ".join(each.rest for each in read if each.verb == "LABEL")
    return dict(re.findall(r'([\w.-]+)="([^"]*)"', text))


def project(image: str) -> Mapping[str, Any]:
    """What the package of an image says of itself."""
    return project_in(IMAGES[image].parent)


def project_in(folder: Path) -> Mapping[str, Any]:
    """What a package of ours says of itself."""
    found: Mapping[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    return found
