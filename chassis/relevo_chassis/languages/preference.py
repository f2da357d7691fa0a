"""Which language a request wants (RFC 9110, 12.5.4, by the lookup of RFC 4647, 3.4)."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from relevo_chassis.languages import LANGUAGES, Language

_WEIGHED = re.compile(r"(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?\Z")

_ASKED_FOR = "es, en, pt or fr, whatever Accept-Language prefers"


def preferred(accepted: str | None, otherwise: Language) -> Language:
    """The language that a header ``Accept-Language`` wants most; ``otherwise`` when it wants none of ours.

    Weights decide, and among equals the order. A variety is served by its language: ``fr-CA`` by French. ``*`` is any
    that the header does not name. One that is refused with a weight of 0 is given only if all are. Whatever is not
    well formed in it counts as not said.
    """
    offered = (otherwise, *LANGUAGES)
    weights = dict(each for part in (accepted or "").split(",") if (each := _weighed(part)))
    for range in sorted((each for each in weights if weights[each]), key=lambda each: -weights[each]):
        for language in offered:
            fits = language not in weights if range == "*" else range.partition("-")[0] == language
            if fits and weights.get(language, 1.0):
                return language
    return next((each for each in offered if weights.get(each, weights.get("*", 1.0))), otherwise)


def _weighed(part: str) -> tuple[str, float] | None:
    found = _WEIGHED.match(part.strip(" \t").lower())
    return (found[1], float(found[2] or 1)) if found else None


def language_of(request: Request, otherwise: Language) -> Language:
    """The language that a request prefers, by its headers."""
    return preferred(",".join(request.headers.getlist("accept-language")), otherwise)


def spoken_in(response: Response, language: Language) -> None:
    """Say in which language it is, and that who prefers another gets another (RFC 9110, 8.5 and 12.5.5)."""
    response.headers["Content-Language"] = language
    response.headers.add_vary_header("Accept-Language")


async def _spoken(
    request: Request, response: Response, lang: Annotated[str | None, Query(description=_ASKED_FOR)] = None
) -> Language:
    language = preferred(lang, language_of(request, otherwise="es"))
    spoken_in(response, language)
    return language


Spoken = Annotated[Language, Depends(_spoken)]
"""A dependency of what people read: the language asked for with ``?lang=``; otherwise, and when that is none of ours,
the one that the request prefers; otherwise Spanish. An answer that is not a ``Response`` says it by itself."""
