"""Whether a letter is still true when it goes out: a letter may have waited, and what it tells of may have changed.

Each kind says what must be so. A letter of which that is not so any more is not sent (``Sender`` drops and counts it);
figures that move by themselves, such as the days that are left, are told as they are now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.store import Store
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.contact import Contact, confirmed_at, confirmed_id, standing
from relevo_intake.domain.danger import Danger
from relevo_intake.domain.details import Details
from relevo_intake.domain.participant import Participant, participant_id_of
from relevo_intake.domain.progress import ParticipantProgress, ReportProgress
from relevo_intake.domain.recovery import Recovery
from relevo_intake.domain.seating.state import Offer, Seating
from relevo_intake.domain.thread import Thread
from relevo_intake.letters.pace import days_left_at
from relevo_intake.letters.queue import LETTERS, StoredLetter
from relevo_intake.store.choosing import PARTICIPANT, PROGRESS, SEATING
from relevo_intake.store.people import APPLICATION, CALL, CONTACT, DANGER, DETAILS, RECOVERY
from relevo_intake.store.threads import THREAD
from relevo_intake.words import LetterKind

Facts = Mapping[str, Any]


class Known(NamedTuple):
    """What is so now of those whom a batch of letters goes to."""

    applications: Mapping[str, Application]
    contacts: Mapping[str, Contact]
    calls: Mapping[str, Call]
    seatings: Mapping[str, Seating]
    participants: Mapping[str, Participant]
    progress: Mapping[str, ParticipantProgress]
    details: Mapping[str, Details]
    recoveries: Mapping[str, Recovery]
    dangers: Mapping[str, Danger]
    threads: Mapping[str, Thread]

    def contact_of(self, application: Application) -> Contact | None:
        return self.contacts.get(application.contact_id)

    def progress_of(self, facts: Facts) -> ParticipantProgress | None:
        return self.progress.get(str(facts.get("participant_id", "")))

    def offer_of(self, application: Application) -> Offer | None:
        seating = self.seatings.get(application.call_id)
        return seating.offer_of(application.application_id) if seating else None

    def danger_of(self, facts: Facts) -> Danger | None:
        """Of whoever a letter is about, if they are in danger now."""
        participant = self.participants.get(str(facts.get("participant_id", "")))
        id = facts.get("application_id") or (participant.application_id if participant else "")
        danger = self.dangers.get(str(id))
        return danger if danger and danger.since is not None else None

    def waits(self, application: Application) -> bool:
        seating = self.seatings.get(application.call_id)
        waitlist = seating.waitlist if seating else ()
        return any(each.application_id == application.application_id for each in waitlist)


Judge = Callable[[Known, Facts, datetime], Facts | None]
"""The facts to write a letter about a participant with, as they are now; ``None`` when it is not true any more."""


async def facts_now(store: Store, rows: Sequence[StoredLetter], now: datetime) -> dict[str, Facts | None]:
    """The facts to write each letter with, by its id; ``None`` for one that is not true any more.

    One that lacks a fact gets those that it has: it cannot be written, and keeps no other from going out.
    """
    gathered = await _gathered(store, rows)
    known = await _known(store, [*rows, *gathered])
    facts = {each["_id"]: _facts(known, each, now) for each in (*rows, *gathered)}
    still_true = {each["_id"]: each["kind"] for each in gathered if facts[each["_id"]] is not None}
    return {each["_id"]: _news(each, still_true) if each["kind"] == "news" else facts[each["_id"]] for each in rows}


async def _gathered(store: Store, rows: Sequence[StoredLetter]) -> list[StoredLetter]:
    """The letters of which the letters of news among these tell."""
    ids = sorted({id for each in rows if each["kind"] == "news" for id in each["of"]})
    return list(await store.rows(LETTERS, {"_id": {"$in": ids}})) if ids else []


def _news(row: StoredLetter, still_true: Mapping[str, str]) -> Facts | None:
    """It tells of something that is still true, by the kinds of those letters."""
    kinds = [still_true[each] for each in row["of"] if each in still_true]
    return {"kinds": kinds} if kinds else None


async def _known(store: Store, rows: Sequence[StoredLetter]) -> Known:
    ids = {each["facts"]["application_id"] for each in rows if "application_id" in each["facts"]}
    applications = await store.states(APPLICATION, ids)
    call_ids = {each.call_id for each in applications.values()}
    participant_ids = {participant_id_of(each) for each in ids} | {
        each["facts"]["participant_id"] for each in rows if "participant_id" in each["facts"]
    }
    participants = await store.states(PARTICIPANT, participant_ids)
    return Known(
        applications,
        await store.states(CONTACT, {each.contact_id for each in applications.values() if each.contact_id}),
        await store.states(CALL, call_ids),
        await store.states(SEATING, call_ids),
        participants,
        await store.states(PROGRESS, participant_ids),
        await store.states(DETAILS, ids),
        await store.states(RECOVERY, [each["facts"]["application_id"] for each in rows if each["kind"] in _RECOVERIES]),
        await store.states(DANGER, ids | {each.application_id for each in participants.values()}),
        await store.states(THREAD, [each["facts"]["application_id"] for each in rows if each["kind"] in _OF_A_THREAD]),
    )


def _facts(known: Known, row: StoredLetter, now: datetime) -> Facts | None:
    facts: Facts = row["facts"]
    try:
        danger = known.danger_of(facts)
        if row["kind"] == "danger":
            return facts if danger and danger.times == facts["times"] else None
        if danger is not None:
            return None  # rule 25: nothing goes to whoever is in danger
        if "application_id" not in facts:
            return _OF_A_PARTICIPANT.get(row["kind"], _of_anybody)(known, facts, now)
        application = known.applications.get(facts["application_id"])
        if application is None or not (application.alive or row["kind"] in _OF_A_THREAD):
            return None
        return _OF_AN_APPLICATION.get(row["kind"], _always)(known, application, facts, now)
    except (LookupError, TypeError, ValueError):
        return facts


def _always(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    return facts


def _receipt(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    """It asks for a word that can still be given, and was not."""
    contact, call = known.contact_of(application), known.calls.get(application.call_id)
    named = int(facts.get("named", 0))
    if contact is None or call is None or named != application.named:
        return None
    if confirmed_at(contact, application.application_id):
        return None
    over = call.state_at(now) == "closed" and not application.late
    stands = standing(contact, application.application_id, closed=True) == "stands"
    return None if over and not stands else facts


def _confirmation(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    contact = known.contact_of(application)
    return facts if contact and confirmed_id(contact) == application.application_id else None


def _open_offer(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    offer = known.offer_of(application)
    if offer is None or offer.state != "offered" or now >= offer.expires_at:
        return None
    return {**facts, "expires_at": offer.expires_at.isoformat()}


def _expired_offer(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    offer = known.offer_of(application)
    return facts if offer and offer.state == "expired" and not known.waits(application) else None


def _waitlisted(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    return facts if known.waits(application) else None


def _turned_down(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    return None if known.waits(application) or known.offer_of(application) else facts


def _enrolled(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    participant = known.participants.get(participant_id_of(application.application_id))
    return facts if participant and participant.state == "enrolled" else None


def _participation_over(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    participant = known.participants.get(participant_id_of(application.application_id))
    return facts if participant and participant.state == "withdrawn" else None


def _reminder(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """The days run, to the day that the letter tells, and it is not over."""
    due_on = date.fromisoformat(str(facts["due_on"]))
    days_left = days_left_at(due_on, now)
    progress = known.progress_of(facts)
    runs = progress is None or progress.commitment is None
    runs = runs or (progress is not None and progress.commitment == "running" and progress.due_on == due_on)
    if days_left < 0 or not runs or not _is_enrolled(known, facts):
        return None
    return {**facts, "days_left": max(1, days_left)}


def _certificate(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """It stands. One that took the place of another is told of as such."""
    progress = known.progress_of(facts)
    replaces = progress is not None and progress.replaces == facts.get("certificate_id", "")
    return None if replaces or (progress and progress.certificate_revoked) else facts


def _certificate_stands(known: Known, facts: Facts, now: datetime) -> Facts | None:
    progress = known.progress_of(facts)
    return None if progress and progress.certificate_revoked else facts


def _certificate_is_reviewed(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """Nothing was settled since."""
    progress = known.progress_of(facts)
    return None if progress and progress.certificate_kept else _certificate_stands(known, facts, now)


def _certificate_is_kept(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """It was not put under review again."""
    progress = known.progress_of(facts)
    return _certificate_stands(known, facts, now) if progress and progress.certificate_kept else None


def _certificate_is_gone(known: Known, facts: Facts, now: datetime) -> Facts | None:
    progress = known.progress_of(facts)
    return facts if progress and progress.certificate_revoked else None


def _stands(*commitment: str) -> Judge:
    """The commitment still does as the letter says, and the person takes part."""

    def judge(known: Known, facts: Facts, now: datetime) -> Facts | None:
        progress = known.progress_of(facts)
        return facts if progress and progress.now in commitment and _is_enrolled(known, facts) else None

    return judge


def _extended(known: Known, facts: Facts, now: datetime) -> Facts | None:
    progress = known.progress_of(facts)
    same_day = progress is not None and progress.due_on == date.fromisoformat(str(facts["due_on"]))
    return facts if same_day and _stands("open", "paused")(known, facts, now) else None


def _returned(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """It can still be corrected, and was not."""
    if days_left_at(date.fromisoformat(str(facts["until_on"])), now) < 0:
        return None
    return _reported("returned")(known, facts, now)


def _reported(state: ReportProgress) -> Judge:
    """The report still stands as the letter says. Once all is fulfilled another letter says so."""

    def judge(known: Known, facts: Facts, now: datetime) -> Facts | None:
        progress = known.progress_of(facts)
        if progress is None or progress.stands == "fulfilled" or not _is_enrolled(known, facts):
            return None
        return facts if progress.reports.get(str(facts["session_id"])) == state else None

    return judge


def _verification_withdrawn(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """The report awaits a decision again, while the days run. Once they do not, another letter says why."""
    progress = known.progress_of(facts)
    runs = progress is not None and progress.commitment != "over"
    return _reported("reported")(known, facts, now) if runs else None


def _evidence_rejected(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """The report is not decided on, so that another can be sent."""
    progress = known.progress_of(facts)
    report = progress.reports.get(str(facts["session_id"])) if progress else None
    decided = report in ("verified", "rejected") or (progress is not None and progress.commitment == "over")
    return None if decided or not _is_enrolled(known, facts) else facts


def _declined(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """Nothing was fulfilled since."""
    progress = known.progress_of(facts)
    fulfilled = progress is not None and progress.stands == "fulfilled"
    return None if fulfilled or not _is_enrolled(known, facts) else facts


def _answer_is_late(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """There is no answer yet, and the question was not closed."""
    progress = known.progress_of(facts)
    late = progress is not None and str(facts["support_request_id"]) in progress.late_questions
    return facts if late and _is_enrolled(known, facts) else None


def _week_to_come(known: Known, facts: Facts, now: datetime) -> Facts | None:
    """The week has no outcome yet."""
    progress = known.progress_of(facts)
    over = progress is not None and progress.onsite is not None
    return None if over or not _is_enrolled(known, facts) else facts


def _onsite(outcome: str | None = None) -> Judge:
    """The week still is as the letter says, which may name it."""

    def judge(known: Known, facts: Facts, now: datetime) -> Facts | None:
        progress = known.progress_of(facts)
        same = progress is not None and progress.onsite == (outcome or facts["outcome"])
        return facts if same and _is_enrolled(known, facts) else None

    return judge


def _of_anybody(known: Known, facts: Facts, now: datetime) -> Facts | None:
    return facts


def _is_enrolled(known: Known, facts: Facts) -> bool:
    participant = known.participants.get(str(facts.get("participant_id", "")))
    return participant is None or participant.state == "enrolled"


def _contact_proposed(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    details = known.details.get(application.application_id)
    proposed = details.proposed if details else None
    waits = proposed and proposed.correction_id == facts["correction_id"] and proposed.waits(now)
    return facts if waits else None


def _recovery(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    """Whoever asked has not been refused meanwhile, and has not got in."""
    recovery = known.recoveries.get(application.application_id)
    asked = recovery.asked if recovery else None
    return facts if asked and asked.ask_id == facts["ask_id"] else None


def _unread(known: Known, application: Application, facts: Facts, now: datetime) -> Facts | None:
    """It was not read yet, by whoever goes on applying or has withdrawn."""
    thread = known.threads.get(application.application_id)
    return facts if thread and thread.read_to < int(facts["number"]) <= thread.last else None


_OF_A_THREAD: frozenset[LetterKind] = frozenset({"thread_answered"})
_RECOVERIES: frozenset[LetterKind] = frozenset({"recovery", "recovery_asked"})
_OF_AN_APPLICATION: Mapping[LetterKind, Callable[[Known, Application, Facts, datetime], Facts | None]] = {
    "receipt": _receipt,
    "confirmation": _confirmation,
    "offer": _open_offer,
    "offer_near": _open_offer,
    "offer_expired": _expired_offer,
    "waitlisted": _waitlisted,
    "turned_down": _turned_down,
    "enrolled": _enrolled,
    "participation_over": _participation_over,
    "contact_proposed": _contact_proposed,
    "recovery": _recovery,
    "recovery_asked": _recovery,
    "thread_answered": _unread,
}
_OF_A_PARTICIPANT: Mapping[str, Judge] = {
    "reminder": _reminder,
    "commitment_opened": _stands("open"),
    "commitment_paused": _stands("paused"),
    "commitment_resumed": _stands("open"),
    "commitment_extended": _extended,
    "commitment_lapsed": _stands("lapsed"),
    "commitment_reopened": _stands("open"),
    "commitment_under_review": _stands("under_review"),
    "commitment_cancelled": _stands("cancelled"),
    "commitment_fulfilled": _stands("fulfilled"),
    "request_declined": _declined,
    "report_returned": _returned,
    "report_verified": _reported("verified"),
    "verification_withdrawn": _verification_withdrawn,
    "report_rejected": _reported("rejected"),
    "evidence_rejected": _evidence_rejected,
    "support_overdue": _answer_is_late,
    "programme_published": _week_to_come,
    "own_sessions_changed": _week_to_come,
    "onsite_completed": _onsite("completed"),
    "onsite_not_completed": _onsite("not_completed"),
    "onsite_corrected": _onsite(),
    "certificate": _certificate,
    "certificate_revoked": _certificate_is_gone,
    "certificate_superseded": _certificate_stands,
    "certificate_under_review": _certificate_is_reviewed,
    "certificate_kept": _certificate_is_kept,
}
JUDGED = frozenset[str](_OF_AN_APPLICATION) | frozenset(_OF_A_PARTICIPANT) | {"danger"}
"""The kinds of letter of which something has to be so, besides news; what the others tell was done, and stays true."""
