"""The law is in the house: what the code and the documents refer to is there."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from tests.documents.rules import rules

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
RULES = {int(number) for number in re.findall(r"^## Rule (\d+)$", (DOCS / "rules.md").read_text("utf-8"), re.MULTILINE)}
KEPT = {rule.number for rule in rules() if rule.kept}
STATES = (DOCS / "states.md").read_text("utf-8")
_REFERENCE = re.compile(r"\brules? (\d+)(?:(?: and |, | to |-)(\d+))*", re.IGNORECASE)
_LINK = re.compile(r"\[(`?)([^\]]*?)`?\]\(([^)#\s]+)?(?:#([^)\s]*))?\)")


def tracked(*patterns: str) -> list[Path]:
    names = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return [ROOT / name for name in names.stdout.split()]


def test_the_rules_are_numbered_without_a_gap() -> None:
    assert set(range(1, max(RULES) + 1)) == RULES


def test_every_rule_that_is_referred_to_is_there() -> None:
    dead = {
        f"{path.relative_to(ROOT)}: rule {number}"
        for path in tracked("*.py", "*.toml", "*.md", "*.html")
        for found in _REFERENCE.finditer(path.read_text("utf-8"))
        for number in found.groups()
        if number and int(number) not in RULES
    }
    assert dead == set()


@pytest.mark.parametrize("document", tracked("*.md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_every_name_in_one_is_defined_there(document: Path) -> None:
    broken = []
    for code, label, target, anchor in _LINK.findall(document.read_text("utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        path = (document.parent / target).resolve() if target else document
        if not path.exists():
            broken.append(f"{label}: {target} is not there")
        elif code and path.suffix == ".py" and label != path.name and label not in defined_in(path):
            broken.append(f"{label} is not defined in {target}")
        elif anchor and anchor not in anchors_of(path):
            broken.append(f"{label}: {target or document.name} has no {anchor}")
    assert broken == []


def links_of(document: Path, anchor: str = "") -> set[tuple[Path, str]]:
    """Where the links of a document lead, or those of one section of it: files, with the places in them."""
    text = document.read_text("utf-8")
    if anchor:
        text = re.split(r"^#+ ", text, flags=re.MULTILINE)[1 + headings_of(document).index(anchor)]
    links = [(target, place) for _, _, target, place in _LINK.findall(text) if not target.startswith("http")]
    return {((document.parent / target).resolve() if target else document, place) for target, place in links}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_from_the_readme_one_is_at_the_code_of_a_rule_with_three_clicks_and_at_its_tests_with_four(rule: int) -> None:
    """Such as at what refuses a 31st seat."""
    law, tests, place = DOCS / "rules.md", DOCS / "rules-tests.md", f"rule-{rule}"
    assert (law, "") in links_of(ROOT / "README.md")
    assert (law, place) in links_of(law)
    third = links_of(law, place)
    if rule not in KEPT:
        assert third == set()
        return
    assert {path.suffix for path, _ in third} == {".py", ".md"}
    assert (tests, place) in third
    assert {path.suffix for path, _ in links_of(tests, place)} == {".py", ".md"}


def test_the_rule_of_the_31st_seat_leads_to_what_refuses_it() -> None:
    seating = ROOT / "services/intake/relevo_intake/domain/seating"
    assert {(seating / "by_hand.py", ""), (seating / "state.py", "")} <= links_of(DOCS / "rules.md", "rule-3")
    assert "NoSeatIsFree" in defined_in(seating / "by_hand.py")


def defined_in(path: Path) -> set[str]:
    """Classes, functions, methods as ``Class.method`` and constants of a module."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.ClassDef():
                found |= {node.name, *(f"{node.name}.{each.name}" for each in node.body if isinstance(each, _FUNCTION))}
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.add(node.name)
            case ast.Assign():
                found |= {each.id for each in node.targets if isinstance(each, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def anchors_of(path: Path) -> set[str]:
    return set(headings_of(path))


def headings_of(path: Path) -> list[str]:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", path.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings]


_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


_PICTURE = re.compile(
    r"^## [^\n]*\[`(\w+)`\]\(([^)]+)\)$(.*?)^```mermaid\nstateDiagram-v2\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
PICTURES = {f"{name} of {path}": (name, path, lines) for name, path, _, lines in _PICTURE.findall(STATES)}


@pytest.mark.parametrize("picture", sorted(PICTURES))
def test_a_picture_of_states_shows_those_in_the_code_and_no_other(picture: str) -> None:
    name, path, lines = PICTURES[picture]
    drawn = {state for line in lines.splitlines() for state in re.findall(r"\w+|\[\*\]", line.partition(":")[0])} - {
        "[*]"
    }
    assert drawn == states_of((DOCS / path).resolve(), name)


def test_every_kind_of_state_has_a_picture() -> None:
    kinds = {
        node.targets[0].id
        for path in tracked("services/*/relevo_*/domain/*.py", "services/*/relevo_*/domain/*/*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if node.targets[0].id.endswith(("State", "Standing"))
    }
    assert kinds == {name for name, _, _ in PICTURES.values()}


def states_of(path: Path, name: str) -> set[str]:
    """The strings of ``name = Literal[...]`` in a module."""
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Subscript(slice=values)) if found == name:
                return {str(each.value) for each in ast.walk(values) if isinstance(each, ast.Constant)}
    return set()
