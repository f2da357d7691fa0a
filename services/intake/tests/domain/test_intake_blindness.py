"""Where texts of a blind review tell who wrote them, and what is struck out (rule 2)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relevo_intake.domain.blindness import STRUCK, PassageNotFound, Writer, passages, redact
from relevo_intake.domain.sealed import Statement, Struck

ANA = Writer("Ana María Ejemplo López", "ana.ejemplo84@redagua.org", "Red de Agua Limpia, A.C.")
REVEALING = [
    ("Soy Ana Ejemplo.", "name", "Ana Ejemplo"),
    ("ana maria ejemplo lopez", "name", "ana maria ejemplo lopez"),
    ("ANA DE LÓPEZ habló", "name", "ANA DE LÓPEZ"),
    ("Me llaman López en el pueblo", "name", "López"),
    ("Escríbanme: ana.ejemplo84@redagua.org", "contact", "ana.ejemplo84@redagua.org"),
    ("ANA.EJEMPLO84@REDAGUA.ORG", "contact", "ANA.EJEMPLO84@REDAGUA.ORG"),
    ("ana punto ejemplo84 arroba redagua punto org", "contact", "ana punto ejemplo84 arroba redagua punto org"),
    ("mi cuenta es @ana_ejemplo84", "contact", "ana_ejemplo84"),
    ("Trabajo en la Red de Agua Limpia", "organisation", "Agua Limpia"),
    ("la RED de AGUA LIMPIA A.C.", "organisation", "AGUA LIMPIA"),
    ("en la RAL desde 2010", "organisation", "RAL"),
]
SILENT = [
    "Defendemos el agua y el río.",
    "La limpia del río empezó en mayo.",
    "Por ejemplo, enseñamos a leer.",
    "Red de mujeres y red de jóvenes",
    "lal ral anal",
    "",
]


@pytest.mark.parametrize(("text", "names", "passage"), REVEALING)
def test_rule_2_the_name_contact_or_organisation_in_a_text_is_found_where_it_stands(
    text: str, names: str, passage: str
) -> None:
    found = [each for each in passages({"motivation": text}, ANA) if each.names == names]
    assert [text[each.at : each.at + each.length] for each in found] == [passage]
    assert {each.field for each in found} == {"motivation"}


@pytest.mark.parametrize("text", SILENT)
def test_what_tells_nobody_is_not_warned_of(text: str) -> None:
    assert passages({"motivation": text, "experience": None}, ANA) == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("李小龙", "我是李小龙。"),
        ("李小龙", "李小龙是我"),
        ("김예시", "저는 김예시입니다"),
        ("آنا نمونه", "من آنا نمونه هستم"),
    ],
)
def test_rule_2_a_name_of_any_script_is_found(name: str, text: str) -> None:
    assert [each.names for each in passages({"motivation": text}, Writer(name, None, None))] == ["name"]


def test_an_organisation_of_one_word_is_found_and_nothing_given_finds_nothing() -> None:
    text = "CEJIL me formó, y el cejil no."
    found = passages({"experience": text}, Writer(None, None, "C.E.J.I.L."))
    assert [text[each.at : each.at + each.length] for each in found] == ["CEJIL"]
    assert passages({"experience": text}, Writer(None, None, None)) == ()


@example("I", "", "", "I")
@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=30), st.text(max_size=30))
def test_every_passage_lies_within_its_text(text: str, name: str, contact: str, organisation: str) -> None:
    for each in passages({"motivation": text}, Writer(name, contact, organisation)):
        assert 0 <= each.at < each.at + each.length <= len(text)


WRITTEN = Statement(language="es", motivation="Soy Ana. Ana de la RAL.", experience="Ana Ejemplo", multiplier_idea="")


def test_rule_2_what_is_struck_out_is_gone_wherever_it_stands_in_that_text_and_the_original_stays() -> None:
    struck = [Struck(field="motivation", text="Ana"), Struck(field="motivation", text="Ana de la RAL")]
    redaction = redact(WRITTEN, {}, struck)
    assert redaction.statement.motivation == f"Soy {STRUCK}. {STRUCK}."
    assert redaction.statement.experience == WRITTEN.experience
    assert WRITTEN.motivation == "Soy Ana. Ana de la RAL."


def test_a_passage_that_is_not_there_is_refused_and_not_repeated() -> None:
    with pytest.raises(PassageNotFound) as refused:
        redact(WRITTEN, {}, [Struck(field="multiplier_idea", text="Ana")])
    assert refused.value.facts == {"field": "multiplier_idea"}
    assert "Ana" not in str(refused.value)
