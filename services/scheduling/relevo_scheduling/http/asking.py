"""What every route asks: by whom, when, under which id, in which language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query, Request, Response

from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import Answer, HttpOnce, answer_json, answered, once_of
from relevo_chassis.edge.shell import Shell, shell_of
from relevo_chassis.edge.tokens import Caller, caller_with
from relevo_scheduling.domain.refusals import NotYours
from relevo_scheduling.domain.session import LANGUAGES, Language

Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]
Teacher = Annotated[Caller, Depends(caller_with("faculty"))]
Member = Annotated[Caller, Depends(caller_with("participant", "coordinator"))]
Participant = Annotated[Caller, Depends(caller_with("participant"))]


class Asked(NamedTuple):
    """A command on its way in: the shell, domain time, and the id that its events will name as their cause."""

    shell: Shell
    request: Request
    now: datetime
    cause_id: str

    async def once(self, caller: Caller, respond: Callable[[Any], Answer] = answer_json) -> HttpOnce:
        """The once-key of a POST; nothing that scheduling answers is about a person, so the service's key seals it."""
        vault = self.shell.vault
        return await once_of(self.request, caller.id, vault.service_key, vault, respond)

    async def answered(self, once: HttpOnce, outcome: Any) -> Response:
        return await answered(self.shell.vault, once, outcome)


async def asked(request: Request) -> Asked:
    shell = await shell_of(request)
    return Asked(shell, request, shell.clock.now(), new_id())


async def language_of(
    request: Request, lang: Annotated[Language | None, Query(description="instead of Accept-Language")] = None
) -> Language:
    """The language asked for; otherwise the first of the four that the browser prefers; otherwise Spanish."""
    if lang is not None:
        return lang
    wanted = [part.partition(";") for part in request.headers.get("accept-language", "")[:500].split(",")]
    ranked = sorted(wanted, key=lambda part: -_weight(part[2]))
    for tag, _, _ in ranked:
        for language in LANGUAGES:
            if tag.strip().lower().split("-")[0] == language:
                return language
    return "es"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


def must_be(caller: Caller, participant_id: str) -> None:
    """Decided before anything is looked up, so that the answer tells nothing about whether there is such a one."""
    if not caller.has("coordinator") and caller.claim("participant_id") != participant_id:
        raise NotYours("this is another participant's; a participant sees their own")


Shelled = Annotated[Shell, Depends(shell_of)]
Command = Annotated[Asked, Depends(asked)]
Spoken = Annotated[Language, Depends(language_of)]
