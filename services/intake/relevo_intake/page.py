"""The plain page behind the link in a letter: no script, nobody's name, nothing of what was applied for."""

from __future__ import annotations

from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined

from relevo_chassis.http.page import page, security_policy
from relevo_chassis.languages import Language


def letter_page(
    title: str, text: str, language: Language, status: int, *, button: str | None = None, code: str | None = None
) -> HTMLResponse:
    """What is said, with a button that sends the page's own address, or with a code to write down."""
    html = _TEMPLATE.render(language=language, title=title, text=text, style=_STYLE, button=button, code=code)
    return page(html, language, _POLICY, status, _HEADERS)


_STYLE = (
    "body{font:1.15rem/1.6 system-ui,sans-serif;max-width:32rem;margin:12vh auto;padding:0 1.25rem;color:#1c2a33}"
    "h1{font-size:1.35rem}button{font:inherit;padding:.8rem 1.4rem;border:0;border-radius:.4rem;"
    "background:#1f5f74;color:#fff;cursor:pointer}button:focus-visible{outline:3px solid #e0a63c}"
    "output{display:block;font:1.35rem/1.5 ui-monospace,monospace;padding:.8rem 1rem;border:1px solid #1f5f74;"
    "border-radius:.4rem;overflow-wrap:anywhere}"
)
_POLICY = security_policy(style=_STYLE, sends_forms=True)
_HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined).from_string(
    '<!doctype html><html lang="{{ language }}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ title }}</title>'
    "<style>{{ style|safe }}</style></head><body><main><h1>{{ title }}</h1><p>{{ text }}</p>"
    "{% if code %}<output>{{ code }}</output>{% endif %}"
    '{% if button %}<form method="post"><button type="submit">{{ button }}</button></form>{% endif %}'
    "</main></body></html>"
)
