"""Conflicts of interest: one name for a country, one spelling for an organisation, near names to be looked at."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevo_intake.domain.countries import ASSIGNED
from relevo_intake.domain.review import near, normal_organisation

ONE = [
    ("Comité Cerezo AC", "Comité Cerezo, A.C."),
    ("Comité Cerezo A. C.", "COMITE CEREZO"),
    ("Comité Cerezo Asociación Civil", "Comité  Cerezo A/C"),
    ("C.E.J.I.L.", "CEJIL"),
    ("C. E. J. I. L.", "cejil"),
    ("C.\u200bE\u00ad.J.I.L.", "ＣＥＪＩＬ"),
    ("O.N.G.", "ONG"),
    ("ONG Río Verde", "Río Verde"),
    ("Semillas S.A.S.", "Semillas SAS"),
    ("Semillas S.A. de C.V.", "Semillas, SA de CV"),
    ("Semillas S. A. P. I. de C. V.", "Semillas"),
    ("  Fundación   Río-Verde ", "FUNDACION RIO VERDE"),
    ("RíoVerde", "Río Verde"),
    ("F.R.A.C.", "FRAC"),
    ("Øystein Łódź Straße", "oystein lodz STRASSE"),
    ("Co-Madres", "COMADRES"),
]
TWO = [
    ("Río Verde", "Río Seco"),
    ("Universidad de Chile", "Universidad del Perú"),
    ("Movimiento de Mujeres", "Movimiento Indígena"),
    ("नर्मदा", "नर्मद"),
    ("AC", "SA"),
]
NEAR = [
    ("Comité Cerezo", "Comité Cerezzo"),
    ("Comité Cerezo", "Comité Cerezo México"),
    ("Cerezo, Comité", "Comité Cerezo"),
    ("Fundación Río Verde", "Asociación Río Verde"),
    ("Red de Agua Limpia", "Red de Aguas Limpias"),
    ("Paz & Justicia", "Paz y Justicia"),
    ("Amnistía", "Amnistía Internacional"),
    ("CEJIL", "Centro por la Justicia y el Derecho Internacional (CEJIL)"),
    ("OMI", "Organización de Mujeres Indígenas"),
    ("O.M.I., A.C.", "Organización de Mujeres Indígenas"),
]


def test_countries_are_those_that_iso_3166_1_has_assigned() -> None:
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8").splitlines()
    assert {line[:2] for line in lines if not line.startswith("#")} == ASSIGNED
    assert len(ASSIGNED) == 249


@pytest.mark.parametrize(("one", "other"), ONE)
def test_rule_2_an_organisation_is_one_in_all_its_spellings(one: str, other: str) -> None:
    assert normal_organisation(one) == normal_organisation(other)
    assert not near(one, other), "the same is barred, and need not be looked at"


@pytest.mark.parametrize(("one", "other"), TWO)
def test_rule_2_different_organisations_are_different(one: str, other: str) -> None:
    assert normal_organisation(one) != normal_organisation(other)
    assert not near(one, other)


@pytest.mark.parametrize(("one", "other"), NEAR)
def test_rule_2_names_near_each_other_are_to_be_looked_at(one: str, other: str) -> None:
    assert normal_organisation(one) != normal_organisation(other)
    assert near(one, other)
    assert near(other, one)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_names_can_be_compared_in_either_order(one: str, other: str) -> None:
    assert near(one, other) == near(other, one)
    assert not near(one, one)
