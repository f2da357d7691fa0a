"""Materials of the week: handed out by the coordinator and by whoever teaches, read and taken along."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pypdf import PdfWriter

from relevo_demo.api import Misbehaved, Sent
from relevo_demo.people import canary
from relevo_demo.story.cast import Participant, Stage

REPORT = "https://www.oas.org/es/cidh/informes/pdfs/EmpresasDDHH.pdf"
READING = """Para quien enseña a otras personas

1. Empiece por un caso que todas conozcan.
2. Diga qué derecho está en juego, y ante quién se reclama.
3. Deje la mitad del tiempo para preguntas.
"""


async def hand_out(stage: Stage, session_id: str, participants: Sequence[Participant]) -> None:
    """A link and a reading for everybody, a document for the first session by who teaches it; one participant takes
    all of it along. Whoever wrote the document is named in it, and must not be in what is kept."""
    author = canary(participants[0].person.number, stage.seed, "author")
    stage.planted.add(author)
    with stage.progress.phase("the week: materials handed out and taken along", 4) as advance:
        staff, teacher = await stage.coordinator(), await stage.api.token("faculty-0", "faculty")
        await _add(stage, staff, kind="report", language="es", title="Empresas y derechos humanos", link=REPORT)
        advance()
        reading = await _add(stage, staff, kind="reading", language="es", title="Diez consejos para enseñar")
        await _file(stage, staff, reading, "text/plain", READING.encode())
        advance()
        slides = await _add(
            stage, teacher, session_id=session_id, kind="slides", language="any", title="La situación en la región"
        )
        await _file(stage, teacher, slides, "application/pdf", _document(author))
        advance()
        await _bundled(stage, participants[0], author)
        advance()


async def _add(stage: Stage, token: str, **form: Any) -> Any:
    return await stage.api.call("POST", "scheduling", f"/editions/{stage.edition_id}/materials", form, token=token)


async def _file(stage: Stage, token: str, added: Any, media: str, content: bytes) -> None:
    path, tag = f"{added.headers['location']}/file", added.headers["etag"]
    await stage.api.call("PUT", "scheduling", path, Sent(media, content), token=token, if_match=tag)


def _document(author: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=842, height=595)
    writer.add_metadata({"/Author": author})
    writer.write(into := BytesIO())
    return into.getvalue()


async def _bundled(stage: Stage, one: Participant, author: str) -> None:
    token = await one.token(stage.api)
    answer = await stage.api.call("GET", "scheduling", "/me/materials/bundle", token=token, params={"lang": "es"})
    with zipfile.ZipFile(BytesIO(answer.content)) as found:
        page, files = found.read("index.html").decode(), found.namelist()[1:]
        names_somebody = any(author.encode() in found.read(each) for each in files)
    if len(files) != 2 or REPORT not in page or names_somebody:
        raise Misbehaved(f"what participant {one.participant_id} takes along of the week is not what was handed out")
