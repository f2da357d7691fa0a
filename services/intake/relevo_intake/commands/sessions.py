"""Coming in with a receipt code in place of an account: a session, and tokens for the services (rule 19).

A session ends when whoever came in leaves, after twelve hours, when the code is renewed, and when the person is erased.
Its times are process time: it is no part of the course. The handle is shown once, and only its keyed hash is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Refusal
from relevo_chassis.ids import new_code
from relevo_chassis.people.vault import PersonErased
from relevo_intake.codes import handle_hash, receipt_hash, subject_of
from relevo_intake.commands.office import Office
from relevo_intake.domain.application import Application, NoSuchApplication
from relevo_intake.domain.draft import Draft
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.store.choosing import PARTICIPANT
from relevo_intake.store.people import APPLICATION, DRAFT, SESSIONS, application_of_receipt, draft_of_receipt

LASTS = timedelta(hours=12)


class SessionIsOver(Refusal):
    """The session is over, or there never was one; come in again with the receipt code."""

    status = 401


@dataclass(frozen=True, slots=True)
class OpenSession:
    """With which receipt code somebody comes in."""

    receipt_code: str


@dataclass(frozen=True, slots=True)
class Handle:
    """What a session is held by."""

    handle: str


class Session(NamedTuple):
    """A session that was opened, as it is told once."""

    handle: str
    ends_at: datetime


class Holding(NamedTuple):
    """Who holds a session: what they are to the services, with the application or draft, and what comes of it.

    ``renewals`` counts how often another receipt code was given before the one that they came in with.
    """

    subject: str
    application_id: str
    participant_id: str | None
    renewals: int = 0


async def open_session(office: Office, command: OpenSession, asked: Asked) -> Session:
    """Let whoever knows the code of an application or a draft in. Raises ``NoSuchApplication`` or ``PersonErased``."""
    hashed = receipt_hash(office.vault, command.receipt_code)
    found = await application_of_receipt(office.store, hashed) or await draft_of_receipt(office.store, hashed)
    if found is None:
        raise NoSuchApplication()
    if isinstance(found, Application) and found.state == "erased":
        raise PersonErased(found.person_id)
    session = Session(new_code(), datetime.now(UTC) + LASTS)
    row = {"application_id": _id(found), "receipt_hash": hashed, "ends_at": session.ends_at}
    await office.store.insert(SESSIONS, {"_id": handle_hash(office.vault, session.handle), **row})
    return session


async def find_session(office: Office, query: Handle, asked: Asked) -> Holding:
    """Who holds it. Two round trips. Raises ``SessionIsOver``."""
    row = await office.store.row(SESSIONS, handle_hash(office.vault, query.handle))
    if row is None or row["ends_at"] <= datetime.now(UTC):
        raise SessionIsOver()
    id = row["application_id"]
    participant_id = participant_id_of(id)
    wanted = {kind.name: [id] for kind in (APPLICATION, DRAFT)} | {PARTICIPANT.name: [participant_id]}
    rows = await office.store.fetch(wanted)
    states = [rows[kind.name][id]["state"] for kind in (APPLICATION, DRAFT) if id in rows[kind.name]]
    open_by_it = [each for each in states if _still(each, row["receipt_hash"])]
    if not open_by_it:
        raise SessionIsOver()
    holds_seat, renewals = participant_id in rows[PARTICIPANT.name], int(open_by_it[0].get("renewals", 0))
    return Holding(subject_of(office.vault, id), id, participant_id if holds_seat else None, renewals)


async def end_session(office: Office, command: Handle, asked: Asked) -> None:
    """Whoever came in leaves. Raises ``SessionIsOver``."""
    if not await office.store.remove_rows(SESSIONS, {"_id": handle_hash(office.vault, command.handle)}):
        raise SessionIsOver()


def _id(found: Application | Draft) -> str:
    return found.application_id if isinstance(found, Application) else found.draft_id


def _still(state: dict[str, Any], receipt: str) -> bool:
    """Whether an application or draft is there under the code with which somebody came in."""
    return bool(state["receipt_hash"] == receipt and state["state"] != "erased")
