"""Renders the plain page behind the link in a letter: no script, nobody's name, nothing of what was applied for."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from relevo_chassis.http.page import page, security_policy
from relevo_chassis.languages import Language

_HERE = Path(__file__).parent
_STYLE = (_HERE / "letter.css").read_text(encoding="utf-8")
_TEMPLATE = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined).get_template(
    "letter.html"
)
_POLICY = security_policy(style=_STYLE, sends_forms=True)
_HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}


def letter_page(
    title: str, text: str, language: Language, status: int, *, button: str | None = None, code: str | None = None
) -> HTMLResponse:
    """What is said, with a button that sends the page's own address, or with a code to write down."""
    html = _TEMPLATE.render(
        language=language,
        title=title,
        text=text,
        style=Markup(_STYLE),  # noqa: S704 (a file of this package)
        button=button,
        code=code,
    )
    return page(html, language, _POLICY, status, _HEADERS)
