"""No module of the house imports itself by way of others, not even for a type alone."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest
from tests.documents.rooms import Graph, boxed, imported, imports, modules


def circle(graph: Graph) -> list[str]:
    """A way from a module back to itself; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def test_no_module_of_the_house_imports_itself_by_way_of_others() -> None:
    graph = imports(modules())
    assert len(graph) > 300, "the house was not found"
    assert circle(graph) == []


@pytest.mark.parametrize(
    "source",
    [
        "import relevo_x.b",
        "from relevo_x import b",
        "from relevo_x.b import what",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from relevo_x.b import What",
        "def late():\n    from relevo_x.b import what",
    ],
)
def test_a_planted_circle_is_caught(source: str) -> None:
    known = {"relevo_x", "relevo_x.a", "relevo_x.b"}
    graph = {"relevo_x.a": set(imported(source, known)), "relevo_x.b": {"relevo_x.a"}}
    assert set(circle(graph)) == {"relevo_x.a", "relevo_x.b"}
    assert circle({"relevo_x.a": set(), "relevo_x.b": {"relevo_x.a"}}) == []


def test_a_picture_has_one_box_for_a_circle_and_no_arrow_that_follows_from_others() -> None:
    graph = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str]()}
    assert boxed(graph) == {"a": {"b, c"}, "b, c": {"d"}, "d": set()}
