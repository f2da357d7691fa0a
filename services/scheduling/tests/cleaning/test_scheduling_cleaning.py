"""What staff send as a file is made anew until nothing is left but what people read of it."""

from __future__ import annotations

import asyncio
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from relevo_scheduling.cleaning import cleaner
from relevo_scheduling.cleaning.cleaner import JPEG, PDF, PNG, TEXT, Cleaner, UnusableFile
from relevo_testkit.pictures import png

CANARY = "Canario-Ambar"
NAME = NameObject


def pdf(change: Any = None, pages: int = 2, *, text: bytes = b"BT /F1 12 Tf (Medidas) Tj ET", **options: Any) -> bytes:
    """A document of a few pages with an outline; ``change`` does something to it first."""
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(200, 200)
        content = DecodedStreamObject()
        content.set_data(text)
        page[NAME("/Contents")] = writer._add_object(content)
    writer.add_outline_item(title="Medidas cautelares", page_number=1)
    if change is not None:
        change(writer)
    if options.get("password"):
        writer.encrypt(options["password"])
    writer.write(into := BytesIO())
    return into.getvalue()


async def anew(content: bytes, media: str = PDF) -> bytes:
    cleaned = await Cleaner().cleaned(content, media)
    assert cleaned.media == media
    return cleaned.content


async def why(content: bytes, media: str = PDF, **bounds: int) -> str:
    with pytest.raises(UnusableFile) as refused:
        await Cleaner(**bounds).cleaned(content, media)
    return refused.value.because


def everything(content: bytes) -> str:
    """All that a document holds, whether it can be reached or not, its streams unpacked."""
    reader: Any = PdfReader(BytesIO(content))
    found = [repr(reader.trailer)]
    for id in range(1, int(reader.trailer["/Size"])):
        each: Any = reader.get_object(IndirectObject(id, 0, reader))
        found.append(repr(each))
        if hasattr(each, "get_data"):
            found.append(each.get_data().decode("latin-1"))
    return "\n".join(found) + content.decode("latin-1")


def action(kind: str, **more: Any) -> DictionaryObject:
    return DictionaryObject({NAME("/S"): NAME(kind), **{NAME(f"/{name}"): value for name, value in more.items()}})


def annotated(subtype: str, **more: Any) -> Any:
    """Puts an annotation on the first page."""

    def change(writer: PdfWriter) -> None:
        rect = ArrayObject(map(NumberObject, (0, 0, 9, 9)))
        values = {"/Type": NAME("/Annot"), "/Subtype": NAME(subtype), "/Rect": rect}
        fields = {f"/{name}": value for name, value in more.items()}
        annotation = writer._add_object(DictionaryObject({NAME(k): v for k, v in (values | fields).items()}))
        writer.pages[0][NAME("/Annots")] = writer._add_object(ArrayObject([annotation]))

    return change


def in_catalog(**values: Any) -> Any:
    def change(writer: PdfWriter) -> None:
        writer.root_object.update({NAME(f"/{name}"): value for name, value in values.items()})

    return change


def attached(writer: PdfWriter) -> None:
    writer.add_attachment(f"{CANARY}.exe", CANARY.encode())


def authored(writer: PdfWriter) -> None:
    writer.add_metadata({"/Author": CANARY, "/Title": CANARY})
    stream = DecodedStreamObject()
    stream.set_data(f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode())
    writer.root_object[NAME("/Metadata")] = writer._add_object(stream)
    writer.pages[0][NAME("/PieceInfo")] = DictionaryObject({NAME("/X"): TextStringObject(CANARY)})
    writer.pages[0][NAME("/LastModified")] = TextStringObject(CANARY)


SCRIPT = action("/JavaScript", JS=TextStringObject(CANARY))


