"""Sends what is queued. Each letter once, and at least once.

One replica sends at a time, by lease. A letter is claimed before it goes out and marked after the mail server took
it. A sender that dies in between leaves a claimed letter, which goes out again after a minute under the same
Message-ID: so at least once, and a mail system that looks at Message-IDs shows it once. A server that is away loses
nothing: the letter waits, twice as long each time, up to an hour. Letters to somebody who was erased are dropped; one
that was opened just before the erasure may still be on its way out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from jinja2 import UndefinedError

from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.keys import KeyServiceAway
from relevo_chassis.edge.vault import Vault
from relevo_intake.codes import confirmation_code
from relevo_intake.domain.address import mailbox
from relevo_intake.domain.dossier import Identity
from relevo_intake.letters.mail import Line, Mail, MailAway, MailDelayed, MailRefused
from relevo_intake.letters.queue import LETTERS
from relevo_intake.letters.render import Envelope, Wording, envelope

BATCH = 20
CLAIMED_SECONDS = 60
FIRST_DELAY_SECONDS = 5
LONGEST_DELAY_SECONDS = 3600
UNWRITABLE = 0
POLL_SECONDS = 1.0

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]


class Held(Protocol):
    """The sender's lease."""

    async def take(self) -> bool: ...


def process_time() -> datetime:
    return datetime.now(UTC)


class Sender:
    """Takes letters from the queue, opens the vault for address and language, and sends."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        mail: Mail,
        *,
        mail_from: str,
        public_url: str,
        per_second: int = 20,
        now: Callable[[], datetime] = process_time,
    ) -> None:
        self._store = store
        self._vault = vault
        self._mail = mail
        self._mail_from = mail_from
        self._public_url = public_url.rstrip("/")
        self._per_second = per_second
        self._now = now
        self._wording = Wording()

    async def run(self, lease: Held) -> None:
        """Send until cancelled, while the lease is this replica's, at the pace that the mail server is to see."""
        while True:
            rested_until = time.monotonic() + BATCH / self._per_second
            try:
                sent = await self.send_due() if await lease.take() else 0
            except (Busy, KeyServiceAway):
                sent = 0
            await asyncio.sleep(max(0.0, rested_until - time.monotonic()) if sent else POLL_SECONDS)

    async def send_due(self) -> int:
        """Claim and send what is due, at most ``BATCH``; returns how many were looked at."""
        claimed = await self._claim()
        if not claimed:
            return 0
        identities = await self._vault.open_many([row["person_id"] for row in claimed], Identity.field_set, Identity)
        sent: list[str] = []
        left = list(claimed)
        try:
            async with self._mail.line() as line:
                while left:
                    if await self._send(line, left[0], identities[left[0]["person_id"]]):
                        sent.append(left[0]["_id"])
                    left.pop(0)
        except MailAway as away:
            log.warning("mail_away", reason=str(away), count=len(left))
            await asyncio.gather(*(self._put_off(row) for row in left))
        finally:
            if sent:
                await self._mark(sent, {"state": "sent", "sent_at": self._now()})
        return len(claimed)

    async def _claim(self) -> Sequence[Row]:
        """Take the next letters out of reach of others for a minute."""
        now = self._now()
        due = {"state": "queued", "next_at": {"$lte": now}}
        rows = await self._store.rows(LETTERS, due, sort=[("next_at", 1)], limit=BATCH)
        if rows:
            await self._mark([row["_id"] for row in rows], {"next_at": now + timedelta(seconds=CLAIMED_SECONDS)})
        return rows

    async def _send(self, line: Line, row: Row, identity: Identity | None) -> bool:
        """Whether it was sent; a letter to somebody erased is dropped, one refused for good is marked so."""
        if identity is None:
            await self._store.remove_rows(LETTERS, {"_id": row["_id"]})
            return False
        try:
            await line.send(self._message(row, identity))
        except MailDelayed:
            await self._put_off(row)
            return False
        except MailRefused as refused:
            return await self._fail(row, refused.code)
        except (UndefinedError, ValueError):
            return await self._fail(row, UNWRITABLE)
        return True

    def _message(self, row: Row, identity: Identity) -> Envelope:
        """Raises ``UndefinedError`` when a fact is missing and ``ValueError`` when the address is none to write to."""
        return envelope(
            self._wording.text(row["kind"], identity.language, self._facts(row)),
            letter_id=row["_id"],
            mail_from=self._mail_from,
            to=mailbox(identity.contact),
            language=identity.language,
            sent_at=self._now(),
        )

    async def _fail(self, row: Row, code: int) -> bool:
        log.warning("letter_failed", letter_id=row["_id"], kind=row["kind"], code=code)
        await self._mark([row["_id"]], {"state": "failed", "code": code})
        return False

    def _facts(self, row: Row) -> Mapping[str, Any]:
        """What the wording may use: the letter's facts, a link, and the code of a receipt."""
        facts = dict(row["facts"])
        reference = str(facts.get("application_id", ""))[:8]
        link = self._public_url
        if row["kind"] == "receipt":
            code = confirmation_code(self._vault, facts["application_id"])
            facts["code"] = code
            link = f"{self._public_url}/confirm/{code}"
        return {**facts, "link": link, "reference": reference}

    async def _put_off(self, row: Row) -> None:
        attempts = int(row["attempts"]) + 1
        seconds = min(FIRST_DELAY_SECONDS * 2 ** min(attempts - 1, 10), LONGEST_DELAY_SECONDS)
        await self._mark([row["_id"]], {"attempts": attempts, "next_at": self._now() + timedelta(seconds=seconds)})

    async def _mark(self, letter_ids: list[str], values: Mapping[str, Any]) -> None:
        await self._store.update_rows(LETTERS, {"_id": {"$in": letter_ids}}, values)
