"""Pages for people: what goes with every one of them, whoever makes its HTML."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from fastapi.responses import HTMLResponse

from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import spoken_in


def security_policy(*, style: str, script: str | None = None, sends_forms: bool = False) -> str:
    """The policy of a page that loads nothing: its own style and script alone apply, and nobody frames it (CSP 3).

    ``style`` and ``script`` are what stands between the tags, to the letter. Forms go nowhere unless ``sends_forms``,
    and then to where the page came from.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hashed(style)}",
            *([f"script-src {_hashed(script)}"] if script is not None else []),
            "base-uri 'none'",
            f"form-action '{'self' if sends_forms else 'none'}'",
            "frame-ancestors 'none'",
        )
    )


def page(
    html: str, language: Language, policy: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """A page under its policy, which says in which language it is, and that others get it in theirs."""
    response = HTMLResponse(html, status, {**(headers or {}), "Content-Security-Policy": policy})
    spoken_in(response, language)
    return response


def _hashed(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
