"""What goes into each image, read from its Containerfile and from the files that it pins by."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.images.containerfiles import IMAGES, ROOT, Instruction, commands, instructions

ASSETS = "relevo_certification.assets"
LOCKED = ROOT / "services/certification/relevo_certification/assets/package-lock.json"
IN_IMAGES = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.0",
    "python_version": "3.11",
    "sys_platform": "linux",
}
"""By what the markers of a requirement are told whether an image has it."""


class Pin(NamedTuple):
    """A package in one version, and the digests in hex that what is installed of it may have."""

    name: str
    version: str
    digests: tuple[str, ...]
    licence: str = ""


class Contents(NamedTuple):
    """What is put into an image beside its base.

    ``ours`` are folders of packages, ``run`` is installed from PyPI, ``laid`` are npm packages that files are taken of,
    and ``tools`` are used while it is built and left behind.
    """

    ours: tuple[Path, ...]
    run: tuple[Pin, ...]
    laid: tuple[Pin, ...]
    tools: tuple[Pin, ...]


def contents(image: str) -> Contents:
    """All of it, in the order of names."""
    read = instructions(IMAGES[image].read_text("utf-8"))
    sources = copied(read)
    ours, run, tools = list[Path](), list[Pin](), list[Pin]()
    for words in commands(read):
        if "--require-hashes" in words:
            found = pins(ROOT / sources[words[words.index("-r") + 1]])
            (run if "wheel" in words else tools).extend(found)
        elif "wheel" in words:
            ours += [ROOT / sources[each] for each in words if each in sources]
    laid = locked(LOCKED) if any(ASSETS in words for words in commands(read)) else []
    return Contents(tuple(ours), tuple(sorted(run)), tuple(sorted(laid)), tuple(sorted(tools)))


def copied(read: list[Instruction]) -> dict[str, str]:
    """Where each path of the build was copied from."""
    copies = [each.rest.split() for each in read if each.verb == "COPY" and not each.rest.startswith("--from")]
    return {
        f"{into}{source.rpartition('/')[2]}" if into.endswith("/") else into: source
        for *sources, into in copies
        for source in sources
    }


def pins(path: Path, everywhere: bool = False) -> list[Pin]:
    """What a file of requirements pins for an image; with ``everywhere`` for other systems and Pythons as well."""
    found = []
    for line in path.read_text("utf-8").replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        first, *digests = re.split(r"\s+--hash=sha256:", line.strip())
        wanted = Requirement(first)
        if everywhere or wanted.marker is None or wanted.marker.evaluate({**IN_IMAGES}):
            (only,) = wanted.specifier
            found.append(Pin(canonicalize_name(wanted.name), only.version, tuple(digests)))
    return found


def locked(path: Path) -> list[Pin]:
    """What a lock file of npm pins."""
    packages: Mapping[str, Mapping[str, str]] = json.loads(path.read_text("utf-8"))["packages"]
    return [
        Pin(
            each.get("name", where.rpartition("node_modules/")[2]),
            each["version"],
            (_hex(each["integrity"]),),
            each.get("license", ""),
        )
        for where, each in packages.items()
        if where
    ]


def _hex(integrity: str) -> str:
    algorithm, _, digest = integrity.partition("-")
    if algorithm != "sha512":
        raise ValueError(f"{integrity} is no SHA-512: lock the package anew with npm 7 or later")
    return base64.b64decode(digest).hex()
