"""Re-encoding what people send as a picture, in a process of its own: it is hostile until it was (rule 26).

What comes back is a JPEG of a size that one can bound, with the picture in it and nothing else: no place, device,
time, thumbnail or comment, nothing behind its end, and nothing that some other program would read as a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relevo_chassis.capped.failed import Busy, Failed
from relevo_chassis.capped.process import Capped
from relevo_chassis.delivery.change import Refusal

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
MEDIA: Final = (JPEG, PNG, WEBP)
MOST_SENT_BYTES: Final = 8 * 2**20
MOST_BYTES: Final = 400_000
MOST_PIXELS: Final = 64_000_000
"""A telephone's largest. What is worse bounded by this than by memory, as PNG, takes 4 bytes for each and a copy."""

MEMORY_BYTES = 512 * 2**20
CPU_SECONDS = 10
SECONDS = 20
MOST_WAITING = 16


class UnusablePicture(Refusal):
    """This cannot be used as a picture; send a photograph as JPEG, PNG or WebP, or a screenshot of it."""

    status = 422
    where = "body"


class EncoderIsBusy(Refusal):
    """So many pictures are being read just now; send this one again in a moment."""

    status = 503
    retry_after_seconds = 5


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is kept: a JPEG of at most ``MOST_BYTES``, its longer side at most 1,600 pixels."""

    jpeg: bytes
    width: int
    height: int


class Encoder:
    """Re-encodes one picture after another."""

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, cpu_seconds: int = CPU_SECONDS) -> None:
        self._capped = Capped(
            "relevo_multiplier_tracking.pictures",
            memory_bytes=memory_bytes,
            cpu_seconds=cpu_seconds,
            seconds=SECONDS,
            most_waiting=MOST_WAITING,
        )

    async def encoded(self, content: bytes, media: str) -> Encoded:
        """Raises ``UnusablePicture`` or ``EncoderIsBusy``."""
        is_media = media_of(content)
        if is_media is None:
            raise _unusable("not_a_picture")
        if is_media != media:
            raise UnusablePicture("other_type", "it is {found}, and was sent as something else", found=is_media)
        try:
            jpeg, size = await self._capped.made(content, is_media, str(MOST_PIXELS), str(MOST_BYTES))
        except Busy:
            raise EncoderIsBusy() from None
        except Failed as failed:
            raise _unusable(str(failed)) from None
        is_whole = jpeg.startswith(b"\xff\xd8\xff\xe0") and jpeg.endswith(b"\xff\xd9")
        if not is_whole or len(jpeg) > MOST_BYTES:
            raise _unusable("broken")
        return Encoded(jpeg, int(size["width"]), int(size["height"]))


def media_of(content: bytes) -> str | None:
    """Of which of the three kinds it says to be, by how it begins."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return WEBP if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _unusable(why: str) -> UnusablePicture:
    match why:
        case "not_a_picture":
            return UnusablePicture(
                "not_a_picture", "it is no JPEG, PNG or WebP; send a photograph, or a screenshot of it"
            )
        case "animated":
            return UnusablePicture("animated", "it moves; send a picture that stands still")
        case "too_many_pixels":
            return UnusablePicture("too_many_pixels", "it has too many pixels; take it smaller, or a screenshot of it")
        case "too_costly":
            return UnusablePicture("too_costly", "it takes too much to be read; send a screenshot of it")
    return UnusablePicture("broken", "it is not whole, or cannot be read; take it again, or send a screenshot of it")
