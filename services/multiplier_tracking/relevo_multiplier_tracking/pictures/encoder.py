"""Re-encoding what people send as a picture, in a process of its own: it is hostile until it was (rule 26).

What comes back is a JPEG of a size that one can bound, with the picture in it and nothing else: no place, device,
time, thumbnail or comment, nothing behind its end, and nothing that some other program would read as a page.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Final, Literal

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

FailedBecause = Literal["not_a_picture", "animated", "too_many_pixels", "broken", "too_costly"]


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
    """Re-encodes one picture after another, so that no number of them takes more than one's memory and time."""

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, cpu_seconds: int = CPU_SECONDS) -> None:
        self._bounds = (str(memory_bytes), str(cpu_seconds), str(MOST_PIXELS), str(MOST_BYTES))
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def encoded(self, content: bytes, media: str) -> Encoded:
        """Raises ``UnusablePicture`` or ``EncoderIsBusy``."""
        is_media = media_of(content)
        if is_media is None:
            raise _unusable("not_a_picture")
        if is_media != media:
            raise UnusablePicture("other_type", "it is {found}, and was sent as something else", found=is_media)
        if self._waiting >= MOST_WAITING:
            raise EncoderIsBusy()
        self._waiting += 1
        try:
            async with self._turn:
                return _judged(*await self._in_process(content, is_media))
        finally:
            self._waiting -= 1

    async def _in_process(self, content: bytes, media: str) -> tuple[int, bytes]:
        """How the process ended, and what it answered. It has ended when this returns, whatever it was doing."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-m", "relevo_multiplier_tracking.pictures", media, *self._bounds),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(SECONDS):
                answer, _ = await process.communicate(content)
        except TimeoutError:
            raise _unusable("too_costly") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, answer


def media_of(content: bytes) -> str | None:
    """Of which of the three kinds it says to be, by how it begins."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return WEBP if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _judged(status: int, answer: bytes) -> Encoded:
    """What came back is believed no more than what was sent."""
    if status > 0:
        raise RuntimeError("the process that re-encodes pictures fails whatever it is given")
    if status < 0:
        raise _unusable("too_costly")
    head, _, jpeg = answer.partition(b"\n")
    found = json.loads(head)
    if "failed" in found:
        raise _unusable(found["failed"])
    is_whole = jpeg.startswith(b"\xff\xd8\xff\xe0") and jpeg.endswith(b"\xff\xd9")
    if not is_whole or len(jpeg) > MOST_BYTES:
        raise _unusable("broken")
    return Encoded(jpeg, int(found["width"]), int(found["height"]))


def _unusable(why: FailedBecause) -> UnusablePicture:
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
