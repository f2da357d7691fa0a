"""What comes in: forms of our own pages, and proof that they are.

A form carries the keyed hash of a cookie that the browser holds (double submit), which no other site can read or make.
Browsers that say from where a request came are held to it. They send ``Origin: null`` with forms of pages that tell
nobody where they are (``Referrer-Policy: no-referrer``; Fetch, 3.2), so that one says nothing either way.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.once import is_strong
from relevo_portal.equipment import Equipment

FORM = "application/x-www-form-urlencoded"
SMALL_BYTES = 16_384
LARGE_BYTES = 524_288
"""A page of texts: two of 20,000 characters each, of which one takes twelve bytes at most as browsers send it."""
WITH_FILE = "multipart/form-data"
MOST_FILE_BYTES = 8 * 2**20
WITH_FILE_BYTES = MOST_FILE_BYTES * 3 // 2
"""A form with a file that is too large is still read, so that its page can say so."""
BODIES: Mapping[str, int] = {FORM: LARGE_BYTES}
TOKEN = "form"  # noqa: S105 (the name of a field)
_MOST_FIELDS = 40
_OWN = ("same-origin", "none")


class FormUnreadable(Refusal):
    """The form did not arrive as it was sent; open the page again and send it once more."""

    status = 400


class NotFromHere(Refusal):
    """The form was not sent from the page that it belongs to; open the page again and send it from there."""

    status = 403


async def form_of(request: Request, most_bytes: int = SMALL_BYTES) -> dict[str, str]:
    """Its fields. Raises ``FormUnreadable``, for what is larger too."""
    body = await request.body()
    if len(body) > most_bytes:
        raise FormUnreadable()
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise FormUnreadable() from None
    found = dict(pairs)
    if len(found) != len(pairs) or any("\x00" in each for each in found.values()):
        raise FormUnreadable()
    return found


class FormWithFile(NamedTuple):
    """A form with its fields, and its file; ``None`` when none was chosen."""

    fields: dict[str, str]
    file: bytes | None


class _InMemory(MultiPartParser):
    """What people send is never written to a disk on its way."""

    spool_max_size = WITH_FILE_BYTES


async def form_with_file(request: Request, name: str) -> FormWithFile:
    """A form of which one field is a file. What the file is called there is not looked at.

    Raises ``FormUnreadable``.
    """
    parser = _InMemory(
        request.headers, request.stream(), max_files=1, max_fields=_MOST_FIELDS, max_part_size=SMALL_BYTES
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise FormUnreadable() from None
    try:
        return await _with_file(form, name)
    finally:
        await form.close()


async def _with_file(form: FormData, name: str) -> FormWithFile:
    found = dict(form)
    if len(found) != len(form.multi_items()):
        raise FormUnreadable()
    sent = found.pop(name, None)
    fields = {field: value for field, value in found.items() if isinstance(value, str)}
    if len(fields) != len(found) or any("\x00" in each for each in fields.values()) or isinstance(sent, str):
        raise FormUnreadable()
    return FormWithFile(fields, (await sent.read() or None) if sent is not None else None)


def once_of(form: Mapping[str, str]) -> str:
    """The key under which a form takes effect once. Raises ``FormUnreadable``."""
    once = form.get("once", "")
    if not is_strong(once):
        raise FormUnreadable()
    return once


def came_from_elsewhere(request: Request, site: str) -> bool:
    """Whether the browser says that another site sent it."""
    origin, fetched = request.headers.get("origin", "null"), request.headers.get("sec-fetch-site", "none")
    return origin not in ("null", site) or fetched not in _OWN


def form_token(equipment: Equipment, cookie: str) -> str:
    """What a form that belongs to this cookie carries."""
    return equipment.keyed_hash("form-token", cookie)


def signed(equipment: Equipment, cookie: str, whose: str) -> str:
    """Whose a form is, such that nobody can say it who was not in with this cookie."""
    return f"{whose}.{equipment.keyed_hash('form-whose', cookie, whose)}"


def require_own(request: Request, form: Mapping[str, str], equipment: Equipment, cookie: str | None) -> None:
    """Raises ``NotFromHere``."""
    sent = form.get(TOKEN, "")
    if came_from_elsewhere(request, equipment.settings.public_url) or cookie is None or not sent.isascii():
        raise NotFromHere()
    if not hmac.compare_digest(sent, form_token(equipment, cookie)):
        raise NotFromHere()
