"""The languages in which people are spoken to.

``preference`` says which one a request wants, ``loading`` reads a service's words for people and holds them to be
complete, ``days`` and ``counts`` say days, numbers and lists as people say them.
"""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["es", "en", "pt", "fr"]
"""By its tag (RFC 5646): Spanish, English, Portuguese, French."""

LANGUAGES: tuple[Language, ...] = get_args(Language)
"""All of them, in the order in which they are offered."""
