"""What is growth of a store and what is not: planted changes of a model that two releases share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, computed_field, create_model
from tests.upgrade.growth import broken, fields, newly_handled, paths
from tests.upgrade.stored import _facts, _schemas

from relevo_chassis.delivery.store import Index

Kept = Literal["open", "closed"]
KEYS = (("state.call_id", 1),)
READS_NOT_NEW, READS_NOT_OLD = (
    "seat: the release before does not read all that this one writes",
    "seat: this release does not read all that the one before wrote",
)


class Score(BaseModel):
    by: str
    points: int = Field(default=0, ge=0, le=10)


class Counted(BaseModel):
    scores: tuple[Score, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        return sum(each.points for each in self.scores)


class Forbidding(BaseModel):
    model_config = ConfigDict(extra="forbid")


def seat(base: type[BaseModel] = BaseModel, **changed: Any) -> dict[str, Any]:
    """What a service stores that has one model; a change of ``None`` takes the field away."""
    own: dict[str, Any] = {
        "kept": (Kept, "open"),
        "since": (datetime | None, None),
        "scores": (tuple[Score, ...], ()),
        "notes": (dict[str, Score], {}),
    } | changed
    model = create_model("Seat", __base__=base, **{name: each for name, each in own.items() if each is not None})
    return stored(models={"seat": _schemas(model)})


def stored(**fields_of: Any) -> dict[str, Any]:
    return {"models": {}, "rows": {}, "indexes": {}, "handles": [], "deadlines": []} | fields_of


class NewScore(Score):
    round: int = 1


class MustHave(Score):
    round: int


class Narrower(Score):
    points: int = Field(default=0, ge=0, le=5)


@pytest.mark.parametrize(
    "changed",
    [{}, {"held": (bool, False)}, {"scores": (tuple[NewScore, ...], ())}, {"notes": (dict[str, NewScore], {})}],
    ids=["nothing", "a new field with a default", "the same within a list", "the same within a map"],
)
def test_growth_is_taken(changed: dict[str, Any]) -> None:
    assert list(broken(seat(), seat(**changed))) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"kept": (Literal["open", "closed", "lost"], "open")}, {READS_NOT_NEW}),
        ({"kept": (Literal["open"], "open")}, {READS_NOT_OLD}),
        ({"held": (bool, ...)}, {READS_NOT_OLD}),
        ({"since": (datetime, ...)}, {READS_NOT_OLD}),
        ({"since": (int | None, None)}, {READS_NOT_NEW, READS_NOT_OLD}),
        ({"scores": (tuple[MustHave, ...], ())}, {READS_NOT_OLD}),
        ({"scores": (tuple[Narrower, ...], ())}, {READS_NOT_OLD}),
        ({"notes": (tuple[Score, ...], ())}, {READS_NOT_NEW, READS_NOT_OLD}),
    ],
    ids=[
        *("a new code", "a code gone", "a new field that must be there", "null no longer", "another type"),
        *("one that must be there within a list", "a range narrowed", "a map made a list"),
    ],
)
def test_what_one_of_two_releases_cannot_read_is_caught(changed: dict[str, Any], expected: set[str]) -> None:
    assert {*broken(seat(), seat(**changed))} == expected


def test_a_model_that_forbids_further_fields_does_not_grow() -> None:
    assert list(broken(seat(Forbidding), seat(Forbidding))) == []
    assert list(broken(seat(Forbidding), seat(Forbidding, held=(bool, False)))) == [READS_NOT_NEW]


def test_a_model_that_is_gone_is_caught() -> None:
    assert list(broken(seat(), stored())) == ["seat: the model is gone, and what is stored of it"]


def test_what_is_computed_is_written_and_passed_over_when_it_is_read() -> None:
    assert list(broken(*[stored(models={"seat": _schemas(Counted)})] * 2)) == []


@pytest.mark.parametrize(
    ("before", "after", "messages"),
    [
        (Index(KEYS), Index(KEYS), []),
        (Index(KEYS), Index((*KEYS, ("_id", 1))), []),
        (Index(KEYS), Index(KEYS, unique=True), ["none with other options"]),
        (Index(KEYS, where={"state.kept": "open"}), Index(KEYS), ["none with other options"]),
        (Index((("_id", 1), *KEYS)), Index(KEYS, unique=True), ["does not know that it is unique"]),
    ],
)
def test_an_index_that_would_keep_a_release_from_starting_or_writing_is_caught(
    before: Index, after: Index, messages: list[str]
) -> None:
    found = [*broken(*(stored(indexes={"seat": [_facts(each)]}) for each in (before, after)))]
    assert [part for part, line in zip(messages, found, strict=True) if part in line] == messages


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (stored(rows={"letters": ["to", "sent"]}), stored(rows={"letters": ["to"]})),
        (stored(deadlines=["offer"]), stored(deadlines=["seat"])),
    ],
)
def test_rows_and_deadlines_that_nobody_reads_any_more_are_caught(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert list(broken(old, new))
    assert list(broken(old, old)) == []


def test_fields_are_told_apart_by_their_path_wherever_they_stand() -> None:
    here = {"intake": seat()}
    assert fields(here, of=here) >= {"intake seat scores.points", "intake seat notes.by", "intake seat since"}
    assert fields(here, of={"intake": stored()}) == set()
    assert paths(_schemas(NewScore)["reads"]) - paths(_schemas(Score)["reads"]) == {"round"}


def test_whoever_handles_something_new_comes_before_whoever_tells_it() -> None:
    before = {"intake": stored(), "portal": stored(handles=["intake SeatOffered"])}
    after: Callable[[str], dict[str, Any]] = lambda event: {  # noqa: E731
        "intake": stored(),
        "portal": stored(handles=["intake SeatOffered", event]),
        "webhooks": stored(handles=[event]),
    }
    assert newly_handled(before, after("intake SeatMoved")) == ["portal before intake: SeatMoved"]
    assert newly_handled(before, after("intake SeatOffered")) == []
