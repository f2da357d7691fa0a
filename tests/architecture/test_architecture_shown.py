"""Names are shown in one way: each service that knows any has a room for it, and nothing else reads one to show it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVED = sorted(path for package in (ROOT / "services").glob("*/relevo_*") for path in package.rglob("*.py"))
SHOWS = {
    "services/intake/relevo_intake/shown.py",
    "services/certification/relevo_certification/shown.py",
}
READS_BECAUSE = {
    "services/intake/relevo_intake/commands/answers.py": "looks for it in answers, and leaves out where it stands",
    "services/intake/relevo_intake/commands/redactions.py": "looks for it in the texts, and says where it stands",
    "services/portal/relevo_portal/http/apply.py": "saves it again with what was written on one page",
    "services/intake/relevo_intake/domain/details.py": "compares it with what is said anew",
    "services/certification/relevo_certification/identities.py": "takes what intake answers, to be sealed",
    "services/certification/relevo_certification/commands/asking.py": "compares it with what was answered before",
    "services/certification/relevo_certification/commands/amending.py": "compares it, and measures whether it prints",
    "services/certification/relevo_certification/press.py": "tries whether it prints, on a paper that nobody sees",
}
"""Who reads a name and shows it to nobody, and what for."""
NAMED = {"Identity", "Papers", "Portfolio", "Dossier", "DraftDossier", "Submission"}
TOUCHED_BECAUSE = {
    "services/intake/relevo_intake/http/forms/applications.py": "makes them of what is sent in",
    "services/intake/relevo_intake/http/applications.py": "says in the document what is shown",
    "services/intake/relevo_intake/http/casework.py": "says in the document what is shown",
    "services/intake/relevo_intake/http/views/applications.py": "says in the document what is shown",
    "services/intake/relevo_intake/letters/sender.py": "takes contact and language of it",
    "services/certification/relevo_certification/http/certificates.py": "hands papers on to be downloaded",
    "services/certification/relevo_certification/http/own.py": "hands papers on to be downloaded",
    "services/certification/relevo_certification/http/public.py": "hands papers on to be downloaded",
    "services/certification/relevo_certification/http/downloads.py": "asks how the person is shown",
}
"""Rooms towards people that touch what holds a name, and what for."""
_HOLDS_A_NAME = re.compile(r"(^|\.|_)(identity|content|dossier)$")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def names_read(tree: ast.AST) -> Iterator[str]:
    """Where a module takes a name out of what holds one, alone or with all the rest."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=holder, attr="name" | "model_dump" | "model_dump_json"):
                pass
            case ast.Call(func=ast.Name(id="getattr" | "dict" | "vars"), args=[holder, *_]):
                pass
            case _:
                continue
        if _HOLDS_A_NAME.search(ast.unparse(holder)):
            yield f"line {node.lineno}: reads the name of {ast.unparse(holder)}"


def touched(tree: ast.AST) -> set[str]:
    """What a module imports that holds a name."""
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(("domain.sealed", "domain.answers"))
        for alias in node.names
    } & NAMED


def test_a_name_is_read_to_be_shown_in_one_room_of_a_service() -> None:
    found = {named(path): list(names_read(ast.parse(path.read_text(encoding="utf-8")))) for path in SERVED}
    assert {name for name, each in found.items() if each} == SHOWS | READS_BECAUSE.keys()


def test_routes_views_pages_and_letters_touch_what_holds_a_name_only_for_a_reason_that_is_listed() -> None:
    towards_people = {"http", "letters", "page", "credential", "pdf"}
    rooms = [path for path in SERVED if towards_people & set(path.relative_to(ROOT).parts)]
    found = {named(path) for path in rooms if touched(ast.parse(path.read_text(encoding="utf-8")))}
    assert found == TOUCHED_BECAUSE.keys()


@pytest.mark.parametrize(
    "source",
    [
        "identity.name",
        "papers.identity.name",
        "View(**own.identity.model_dump())",
        "getattr(identity, 'name')",
        "dict(before.identity)",
        "draft.content.name",
    ],
)
def test_planted_readings_of_names_are_caught(source: str) -> None:
    assert list(names_read(ast.parse(source)))
