"""A name from the form in which it is given to the paper on which it is printed: in every script, or refused there."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import uharfbuzz
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageFilter
from pydantic import TypeAdapter, ValidationError

import relevo_certification.pdf.printable as on_paper
import relevo_intake.printable as in_the_form
from relevo_certification.assets import FONTS
from relevo_certification.assets.faces import FACES, SUMMARY
from relevo_certification.domain.edition import LANGUAGES, EditionFacts, Signatory, Texts
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.pdf.typeset import Sheet, Typesetter
from relevo_chassis.wrong import Wrong
from relevo_intake.http.forms.fields import PrintedName

NAME: TypeAdapter[str] = TypeAdapter(PrintedName)
LIST = Path(in_the_form.__file__).parent / "fonts.txt"
LINK = "https://certificates.example.org/v/0123456789ABCDEFGHJKMNPQRS"
TEXTS = Texts(issuer="IACHR", title="Course", description="Course.", criteria="80%.", place="Washington, DC")
FACTS = EditionFacts(
    texts=dict.fromkeys(LANGUAGES, TEXTS),
    first_on=date(2019, 12, 9),
    last_on=date(2019, 12, 13),
    hours=35,
    signatories=(Signatory(name="Ana Ejemplo", office=dict.fromkeys(LANGUAGES, "Secretariat")),),
)
NAMES = {
    "Latin": "María José Ñáñez Łukasz", "Guaraní": "Ana G̃uarani Ỹvoty", "Vietnamese": "Nguyễn Thị Hoài Thương",
    "Greek": "Ελένη Παπαδοπούλου", "Cyrillic": "Алексей Їжак", "Armenian": "Անահիտ Յովհաննէսեան",
    "Georgian": "ქეთევან მაჩაბელი", "Arabic": "محمد الأمين", "Hebrew": "מִרְיָם לוי", "Syriac": "ܡܪܝܡ ܝܘܣܦ",
    "Thaana": "މަރިޔަމް", "N'Ko": "ߡߊߡߊߘߎ߫", "Adlam": "𞤀𞤣𞤤𞤢𞤥", "Devanagari": "प्रिया क्षत्रिय", "Bengali": "প্রিয়াঙ্কা ক্ষেত্র",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "Gujarati": "પ્રિયંકા શ્રી", "Odia": "ପ୍ରିୟଙ୍କା କ୍ଷୀର", "Tamil": "ஸ்ரீ மௌனி", "Telugu": "ప్రియాంక క్షీర",
    "Kannada": "ಪ್ರಿಯಾಂಕ", "Malayalam": "പ്രിയങ്ക മോഹൻ", "Sinhala": "ශ්‍රී ප්‍රියංකා", "Thai": "กุลธิดา น้ำผึ้ง", "Lao": "ສົມສັກ ນ້ຳຜຶ້ງ",
    "Khmer": "ស្រីមុំ ព្រះវិហារ", "Burmese": "မြတ်နိုး အောင်ဆန်း", "Tibetan": "བསྟན་འཛིན་རྒྱ་མཚོ", "Ethiopic": "አበበ ቢቂላ",
    "Korean": "김예시 홍길동", "Chinese": "李小龍 張偉", "Japanese": "山田花子 ギ", "Syllabics": "ᐊᓂᓯᓂᓈᐯᒧᐎᓐ",
    "Cherokee": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "Tifinagh": "ⵜⵉⴼⵉⵏⴰⵖ", "Osage": "𐓏𐓘𐓻𐓘𐓻𐓟",
}  # fmt: skip
DPI = 144
WORDS = sorted({(script, word) for script, name in NAMES.items() for word in name.split()})
WORD_IDS = [f"{script}-{place}" for place, (script, _) in enumerate(WORDS)]


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter()


def paper(typesetter: Typesetter, name: str) -> bytes:
    return typesetter.pdf(Sheet(name, "en", FACTS, date(2020, 2, 20), LINK, b"{}"))


def glyphs(content: bytes) -> Iterator[str]:
    page: Any = pymupdf.open(stream=content)[0]  # type: ignore[no-untyped-call]
    for font in page.get_fonts():
        yield str(font[3])


def test_intake_knows_what_certificates_print_as_certification_laid_it_down() -> None:
    assert LIST.read_text(encoding="utf-8") == (FONTS / SUMMARY).read_text(encoding="utf-8")


@pytest.mark.parametrize("script", NAMES)
def test_a_name_that_the_form_takes_is_printed(typesetter: Typesetter, script: str) -> None:
    name = NAME.validate_python(NAMES[script])
    assert name == unicodedata.normalize("NFC", NAMES[script])
    printed = paper(typesetter, name)
    assert printed.startswith(b"%PDF")
    assert any("Noto" in font or "Garamond" in font for font in glyphs(printed))


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("Ana \U0001f331 Ejemplo", "name_character", "U+1F331 (SEEDLING)"),
        ("Ana \U0001f1e8\U0001f1f4", "name_character", "U+1F1E8 (REGIONAL INDICATOR SYMBOL LETTER C)"),
        ("Ana \u13000\U00013000", "name_character", "U+13000 (EGYPTIAN HIEROGLYPH A001)"),
        ("Z\u0300\u0301\u0302\u0303\u0304algo", "name_marks", "U+0304"),
        ("A" * 80, "name_too_long", "too long"),
        ("W" * 200, "name_too_long", "too long"),
    ],
)
def test_a_name_that_does_not_print_is_refused_by_the_form_with_the_character_named(
    typesetter: Typesetter, name: str, code: str, text: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        NAME.validate_python(name)
    [error] = refused.value.errors()
    wrong = error["ctx"]["error"]
    assert isinstance(wrong, Wrong)
    assert wrong.code == code
    assert text in str(wrong)
    with pytest.raises(CannotTypeset):
        paper(typesetter, name)


def test_the_form_and_the_paper_judge_every_character_and_every_name_alike() -> None:
    dice = random.Random(11)
    names = [chr(each) for each in range(0x20, 0x20000) if unicodedata.category(chr(each)) != "Cs"]
    names += ["".join(dice.choices(names, k=dice.randrange(2, 60))) for _ in range(20_000)]
    names += [f"{each} " * dice.randrange(1, 30) for each in NAMES.values()]
    differ = [
        name
        for name in names
        if tuple(in_the_form.measured(name, in_the_form.fonts())) != tuple(on_paper.measured(name, on_paper.fonts()))
    ]
    assert differ == []


def drawn(word: str, family: str, size: float) -> Image.Image:
    """The word as HarfBuzz shapes it with this font."""
    file = next(FONTS / face.file for face in FACES if face.family == family and "Italic" not in face.file)
    font = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(file))))
    buffer = uharfbuzz.Buffer()
    buffer.add_str(word)
    buffer.guess_segment_properties()
    buffer.language = "en"
    uharfbuzz.shape(font, buffer, {})
    pen, x = SVGPathPen(None), 0
    for glyph, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        there = TransformPen(pen, (1, 0, 0, 1, x + place.x_offset, place.y_offset))
        font.draw_glyph_with_pen(glyph.codepoint, there)
        x += place.x_advance
    scale = size / TTFont(file)["head"].unitsPerEm
    path = f'<path transform="translate(60 120) scale({scale} {-scale})" d="{pen.getCommands()}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="240" viewBox="0 0 800 240">{path}</svg>'
    document: Any = pymupdf.open(stream=svg.encode(), filetype="svg")  # type: ignore[no-untyped-call]
    return ink(picture(document[0].get_pixmap(dpi=DPI)))


def printed(typesetter: Typesetter, word: str) -> tuple[Image.Image, float]:
    """The word on the certificate, and its size."""
    pdf = typesetter.pdf(Sheet(word, "en", FACTS, date(2020, 2, 20), LINK, b"{}"))
    page: Any = pymupdf.open(stream=pdf)[0]  # type: ignore[no-untyped-call]
    lines = [line for block in page.get_text("dict")["blocks"] for line in block["lines"]]
    spans = [span for line in lines for span in line["spans"]]
    before = next(span for span in spans if "certifies" in span["text"])
    after = next(span for span in spans if "successfully" in span["text"])
    size = max(span["size"] for span in spans if before["bbox"][3] - 20 < span["origin"][1] < after["bbox"][1])
    part = pymupdf.Rect(before["bbox"][0] - 20, before["bbox"][3] + 1, page.rect.width, after["bbox"][1])  # type: ignore[no-untyped-call]
    return ink(without_gold(picture(page.get_pixmap(dpi=DPI, clip=part)))), size


def picture(pixmap: Any) -> Image.Image:
    return Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)


def without_gold(image: Image.Image) -> Image.Image:
    """Without the line under the name, which is golden: there red outweighs blue."""
    red, _, blue = image.split()
    gold = ImageChops.subtract(red, blue).point(lambda value: 255 if value > 20 else 0)
    return Image.composite(Image.new("RGB", image.size, "white"), image, gold.filter(ImageFilter.MaxFilter(3)))


def ink(image: Image.Image) -> Image.Image:
    """Where there is ink, cut to its bounds."""
    black = image.convert("L").point(lambda value: 255 if value < 140 else 0)
    return black.crop(black.getbbox())


def share_covered(one: Image.Image, other: Image.Image) -> float:
    """How much of the ink of one lies on that of the other, or beside it by a pixel."""
    thick = other.filter(ImageFilter.MaxFilter(3))
    return count(ImageChops.darker(one, thick)) / count(one)


def count(image: Image.Image) -> int:
    return sum(image.histogram()[128:])


def on(size: tuple[int, int], image: Image.Image) -> Image.Image:
    made = Image.new("L", (size[0] + 4, size[1] + 4), 0)
    made.paste(image, (2, 2))
    return made


@pytest.mark.parametrize(
    ("script", "word"), WORDS, ids=[f"{script}-{place}" for place, (script, _) in enumerate(WORDS)]
)
def test_a_word_is_printed_as_harfbuzz_draws_it(typesetter: Typesetter, script: str, word: str) -> None:
    [family] = {run.family or first_with(word) for run in on_paper.runs(word, on_paper.fonts())}
    paper, size = printed(typesetter, word)
    right = drawn(word, family, size)
    whole = (max(paper.width, right.width), max(paper.height, right.height))
    assert abs(paper.width - right.width) <= 3
    assert abs(paper.height - right.height) <= 3
    one, other = on(whole, paper), on(whole, right)
    assert min(share_covered(one, other), share_covered(other, one)) > 0.95


def first_with(word: str) -> str:
    return next(font.family for font in on_paper.fonts() if font.has(word))
