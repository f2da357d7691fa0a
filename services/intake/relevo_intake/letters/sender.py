"""Sends what is queued. Each letter once, and at least once.

One replica sends at a time, by lease. A letter is claimed before it goes out and marked after the mail server took
it. A sender that dies in between leaves a claimed letter, which goes out again after a minute under the same
Message-ID: so at least once, and a mail system that looks at Message-IDs shows it once. Letters to somebody who was
erased are dropped; one that was opened just before the erasure may still be on its way out.

What a letter says is compared with what is so when it goes out; one that is not true any more is dropped.

A letter holds up no other. One that the server wants later, or at which the line breaks, is put off alone, twice as
long each time up to six hours, and set aside after some five days (RFC 5321, 4.5.4.1); the rest goes on over another
line. A server that cannot be reached is no letter's fault: all wait, at most an hour at a time, for ever.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.lease import Holding
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.keys import KeyServiceAway
from relevo_chassis.people.vault import SealBroken, Vault
from relevo_chassis.traces import resumed
from relevo_intake.codes import confirmation_code, contact_code, recovery_code
from relevo_intake.domain.address import mailbox
from relevo_intake.domain.sealed import Identity, Letters
from relevo_intake.letters.mail import (
    OPENING_SECONDS,
    SENDING_SECONDS,
    Mail,
    MailAway,
    MailConnection,
    MailDelayed,
    MailRefused,
)
from relevo_intake.letters.pace import wanted
from relevo_intake.letters.queue import (
    LETTERS,
    Addressee,
    DroppedBecause,
    FactsNow,
    FailedBecause,
    StoredLetter,
    place_of,
)
from relevo_intake.letters.render import MailMessage, known, mail_message, text

BATCH = 20
CLAIMED_SECONDS = 60
TRIES = 30
FIRST_DELAY_SECONDS = 5
LONGEST_DELAY_SECONDS = 6 * 3600
LONGEST_OUTAGE_DELAY_SECONDS = 3600
UNWRITABLE, UNANSWERED = 0, 1
"""In place of a reply code: the letter could not be written; the line broke at it."""
POLL_SECONDS = 1.0

log = structlog.get_logger(__name__)

Identities = Mapping[str, Identity | None]


def process_time() -> datetime:
    return datetime.now(UTC)


class Sender:
    """Takes letters from the queue, opens the vault for address and language, and sends."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        mail: Mail,
        facts_now: FactsNow,
        *,
        mail_from: str,
        public_url: str,
        door_url: str,
        per_second: int = 20,
        now: Callable[[], datetime] = process_time,
    ) -> None:
        self._store = store
        self._vault = vault
        self._mail = mail
        self._facts_now = facts_now
        self._mail_from = mail_from
        self._public_url = public_url.rstrip("/")
        self._door_url = door_url.rstrip("/")
        self._per_second = per_second
        self._now = now

    async def run(self, lease: Holding) -> None:
        """Send until cancelled, while the lease is this replica's, at the pace that the mail server is to see."""
        while True:
            rested_until = time.monotonic() + BATCH / self._per_second
            try:
                sent = await self.send_due() if await lease.acquire() else 0
            except (Busy, KeyServiceAway):
                sent = 0
            await asyncio.sleep(max(0.0, rested_until - time.monotonic()) if sent else POLL_SECONDS)

    async def send_due(self) -> int:
        """Claim and send what is due, at most ``BATCH``; returns how many were looked at.

        What there is no time for while the claim lasts is left to the next round.
        """
        claimed = await self._claim()
        if not claimed:
            return 0
        until = self._now() + timedelta(seconds=CLAIMED_SECONDS - OPENING_SECONDS - SENDING_SECONDS)
        left = deque(await self._true_ones(claimed))
        identities = await self._identities(left)
        sent = list[str]()
        try:
            while left and self._now() < until:
                async with self._mail.connection() as connection:
                    await self._send_over(connection, left, identities, sent, until)
        except MailAway as away:
            log.warning("mail_away", reason=str(away), count=len(left))
            await asyncio.gather(*(self._wait_out(row) for row in left))
        finally:
            if sent:
                await self._mark(sent, {"state": "sent", "sent_at": self._now()})
                await self._forget_addressees([row["_id"] for row in claimed if row.get("to")])
        return len(claimed)

    async def _send_over(
        self,
        connection: MailConnection,
        left: deque[StoredLetter],
        identities: Identities,
        sent: list[str],
        until: datetime,
    ) -> None:
        """Send one after the other while the line holds. The letter at which it breaks is put off, and only that."""
        while left and self._now() < until:
            row = left.popleft()
            try:
                with resumed(f"letter {row['kind']}", row.get("traceparent")):
                    if await self._send(connection, row, identities):
                        sent.append(row["_id"])
            except MailAway as broken:
                log.warning("line_broke_at_a_letter", letter_id=row["_id"], kind=row["kind"], reason=str(broken))
                await self._postpone(row, UNANSWERED)
                return
            except Exception:
                await self._postpone(row, UNANSWERED)
                raise

    async def _true_ones(self, rows: Sequence[StoredLetter]) -> list[StoredLetter]:
        """What is still true, with its facts as they are now; the rest is dropped, and counted as such."""
        facts = await self._facts_now(rows)
        untrue = [row for row in rows if facts[row["_id"]] is None]
        if untrue:
            log.info("letters_dropped", count=len(untrue), kinds=sorted({row["kind"] for row in untrue}))
            await self._drop(untrue, "not_true_any_more")
        return [{**row, "facts": facts[row["_id"]]} for row in rows if facts[row["_id"]] is not None]

    async def _identities(self, rows: Iterable[StoredLetter]) -> Identities:
        """Whom the letters go to. Whose seal is broken is missing, and keeps nobody else from being written to."""
        people = [row["person_id"] for row in rows]
        try:
            return await self._vault.open_many(people, Identity.field_set, Identity)
        except SealBroken:
            found = [await self._identity(person_id) for person_id in people]
            return {person_id: identity for each in found for person_id, identity in each.items()}

    async def _identity(self, person_id: str) -> Identities:
        try:
            return await self._vault.open_many([person_id], Identity.field_set, Identity)
        except SealBroken:
            return {}

    async def _claim(self) -> Sequence[StoredLetter]:
        """Take the next letters out of reach of others for a minute."""
        now = self._now()
        due = {"state": "queued", "next_at": {"$lte": now}}
        rows = await self._store.rows(LETTERS, due, sort=[("next_at", 1)], limit=BATCH)
        if rows:
            await self._mark([row["_id"] for row in rows], {"next_at": now + timedelta(seconds=CLAIMED_SECONDS)})
        return rows

    async def _send(self, connection: MailConnection, row: StoredLetter, identities: Identities) -> bool:
        """Whether it was sent; a letter to somebody erased is dropped, one refused for good is marked so."""
        identity = identities.get(row["person_id"])
        if identity is None and row["person_id"] in identities:
            await self._store.remove_rows(LETTERS, {"_id": row["_id"]})
            return False
        if identity is not None and identity.contact is None and not row.get("to"):
            await self._drop([row], "no_contact")
            return False
        if not known(row["kind"]):
            await self._postpone(row, UNWRITABLE)
            return False
        if identity is not None:
            matters = _matters(row, identity.letters)
            if not matters:
                await self._drop([row], "not_wanted")
                return False
            row = {**row, "facts": {**row["facts"], "matters": matters}}
        try:
            message = self._message(row, await self._addressee(row, identity))
        except Exception as fault:
            log.error("letter_unwritable", letter_id=row["_id"], kind=row["kind"], failure=type(fault).__name__)
            return await self._fail(row, "unwritable", UNWRITABLE)
        try:
            await connection.send(message)
        except MailDelayed as delayed:
            await self._postpone(row, delayed.code)
            return False
        except MailRefused as refused:
            return await self._fail(row, "refused", refused.code)
        return True

    async def _addressee(self, row: StoredLetter, identity: Identity | None) -> Addressee:
        """Whom the letter goes to: the person's contact, unless the letter has an address of its own.

        Raises ``SealBroken``, ``PersonErased`` or ``ValueError``.
        """
        if row.get("to"):
            key = await self._vault.key_of(row["person_id"])
            to = key.open(place_of(row["_id"]), Addressee, bytes(row["to"]))
            if to is not None:
                return to
        if row.get("to") or identity is None or identity.contact is None:
            raise SealBroken("whom the letter goes to cannot be read")
        return Addressee(contact=identity.contact, language=identity.language)

    def _message(self, row: StoredLetter, to: Addressee) -> MailMessage:
        """Raises whatever keeps it from being written: a missing fact or text, a broken seal, no address."""
        return mail_message(
            text(row["kind"], to.language, self._facts(row)),
            letter_id=row["_id"],
            mail_from=self._mail_from,
            to=mailbox(to.contact),
            language=to.language,
            sent_at=self._now(),
        )

    async def _forget_addressees(self, letter_ids: list[str]) -> None:
        """An address that is not the person's contact is kept for as long as a letter to it is on its way."""
        if letter_ids:
            gone = {"_id": {"$in": letter_ids}, "state": {"$ne": "queued"}}
            await self._store.update_rows(LETTERS, gone, {"to": None})

    async def _drop(self, rows: Sequence[StoredLetter], because: DroppedBecause) -> None:
        dropped = {"state": "dropped", "because": because, "dropped_at": self._now()}
        await self._mark([row["_id"] for row in rows], dropped)

    async def _fail(self, row: StoredLetter, because: FailedBecause, code: int) -> bool:
        log.warning("letter_failed", letter_id=row["_id"], kind=row["kind"], reason=because, code=code)
        failed = {"state": "failed", "because": because, "code": code, "failed_at": self._now()}
        await self._mark([row["_id"]], failed)
        return False

    def _facts(self, row: StoredLetter) -> Mapping[str, Any]:
        """What the wording may use: the letter's facts, a link, and the code of a receipt."""
        facts = dict(row["facts"])
        reference = str(facts.get("application_id", ""))[:8]
        link = self._door_url
        if code := self._code(row):
            facts["code"] = code
            page = "recover" if row["kind"] == "recovery" else "confirm"
            link = f"{self._public_url}/{page}/{code}"
        return {**facts, "link": link, "reference": reference}

    def _code(self, row: StoredLetter) -> str | None:
        """What is confirmed or recovered with; nothing in the database gives it away."""
        facts = row["facts"]
        if row["kind"] == "recovery":
            return recovery_code(self._vault, facts["ask_id"])
        if row["kind"] == "receipt":
            return confirmation_code(self._vault, facts["application_id"], int(facts.get("named", 0)))
        if row["kind"] == "contact_proposed":
            return contact_code(self._vault, facts["application_id"], facts["correction_id"])
        return None

    async def _postpone(self, row: StoredLetter, code: int) -> None:
        """Try this letter again later, and later each time; after ``TRIES`` it is set aside."""
        attempts = int(row["attempts"]) + 1
        if attempts >= TRIES:
            await self._fail(row, "gave_up", code)
            return
        next_at = self._now() + _delay(attempts, LONGEST_DELAY_SECONDS)
        await self._mark([row["_id"]], {"attempts": attempts, "outages": 0, "next_at": next_at})

    async def _wait_out(self, row: StoredLetter) -> None:
        """The server cannot be reached: ask less and less often, and count it against no letter."""
        outages = int(row.get("outages", 0)) + 1
        next_at = self._now() + _delay(outages, LONGEST_OUTAGE_DELAY_SECONDS)
        await self._mark([row["_id"]], {"outages": outages, "next_at": next_at})

    async def _mark(self, letter_ids: list[str], values: Mapping[str, Any]) -> None:
        await self._store.update_rows(LETTERS, {"_id": {"$in": letter_ids}}, values)


def _matters(row: StoredLetter, chosen: Letters) -> int:
    """Of how many matters a letter tells that somebody wants to be told of who chose so many letters."""
    kinds = row["facts"].get("kinds", [row["kind"]])
    return sum(known(each) and wanted(each, chosen) for each in kinds)


def _delay(times: int, longest_seconds: int) -> timedelta:
    return timedelta(seconds=min(FIRST_DELAY_SECONDS * 2 ** min(times - 1, 20), longest_seconds))
