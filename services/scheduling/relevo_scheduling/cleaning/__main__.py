"""The process that makes one file anew: its bytes in, a file of the same kind out (``cleaner.py`` starts it)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image

from relevo_chassis.capped.failed import Failed
from relevo_chassis.capped.inside import Made, make
from relevo_scheduling.cleaning.pdf import pdf_anew
from relevo_scheduling.cleaning.pictures import jpeg_anew, png_anew
from relevo_scheduling.cleaning.plain import text_anew

ANEW: Mapping[str, Callable[[bytes], bytes]] = {
    "application/pdf": pdf_anew,
    "image/jpeg": jpeg_anew,
    "image/png": png_anew,
    "text/plain": text_anew,
}


def made(content: bytes, arguments: list[str]) -> Made:
    media, most_bytes = arguments
    new = ANEW[media](content)
    if not 0 < len(new) <= int(most_bytes):
        raise Failed("too_large")
    return Made(new)


if __name__ == "__main__":
    Image.preinit()
    make(made)
