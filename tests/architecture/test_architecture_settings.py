"""Every setting says what it is for, and the page of settings has all that refuses one."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.documents import settings

from relevo_chassis.given.settings import OPERATORS, PREFIX, ServiceSettings
from relevo_deploy import variables

ROOT = Path(__file__).resolve().parents[2]
CLASSES: dict[str, type[ServiceSettings]] = {"every service": ServiceSettings, **settings.classes()}
PAGE = settings.page()


@pytest.mark.parametrize("service", CLASSES)
def test_every_setting_says_what_it_is_for(service: str) -> None:
    model = CLASSES[service]
    assert [name for name in model.model_fields if not settings.purpose_of(model, name)] == []


@pytest.mark.parametrize("service", CLASSES)
@pytest.mark.parametrize("check", ["_conflicts", "_production"])
def test_all_that_refuses_settings_stands_on_the_page(service: str, check: str) -> None:
    stated = vars(CLASSES[service]).get(check)
    found = list(sentences(stated)) if stated else []
    assert [each for each in found if each not in PAGE] == []
    assert found or service != "every service"


def sentences(check: object) -> Iterator[str]:
    """What a check says of a setting, behind its name."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(check)))):  # type: ignore[arg-type]
        if isinstance(node, ast.Yield) and node.value is not None:
            words = [each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)]
            yield max("".join(str(each) for each in words).partition(": ")[2:], key=len)


def test_a_sentence_that_is_planted_is_found() -> None:
    class Planted(ServiceSettings):
        def _production(self) -> Iterator[str]:
            yield "HTTP_PORT: must be even in production"

    assert list(sentences(Planted._production)) == ["must be even in production"]
    assert settings.Refusal("HTTP_PORT", "must be even in production") in settings.refusals(Planted, "_production")


def test_every_variable_that_a_program_reads_stands_on_the_page_and_no_service_refuses_it() -> None:
    read = {
        name
        for folder in ("deploy/relevo_deploy", "deploy/relevo_demo", "servers/relevo_servers")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'"(RELEVO_[A-Z_]+[A-Z])"', path.read_text("utf-8"))
    }
    assert read <= {*settings.variables(), *settings.OF_MACHINES}
    assert [name for name in (*settings.variables(), *settings.OF_MACHINES) if not OPERATORS.fullmatch(name)] == []
    operators = {name for name in (*settings.variables(), *settings.OF_MACHINES) if name.startswith(variables.PREFIX)}
    assert operators == variables.KNOWN, "what relevo takes for a mistyped name"
    own = {f"{PREFIX}{name.upper()}" for model in CLASSES.values() for name in model.model_fields}
    assert [name for name in own if OPERATORS.fullmatch(name)] == []
