"""What every paper is made of: texts in fonts that have their letters, a name, a QR code, and a template filled in."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst

from relevo_certification.pdf.printable import (
    Unprintable,
    first_strong,
    fonts,
    measured,
    reads_as_written,
    runs,
)

_HERE = Path(__file__).parent


class CannotTypeset(ValueError):
    """A text has characters that no shipped font can show, or is too long for the page; correct it, or add a font.

    ``name`` says why, when it is the name that cannot be printed.
    """

    def __init__(self, name: Unprintable | None = None) -> None:
        super().__init__((self.__doc__ or "").splitlines()[0])
        self.name = name


class Template:
    """A paper to be filled in; kept compiled. May be called from any thread, one at a time gets its turn."""

    def __init__(self, name: str, fonts: typst.Fonts) -> None:
        self._name = name
        self._compiler = typst.Compiler(str(_HERE / f"{name}.typ"), root=str(_HERE), font_paths=fonts)
        self._one_at_a_time = threading.Lock()

    def filled(self, content: Mapping[str, Any], of_others: Iterable[str], at: datetime) -> bytes:
        """Tagged; PDF/UA-1 and PDF/A-3a if it reads well, by what is printed and was not written by us.

        The same content gives the same bytes. Raises ``CannotTypeset``; a warning counts as an error.
        """
        with self._one_at_a_time:
            try:
                made, warnings = self._compiler.compile_with_warnings(
                    format="pdf",
                    sys_inputs={self._name: json.dumps(content, ensure_ascii=False)},
                    pdf_standards=["ua-1", "a-3a"] if reads_as_written(of_others) else ["a-3b"],
                    timestamp=int(at.timestamp()),
                )
            except typst.TypstError:
                raise CannotTypeset() from None
        if warnings or not isinstance(made, bytes):
            raise CannotTypeset()
        return made


def name_parts(name: str) -> dict[str, Any]:
    """The name and how it is set. Raises ``CannotTypeset``."""
    found = measured(name, fonts())
    if isinstance(found, Unprintable):
        raise CannotTypeset(found)
    return {
        "runs": in_runs(name),
        "words": [in_runs(word) for word in name.split(" ")],
        "above": found.above,
        "below": found.below,
        "rtl": first_strong(name) in ("R", "AL"),
    }


def in_runs(text: str) -> list[dict[str, str | None]]:
    return [run._asdict() for run in runs(text, fonts())]


def in_two(url: str) -> tuple[str, str]:
    """The address as it is typed in: without its scheme, broken before its last part."""
    site, _, token = url.partition("#")[0].partition("://")[2].rpartition("/")
    return f"{site}/", token


@lru_cache(maxsize=1)
def qr_svg(url: str) -> str:
    """A QR code with a quarter of its area to spare (level Q), as SVG. All trials show one, which is drawn once."""
    made = io.BytesIO()
    segno.make(url, error="q", micro=False).save(made, kind="svg", border=0, dark="#1b2a41", xmldecl=False)
    return made.getvalue().decode()
