"""The invitation on paper: one page that reads well for people and machines, whatever the name, and is signed."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pymupdf
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from relevo_certification.domain.edition import LANGUAGES, Language
from relevo_certification.domain.invitation import Invitation, InvitationTerms
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.press import Press

CODE = "0123456789ABCDEFGHJKMNPQRS"
NAME = "MARÍA JOSÉ ÑÁÑEZ QUISPE"
WIDEST = " ".join(["W" * 49] * 4)
MADE_AT = datetime(2019, 11, 20, 2, tzinfo=UTC)
"""Still the day before in Washington."""


def invitation(making: Any, language: Language = "es", **options: Any) -> Invitation:
    texts = {each: {"occasion": None, "costs": None, **options} for each in LANGUAGES}
    terms = InvitationTerms.model_validate(
        {"address": "1889 F Street NW, Washington, DC 20006", "contact": "+1 202 000 0000", "texts": texts}
    )
    return Invitation(
        invitation_id="1" * 32, made_at=MADE_AT, language=language, facts=making.facts(), terms=terms, name_hash="0"
    )


def opened(content: bytes) -> Any:
    return pymupdf.open(stream=content)  # type: ignore[no-untyped-call]


def read(content: bytes) -> str:
    document = opened(content)
    assert document.page_count == 1
    return " ".join(str(document[0].get_text()).split())


def test_it_is_one_a4_page_and_small(press: Press, making: Any) -> None:
    content = press.invitation(invitation(making), NAME, CODE)
    box = PdfReader(io.BytesIO(content)).pages[0].mediabox
    assert (round(box.width * 254 / 720), round(box.height * 254 / 720)) == (210, 297)
    assert len(content) < 100_000


def test_its_qr_code_and_its_printed_code_lead_to_the_verification_page(press: Press, making: Any) -> None:
    content = press.invitation(invitation(making), NAME, CODE)
    page = opened(content)[0].get_pixmap(dpi=150)
    (code,) = zxingcpp.read_barcodes(Image.frombytes("RGB", (page.width, page.height), page.samples))
    assert code.text == f"https://certificados.oas.test/i/{CODE}"
    assert "certificados.oas.test/i/ Código: 0123 4567 89AB CDEF GHJK MNPQ RS" in read(content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_tagged_and_says_what_it_is_and_no_name_in_what_it_says_of_itself(
    press: Press, making: Any, language: Language
) -> None:
    reader = PdfReader(io.BytesIO(press.invitation(invitation(making, language), NAME, CODE)))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith(language)
    metadata = root["/Metadata"].get_data().decode()
    for claim in ("<pdfaid:part>3", "<pdfaid:conformance>A", "<pdfuaid:part>1"):
        assert claim in metadata
    assert "ÑÁÑEZ" not in metadata + str(reader.metadata)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_the_edition_states_in_the_language_that_was_asked_for(
    press: Press, making: Any, language: Language
) -> None:
    text = read(press.invitation(invitation(making, language), NAME, CODE))
    facts = making.facts().texts[language]
    for fact in (NAME, facts.title, facts.place, "1889 F Street NW", "+1 202 000 0000", "Ana Ejemplo", "2019"):
        assert fact in text.replace("- ", "-")
    assert "19" in text, "the day at the place, on which it was made"


def test_what_somebody_is_invited_to_need_not_be_the_title_of_the_course(press: Press, making: Any) -> None:
    made = invitation(making, "es", occasion="Programa académico", costs="La institución paga el viaje.")
    text = read(press.invitation(made, NAME, CODE))
    assert "Programa académico" in text
    assert "La institución paga el viaje." in text
    assert "defensor" not in text


@pytest.mark.parametrize(
    "name",
    [
        WIDEST,
        ("María de los Ángeles Guadalupe Concepción " * 5)[:200].strip(),
        "阿里·买买提",
        "محمد بن عبد الله",
        "ÎÑÛṔÍÅQ Ọ̀ṣẹ́",
        'Ana #panic() *Luz* $x$ \\ "] @ref',
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_any_name_that_prints_stays_on_the_page_beside_the_longest_facts(
    press: Press, making: Any, language: Language, name: str
) -> None:
    made = invitation(making, language, occasion=("Programa académico " * 9)[:160].strip(), costs="Todo. " * 33)
    document = opened(press.invitation(made, name, CODE))
    assert document.page_count == 1
    right = max(word[2] for word in document[0].get_text("words"))
    assert right < document[0].rect.width - 60


def test_the_same_invitation_is_the_same_bytes(press: Press, making: Any) -> None:
    made = invitation(making)
    assert press.invitation(made, NAME, CODE) == press.invitation(made, NAME, CODE)


def test_what_no_font_has_is_refused(press: Press, making: Any) -> None:
    with pytest.raises(CannotTypeset):
        press.invitation(invitation(making), "ANA 🌱", CODE)
