"""The streams and durables as the operators' topology files list them, and those of a partner as each one gets them:
what the AsyncAPI documents tell of delivery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from relevo_contracts.partners import PUBLIC, durables_of

PARTNER = "partner"
"""What the partner is called that stands for all of them."""


class Durable(NamedTuple):
    """A durable consumer: who reads which subjects of which stream."""

    name: str
    stream: str
    filter_subjects: tuple[str, ...]
    settings: Mapping[str, Any]

    def matches(self, subject: str) -> bool:
        return any(_matches(pattern.split("."), subject.split(".")) for pattern in self.filter_subjects)


class Stream(NamedTuple):
    """A stream: which subjects it keeps, and how."""

    name: str
    subjects: tuple[str, ...]
    settings: Mapping[str, Any]


class Topology(NamedTuple):
    streams: tuple[Stream, ...] = ()
    durables: tuple[Durable, ...] = ()

    def stream(self, name: str) -> Stream | None:
        return next((each for each in self.streams if each.name == name), None)


def read_topology(folder: Path) -> Topology:
    """Read the files of a folder; what defaults.json says goes for all that do not say otherwise.

    Where there are streams, ``PARTNER`` has durables on all public events.
    """
    files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    defaults = files.pop("defaults.json", {})
    if files:
        files[PARTNER] = {"consumers": durables_of(PARTNER, PUBLIC)}
    streams = [
        Stream(each["name"], tuple(each["subjects"]), _settings(defaults.get("stream", {}), each))
        for found in files.values()
        for each in found.get("streams", ())
    ]
    durables = [
        Durable(
            each["name"],
            each["stream"],
            tuple(each["filter_subjects"]),
            _settings(defaults.get("consumer", {}), each),
        )
        for found in files.values()
        for each in found.get("consumers", ())
    ]
    return Topology(tuple(sorted(streams)), tuple(sorted(durables)))


def _settings(defaults: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    named = ("name", "subjects", "stream", "filter_subjects")
    return {key: value for key, value in {**defaults, **found}.items() if key not in named}


def _matches(pattern: list[str], subject: list[str]) -> bool:
    for at, part in enumerate(pattern):
        if part == ">":
            return len(subject) > at
        if at >= len(subject) or part not in ("*", subject[at]):
            return False
    return len(pattern) == len(subject)
