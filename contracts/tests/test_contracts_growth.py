"""Contracts only grow: a closed writer fits an open reader, forward for consumers in production, backward for replays.

The judge is jsonschema-rs; what it cannot decide counts as incompatible.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from jsonschema_rs.canonical import Containment
from pydantic import BaseModel, Field, create_model

from relevo_contracts import CONTRACTS, Contract, Event
from relevo_contracts.generate import broken, main
from relevo_contracts.model import Count, Day, Id, Instant, Minutes, Requirements, reading
from relevo_contracts.schemas import Schema, breaches, closed_schema, open_schema

RELEASED = Path(__file__).resolve().parent.parent / "schemas"
Because = Literal["asked", "expired", "other"]
Fewer = Literal["asked", "other"]
More = Literal["asked", "expired", "moved", "other"]
Renamed = Literal["asked", "lapsed", "other"]


def fits(writer: Schema, reader: Schema) -> bool:
    """Whether whatever the writer sends, the reader takes."""
    sent, reads = (
        jsonschema_rs.canonicalize(each, draft=jsonschema_rs.Draft202012, validate_formats=True)
        for each in (writer, reader)
    )
    return reads.covers(sent) == Containment.YES


def knowing(reader: Schema) -> Schema:
    """A reader that takes only fields and codes it knows, and misses none."""
    known: Schema = {name: value for name, value in closed_schema(reader).items() if name != "required"}
    if "properties" in reader:
        known["properties"] = {name: knowing(each) for name, each in reader["properties"].items()}
    return known


def objections(old: Schema, new: Schema) -> set[str]:
    """Why the step from one schema to the next is not growth."""
    found = {
        "forward": fits(closed_schema(new), old),
        "backward": fits(closed_schema(old), new),
        "kept": fits(closed_schema(old), knowing(new)),
    }
    return {name for name, fine in found.items() if not fine}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.model.__name__)
def test_the_models_are_compatible_with_the_released_schemas(contract: Contract) -> None:
    path = RELEASED / f"{contract.model.__name__}.v{contract.model.version}.json"
    released = json.loads(path.read_text(encoding="utf-8"))
    assert objections(released, open_schema(contract.model)) == set()
    assert list(breaches(released, open_schema(contract.model))) == []


def test_every_released_schema_still_has_its_event() -> None:
    assert {path.name for path in RELEASED.glob("*.json")} == {
        f"{each.model.__name__}.v{each.model.version}.json" for each in CONTRACTS
    }


class Asked(BaseModel):
    minutes: Minutes = 240
    adds_up: bool = False


def schema_of(**changed: Any) -> Schema:
    """The schema of an event made up for these tests; a change of ``None`` takes the field away."""
    fields: dict[str, Any] = {
        "call_id": (Id, ...),
        "held_on": (Day, ...),
        "ended_at": (Instant, ...),
        "minutes": (Minutes, ...),
        "late": (bool, False),
        "certificate_id": (Id | None, ...),
        "session_ids": (tuple[Id, ...], ()),
        "because": (Annotated[Because, reading(Because)], ...),
        "asked": (Asked, ...),
    } | changed
    model: type[Event] = create_model(
        "CallMoved",
        __base__=Event,
        __doc__="A call was moved.",
        __cls_kwargs__={"service": "intake", "aggregate": "call", "verb": "moved", "key": "call_id"},
        **{name: each for name, each in fields.items() if each is not None},
    )
    return open_schema(model)


class AskedMore(Asked):
    days: Count = 60


class AskedMoreAtOnce(Asked):
    days: Count


class AskedLess(BaseModel):
    minutes: Minutes = 240


class AskedNarrower(Asked):
    minutes: Annotated[int, Field(ge=60, le=10**6)] = 240


GROWTH = {
    "nothing": {},
    "a new optional field": {"people": (Count, 0)},
    "a new optional field that may be null": {"person_id": (Id | None, None)},
    "a new optional list": {"people_ids": (tuple[Id, ...], ())},
    "a new code": {"because": (Annotated[More, reading(More)], ...)},
    "a new optional field within a field": {"asked": (AskedMore, ...)},
}
BREACHES = {
    "a required field removed": ({"minutes": None}, {"forward", "kept"}),
    "an optional field removed": ({"late": None}, {"kept"}),
    "a field renamed": ({"minutes": None, "length": (Minutes, ...)}, {"forward", "backward", "kept"}),
    "a new required field": ({"people": (Count, ...)}, {"backward"}),
    "an optional field made required": ({"late": (bool, ...)}, None),
    "a required field made optional": ({"minutes": (Minutes, 0)}, None),
    "a default changed": ({"late": (bool, True)}, None),
    "a type changed": ({"minutes": (bool, ...)}, {"forward", "backward", "kept"}),
    "a type changed to text": ({"held_on": (Id, ...)}, {"forward", "backward", "kept"}),
    "a day made an instant": ({"held_on": (Instant, ...)}, {"forward", "backward", "kept"}),
    "a range narrowed": ({"minutes": (Annotated[int, Field(ge=0, le=600)], ...)}, {"backward", "kept"}),
    "a range widened": ({"minutes": (Annotated[int, Field(ge=0, le=10**7)], ...)}, {"forward"}),
    "a pattern changed": (
        {"call_id": (Annotated[str, Field(pattern="^[0-9a-f]{16}$")], ...)},
        {"forward", "backward", "kept"},
    ),
    "null no longer allowed": ({"certificate_id": (Id, ...)}, {"backward", "kept"}),
    "null newly allowed": ({"call_id": (Id | None, ...)}, {"forward"}),
    "a code removed": ({"because": (Annotated[Fewer, reading(Fewer)], ...)}, {"kept"}),
    "a code renamed": ({"because": (Annotated[Renamed, reading(Renamed)], ...)}, {"kept"}),
    "items changed": ({"session_ids": (tuple[Day, ...], ())}, {"forward", "backward", "kept"}),
    "a list made single": ({"session_ids": (Id, ...)}, {"forward", "backward", "kept"}),
    "a new required field within a field": ({"asked": (AskedMoreAtOnce, ...)}, {"backward"}),
    "a field removed within a field": ({"asked": (AskedLess, ...)}, {"kept"}),
    "a range narrowed within a field": ({"asked": (AskedNarrower, ...)}, {"backward", "kept"}),
}


@pytest.mark.parametrize("changed", GROWTH.values(), ids=GROWTH)
def test_growth_is_accepted(changed: dict[str, Any]) -> None:
    assert objections(schema_of(), schema_of(**changed)) == set()
    assert list(breaches(schema_of(), schema_of(**changed))) == []


@pytest.mark.parametrize(("changed", "expected"), BREACHES.values(), ids=BREACHES)
def test_whatever_is_not_growth_is_caught(changed: dict[str, Any], expected: set[str] | None) -> None:
    """``None``: readers and writers would still agree, yet it is no growth, and the generator refuses it."""
    old, new = schema_of(), schema_of(**changed)
    assert list(breaches(old, new))
    if expected is not None:
        assert objections(old, new) >= expected


def test_what_cannot_be_decided_counts_as_incompatible() -> None:
    writer = {"type": "string", "pattern": "^(a|b)*c$"}
    reader = {"type": "string", "pattern": "^[ab]*c$"}
    sent, reads = (jsonschema_rs.canonicalize(each, draft=jsonschema_rs.Draft202012) for each in (writer, reader))
    assert reads.covers(sent) == Containment.UNKNOWN
    assert not fits(writer, reader)


def test_the_generator_refuses_to_overwrite_a_released_schema_with_anything_but_growth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--into", str(tmp_path), "--topology", str(tmp_path / "none")]
    assert main(arguments) == 0
    path = tmp_path / "schemas" / "CallClosed.v1.json"
    released = json.loads(path.read_text(encoding="utf-8"))
    released["properties"]["closed_by"]["x-codes"].append("storm")
    released["properties"]["seats"] = released["properties"]["applications"]
    path.write_text(json.dumps(released), encoding="utf-8")
    assert main(arguments) == 1
    complaint = capsys.readouterr().err
    assert "closed_by.code storm is gone" in complaint
    assert "seats is gone" in complaint
    assert "storm" in path.read_text(encoding="utf-8")
    assert main([*arguments, "--unreleased"]) == 0
    assert "storm" not in path.read_text(encoding="utf-8")


def test_an_event_that_is_gone_is_no_growth(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "CallMoved.v1.json").write_text(json.dumps(schema_of()), encoding="utf-8")
    assert list(broken({}, tmp_path)) == ["schemas/CallMoved.v1.json: the event is gone"]


def test_requirements_travel_within_events_and_grow_with_them() -> None:
    schema = open_schema(next(each.model for each in CONTRACTS if each.model.__name__ == "CallOpened"))
    assert set(schema["properties"]["requirements"]["properties"]) == set(Requirements.model_fields)
    assert "required" not in schema["properties"]["requirements"]
