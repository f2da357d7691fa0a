"""What goes with every page for people."""

from __future__ import annotations

import base64
from hashlib import sha256

from relevo_chassis.http.page import page, security_policy

STYLE, SCRIPT = "body{color:#111}", "document.title"


def hashed(content: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"


def test_a_page_loads_nothing_and_only_its_own_style_applies() -> None:
    policy = security_policy(style=STYLE).split("; ")
    assert policy == [
        "default-src 'none'",
        f"style-src {hashed(STYLE)}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]


def test_a_script_runs_and_a_form_is_sent_only_where_the_page_has_one() -> None:
    policy = security_policy(style=STYLE, script=SCRIPT, sends_forms=True).split("; ")
    assert f"script-src {hashed(SCRIPT)}" in policy
    assert "form-action 'self'" in policy


def test_a_page_says_its_language_and_keeps_what_else_it_is_sent_with() -> None:
    response = page("<p>", "pt", "default-src 'none'", 404, {"Vary": "Accept", "Cache-Control": "no-store"})
    assert (response.status_code, response.headers["content-language"]) == (404, "pt")
    assert (response.headers["vary"], response.headers["cache-control"]) == ("Accept, Accept-Language", "no-store")
    assert response.headers["content-security-policy"] == "default-src 'none'"
