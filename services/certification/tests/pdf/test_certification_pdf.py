"""The certificate on paper: it opens, reads well for machines, carries its credential, and shows every name."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pymupdf
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from relevo_certification.domain.certificate import Issued
from relevo_certification.domain.edition import LANGUAGES, Language
from relevo_certification.domain.sealed import Identity, Papers
from relevo_certification.press import Press

LINK = "https://certificados.oas.test/v/0123456789ABCDEFGHJKMNPQRS"
NAME = "María José Ñáñez Quispe"


@pytest.fixture
def made(making: Any) -> Issued:
    at = making.issued_at + timedelta(milliseconds=123)
    return Issued(certificate_id="1" * 32, issued_at=at, facts=making.facts(), list_number=1, position=77)


def papers(press: Press, making: Any, made: Issued, name: str, language: Language = "es") -> Papers:
    return press.papers(making.edition_id, made, Identity(name=name, language=language, named=True))


def pdf(press: Press, making: Any, made: Issued, name: str, language: Language = "es") -> bytes:
    return press.pdf(papers(press, making, made, name, language), made, LINK, name)


def opened(content: bytes) -> Any:
    return pymupdf.open(stream=content)  # type: ignore[no-untyped-call]


def read(content: bytes) -> str:
    document = opened(content)
    assert document.page_count == 1
    return " ".join(str(document[0].get_text()).split())


def test_it_is_one_a4_page_in_landscape(press: Press, making: Any, made: Issued) -> None:
    box = PdfReader(io.BytesIO(pdf(press, making, made, NAME))).pages[0].mediabox
    assert (round(box.width * 254 / 720), round(box.height * 254 / 720)) == (297, 210)


def test_it_carries_the_credential_byte_for_byte(press: Press, making: Any, made: Issued) -> None:
    own = papers(press, making, made, NAME)
    reader = PdfReader(io.BytesIO(press.pdf(own, made, LINK, own.identity.name)))
    assert reader.attachments == {"credential.json": [own.credential.encode()]}


def test_its_qr_code_leads_to_the_verification_page(press: Press, making: Any, made: Issued) -> None:
    page = opened(pdf(press, making, made, NAME))[0].get_pixmap(dpi=150)
    (code,) = zxingcpp.read_barcodes(Image.frombytes("RGB", (page.width, page.height), page.samples))
    assert code.text == LINK


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_tagged_and_says_what_it_is(press: Press, making: Any, made: Issued, language: Language) -> None:
    reader = PdfReader(io.BytesIO(pdf(press, making, made, NAME, language)))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith(language)
    assert "/StructTreeRoot" in root
    metadata = root["/Metadata"].get_data().decode()
    for claim in ("<pdfaid:part>3", "<pdfaid:conformance>A", "<pdfuaid:part>1"):
        assert claim in metadata
    assert making.facts().texts[language].title in metadata


def tags(node: Any) -> Iterator[tuple[str, ...]]:
    """The ways from the root of the structure to each of its elements."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            yield from tags(each)
    elif hasattr(node, "get"):
        own = (str(node["/S"]),) if "/S" in node else ()
        if own:
            yield own
        yield from ((*own, *way) for way in tags(node.get("/K", [])) if own or way)


def test_name_and_facts_are_paragraphs_and_the_course_a_heading(press: Press, making: Any, made: Issued) -> None:
    root: Any = PdfReader(io.BytesIO(pdf(press, making, made, NAME))).trailer["/Root"]
    found = list(tags(root["/StructTreeRoot"]["/K"]))
    within = [way[1] for way in found if len(way) == 2 and way[0] == "/Document"]
    assert within[:6] == ["/P", "/P", "/P", "/P", "/H1", "/P"]
    assert "/Span" not in within


def test_its_fonts_are_inside(press: Press, making: Any, made: Issued) -> None:
    fonts = opened(pdf(press, making, made, NAME)).get_page_fonts(0)
    assert fonts
    assert all(kind in ("ttf", "otf", "cff", "cid") for _, kind, *_ in fonts)
    assert all("EBGaramond" in name for _, _, _, name, *_ in fonts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_the_facts_in_the_holders_language(press: Press, making: Any, made: Issued, language: Language) -> None:
    text = read(pdf(press, making, made, NAME, language))
    texts = making.facts().texts[language]
    assert NAME in text
    for fact in (texts.title, texts.place, "2019", "GOIB", "Ana Ejemplo"):
        assert fact in text.replace("- ", "-")
    assert "".join(texts.issuer.upper().split()) in "".join(text.split())


def test_a_very_long_name_stays_on_the_page(press: Press, making: Any, made: Issued) -> None:
    name = "María de los Ángeles Guadalupe Concepción " * 4
    assert "Concepción" in read(pdf(press, making, made, name.strip()))


def test_the_longest_title_and_name_fit_on_one_page(press: Press, making: Any, made: Issued) -> None:
    texts = {
        language: each.model_copy(update={"title": ("Título largo de un curso " * 8)[:160].strip()})
        for language, each in making.facts().texts.items()
    }
    long = made.model_copy(update={"facts": made.facts.model_copy(update={"texts": texts})})
    name = ("María de los Ángeles Guadalupe Concepción " * 5)[:200].strip()
    assert name[:30] in read(pdf(press, making, long, name))


def test_markup_in_a_name_is_only_text(press: Press, making: Any, made: Issued) -> None:
    name = 'Ana #panic() *Luz* $x$ \\ "] @ref'
    assert name in read(pdf(press, making, made, name))


def test_the_same_certificate_is_the_same_bytes(press: Press, making: Any, made: Issued) -> None:
    own = papers(press, making, made, NAME)
    assert press.pdf(own, made, LINK, own.identity.name) == press.pdf(own, made, LINK, own.identity.name)


@pytest.mark.parametrize(
    ("language", "least", "most"),
    [
        ("es", "1 hora. Transmitió luego sus contenidos a por lo menos 1 persona", "a por lo menos 10 000 personas"),
        ("en", "1 hour. Then passed its contents on to at least 1 person", "to at least 10,000 people"),
        ("pt", "1 hora. Transmitiu depois seus conteúdos a pelo menos 1 pessoa", "a pelo menos 10.000 pessoas"),
        ("fr", "1 heure. En a ensuite transmis le contenu à au moins 1 personne", "à au moins 10 000 personnes"),
    ],
)
def test_the_smallest_and_the_largest_numbers_that_an_edition_may_state_are_printed_as_people_write_them(
    press: Press, making: Any, made: Issued, language: Language, least: str, most: str
) -> None:
    def stating(number: int, people: int) -> str:
        facts = making.facts(hours=number, multiplier_hours=number, multiplier_people=people)
        return read(pdf(press, making, made.model_copy(update={"facts": facts}), NAME, language))

    assert f"{least} " in stating(1, 1)
    assert f"{most} " in stating(1000, 10_000)
