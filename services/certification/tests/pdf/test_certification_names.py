"""Names on paper: printed as their script wants it, set smaller when they are long, or refused with the reason."""

from __future__ import annotations

import random
import unicodedata
from datetime import timedelta
from typing import Any

import pymupdf
import pytest
from fontTools.ttLib import TTFont

from relevo_certification.assets import FONTS
from relevo_certification.assets.faces import FACES, SUMMARY, summary
from relevo_certification.domain.certificate import Issued
from relevo_certification.domain.sealed import Identity
from relevo_certification.pdf.parts import CannotTypeset
from relevo_certification.pdf.printable import Measured, Unprintable, fonts, measured, reads_as_written
from relevo_certification.press import Press

LINK = "https://certificados.oas.test/v/0123456789ABCDEFGHJKMNPQRS"
NAMES = {
    "latin": "María José Ñáñez Quispe",
    "latin guaraní": "Ana Ỹvoty g̃uarani G̃ Ãẽĩõũỹ",
    "latin vietnamese": "Nguyễn Thị Hoài Thương",
    "latin yoruba": "Ọ̀ṣun Ẹ́níọlá Ṣọlá",
    "latin navajo": "Łą́į́ Yázhí Nídeeshchʼił",
    "latin salish": "x̌ʷəlšucid sxʷəbabš q̓ʷəl",
    "latin mapuche": "Nawel Ḻafkenche Ṉ ṯ",
    "latin kaqchikel": "Kiʼis Tzʼutujil ꞌIxchel",
    "latin haida": "G̱aadgaas X̱aayda",
    "greek": "Ελένη Παπαδοπούλου ᾧ",
    "cyrillic": "Алексей Їжак Ҟаҳа Ӂ",
    "armenian": "Անահիտ Յովհաննէսեան և",
    "georgian": "ქეთევან მაჩაბელი ᲥᲔᲗᲔᲕᲐᲜ",
    "arabic": "محمد الأمين الله",
    "persian": "زهرا\u200cخانم پژوهش گچ",
    "arabic vowels": "مُحَمَّد بْنُ عَبْدِ ٱللَّٰه",
    "hebrew": "מרים לוי",
    "hebrew pointed": "שָׁלוֹם מִרְיָם בַּת־שֶׁבַע",
    "syriac": "ܡܪܝܡ ܝܘܣܦ",
    "thaana": "މަރިޔަމް އަޙްމަދު",
    "nko": "ߒߞߏ ߡߊߡߊߘߎ߫",
    "adlam": "𞤀𞤣𞤤𞤢𞤥 𞤆𞤵𞤤𞤢𞤪",
    "devanagari": "प्रिया शर्मा क्षत्रिय र्की शृङ्ग",
    "bengali": "প্রিয়াঙ্কা ক্ষেত্র বৈশাখী",
    "gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ ਕਿਰਨ",
    "gujarati": "પ્રિયંકા ક્ષત્રિય શ્રી",
    "odia": "ପ୍ରିୟଙ୍କା କ୍ଷୀର ମୋହନ",
    "tamil": "ஸ்ரீ பிரியா கொடி மௌனி",
    "telugu": "ప్రియాంక క్షీర శ్రీను",
    "kannada": "ಪ್ರಿಯಾಂಕ ಕ್ಷೀರ ಶ್ರೀ",
    "malayalam": "പ്രിയങ്ക ക്ഷമ മോഹൻ ശ്രീ",
    "sinhala": "ශ්\u200dරී ප්\u200dරියංකා ක්\u200dෂේම",
    "thai": "กุลธิดา น้ำผึ้ง ปู่ฏิ์",
    "lao": "ສົມສັກ ນ້ຳຜຶ້ງ",
    "khmer": "ស្រីមុំ ព្រះវិហារ ខ្ញុំ",
    "myanmar": "မြတ်နိုး ကျွန်ုပ် အောင်ဆန်း",
    "tibetan": "བསྟན་འཛིན་རྒྱ་མཚོ",
    "ethiopic": "አበበ ቢቂላ",
    "korean": "김예시 홍길동",
    "chinese": "李小龍 張偉",
    "japanese": "山田花子 がギ 々",
    "bopomofo": "ㄌㄧˇ ㄒㄧㄠˇ",
    "canadian": "ᐊᓂᓯᓂᓈᐯᒧᐎᓐ ᓄᓇᕗᑦ",
    "cherokee": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ꭰꮉꮔ",
    "tifinagh": "ⵜⵉⴼⵉⵏⴰⵖ ⴰⵎⴰⵣⵉⵖ",
    "osage": "𐓏𐓘𐓻𐓘𐓻𐓟",
    "mixed rtl": "Ana محمد (בן דוד) López",
    "rtl with dot": "محمد الأمين (الثاني).",
}
WORST = [" ".join(["W" * 49] * 4), "W" * 57, "A" * 57, "\u0b94" * 22, "ཀྵྱྲུཾ ཀྵྱྲུ", "กู้ป็" * 11, "Ẫ̱" * 20, "한" * 57]


@pytest.fixture
def made(making: Any) -> Issued:
    at = making.issued_at + timedelta(milliseconds=123)
    return Issued(certificate_id="1" * 32, issued_at=at, facts=making.facts(), list_number=1, position=77)


def pdf(press: Press, making: Any, made: Issued, name: str) -> bytes:
    papers = press.papers(making.edition_id, made, Identity(name=name, language="es", named=True))
    return press.pdf(papers, made, LINK, name)


