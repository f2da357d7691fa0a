"""A form that is sent when the session is over loses nothing: it waits, sealed, until its person comes in again.

The browser goes on holding what it held of the session, which now opens nothing but this one form, and that only to
whoever comes in with the code of the same application.
"""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Awaitable, Callable

from fastapi import Response
from fastapi.responses import RedirectResponse

from relevo_portal.http.callers import SESSION, WAITING, NotIn, Person, Visit, hold, let_go, own_texts, participant
from relevo_portal.http.forms import LARGE_BYTES, TOKEN, form_of, require_own, signed
from relevo_portal.services.asking import Away
from relevo_portal.store import Opened, WaitingForm

WHOSE = "whose"


async def keep_form(visit: Visit, path: str) -> Response:
    """Keep what was sent from the page at this address. Raises ``NotIn``, ``NotFromHere`` or ``FormUnreadable``."""
    cookie = visit.cookie(SESSION)
    if cookie is None:
        raise NotIn()
    form = await form_of(visit.request, LARGE_BYTES)
    require_own(visit.request, form, visit.equipment, cookie)
    whose = form.get(WHOSE, "")
    name = whose.partition(".")[0]
    if not whose.isascii() or not hmac.compare_digest(whose, signed(visit.equipment, cookie, name)):
        raise NotIn()
    fields = {field: text for field, text in form.items() if field not in (TOKEN, WHOSE)}
    sealed = WaitingForm(path=path, whose=name, fields=fields)
    await visit.equipment.waiting.keep(cookie, sealed, visit.equipment.now())
    answer = RedirectResponse(visit.to("/kept"), 303)
    let_go(answer, visit.equipment, SESSION)
    hold(answer, visit.equipment, WAITING, cookie)
    return answer


async def form_of_theirs(person: Person) -> WaitingForm | None:
    """What waits for whoever is in, if it is theirs. Raises ``SessionOver``."""
    found = await person.equipment.waiting.read(person.visit.cookie(WAITING), person.equipment.now())
    if found is None:
        return None
    with contextlib.suppress(Away):
        if hmac.compare_digest(found.whose, person.name_of(await person.granted("intake"))):
            return found
    return None


async def fields_of_theirs(person: Person, path: str) -> dict[str, str]:
    """What waits for them of this page; nothing if nothing does."""
    found = await form_of_theirs(person)
    return found.fields if found is not None and found.path == path else {}


async def kept_or_done(
    visit: Visit, session: Opened | None, path: str, do: Callable[[Person, dict[str, str]], Awaitable[Response]]
) -> Response:
    """What comes of a participant's form of texts from this page; sent when the session was over, it waits for them.

    Raises what ``keep_form``, ``participant`` and ``own_texts`` raise.
    """
    if session is None:
        return await keep_form(visit, path)
    person = await participant(Person(visit, session))
    return await saved(person, path, await do(person, await own_texts(person)))


async def saved(person: Person, path: str, answer: Response) -> Response:
    """The answer to what was saved, after which nothing of that page waits any more."""
    cookie = person.visit.cookie(WAITING)
    if cookie is not None and answer.status_code == 303 and await fields_of_theirs(person, path):
        await person.equipment.waiting.remove(cookie)
        let_go(answer, person.equipment, WAITING)
    return answer
