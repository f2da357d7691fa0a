"""How a person is shown: the one way in which a name leaves the vault for somebody's eyes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, NamedTuple, TypeVar

A = TypeVar("A", bound=str)
P = TypeVar("P", bound=str)


class Level(Enum):
    """How much of a person somebody sees."""

    NAME = auto()
    AS_CHOSEN = auto()
    """The name if the person chose that, nothing otherwise."""
    PSEUDONYM = auto()
    NOTHING = auto()


class Person(NamedTuple):
    """Somebody who may be shown: the name, whether they chose that anybody may see it, and what stands for it."""

    name: str | None
    is_open: bool = False
    pseudonym: str | None = None


class Shown(NamedTuple):
    """A person as somebody sees them. ``words`` are the name or the pseudonym, ``None`` where nothing is shown."""

    level: Level
    words: str | None


NOTHING = Shown(Level.NOTHING, None)


@dataclass(frozen=True, eq=False)
class Showing(Generic[A, P]):
    """How a service shows people. ``levels`` says for whom and what for; the lists of both are the service's own."""

    levels: Mapping[tuple[A, P], Level]

    def shown(self, person: Person, to: A, purpose: P) -> Shown:
        """The person as ``to`` sees them for this purpose; nothing where the service says nothing of it."""
        match self.levels.get((to, purpose), Level.NOTHING):
            case Level.NAME:
                return _with(Level.NAME, person.name)
            case Level.AS_CHOSEN:
                return _with(Level.NAME, person.name if person.is_open else None)
            case Level.PSEUDONYM:
                return _with(Level.PSEUDONYM, person.pseudonym)
        return NOTHING


def _with(level: Level, words: str | None) -> Shown:
    return NOTHING if words is None else Shown(level, words)