@pytest.mark.parametrize(
    "change",
    [
        in_catalog(OpenAction=SCRIPT),
        in_catalog(AA=DictionaryObject({NAME("/WC"): SCRIPT})),
        in_catalog(Names=DictionaryObject({NAME("/JavaScript"): DictionaryObject({NAME("/Names"): SCRIPT})})),
        in_catalog(AcroForm=DictionaryObject({NAME("/XFA"): TextStringObject(CANARY)})),
        in_catalog(URI=DictionaryObject({NAME("/Base"): TextStringObject(CANARY)})),
        annotated("/Link", A=SCRIPT),
        annotated("/Link", A=action("/Launch", F=TextStringObject(CANARY))),
        annotated("/Link", A=action("/URI", URI=ByteStringObject(f"javascript:{CANARY}".encode()))),
        annotated("/Link", A=action("/URI", URI=ByteStringObject(f"file:///{CANARY}".encode()))),
        annotated("/Link", A=action("/SubmitForm", F=TextStringObject(CANARY))),
        annotated("/Link", A=action("/GoToR", F=TextStringObject(CANARY), D=NumberObject(0))),
        annotated("/Link", A=action("/GoTo", D=NumberObject(0), Next=SCRIPT)),
        annotated("/Link", Contents=TextStringObject(CANARY), T=TextStringObject(CANARY)),
        annotated("/Text", Contents=TextStringObject(CANARY), T=TextStringObject(CANARY)),
        annotated("/Widget", FT=NAME("/Tx"), V=TextStringObject(CANARY), AA=DictionaryObject({NAME("/F"): SCRIPT})),
        annotated("/FileAttachment", FS=TextStringObject(CANARY)),
        annotated("/RichMedia", RichMediaContent=TextStringObject(CANARY)),
        annotated("/Screen", A=action("/Rendition", JS=TextStringObject(CANARY))),
        attached,
        authored,
    ],
)
async def test_of_a_document_nothing_acts_nothing_is_embedded_and_nobody_is_named(change: Any) -> None:
    sent = pdf(change)
    assert CANARY in everything(sent)
    kept = await anew(sent)
    assert CANARY not in everything(kept)
    assert len(PdfReader(BytesIO(kept)).pages) == 2


async def test_what_is_read_of_a_document_stays() -> None:
    links = annotated("/Link", A=action("/URI", URI=TextStringObject("https://www.oas.org/")))

    def tagged(writer: PdfWriter) -> None:
        links(writer)
        writer.root_object[NAME("/Lang")] = TextStringObject("es")
        tree = DictionaryObject({NAME("/Type"): NAME("/StructTreeRoot"), NAME("/K"): ArrayObject()})
        writer.root_object[NAME("/StructTreeRoot")] = writer._add_object(tree)

    reader: Any = PdfReader(BytesIO(await anew(pdf(tagged, text=b"BT /F1 12 Tf (Medidas) Tj ET" * 40))))
    assert reader.outline[0]["/Title"] == "Medidas cautelares"
    assert "Medidas" in reader.pages[1].get_contents().get_data().decode()
    assert reader.root_object["/Lang"] == "es"
    assert "/StructTreeRoot" in reader.root_object
    [link] = reader.pages[0]["/Annots"]
    assert link.get_object()["/A"] == {"/S": "/URI", "/URI": "https://www.oas.org/"}


async def test_the_same_document_becomes_the_same_bytes() -> None:
    sent = pdf(authored)
    assert await anew(sent) == await anew(sent)


async def test_a_photograph_in_a_document_says_no_place() -> None:
    exif = Image.Exif()
    exif[0x010F] = CANARY
    Image.new("RGB", (20, 20), "white").save(photograph := BytesIO(), "JPEG", exif=exif, comment=CANARY.encode())

    def photographed(writer: PdfWriter) -> None:
        image = DecodedStreamObject()
        image.set_data(photograph.getvalue())
        image.update({NAME("/Subtype"): NAME("/Image"), NAME("/Filter"): NAME("/DCTDecode")})
        names = DictionaryObject({NAME("/Im0"): writer._add_object(image)})
        writer.pages[0][NAME("/Resources")] = DictionaryObject({NAME("/XObject"): names})

    sent = pdf(photographed)
    assert CANARY in sent.decode("latin-1")
    kept = await anew(sent)
    assert CANARY not in kept.decode("latin-1")
    [image] = PdfReader(BytesIO(kept)).pages[0]["/Resources"]["/XObject"].values()  # type: ignore[index]
    Image.open(BytesIO(image.get_object()._data)).load()


