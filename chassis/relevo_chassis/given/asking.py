"""From a request to a use case and back: the one way in which routes have something done.

A use case is ``async def verb_noun(office, command, asked)``: what its service needs from outside, what is to be
done, and how that was asked for. A route reads the command from the request and leaves the rest to ``Asking``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response

from relevo_chassis.delivery.change import Asked, Once, Repeat, unrepeated
from relevo_chassis.given.shell import Shell, shell_of
from relevo_chassis.http.once import Answer, answer_json, answered, once_of
from relevo_chassis.http.routes import is_once
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import ClassKey
from relevo_chassis.traces import also_about
from relevo_contracts import derived_id

A = TypeVar("A")
C = TypeVar("C")
O = TypeVar("O")  # noqa: E741 (an office)
UseCase = Callable[[O, C, Asked], Awaitable[A | Repeat]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that asks for something to be done."""

    shell: Shell
    request: Request

    async def answer(
        self,
        use_case: UseCase[O, C, A],
        office: O,
        command: C,
        *,
        by: str,
        respond: Callable[[A], Answer] = answer_json,
        key: ClassKey | None = None,
    ) -> Response:
        """Have it done on behalf of ``by``, a caller's id, and answer what ``respond``, a pure function, makes of it.

        On a route that takes an Idempotency-Key it is done once for the key, the caller and the path, and a repeated
        request is answered as the first one was. That answer is stored sealed under ``key``: that of the person whom
        it concerns, for the class of what it tells of them, or of the service when it concerns nobody, as is meant by
        ``None``. Raises what the use case raises, ``NoIdempotencyKey``, ``OnceKeyReused``, and ``PersonErased`` or
        ``NoLongerKept`` for an answer that has ended since.
        """
        vault = self.shell.vault
        if not is_once(self.request):
            return respond(unrepeated(await use_case(office, command, self.asked(by)))).response()
        once = await once_of(self.request, by, key or vault.service_key, vault, respond)
        asked = self._asked(by, derived_id("request", once.key), once)
        return await answered(vault, once, await use_case(office, command, asked))

    def asked(self, by: str) -> Asked:
        """How a thing is asked for that is done each time: a reading on record, or what is answered with a page."""
        return self._asked(by, new_id())

    def _asked(self, by: str, cause_id: str, once: Once | None = None) -> Asked:
        """From here on lines of the log are about what follows from it."""
        also_about(chain_id=cause_id)
        return Asked(by, self.shell.clock.now(), cause_id, once)


async def asking(request: Request) -> Asking:
    """A dependency. A coroutine, because a plain function would be run in a thread."""
    return Asking(await shell_of(request), request)


InAsking = Annotated[Asking, Depends(asking)]
InShell = Annotated[Shell, Depends(shell_of)]
