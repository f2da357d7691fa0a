"""What services are told by their environment, and what the operator's command reads there."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from cyclopts import App
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from relevo_chassis.given.settings import PREFIX, ServiceSettings
from relevo_deploy.command import application
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.operations.reach import Servers
from relevo_deploy.topology.reach import Files, Where

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "settings.md"
INTRODUCTION = """# Settings

All that services and the command `relevo` read from their environment. Made by `make schemas` of the classes that read
it; a setting without a purpose fails a test.

A service checks its settings before anything starts. What is missing, unknown, empty, a sample value, out of its bounds
or in conflict is told at once, a line for each, and it exits with 78. It passes over the variables of `relevo`. Secrets
come from files alone: each is read by its owner only, is not empty, and no two settings name files that hold the same.
No URL holds a user or a password.

*Refused in production* says what `RELEVO_ENVIRONMENT=production` refuses besides, in the words of the refusal.
"""
OF_THE_COMMAND = """## The command `relevo`

Each stands for an option that is not given. One that is empty says nothing. One that begins with `RELEVO_OPERATOR_` and
stands for no option is refused, with the nearest that does.
"""
OF_MACHINES = {
    "RELEVO_OPERATOR_FIGURES": ("the folder into which commands of the night put their figures", "none are put"),
    "RELEVO_DATABASES": ("the files that say what each service keeps", "`deploy/databases` of this release"),
    "RELEVO_LIBRARY": ("the documents that the desk shows", "those of this release"),
    "RELEVO_NATS_SERVER": ("the nats-server that the stack and the tests run", "the wheel's, or the one on `PATH`"),
    "RELEVO_MONGOD": ("the mongod that they run", "the wheel's, or the one on `PATH`"),
}
"""What is read outside the options of commands: what it names, and what is taken without it."""
NO_SECRETS = frozenset({"ca_file", "clock_file"})
"""Files that are no secrets."""
_NAMES = re.compile(r"([A-Z_]+(?:(?:, | and | or )[A-Z_]+)*): (.+)")
_SPELLED: Mapping[Any, str] = {str: "text", int: "whole number", float: "number", Path: "path", bool: "true or false"}


class Refusal(NamedTuple):
    """What refuses a setting: in every environment, or in production only."""

    name: str
    says: str


@cache
def classes() -> Mapping[str, type[ServiceSettings]]:
    """The settings of every deployed service by its name."""
    found = {}
    for name in DEPLOYED:
        module = importlib.import_module(f"relevo_{name}.settings")
        [found[name]] = [
            each
            for each in vars(module).values()
            if inspect.isclass(each) and issubclass(each, ServiceSettings) and each.__module__ == module.__name__
        ]
    return found


def page() -> str:
    shared = ServiceSettings.model_fields
    parts = [INTRODUCTION, "## Every service\n", _table(ServiceSettings, shared)]
    for name, model in classes().items():
        own = {key: field for key, field in model.model_fields.items() if key not in shared or _differs(key, field)}
        parts += [f"## {name.replace('_', ' ').capitalize()}\n", _table(model, own)]
    parts += [OF_THE_COMMAND, _variables(), "Programs on this machine read besides:\n", _machines()]
    return "\n".join(parts)


def _differs(name: str, field: FieldInfo) -> bool:
    return bool(field.default != ServiceSettings.model_fields[name].default)


def _table(model: type[ServiceSettings], fields: Mapping[str, FieldInfo]) -> str:
    always, production = refusals(model, "_conflicts"), refusals(model, "_production")
    lines = [
        "| variable | what it is for | type | unless set | refused | refused in production |",
        "|---|---|---|---|---|---|",
    ]
    for name, field in fields.items():
        cells = (
            f"`{PREFIX}{name.upper()}`",
            purpose_of(model, name),
            spelled(name, field),
            _default(field),
            _of(always, name),
            _of(production, name),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def purpose_of(model: type[ServiceSettings], name: str) -> str:
    """What a setting is for, as its field says, or that of the chassis which it stands in place of."""
    field, shared = model.model_fields[name], ServiceSettings.model_fields.get(name)
    return field.description or (shared.description if shared else None) or ""


def spelled(name: str, field: FieldInfo) -> str:
    """The type in words, with its bounds; of a file, whether what it holds is a secret."""
    kind = _kind(field.annotation)
    bounds = [
        f"{word} {getattr(each, sign):,}"
        for each in field.metadata
        for sign, word in (("ge", "from"), ("le", "to"))
        if getattr(each, sign, None) is not None
    ]
    if kind == "path" and name not in NO_SECRETS:
        return "path of a **secret**"
    return " ".join((kind, *bounds))


def _kind(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin in (Union, UnionType):
        return _kind(next(each for each in arguments if each is not NoneType))
    if origin is not None:  # Annotated
        return _kind(arguments[0])
    return _SPELLED[annotation]


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "**must be set**"
    return "-" if field.default in (None, "") else f"`{field.default}`"


def _of(found: set[Refusal], name: str) -> str:
    return "; ".join(sorted(each.says for each in found if each.name == name.upper())) or "-"


def refusals(model: type[ServiceSettings], check: Literal["_conflicts", "_production"]) -> set[Refusal]:
    """What a check says of settings that break every one of its rules, by the setting that it is about."""
    found = set()
    for each in _misfits(model):
        for line in getattr(each, check)():
            names, says = _named(line)
            found |= {Refusal(name, says if len(names) == 1 else f"{' and '.join(names)}: {says}") for name in names}
    return found


def _named(line: str) -> tuple[list[str], str]:
    match = _NAMES.fullmatch(line)
    assert match, f"a refusal begins with the settings that it is about: {line}"
    return re.findall(r"[A-Z_]{2,}", match[1]), match[2]


def _misfits(model: type[ServiceSettings]) -> Iterator[ServiceSettings]:
    """Settings that were not checked, in which together everything is wrong."""
    empty: dict[str, Any] = {
        name: None if field.default is PydanticUndefined else field.default
        for name, field in model.model_fields.items()
    }
    urls = {name: "http://sample.example" for name in empty if name.endswith(("_url", "_issuer"))}
    wrong: dict[str, Any] = {**empty, **urls, **_WRONG}
    yield model.model_construct(**{name: wrong[name] for name in empty})
    wrong |= _WRONG_OTHERWISE
    yield model.model_construct(**{name: wrong[name] for name in empty})


_WRONG = {
    "environment": "production",
    "nats_url": "nats://sample.example",
    "mongo_url": "mongodb://sample.example",
    "smtp_url": "smtp://sample.example:25",
    "clock_file": PAGE,
    "pdf_signer": ROOT / "README.md",
    "webhooks_plain_http": True,
}
_WRONG_OTHERWISE = {
    "mongo_user": "somebody",
    "smtp_user": "somebody",
    "key_service_url": None,
    "public_url": "http://localhost",
}


@cache
def variables() -> Mapping[str, tuple[str, str]]:
    """The variables that stand for options of commands: what each is for, and which commands read it."""
    documented = _documented()
    read: dict[str, tuple[str, list[str]]] = {}
    for command, app in _commands(application()):
        for each in app.assemble_argument_collection():
            for name in each.parameter.env_var or ():
                about = each.parameter.help or documented[each.field_info.name]
                read.setdefault(name, (about, []))[1].append(command)
    return {name: (about, _together(commands)) for name, (about, commands) in read.items()}


def _together(commands: list[str]) -> str:
    return ", ".join(f"`{each}`" for each in commands) if len(commands) <= 4 else f"{len(commands)} commands"


def _commands(app: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, App]]:
    inner = [name for name in app if not name.startswith("-")]
    for name in inner:
        yield from _commands(app[name], (*path, name))
    if path and not inner:
        yield " ".join(path), app


def _documented() -> Mapping[str, str]:
    """What the options that several commands share say of themselves."""
    found: dict[str, str] = {}
    for model in (Servers, Files, Where):
        [stated] = ast.parse(textwrap.dedent(inspect.getsource(model))).body
        assert isinstance(stated, ast.ClassDef)
        for field, text in zip(stated.body, stated.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                found.setdefault(field.target.id, str(ast.literal_eval(text.value)))
    return found


def _variables() -> str:
    lines = ["| variable | what it is for | read by |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {about.rstrip('.')} | {commands} |" for name, (about, commands) in sorted(variables().items())
    ]
    return "\n".join(lines) + "\n"


def _machines() -> str:
    lines = ["| variable | what it names | unless set |", "|---|---|---|"]
    lines += [f"| `{name}` | {about} | {otherwise} |" for name, (about, otherwise) in OF_MACHINES.items()]
    return "\n".join(lines) + "\n"
