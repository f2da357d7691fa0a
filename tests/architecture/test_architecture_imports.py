"""Who may import what (rules 1 to 3 of the design), read from the source itself."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from relevo_contracts import BY_MODEL

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ("intake", "scheduling", "multiplier_tracking", "certification", "portal", "webhooks")
PACKAGES = [
    ROOT / "contracts" / "relevo_contracts",
    ROOT / "chassis" / "relevo_chassis",
    ROOT / "servers" / "relevo_servers",
    ROOT / "testkit" / "relevo_testkit",
    ROOT / "deploy" / "relevo_deploy",
    ROOT / "deploy" / "relevo_demo",
    *(ROOT / "services" / service / f"relevo_{service}" for service in SERVICES),
]
MODULES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))
DOMAIN = [path for path in MODULES if path.parent.name == "domain" or "domain" in path.parts or path.stem == "domain"]
CONTRACTS = [path for path in MODULES if "relevo_contracts" in path.parts]

PURE = set(
    """__future__ abc bisect collections dataclasses datetime decimal enum fractions functools hashlib heapq itertools
    json math numbers operator re statistics string types typing unicodedata""".split()
)
PURE_PACKAGES = {"pydantic", "pydantic_core", "relevo_contracts", "idna"}  # functions and tables
PURE_OF_THE_CHASSIS = {f"relevo_chassis.{room}" for room in ("delivery.change", "figures", "kept", "texts", "wrong")}
IMPURE_CALLS = {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp", "astimezone"}
IMPURE_NAMES = {"open", "input", "print", "exec", "eval", "__import__", "id", "hash", "globals"}
DRIVERS = {"motor", "pymongo", "bson", "gridfs"}
DRIVER_IS_FOR = {
    "chassis/relevo_chassis/delivery/store/__init__.py": "the one room that talks to MongoDB",
    "chassis/relevo_chassis/delivery/store/making.py": "makes its collections and indexes",
    "servers/relevo_servers/mongo.py": "starts a mongod of one's own and makes its replica set",
    "deploy/relevo_deploy/servers/administration.py": "makes users and what they may do, and asks how mongod is set",
    "deploy/relevo_deploy/backups/placing.py": "puts what a backup holds in the place of what a database holds",
    "deploy/relevo_deploy/backups/snapshot.py": "reads a database as it stood at one instant",
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"


def impurities(source: str, service: str) -> Iterator[str]:
    """What keeps a module of the domain from being pure."""
    tree = ast.parse(source)
    for module in imported(tree):
        own = module.startswith(f"relevo_{service}.domain") or module.startswith(".")
        shared = module.split(".")[0] in PURE | PURE_PACKAGES
        if not (own or shared or module in PURE_OF_THE_CHASSIS):
            yield f"imports {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield f"line {node.lineno}: waits"
        elif isinstance(node, ast.Global):
            yield f"line {node.lineno}: has a global"
        elif isinstance(node, ast.Call):
            yield from _call(node)


def _call(node: ast.Call) -> Iterator[str]:
    match node.func:
        case ast.Attribute(attr=name) if name in IMPURE_CALLS - {"astimezone"}:
            yield f"line {node.lineno}: asks for {name}"
        case ast.Attribute(attr="astimezone") if not node.args:
            yield f"line {node.lineno}: asks for the machine's time zone"
        case ast.Name(id=name) if name in IMPURE_NAMES:
            yield f"line {node.lineno}: calls {name}"


def tops_of(path: Path) -> set[str]:
    """The packages that a module imports."""
    return {module.split(".")[0] for module in imported(ast.parse(path.read_text(encoding="utf-8")))}


def service_of(path: Path) -> str:
    return path.relative_to(ROOT / "services").parts[0]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_domain(service: str) -> None:
    assert [path for path in DOMAIN if service_of(path) == service]


def test_the_domain_is_pure() -> None:
    found = {named(path): list(impurities(path.read_text(encoding="utf-8"), service_of(path))) for path in DOMAIN}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import time",
        "import random",
        "import secrets",
        "import asyncio",
        "from uuid import uuid4",
        "from zoneinfo import ZoneInfo",
        "from pathlib import Path",
        "from relevo_chassis.ids import new_id",
        "from relevo_chassis.delivery.store import Store",
        "from relevo_scheduling.domain import programme",
        "from relevo_intake.store import KINDS",
        "from datetime import datetime\ndatetime.now()",
        "import datetime as d\nd.datetime.utcnow()",
        "from datetime import date\ndate.today()",
        "from datetime import datetime\ndatetime.fromtimestamp(0)",
        "def f(at):\n    return at.astimezone()",
        "async def f():\n    pass",
        "open('file')",
        "hash('seeded anew in each process')",
        "def f():\n    global g\n    g = 1",
    ],
)
def test_planted_impurities_are_caught(source: str) -> None:
    assert list(impurities(source, "intake"))


def test_what_is_pure_passes() -> None:
    source = (
        "from datetime import UTC, datetime, time\nfrom pydantic import BaseModel\nfrom relevo_contracts import Event\n"
        "from relevo_chassis.delivery.change import Refusal\nfrom relevo_intake.domain.call import Call\n"
        "def day(at: datetime) -> datetime:\n    return at.astimezone(UTC)\n"
    )
    assert list(impurities(source, "intake")) == []


def test_one_room_imports_the_driver_and_who_starts_and_administers_mongod() -> None:
    assert {named(path) for path in MODULES if tops_of(path) & DRIVERS} == set(DRIVER_IS_FOR)


def test_contracts_import_pydantic_alone() -> None:
    extra = [path for path in CONTRACTS if path.name in ("subscriber.py", "faststream.py")]
    tops = {top for path in CONTRACTS if path not in extra for top in tops_of(path)}
    assert tops - sys.stdlib_module_names == {"pydantic", "relevo_contracts"}
    assert {top for path in extra for top in tops_of(path)} - sys.stdlib_module_names - tops == {"faststream", "nats"}


def test_what_is_there_for_tests_and_laptops_is_imported_by_no_service() -> None:
    """Nor by what services stand on; the stack of a laptop starts servers and knows no testing kit."""
    known_to = {
        top: {path.relative_to(ROOT).parts[0] for path in MODULES if top in tops_of(path)}
        for top in ("relevo_testkit", "relevo_servers")
    }
    assert known_to == {"relevo_testkit": {"testkit"}, "relevo_servers": {"servers", "testkit", "deploy"}}


def test_nobody_imports_a_service_but_itself() -> None:
    services = {f"relevo_{service}" for service in SERVICES}
    crossings = {(named(path), top) for path in MODULES for top in tops_of(path) & services if top not in path.parts}
    assert crossings == set()


EVENTS = {each.__name__ for each in BY_MODEL}


def events_made(source: str) -> Iterator[str]:
    """Where a module makes an event, by whatever name it was imported."""
    tree = ast.parse(source)
    made = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("relevo_contracts")
        for alias in node.names
        if alias.name in EVENTS
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in made:
                yield f"line {node.lineno}: makes {made[name]}"
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="model_validate" | "model_construct")) if (
                name in made
            ):
                yield f"line {node.lineno}: makes {made[name]}"
            case ast.Call(func=ast.Attribute(value=ast.Name(), attr=name)) if name in EVENTS:
                yield f"line {node.lineno}: makes {name}"


def test_events_are_made_in_domains_alone() -> None:
    """What is told is decided, and decisions are the domain's: commands, consumers and deadlines pass it on."""
    served = [path for path in MODULES if path.is_relative_to(ROOT / "services") and path not in DOMAIN]
    found = {named(path): list(events_made(path.read_text(encoding="utf-8"))) for path in served}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from relevo_contracts.intake import ApplicationReviewed\nApplicationReviewed(reviews=1)",
        "from relevo_contracts.intake import ApplicationReviewed as Told\nTold(reviews=1)",
        "from relevo_contracts import intake\nintake.ApplicationReviewed(reviews=1)",
        "from relevo_contracts.intake import ApplicationReviewed\nApplicationReviewed.model_validate({})",
    ],
)
def test_planted_events_outside_a_domain_are_caught(source: str) -> None:
    assert list(events_made(source))


def test_there_are_events_to_look_for() -> None:
    assert {"ApplicationReviewed", "OnsiteCorrected", "CertificateIssued"} <= EVENTS
