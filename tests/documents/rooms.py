"""The house drawn from its imports: packages, the rooms of the chassis, and those of each service."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "house.md"
SERVICES = ("intake", "scheduling", "multiplier_tracking", "certification", "portal", "webhooks")
PACKAGES = {
    "relevo_contracts": ROOT / "contracts",
    "relevo_chassis": ROOT / "chassis",
    "relevo_servers": ROOT / "servers",
    "relevo_testkit": ROOT / "testkit",
    **{f"relevo_{service}": ROOT / "services" / service for service in SERVICES},
    "relevo_deploy": ROOT / "deploy",
    "relevo_demo": ROOT / "deploy",
}
INTRODUCTION = """# The house, drawn from its imports

Made by `make schemas` of what the modules import. An arrow leads from who imports to what is imported; one that follows
from others is left out. What is drawn higher may import what is drawn lower, and never the other way round: the layers
in [pyproject.toml](../pyproject.toml) hold that for packages, for the chassis and for services, and
[test_architecture_circles.py](../tests/architecture/test_architecture_circles.py) that no module imports itself by way
of others. Two rooms in one box each import modules of the other; no two of these modules do.
"""
Graph = Mapping[str, Set[str]]


def modules() -> dict[str, Path]:
    """Every module of the house by its name; a package is its ``__init__``."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in sorted((folder / package).rglob("*.py")):
            found[".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def imports(known: Mapping[str, Path]) -> dict[str, set[str]]:
    """What each module imports of the house, also where only types are wanted."""
    return {name: set(imported(path.read_text("utf-8"), known)) - {name} for name, path in known.items()}


def imported(source: str, known: Set[str] | Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.module in known:
            inner = (f"{node.module}.{each.name}" for each in node.names)
            yield from (each if each in known else node.module for each in inner)


def between(graph: Graph, package: str) -> dict[str, set[str]]:
    """What the rooms of a package import of each other: its modules and folders of the first level."""
    rooms: dict[str, set[str]] = {}
    for name, used in graph.items():
        room = room_of(name, package)
        if room is not None:
            found = {other for each in used if (other := room_of(each, package)) is not None}
            rooms.setdefault(room, set()).update(found - {room})
    return rooms


def room_of(module: str, package: str) -> str | None:
    """The room in which a module stands; ``None`` for the package itself and for what is elsewhere."""
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] if top == package and rest else None


def of_packages(graph: Graph) -> dict[str, set[str]]:
    """What the packages import of each other."""
    packages: dict[str, set[str]] = {}
    for name, used in graph.items():
        top = name.partition(".")[0]
        packages.setdefault(top, set()).update(each.partition(".")[0] for each in used)
    return {name: used - {name} for name, used in packages.items()}


def reached(graph: Graph) -> dict[str, set[str]]:
    """What each can get to, step by step."""
    found = {name: set(used) for name, used in graph.items()}
    for middle in found:
        for used in found.values():
            if middle in used:
                used |= found[middle]
    return found


def boxed(graph: Graph) -> dict[str, set[str]]:
    """Whatever lies in a circle is one box, named after all that is in it; arrows that follow from others are gone."""
    far = reached(graph)
    box = {name: ", ".join(sorted({name, *(each for each in far[name] if name in far[each])})) for name in graph}
    arrows: dict[str, set[str]] = {each: set() for each in box.values()}
    for name, used in graph.items():
        arrows[box[name]] |= {box[each] for each in used} - {box[name]}
    further = reached(arrows)
    return {
        name: {each for each in used if not any(each in further[other] for other in used - {each})}
        for name, used in arrows.items()
    }


def drawn(graph: Graph) -> str:
    """As a picture of mermaid."""
    arrows = boxed(graph)
    nodes = {name: name.replace(", ", "_") for name in arrows}
    lines = [f'  {nodes[name]}["{name}"]' for name in sorted(arrows)]
    lines += [f"  {nodes[name]} --> {nodes[used]}" for name in sorted(arrows) for used in sorted(arrows[name])]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"]) + "\n"


def page() -> str:
    graph = imports(modules())
    parts = {"Packages": drawn(of_packages(graph)), "The chassis": drawn(between(graph, "relevo_chassis"))}
    for service in SERVICES:
        parts[service.replace("_", " ").capitalize()] = drawn(between(graph, f"relevo_{service}"))
    return INTRODUCTION + "".join(f"\n## {title}\n\n{picture}" for title, picture in parts.items())
