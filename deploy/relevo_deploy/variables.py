"""The variables that stand for options of ``relevo``: one whose name is mistyped is not passed over in silence."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

PREFIX = "RELEVO_OPERATOR_"
_OPTIONS = (
    "CA_FILE", "CLIENT_ID", "CLIENT_SECRET_FILE", "DESK", "FIGURES", "ISSUER", "JOURNAL", "KEPT", "KNOWN",
    "MONGO_PASSWORD_FILE", "MONGO_URL", "MONGO_USER", "NATS_CREDENTIALS_FILE", "NATS_URL", "OVERLAY", "RESTORES",
    "SECRETS", "SERVICES", "TOKEN_COMMAND",
)  # fmt: skip
KNOWN = frozenset(f"{PREFIX}{each}" for each in _OPTIONS)
"""All that any command reads; a test holds this to the commands."""


def strangers(environment: Iterable[str]) -> list[str]:
    """A line for each variable that no command reads, with the nearest that is read."""
    found = sorted(name for name in environment if name.startswith(PREFIX) and name not in KNOWN)
    return [
        f"{name} stands for no option of any command{_perhaps(name)}; correct its name or remove it" for name in found
    ]


def _perhaps(name: str) -> str:
    near = get_close_matches(name.removeprefix(PREFIX), _OPTIONS, 1, 0.7)
    return f", {PREFIX}{near[0]} does" if near else ""
