"""PDF: its pages, outline, links and tags for screen readers, written anew; whatever acts, embeds or names, left out.

What is kept is listed (ISO 32000-2, tables 29, 31, 166), and what may lie anywhere and is not kept is listed too. Since
what is written is only what can be reached from what was kept, nothing that was left out lies in the file unseen.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Any

import pypdf.filters  # noqa: F401 (which the others import once they need it)
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from relevo_chassis.capped.failed import Failed

MOST_PAGES = 2_000
MOST_UNPACKED = 400 * 2**20
"""What all of its streams may be unpacked to: whoever opens it has a telephone."""

OF_CATALOG = frozenset(
    ("/Type", "/Pages", "/Outlines", "/StructTreeRoot", "/MarkInfo", "/Lang", "/ViewerPreferences", "/PageLabels")
) | {"/PageMode", "/PageLayout", "/Dests", "/Names", "/OCProperties", "/Version"}
OF_NAMES = frozenset(("/Dests",))
OF_PAGE = frozenset(
    ("/Type", "/Parent", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate", "/Resources")
) | {"/Contents", "/Annots", "/Group", "/StructParents", "/Tabs", "/UserUnit"}
OF_LINK = frozenset(
    ("/Type", "/Subtype", "/Rect", "/Border", "/C", "/H", "/QuadPoints", "/A", "/Dest", "/StructParent", "/F")
)
NOWHERE = frozenset(
    ("/AA", "/OpenAction", "/JS", "/JavaScript", "/AcroForm", "/XFA", "/EmbeddedFiles", "/EF", "/RF", "/AF", "/Ref")
) | {"/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/OPI", "/CreatorInfo", "/Collection", "/PA"}
OF_STREAM_ELSEWHERE = ("/F", "/FFilter", "/FDecodeParms")
SCHEMES = ("https://", "http://", "mailto:")
END_OF_ZIP = b"PK\x05\x06"
"""Whatever reads ZIP looks for this from the end (APPNOTE 4.3.16), at most so far as its comment can be long."""
LONGEST_COMMENT = 2**16 + 22


def pdf_anew(content: bytes) -> bytes:
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise Failed("locked")
    if not 0 < len(reader.pages) <= MOST_PAGES:
        raise Failed("broken")
    _Cleaning().clean(reader.root_object)
    writer = PdfWriter()
    writer.clone_reader_document_root(reader)
    writer.pdf_header = "%PDF-1.7"
    writer.write(into := BytesIO())
    new = into.getvalue()
    if END_OF_ZIP in new[-LONGEST_COMMENT:]:
        raise Failed("two_in_one")
    return new


class _Cleaning:
    """Goes once through all that can be reached, and leaves out in passing; what was left out is not gone into."""

    def __init__(self) -> None:
        self._unpacked = 0

    def clean(self, catalog: DictionaryObject) -> None:
        _only(catalog, OF_CATALOG)
        if isinstance(names := _there(catalog.get("/Names")), DictionaryObject):
            _only(names, OF_NAMES)
        waiting: list[PdfObject] = [catalog]
        known = set[int]()
        while waiting:
            each = waiting.pop()
            if isinstance(each, IndirectObject):
                if each.idnum in known:
                    continue
                known.add(each.idnum)
            found = _there(each)
            if isinstance(found, DictionaryObject):
                self._dictionary(found)
                waiting += found.values()
            elif isinstance(found, ArrayObject):
                waiting += found

    def _dictionary(self, found: DictionaryObject) -> None:
        for key in NOWHERE & found.keys():
            del found[key]
        if _name(found, "/Type") == "/Page":
            _only(found, OF_PAGE)
        if isinstance(found, StreamObject):
            self._stream(found)
        elif "/Rect" in found and "/Subtype" in found:
            _only(found, OF_LINK if _name(found, "/Subtype") == "/Link" else frozenset())
        if isinstance(annotations := _there(found.get("/Annots")), ArrayObject):
            links = [each for each in annotations if _is_link(_there(each))]
            found[NameObject("/Annots")] = ArrayObject(links)
        if "/A" in found and "/S" not in found:
            _act_only_by_leading(found)

    def _stream(self, found: StreamObject) -> None:
        for key in OF_STREAM_ELSEWHERE:
            found.pop(key, None)
        if _name(found, "/Subtype") == "/PS":
            raise Failed("acts")
        filters = _there(found.get("/Filter"))
        names = [str(_there(each)) for each in (filters if isinstance(filters, ArrayObject) else [filters]) if each]
        if names.count("/FlateDecode") > 1:
            raise Failed("too_costly")
        if names[:1] == ["/FlateDecode"]:
            self._unpack(found._data)
        elif names == ["/DCTDecode"]:
            found._data = without_segments(found._data)
        elif not names:
            packed = zlib.compress(found._data)
            found._data, found[NameObject("/Filter")] = packed, NameObject("/FlateDecode")

    def _unpack(self, packed: bytes) -> None:
        unpacking, rest = zlib.decompressobj(), packed
        try:
            while rest and not unpacking.eof:
                self._unpacked += len(unpacking.decompress(rest, 2**20))
                rest = unpacking.unconsumed_tail
                if self._unpacked > MOST_UNPACKED:
                    raise Failed("too_costly")
        except zlib.error:
            return  # whoever shows it shows as much of it as it can


def without_segments(jpeg: bytes) -> bytes:
    """A JPEG without what applications wrote into it, but for how its colours are meant (ITU-T T.81, B.1.1)."""
    kept, at = [jpeg[:2]], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if not (0xE1 <= marker <= 0xEF or marker == 0xFE) or marker in (0xE2, 0xEE):
            kept.append(jpeg[at : at + 2 + length])
        at += 2 + length
    return b"".join((*kept, jpeg[at:]))


def _there(value: PdfObject | None) -> PdfObject | None:
    return value.get_object() if isinstance(value, IndirectObject) else value


def _only(found: DictionaryObject, keys: frozenset[str]) -> None:
    for key in found.keys() - keys:
        del found[key]


def _name(found: DictionaryObject, key: str) -> str:
    return str(_there(found.get(key)))


def _is_link(found: PdfObject | None) -> bool:
    return isinstance(found, DictionaryObject) and _name(found, "/Subtype") == "/Link"


def _act_only_by_leading(found: DictionaryObject) -> None:
    """Of actions, those that lead to a place in the document, or to an address of the web, and say nothing more."""
    action, new = _there(found.get("/A")), DictionaryObject()
    if isinstance(action, DictionaryObject):
        kind, uri = _name(action, "/S"), _text(action.get("/URI"))
        if kind == "/GoTo" and "/D" in action:
            new.update({NameObject("/S"): NameObject(kind), NameObject("/D"): action.raw_get("/D")})
        elif kind == "/URI" and uri.lower().startswith(SCHEMES):
            new.update({NameObject("/S"): NameObject(kind), NameObject("/URI"): TextStringObject(uri)})
    if new:
        found[NameObject("/A")] = new
    else:
        del found["/A"]


def _text(value: Any) -> str:
    found: Any = _there(value)
    return found.decode("latin-1") if isinstance(found, bytes) else str(found)
