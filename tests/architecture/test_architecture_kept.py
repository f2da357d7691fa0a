"""Every stored field says what it is kept for, in which class, on which ground and until when."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, get_args

import pytest

from relevo_chassis.delivery.change import Kind
from relevo_chassis.kept import Ground, Keeping, Kept, KeptRows, Until
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.personal import document_of, fields_of, of_the_chassis, sealed_of
from relevo_contracts import CONTRACTS
from relevo_contracts.model import Frozen

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ("intake", "scheduling", "multiplier_tracking", "certification")
DEPLOYED = (*SERVICES, "portal", "webhooks")


def service_of(name: str) -> Service:
    service: Service = importlib.import_module(f"relevo_{name}.main").SERVICE
    return service


class Why(StrEnum):
    TEST = "to test"


TESTED = Kept(Why.TEST, Ground.CONSENT, Until.ERASED)


class Within(Frozen):
    deep: str
    other: Annotated[int, Kept(Why.TEST, Ground.DUTY, Until.DONE)] = 0


class Says(Frozen):
    kept: ClassVar[Kept] = TESTED

    one: str
    many: tuple[Within, ...] = ()
    by_name: Mapping[str, Within | None] = {}


class SaysNothing(Frozen):
    name: str
    contact: Annotated[str, TESTED] = ""
    within: Within | None = None


def a_service(*kinds: Kind[Any], **more: object) -> Service:
    return Service(title="Relevo test", version="1", routers=[], kinds=kinds, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", DEPLOYED)
def test_every_stored_field_says_why_it_is_kept(name: str) -> None:
    service = service_of(name)
    fields = fields_of(service, f"relevo_{name}")
    assert [f"{each.where}.{each.name}" for each in fields if each.kept is None] == []
    assert {each.where for each in fields} >= {kind.name for kind in service.kinds} | set(service.collections)


@pytest.mark.parametrize("name", DEPLOYED)
def test_purposes_and_ends_come_from_the_closed_lists_of_the_service(name: str) -> None:
    own = importlib.import_module(f"relevo_{name}.domain.kept")
    purposes, ends = {Keeping, own.Purpose}, {Until, getattr(own, "End", Until)}
    reasons = {each.kept for each in fields_of(service_of(name), f"relevo_{name}") if each.kept}
    assert {type(each.purpose) for each in reasons} <= purposes
    assert {type(each.until) for each in reasons} <= ends
    used = {each.purpose for each in reasons} | {each.until for each in reasons}
    assert [each for kind in (own.Purpose, getattr(own, "End", ())) for each in kind if each not in used] == []


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_sealed_is_of_a_class_that_its_service_declares_and_can_tell_the_end_of(name: str) -> None:
    sealed = importlib.import_module(f"relevo_{name}.domain.sealed")
    models = list(sealed_of(f"relevo_{name}"))
    assert models
    assert {each.retention for each in models} == set(sealed.RETENTIONS)
    ending = service_of(name).ending
    assert ending is not None
    assert set(ending.retentions) == set(sealed.RETENTIONS)
    [event] = [each.model for each in CONTRACTS if each.model is ending.event]
    codes = get_args(event.model_fields["retention_class"].annotation)
    assert set(sealed.RETENTIONS) <= set(codes) - {"other"}


def test_every_collection_that_all_services_have_says_why_it_is_kept() -> None:
    named = {each.where for each in of_the_chassis()}
    service = service_of("scheduling")
    own = {*service.rows, *(kind.name for kind in service.kinds)}
    assert set(service.stored) - own == named
    assert all(each.kept for each in of_the_chassis())


def test_a_planted_field_that_says_nothing_is_found_and_models_within_inherit() -> None:
    says, silent = Kind("says", Says), Kind("silent", SaysNothing)
    found = {f"{each.where}.{each.name}": each.kept for each in fields_of(a_service(says, silent), "nowhere")}
    assert found["silent.name"] is None
    assert found["silent.within.deep"] is None
    assert found["silent.contact"] == TESTED
    assert {found[f"says.{name}"] for name in ("one", "many.deep", "by_name.deep")} == {TESTED}
    assert found["says.many.other"] == found["silent.within.other"] == Kept(Why.TEST, Ground.DUTY, Until.DONE)


def test_what_is_ciphertext_by_itself_says_under_which_key() -> None:
    found = {f"{each.where}.{each.name}": each.retention for each in fields_of(service_of("intake"), "relevo_intake")}
    assert found["letters.to"] == found["selection_outcomes.sealed"] == "identity"
    assert found["panel.reviewers.organisation_sealed"] == "the service's key"


def test_a_planted_collection_that_nobody_speaks_of_is_found() -> None:
    rows = {"told": (KeptRows(TESTED, ("a", "b")),)}
    fields = fields_of(a_service(collections=("told", "silent"), rows=rows), "nowhere")
    assert [(each.where, each.name) for each in fields if each.kept is None] == [("silent", "*")]
    assert [(each.where, each.name) for each in fields if each.kept] == [("told", "a"), ("told", "b")]


def test_the_document_of_what_is_kept_is_what_the_models_say() -> None:
    written = (ROOT / "docs" / "personal-data.md").read_text(encoding="utf-8")
    assert written == document_of([f"relevo_{each}" for each in DEPLOYED])
    assert "| ? |" not in written
