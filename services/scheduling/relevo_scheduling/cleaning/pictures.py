"""Pictures: a drawing, a board, a photograph, as a new one of the same kind that has nothing of it but its colours."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageFile, TiffImagePlugin  # noqa: F401 (the last reads EXIF)
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from relevo_chassis.capped.failed import Failed

LONGEST_SIDE = 3000
MOST_PIXELS = 40_000_000
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What the orientation of EXIF asks for (JEITA CP-3451, 4.6.4)."""


def jpeg_anew(content: bytes) -> bytes:
    new = _anew(JpegImageFile(BytesIO(content)))
    new.save(into := BytesIO(), "JPEG", quality=85, optimize=True)
    return into.getvalue()


def png_anew(content: bytes) -> bytes:
    new = _anew(PngImageFile(BytesIO(content)))
    new.save(into := BytesIO(), "PNG", optimize=True)
    return into.getvalue()


def _anew(image: ImageFile.ImageFile) -> Image.Image:
    if image.width * image.height > MOST_PIXELS:
        raise Failed("too_costly")
    if getattr(image, "is_animated", False):
        raise Failed("animated")
    turn = _orientation_of(image)
    image.draft(None, (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
    image.load()
    plain = _of_eight_bits(image)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    upright = plain.transpose(TURNS[turn]) if turn in TURNS else plain
    new = Image.new("RGB", upright.size, "white")
    new.paste(upright.convert("RGB"), mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    return new


def _of_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("L", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _orientation_of(image: ImageFile.ImageFile) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # whatever was written there; the picture itself may be whole
        return 1
