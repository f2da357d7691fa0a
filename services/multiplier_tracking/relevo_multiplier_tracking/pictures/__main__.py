"""The process that re-encodes one picture: its bytes in, a JPEG with nothing else out (``encoder.py`` starts it)."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageFile, TiffImagePlugin  # noqa: F401 (the last reads EXIF)
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from relevo_chassis.capped.failed import Failed
from relevo_chassis.capped.inside import Made, make

READERS: dict[str, type[ImageFile.ImageFile]] = {
    "image/jpeg": JpegImageFile,
    "image/png": PngImageFile,
    "image/webp": WebPImageFile,
}
LONGEST_SIDE = 1600
QUALITIES = (85, 75, 65, 55, 45)
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


def made(content: bytes, arguments: list[str]) -> Made:
    media, most_pixels, most_bytes = arguments
    jpeg, width, height = reencoded(content, READERS[media], int(most_pixels), int(most_bytes))
    return Made(jpeg, {"width": width, "height": height})


def reencoded(
    content: bytes, reader: type[ImageFile.ImageFile], most_pixels: int, most_bytes: int
) -> tuple[bytes, int, int]:
    """The picture alone, upright, smaller than it was, and decoded once more to see that it is one."""
    image = reader(BytesIO(content))
    if image.width * image.height > most_pixels:
        raise Failed("too_many_pixels")
    if getattr(image, "is_animated", False):
        raise Failed("animated")
    turn = orientation_of(image)
    image.draft(None, (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
    image.load()
    small = smaller(image)
    upright = small.transpose(TURNS[turn]) if turn in TURNS else small
    jpeg = within(on_white(upright), most_bytes)
    again = JpegImageFile(BytesIO(jpeg))
    again.load()
    return jpeg, again.width, again.height


def orientation_of(image: ImageFile.ImageFile) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # whatever was written there; the picture itself may be whole
        return 1


def smaller(image: Image.Image) -> Image.Image:
    """With eight bits a channel, and its longer side as long as it may be."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    elif image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return image


def on_white(image: Image.Image) -> Image.Image:
    """A new picture, which has nothing of the old but its colours."""
    new = Image.new("RGB", image.size, "white")
    new.paste(image.convert("RGB"), mask=image.convert("RGBA").getchannel("A") if image.mode == "RGBA" else None)
    return new


def within(image: Image.Image, most_bytes: int) -> bytes:
    while True:
        for quality in QUALITIES:
            image.save(into := BytesIO(), "JPEG", quality=quality, optimize=True)
            if into.tell() <= most_bytes:
                return into.getvalue()
        image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    Image.preinit()
    make(made, out_of_memory="too_many_pixels")
