"""Who may do what is asked in one place: nothing else reads what roles a token gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVED = sorted(
    path
    for package in (ROOT / "chassis" / "relevo_chassis", *(ROOT / "services").glob("*/relevo_*"))
    for path in package.rglob("*.py")
)
ROLES_ARE_FOR = {
    "chassis/relevo_chassis/http/rights.py": "answers who may do what",
    "chassis/relevo_chassis/http/granted.py": "keeps what was granted, as it is told",
    "services/intake/relevo_intake/domain/grants.py": "grants them, and lets nobody do anything by them",
    "services/intake/relevo_intake/commands/grants.py": "the same",
    "services/portal/relevo_portal/http/staff/callers.py": "says to whoever comes in what they are, and that they are",
    "chassis/relevo_chassis/http/tokens.py": "reads them from a token, and holds an issuer to those that it may give",
}


def roles_read(tree: ast.AST) -> Iterator[str]:
    """Where a module reads roles, or what they are read from."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="roles"):
                yield f"line {node.lineno}: reads roles"
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value="roles"), *_]):
                yield f"line {node.lineno}: reads a claim of roles"
            case ast.Subscript(slice=ast.Constant(value="roles")):
                yield f"line {node.lineno}: reads a claim of roles"
            case ast.ImportFrom(module="relevo_chassis.http.tokens", names=names):
                if {"BEARER", "bearer_of"} & {each.name for each in names}:
                    yield f"line {node.lineno}: takes tokens for itself"


def test_rights_alone_read_what_roles_a_token_gives() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): list(roles_read(ast.parse(path.read_text(encoding="utf-8"))))
        for path in SERVED
    }
    assert {name for name, each in found.items() if each} == ROLES_ARE_FOR.keys()


@pytest.mark.parametrize(
    "source",
    [
        "if 'coordinator' in caller.roles: pass",
        "caller.claims['roles']",
        "caller.claims.get('roles', [])",
        "from relevo_chassis.http.tokens import BEARER",
        "from relevo_chassis.http.tokens import Caller, bearer_of",
    ],
)
def test_planted_readings_of_roles_are_caught(source: str) -> None:
    assert list(roles_read(ast.parse(source)))