def opened(content: bytes) -> Any:
    return pymupdf.open(stream=content)  # type: ignore[no-untyped-call]


def claims(document: Any) -> bool:
    return "<pdfuaid:part>1" in document.get_xml_metadata()


@pytest.mark.parametrize("script", NAMES)
def test_a_name_is_printed_and_claims_to_be_read_by_machines_only_if_it_is(
    press: Press, making: Any, made: Issued, script: str
) -> None:
    name = NAMES[script]
    document = opened(pdf(press, making, made, name))
    text = " ".join(str(document[0].get_text()).split())
    assert document.page_count == 1
    assert "\ufffd" not in text
    assert claims(document) == reads_as_written([name])
    assert name in text or not claims(document)


def test_whatever_claims_to_be_read_is_read_back_character_by_character(
    press: Press, making: Any, made: Issued
) -> None:
    """Every letter of which a certificate claims that machines read it, in names of fifty."""
    letters = [
        chr(each) for font in fonts() for span in zip(font.firsts, font.lasts, strict=True) for each in covered(span)
    ]
    plain = sorted({each for each in letters if reads_as_written([each]) and unicodedata.category(each)[0] == "L"})
    composed = [each for each in plain if unicodedata.normalize("NFC", each) == each]
    few = [*composed[:1500], *random.Random(1).sample(composed[1500:], 500)]
    for start in range(0, len(few), 100):
        words = ["".join(few[at : at + 10]) for at in range(start, min(start + 100, len(few)), 10)]
        document = opened(pdf(press, making, made, " ".join(words)))
        assert claims(document)
        text = "".join(str(document[0].get_text()).split())
        assert [word for word in words if word not in text] == []


def covered(span: tuple[int, int]) -> range:
    return range(span[0], span[1] + 1)


@pytest.mark.parametrize("name", WORST, ids=range(len(WORST)))
def test_a_long_or_tall_name_is_set_smaller_and_covers_nothing(
    press: Press, making: Any, made: Issued, name: str
) -> None:
    page = opened(pdf(press, making, made, unicodedata.normalize("NFC", name)))[0]
    for left, top, right, bottom, *_ in page.get_text("blocks"):
        assert (left > 0, top > 0, right < page.rect.width, bottom < page.rect.height) == (True,) * 4
    sizes = [
        span["size"] for block in page.get_text("dict")["blocks"] for line in block["lines"] for span in line["spans"]
    ]
    assert min(sizes) > 6


@pytest.mark.parametrize(
    ("name", "reason", "character"),
    [
        ("Ana \U0001f331 Ejemplo", "character", "U+1F331"),
        ("Ana \U0001f1e8\U0001f1f4", "character", "U+1F1E8"),
        ("\ue000", "character", "U+E000"),
        ("Ana\u3164", "character", "U+3164"),
        ("Ana\u200b", "character", "U+200B"),
        ("A\u200dna", "character", "U+200D"),
        ("Ana\u093f", "character", "U+093F"),
        ("\u0301Ana", "character", "U+0301"),
        ("Ana \u0301", "character", "U+0301"),
        ("1\ufe0f\u20e3", "character", "U+FE0F"),
        ("Z\u0300\u0301\u0302a", "marks", "U+0302"),
        ("Z\u0334\u0334a", "marks", "U+0334"),
        ("A" * 80, "too_long", None),
        ("W" * 200, "too_long", None),
        ("\u0b94" * 40, "too_long", None),
        ("W" * 80 + "\u00a0" + "W" * 80, "too_long", None),
    ],
)
def test_a_name_that_cannot_be_printed_is_refused_with_the_character_or_the_reason(
    press: Press, making: Any, made: Issued, name: str, reason: str, character: str | None
) -> None:
    assert measured(name, fonts()) == Unprintable(reason, character)  # type: ignore[arg-type]
    with pytest.raises(CannotTypeset) as refused:
        pdf(press, making, made, name)
    assert refused.value.name == Unprintable(reason, character)  # type: ignore[arg-type]
    assert name not in str(refused.value)


def test_whatever_is_measured_fits_on_the_page(press: Press, making: Any, made: Issued) -> None:
    """Names thrown together from every font: what the measure lets through is printed, whatever it is."""
    dice, printed = random.Random(7), 0
    for _ in range(150):
        font = dice.choice(fonts())
        spans = list(zip(font.firsts, font.lasts, strict=True))
        letters = [chr(dice.choice(covered(dice.choice(spans)))) for _ in range(dice.choice((5, 40, 199)))]
        kept = [each for each in letters if unicodedata.category(each)[0] == "L" or dice.random() < 0.05]
        name = "".join(each + " " * (dice.random() < 0.12) for each in kept)[:199].strip()
        name = unicodedata.normalize("NFC", name)
        if name and isinstance(measured(name, fonts()), Measured):
            assert pdf(press, making, made, name).startswith(b"%PDF")
            printed += 1
    assert printed > 30


def test_what_is_said_to_print_is_in_the_fonts_that_are_laid() -> None:
    printable = []
    for face in FACES:
        font = TTFont(FONTS / face.file)
        characters, units = font.getBestCmap(), font["head"].unitsPerEm
        widths = {each: font["hmtx"][name][0] / units for each, name in characters.items()}
        assert 0x25CC not in characters
        printable.append((face, face.printable(widths)))
    assert summary(printable) == (FONTS / SUMMARY).read_text(encoding="utf-8")


def test_every_font_is_under_the_open_font_license() -> None:
    for face in FACES:
        license = (FONTS / f"{face.package.split('/')[1]}.LICENSE").read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE" in license.upper()
