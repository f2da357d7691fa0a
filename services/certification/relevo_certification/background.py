"""What goes on beside the requests: asking intake who is on a certificate, issuing by itself, publishing the lists.

Each is done by one replica at a time, by lease, and bears being done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from relevo_certification.commands.asking import ask_identity
from relevo_certification.commands.issuing import issue_edition
from relevo_certification.commands.office import Office
from relevo_certification.commands.publishing import publish_lists
from relevo_certification.commands.readings import THE_SERVICE
from relevo_certification.domain.refusals import NoSuchEdition
from relevo_certification.identities import Identities, IntakeAway, NobodyThere
from relevo_certification.store import CERTIFICATE
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.edge.ids import new_id

POLL_SECONDS = 0.5
_AWAY_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
_AT_ONCE = 100

Now = Callable[[], datetime]


class Asker:
    """Asks intake about those whose certificate became ready. Whom intake does not know is asked about ever less."""

    def __init__(self, office: Office, identities: Identities, now: Now) -> None:
        self._office = office
        self._identities = identities
        self._now = now
        self._put_off: dict[str, tuple[int, float]] = {}
        self._away = 0

    async def ask(self) -> float:
        """Ask about each of those who wait, one at a time; returns the seconds to wait before the next turn."""
        waiting = await self._office.store.select(CERTIFICATE, {"identity": "wanted"}, limit=_AT_ONCE)
        time = asyncio.get_running_loop().time
        for certificate in waiting:
            participant_id = certificate.participant_id
            failures, not_before = self._put_off.get(participant_id, (0, 0.0))
            if time() < not_before:
                continue
            try:
                await ask_identity(self._office, self._identities, participant_id, self._now())
            except NobodyThere:
                pause = _AWAY_SECONDS[min(failures, len(_AWAY_SECONDS) - 1)]
                self._put_off[participant_id] = (failures + 1, time() + pause)
            except IntakeAway:
                self._away += 1
                return _AWAY_SECONDS[min(self._away - 1, len(_AWAY_SECONDS) - 1)]
            else:
                self._put_off.pop(participant_id, None)
                self._away = 0
        return POLL_SECONDS


class SelfIssuer:
    """Issues what is ready in editions whose certificates are issued by themselves (rule 12)."""

    def __init__(self, office: Office, now: Now) -> None:
        self._office = office
        self._now = now
        self._put_off: dict[str, float] = {}

    async def issue(self) -> float:
        """Returns the seconds to wait before the next turn; one that cannot be issued waits a minute."""
        where = {"standing": "ready", "issue_by_itself": True, "identity": "held"}
        time = asyncio.get_running_loop().time()
        by_edition: dict[str, list[str]] = {}
        for each in await self._office.store.select(CERTIFICATE, where, limit=_AT_ONCE):
            if each.edition_id is not None and self._put_off.get(each.participant_id, 0.0) <= time:
                by_edition.setdefault(each.edition_id, []).append(each.participant_id)
        for edition_id, participant_ids in by_edition.items():
            self._put_off.update(dict.fromkeys(participant_ids, time + 60.0))
            try:
                await issue_edition(self._office, edition_id, THE_SERVICE, self._now(), new_id(), only=participant_ids)
            except NoSuchEdition:
                self._put_off.update(dict.fromkeys(participant_ids, time + 2.0))
        return POLL_SECONDS


class Publisher:
    """Publishes the status lists when an interval of domain time begins."""

    def __init__(self, office: Office, every: timedelta, now: Now) -> None:
        self._office = office
        self._every = every
        self._now = now

    async def publish(self) -> float:
        await publish_lists(self._office, self._every, self._now())
        return POLL_SECONDS


async def in_turns(lease: Lease, work: Callable[[], Awaitable[float]]) -> None:
    """Do the work whenever this replica holds the lease, for ever."""
    while True:
        pause = await work() if await lease.take() else POLL_SECONDS
        await asyncio.sleep(pause)
