"""The page that a stack of one machine opens on: what this is, who comes in as what, where everything listens, and a
clock to turn. For development alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape

from relevo_chassis.http.page import security_policy

PORTAL = "portal"
STEPS = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
"""How far the buttons turn the clock."""
_STEP_NAMES = {"1h": "an hour", "1d": "a day", "7d": "a week", "30d": "30 days"}
STAFF = {
    "head_coordinator": "says who may do what in which edition",
    "coordinator": "opens the call, decides the selection, builds the week, verifies, issues",
    "reviewer": "scores the applications that are assigned",
    "faculty": "sees the sessions that they teach",
    "expert": "answers questions of the sixty days",
    "travel": "reads what participants need for the week",
    "auditor": "reads the records of who read and decided what",
    "operator": "looks after the services",
}
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b2a41;"
    "background:#fdfcf9}h1,h2{font-family:Georgia,serif;font-weight:500}h2{margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:start;vertical-align:top;padding:.4rem .75rem .4rem 0;"
    "border-top:1px solid #ded9cd}th{white-space:nowrap}td{overflow-wrap:anywhere}"
    "code{font-size:.875rem;overflow-wrap:anywhere}a{color:#1f4e79}"
    "button{font:inherit;padding:.5rem 1rem;margin:0 .5rem .5rem 0;border:1px solid #7b7566;border-radius:.375rem;"
    "background:#fff;color:#1f4e79;cursor:pointer}small{color:#55606f}"
    "@media(prefers-color-scheme:dark){body{background:#121c2b;color:#e9e6df}a{color:#9cc5ee}th,td{border-color:#2c3a50}"
    "button{background:#18253a;color:#9cc5ee}small{color:#aab3c0}}"
)
POLICY = security_policy(style=STYLE, sends_forms=True)


def start_page(places: Mapping[str, str], now: datetime) -> str:
    """``places`` are the addresses of whatever runs, by name; ``now`` is domain time."""
    portal = places.get(PORTAL)
    services = "".join(_row(name, url) for name, url in places.items())
    roles = "".join(f"<tr><th>{role}<td>{about}" for role, about in STAFF.items())
    steps = "".join(f'<button name="by" value="{step}">{name} on</button>' for step, name in _STEP_NAMES.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Relevo on this machine</title><style>{STYLE}</style></head><body><main><h1>Relevo on this machine</h1>"
        "<p>Relevo runs a course for human rights defenders, from the call to the certificate. This is a whole stack "
        "of it for development: nothing here leaves the machine, and nobody is asked who they are.</p>"
        f"<h2>Come in</h2>{_people(portal)}"
        f"{_staff(portal, places)}<p>A token opens the APIs as whoever one says one is: "
        f"<code>.venv/bin/relevo token --role coordinator</code>, or any of these.</p><table>{roles}</table>"
        f"<h2>Turn the clock</h2><p>It is {now:%A %-d %B %Y, %H:%M} UTC for everything that runs here. "
        "Time only goes on; reminders, deadlines and letters follow by themselves.</p>"
        f'<form method="post" action="/clock/on">{steps}</form>'
        '<h2>Read</h2><p><a href="/read">The events</a>, who tells whom and how to subscribe, what services refuse, '
        "the rules and the words.</p>"
        f"<h2>Where everything listens</h2><table>{services}</table></main></body></html>"
    )


def _people(portal: str | None) -> str:
    letters = (
        'The <a href="/letters">letters</a> that the stack writes are kept here; a receipt code stands in one of them.'
    )
    if portal is None:
        return f"<p>{letters}</p>"
    link = f'<a href="{escape(portal)}">{escape(portal)}</a>'
    return f"<p>Applicants and participants come in at {link} with their receipt code. {letters}</p>"


def _staff(portal: str | None, places: Mapping[str, str]) -> str:
    if portal is None or "provider" not in places:
        return ""
    link = f'<a href="{escape(portal)}/staff">{escape(portal)}/staff</a>'
    return f"<p>Staff come in at {link}: the provider there has an account for each role, and asks for no password.</p>"


def _row(name: str, url: str) -> str:
    address = escape(url)
    if not url.startswith("http"):
        return f"<tr><th>{escape(name)}<td>{address}"
    about = "" if name in (PORTAL, "provider") else f' <small><a href="{address}/openapi.json">its routes</a></small>'
    return f'<tr><th>{escape(name)}<td><a href="{address}">{address}</a>{about}'
