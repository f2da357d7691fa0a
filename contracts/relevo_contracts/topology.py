"""The streams and durables as the operators' topology files list them: what the AsyncAPI document tells of delivery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Durable(NamedTuple):
    """A durable consumer: who reads which subjects of which stream."""

    name: str
    stream: str
    filter_subjects: tuple[str, ...]
    settings: Mapping[str, Any]

    def takes(self, subject: str) -> bool:
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
    """Read the files of a folder, in the order of their names; a folder that is not there has none."""
    streams: list[Stream] = []
    durables: list[Durable] = []
    for path in sorted(folder.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        streams.extend(_stream(each) for each in found.get("streams", ()))
        durables.extend(_durable(each) for each in found.get("durables", ()))
    return Topology(
        tuple(sorted(streams, key=lambda each: each.name)), tuple(sorted(durables, key=lambda each: each.name))
    )


def _stream(found: Mapping[str, Any]) -> Stream:
    rest = {key: value for key, value in found.items() if key not in ("name", "subjects")}
    return Stream(found["name"], tuple(found["subjects"]), rest)


def _durable(found: Mapping[str, Any]) -> Durable:
    rest = {key: value for key, value in found.items() if key not in ("name", "stream", "filter_subjects")}
    return Durable(found["name"], found["stream"], tuple(found["filter_subjects"]), rest)


def _matches(pattern: list[str], subject: list[str]) -> bool:
    for at, part in enumerate(pattern):
        if part == ">":
            return len(subject) > at
        if at >= len(subject) or part not in ("*", subject[at]):
            return False
    return len(pattern) == len(subject)