async def test_what_is_two_kinds_of_file_in_one_is_one_of_them_or_refused() -> None:
    page = f"<html><script>{CANARY}</script>".encode()
    for both in (pdf() + page, pdf(text=page), pdf() + b"PK\x03\x04" + CANARY.encode() + b"PK\x05\x06" + bytes(18)):
        kept = await anew(both)
        assert kept.startswith(b"%PDF-")
        assert kept.rstrip().endswith(b"%%EOF")
        assert CANARY.encode() not in kept
        assert b"PK\x05\x06" not in kept
    raw = zlib.compressobj(0)
    stored = raw.compress(b"PK\x05\x06" + bytes(18)) + raw.flush()

    def unpacked_by_none(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(stored)
        stream[NAME("/Filter")] = NAME("/FlateDecode")
        writer.pages[0][NAME("/Contents")] = writer._add_object(stream)

    assert await why(pdf(unpacked_by_none)) == "two_in_one"


async def test_a_document_that_unpacks_to_more_than_a_telephone_has_is_refused() -> None:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(500)) + packer.flush()

    def bomb(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(packed)
        stream[NAME("/Filter")] = NAME("/FlateDecode")
        writer.pages[0][NAME("/Contents")] = writer._add_object(stream)

    assert len(packed) < 2**20
    assert await why(pdf(bomb)) == "too_costly"


def nested(writer: PdfWriter) -> None:
    stream = DecodedStreamObject()
    stream.set_data(zlib.compress(zlib.compress(bytes(99))))
    stream[NAME("/Filter")] = ArrayObject([NAME("/FlateDecode"), NAME("/FlateDecode")])
    writer.pages[0][NAME("/Contents")] = writer._add_object(stream)


def circle(writer: PdfWriter) -> None:
    tree: Any = writer.root_object["/Pages"]
    kids = tree.raw_get("/Kids")
    kids.append(writer.root_object.raw_get("/Pages"))


@pytest.mark.parametrize(
    ("content", "media", "because"),
    [
        (b"", PDF, "not_taken"),
        (b" \n", TEXT, "not_taken"),
        (b"PK\x03\x04 word/document.xml", PDF, "not_taken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", PDF, "not_taken"),
        (b"MZ\x00\x00", PDF, "not_taken"),
        (b"GIF89a" + bytes(20), PNG, "not_taken"),
        (b"<!doctype html><p>hola", TEXT, "not_taken"),
        (b"  <SVG onload=alert(1)>", TEXT, "not_taken"),
        (b"<?xml version='1.0'?><!DOCTYPE x>", TEXT, "not_taken"),
        (b"#!/bin/sh\n", TEXT, "not_taken"),
        ("hola".encode("utf-16-le") + b"\xff", TEXT, "not_taken"),
        ("ñandú".encode("latin-1"), TEXT, "not_utf_8"),
        ("a\u202eb".encode(), TEXT, "controls"),
        (b"a\x1b[2Jb", TEXT, "controls"),
        (b"\n" + pdf(), PDF, "other_type"),
        (pdf(), TEXT, "other_type"),
        (png(), JPEG, "other_type"),
        (b"hola", PDF, "other_type"),
        (pdf()[:300], PDF, "broken"),
        (b"%PDF-1.7\n", PDF, "broken"),
        (b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>", PDF, "broken"),
        (pdf(password="clave"), PDF, "locked"),
        (pdf(nested), PDF, "too_costly"),
        (png(20_000, 20_000, colour=0), PNG, "too_costly"),
        (png(1, 1)[:33], PNG, "broken"),
        (b"\xff\xd8\xff<?php", JPEG, "broken"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_what_is_not_taken_is_refused_in_words(content: bytes, media: str, because: str) -> None:
    assert await why(content, media) == because


async def test_a_document_that_leads_in_circles_ends() -> None:
    [outcome] = await asyncio.gather(Cleaner().cleaned(pdf(circle), PDF), return_exceptions=True)
    assert isinstance(outcome, cleaner.Cleaned | UnusableFile)


async def test_text_is_kept_as_lines_in_utf_8() -> None:
    assert await anew("\ufeffUna línea\r\notra: \u0065\u0301\r\n\n".encode(), TEXT) == "Una línea\notra: é\n".encode()


@pytest.mark.parametrize(("form", "media"), [("JPEG", JPEG), ("PNG", PNG)])
async def test_a_picture_stays_one_of_its_kind_without_place_and_device(form: str, media: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = CANARY
    Image.new("RGB", (4000, 100), "white").save(into := BytesIO(), form, exif=exif)
    kept = await anew(into.getvalue() + CANARY.encode(), media)
    picture = Image.open(BytesIO(kept))
    picture.load()
    assert (picture.format, picture.size) == (form, (3000, 75))
    assert not picture.getexif()
    assert CANARY.encode() not in kept


async def test_a_file_that_takes_more_time_or_memory_than_there_is_is_given_up() -> None:
    assert await why(png(6_000, 6_000), PNG, cpu_seconds=0) == "too_costly"
    assert await why(png(6_000, 6_000, colour=6), PNG, memory_bytes=200 * 2**20) == "too_costly"


async def test_as_many_files_wait_as_there_is_memory_for_and_one_is_read_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cleaner, "MOST_WAITING", 1)
    once = Cleaner()
    outcomes = await asyncio.gather(*(once.cleaned(b"hola", TEXT) for _ in range(3)), return_exceptions=True)
    assert [type(each).__name__ for each in outcomes] == ["Cleaned", "CleanerIsBusy", "CleanerIsBusy"]
