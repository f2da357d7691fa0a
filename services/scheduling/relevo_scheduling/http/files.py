"""A file of a material as it is sent: as something to keep, under a name that says nothing, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

from relevo_scheduling.commands.materials import Seen, content_of
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain.materials import ENDINGS, KeptFile, NoSuchMaterial

AS_IT_IS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def file_answer(office: Office, seen: Seen, material_id: str) -> StreamingResponse:
    """The file of a material that somebody sees.

    Raises ``NoSuchMaterial``, also for one that is a link or waits for its file.
    """
    file = seen.material(material_id).file
    if file is None:
        raise NoSuchMaterial("no_file", "this material has no file", material_id=material_id)
    pieces = content_of(office, seen, file)
    first = await anext(pieces)
    headers = {
        **AS_IT_IS,
        "Content-Disposition": f'attachment; filename="{name_of(file)}"',
        "Content-Length": str(file.size_bytes),
        "ETag": f'"{file.digest}"',
    }
    charset = "; charset=utf-8" if file.media == "text/plain" else ""
    return StreamingResponse(_with(first, pieces), media_type=file.media + charset, headers=headers)


def name_of(file: KeptFile) -> str:
    return f"{file.digest[:8]}.{ENDINGS[file.media]}"


async def _with(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for each in others:
        yield each
