"""Whatever is refused is said in every language: each type, each way in which a rule is broken, each wrong field."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from string import Formatter
from typing import NamedTuple

import pytest
from tests.architecture.test_architecture_house import PRODUCT, named, parsed

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.fields import REASONS
from relevo_chassis.http.problems import type_of
from relevo_chassis.languages.sentences import OTHERS, OWN_TEXTS, Sentences
from relevo_chassis.wrong import FieldsRefused

SERVICES = ("intake", "scheduling", "multiplier_tracking", "certification", "portal", "webhooks")
PACKAGES = ("relevo_chassis", *(f"relevo_{service}" for service in SERVICES))
NOT_SENT = {"FieldsRefused", "RoomIsFull"}
"""A class for others to be made of, and one of the testing kit."""


class Way(NamedTuple):
    """A way in which a rule is broken or a field is wrong, as the code says it."""

    package: str
    kind: str
    code: str
    words: str
    where: str


def refusals(package: str) -> dict[str, type[Refusal]]:
    """Every refusal of a package, by the last part of its type."""
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, wanted = list[type[Refusal]](), [Refusal]
    while wanted:
        wanted += (more := wanted.pop().__subclasses__())
        found += more
    return {
        type_of(kind).rpartition(":")[2]: kind
        for kind in found
        if kind.__module__.startswith(f"{package}.") and kind.__name__ not in NOT_SENT
    }


def sentences(package: str) -> Sentences:
    return Sentences(OWN_TEXTS, *([] if package == "relevo_chassis" else [package]))


def own(package: str) -> Sentences:
    return Sentences(OWN_TEXTS if package == "relevo_chassis" else package)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_type_of_problem_has_its_sentence_in_every_language_and_no_sentence_is_left_over(package: str) -> None:
    kinds = refusals(package).keys()
    sentences_of = {name.partition(".")[2] for name in own(package).names if name.startswith("titles.")}
    others = {"busy", "unknown", "key-service-away", "issuer-away", "person-erased", "no-longer-kept", "fault"}
    assert sentences_of == kinds | (others if package == "relevo_chassis" else set())


def ways(*names: str) -> Iterator[Way]:
    """Calls in the code with a code and its words."""
    for path in PRODUCT:
        package = next((each for each in PACKAGES if each in path.parts), None)
        for node in ast.walk(parsed(path)) if package else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                match node.args[node.func.id == "WrongField" :]:
                    case [ast.Constant(str(code)), ast.Constant(str(words)), *_]:
                        yield Way(package or "", node.func.id, code, words, f"{named(path)}:{node.lineno}")


def test_every_way_in_which_a_rule_is_broken_is_said_in_every_language_with_the_same_facts() -> None:
    kinds = {(package, kind.__name__): name for package in PACKAGES for name, kind in refusals(package).items()}
    sentences_of = {package: sentences(package) for package in PACKAGES}
    codes = set[tuple[str, str]]()
    for each in ways(*(name for _, name in kinds)):
        name = kinds.get((each.package, each.kind)) or kinds["relevo_chassis", each.kind]
        codes.add((each.package, f"details.{name}.{each.code}"))
        assert f"details.{name}.{each.code}" in sentences_of[each.package].names, (
            f"{each.where}: no language says {each.code}"
        )
        for language in OTHERS:
            facts = dict.fromkeys(facts_of(each.words), "…")
            assert sentences_of[each.package].detail(name, each.code, language, "", facts).count("…") == len(facts), (
                each
            )
    for package in PACKAGES:
        details = {name for name in own(package).names if name.startswith("details.") and name.count(".") == 2}
        assert details == {name for saying, name in codes if saying == package}


def test_no_refusal_is_told_in_free_words_that_no_other_language_has() -> None:
    """Of a rule that is broken in several ways each has a code before its words; the rest are facts by their names."""
    kinds = {kind.__name__ for package in PACKAGES for kind in refusals(package).values()}
    kinds -= {
        kind.__name__ for package in PACKAGES for kind in refusals(package).values() if FieldsRefused in kind.mro()
    }
    free = [
        f"{named(path)}:{node.lineno}"
        for path in PRODUCT
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds
        if len(node.args) not in (0, 2) or not all(isinstance(each, ast.Constant) for each in node.args)
    ]
    assert free == []


def test_every_reason_why_a_field_is_wrong_is_said_in_every_language_with_the_same_facts() -> None:
    sentences_of = {package: sentences(package) for package in PACKAGES}
    found = [*ways("Wrong", "WrongField"), *(Way("relevo_chassis", "", *each, "REASONS") for each in REASONS.items())]
    assert len({(each.code, each.words) for each in found}) == len({each.code for each in found}), "one code, two words"
    for each in found:
        assert f"fields.{each.code}" in sentences_of[each.package].names, f"{each.where}: no language says {each.code}"
        for language in OTHERS:
            facts = dict.fromkeys(facts_of(each.words), "…")
            assert sentences_of[each.package].reason(each.code, language, "", facts).count("…") == len(facts), each
    for package in PACKAGES:
        codes = {f"fields.{each.code}" for each in found if each.package == package}
        assert {name for name in own(package).names if name.startswith("fields.")} == codes


def facts_of(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}
