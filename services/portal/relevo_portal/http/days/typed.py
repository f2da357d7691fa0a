"""What is typed into the forms of the sixty days: read, sent once, and kept in its fields when it cannot be sent."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import httpx

from relevo_chassis.http.once import is_strong
from relevo_portal.http.callers import Person
from relevo_portal.http.forms import FormUnreadable
from relevo_portal.http.waiting import fields_of_theirs
from relevo_portal.page.days import Form
from relevo_portal.services.asking import Away, Declined, FieldsDeclined, NothingThere
from relevo_portal.words.days import TEXTS, Fault, Field

ID = re.compile(r"[0-9a-f]{32}\Z")
ASKED_BACK: Mapping[str, Field] = {"reported-already": "another_session"}
"""What is asked where a rule refuses, by its name: the field in which it is affirmed."""
_NUMBER = re.compile(r"[0-9]{1,9}\Z")
Refused = Away | Declined | FieldsDeclined | NothingThere
REFUSED = (Away, Declined, FieldsDeclined, NothingThere)
"""What may come of what is sent, and is told above the form."""


class Typed:
    """The fields of a form that was sent, with what is wrong with them in the person's language.

    Raises ``FormUnreadable`` unless it has a strong key, and the id of what it is about if it is about something.
    """

    def __init__(self, person: Person, form: Mapping[str, str], *, about: bool = False) -> None:
        self.once, self.subject = form.get("once", ""), form.get("subject", "")
        if not is_strong(self.once) or not (ID.match(self.subject) if about else self.subject == ""):
            raise FormUnreadable()
        self.values = {name: text.strip() for name, text in form.items()}
        self.faults: dict[str, str] = {}
        self.problem: str | None = None
        self.status = 422
        self._words = TEXTS[person.language].faults

    def day(self, name: Field) -> str:
        try:
            return date.fromisoformat(self.values.get(name, "")).isoformat()
        except ValueError:
            return self._wrong(name, "day")

    def number(self, name: Field) -> int | str:
        value = self.values.get(name, "")
        return int(value) if _NUMBER.match(value) else self._wrong(name, "number")

    def choice(self, name: Field, codes: Collection[str]) -> str:
        value = self.values.get(name, "")
        return value if value in codes else self._wrong(name, "choice")

    def text(self, name: Field) -> str:
        return self.values.get(name, "") or self._wrong(name, "text")

    def text_or_none(self, name: Field) -> str | None:
        return self.values.get(name, "") or None

    def refuse(self, refused: Refused) -> None:
        """Tell of what the service would not do."""
        if isinstance(refused, FieldsDeclined):
            self.faults.update(refused.faults)
        elif isinstance(refused, Away):
            self.problem, self.status = self._words["away"], 503
        elif isinstance(refused, Declined) and (asked := ASKED_BACK.get(refused.rule)):
            self.faults[asked], self.status = refused.text, 409
        else:
            self.problem, self.status = getattr(refused, "text", "") or self._words["changed"], 409

    def form(self, to: str, notes: Mapping[str, str] | None = None) -> Form:
        """The form again, under the same key."""
        return Form(to, self.once, self.subject, self.values, self.faults, self.problem, notes or {})

    def _wrong(self, name: Field, fault: Fault) -> str:
        self.faults[name] = self._words[fault]
        return ""


async def with_waiting(person: Person, form: Form) -> Form:
    """The form of a page, with what was sent from it when the session was over, if that waits for this person."""
    fields = await fields_of_theirs(person, form.to)
    if not fields:
        return form
    subject = fields.get("subject", form.subject)
    return form._replace(once=fields.get("once", form.once), subject=subject, typed=fields, waited=True)


async def done(person: Person, typed: Typed, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response | None:
    """What the service answered to it; ``None`` when there is something wrong, which ``typed`` then says."""
    if typed.faults:
        return None
    try:
        token = await person.token("multiplier_tracking")
        return await person.equipment.multiplier_tracking.do(path, token, typed.once, person.language, body)
    except REFUSED as refused:
        typed.refuse(refused)
        return None
