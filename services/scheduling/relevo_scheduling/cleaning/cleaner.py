"""Making anew what staff send as a file, in a process of its own: it is hostile until it was.

What comes back is a file of the same kind with what people read of it and nothing else: no script, no form, nothing
embedded, no name of whoever wrote it, no place and no device, and nothing that some other program would take for more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relevo_chassis.capped.failed import Busy, Failed
from relevo_chassis.capped.process import Capped
from relevo_chassis.delivery.change import Refusal
from relevo_scheduling.domain.materials import Media

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
TEXT: Final = "text/plain"
MEDIA: Final[tuple[Media, ...]] = (PDF, JPEG, PNG, TEXT)
MOST_BYTES: Final = 20 * 2**20
"""Of what is sent, and of what is kept. At 50 KB/s that is seven minutes."""

MEMORY_BYTES = 768 * 2**20
CPU_SECONDS = 30
SECONDS = 60
MOST_WAITING = 4


class UnusableFile(Refusal):
    """This cannot be given as a file; send a PDF, a picture as JPEG or PNG, or plain text in UTF-8."""

    status = 422
    where = "body"


class CleanerIsBusy(Refusal):
    """So many files are being read just now; send this one again in a moment."""

    status = 503
    retry_after_seconds = 20


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file as it is kept."""

    content: bytes
    media: Media


class Cleaner:
    """Makes one file after another anew."""

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, cpu_seconds: int = CPU_SECONDS) -> None:
        self._capped = Capped(
            "relevo_scheduling.cleaning",
            memory_bytes=memory_bytes,
            cpu_seconds=cpu_seconds,
            seconds=SECONDS,
            most_waiting=MOST_WAITING,
        )

    async def cleaned(self, content: bytes, media: str) -> Cleaned:
        """Raises ``UnusableFile`` or ``CleanerIsBusy``."""
        is_media = media_of(content)
        if is_media is None:
            raise _unusable("not_taken")
        if is_media != media:
            raise UnusableFile("other_type", "it is {found}, and was sent as something else", found=is_media)
        try:
            new, _ = await self._capped.made(content, is_media, str(MOST_BYTES))
        except Busy:
            raise CleanerIsBusy() from None
        except Failed as failed:
            raise _unusable(str(failed)) from None
        if media_of(new) != is_media or len(new) > MOST_BYTES:
            raise _unusable("broken")
        return Cleaned(new, is_media)


def media_of(content: bytes) -> Media | None:
    """Of which kind it says to be, by how it begins; text is what has no NUL and begins as nothing else does."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    is_binary = b"\x00" in content or content.startswith((b"PK\x03\x04", b"GIF8", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"))
    return None if is_binary or not content.strip() else TEXT


def _unusable(why: str) -> UnusableFile:
    match why:
        case "not_taken":
            return UnusableFile("not_taken", "it is no PDF, JPEG, PNG or plain text; save it as PDF and send that")
        case "not_utf_8":
            return UnusableFile("not_utf_8", "its text is not in UTF-8; save it so, or as PDF")
        case "controls":
            return UnusableFile("controls", "its text holds control characters or direction overrides; take them out")
        case "animated":
            return UnusableFile("animated", "it moves; send a picture that stands still")
        case "locked":
            return UnusableFile("locked", "it is locked by a password; save it without one")
        case "acts":
            return UnusableFile("acts", "it holds a program that cannot be taken out; print it to a new PDF")
        case "two_in_one":
            return UnusableFile("two_in_one", "it is two kinds of file in one; print it to a new PDF")
        case "too_large":
            return UnusableFile(
                "too_large", "it takes more than {most_bytes} bytes; make it smaller", most_bytes=MOST_BYTES
            )
        case "too_costly":
            return UnusableFile("too_costly", "it takes too much to be read; print it to a new PDF, or in parts")
    return UnusableFile("broken", "it is not whole, or cannot be read; print it to a new PDF")
