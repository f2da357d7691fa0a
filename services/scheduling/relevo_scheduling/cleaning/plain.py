"""Plain text: UTF-8, in lines, and nothing that some program would take for more."""

from __future__ import annotations

import re
import unicodedata

from relevo_chassis.capped.failed import Failed

_TRICKS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MORE = ("<!doctype", "<html", "<svg", "<?xml", "<script", "{\\rtf", "%!ps", "#!")
"""How pages, drawings, documents and programs begin that consist of text."""


def text_anew(content: bytes) -> bytes:
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Failed("not_utf_8") from None
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip() + "\n"
    if _TRICKS.search(text):
        raise Failed("controls")
    if text.lower().startswith(_MORE) or not text.strip():
        raise Failed("not_taken")
    return text.encode()
