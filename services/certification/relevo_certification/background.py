"""What goes on beside the requests: asking intake who is on a certificate, issuing, publishing lists and figures.

Each is done by one replica at a time, by lease, and bears being done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from relevo_certification.commands import asking, counting, issuing, publishing
from relevo_certification.commands.office import THE_SERVICE, Office
from relevo_certification.domain.certificate import Certificate
from relevo_certification.domain.edition import NoSuchEdition
from relevo_certification.equipment import equipment_of
from relevo_certification.identities import IntakeAway, NobodyThere
from relevo_certification.store import CERTIFICATE, COUNT, unfinished
from relevo_chassis.delivery.change import Asked
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.shell import Background, Shell
from relevo_chassis.ids import new_id
from relevo_chassis.traces import resumed

POLL_SECONDS = 0.5
_AWAY_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
_AT_ONCE = 100

Now = Callable[[], datetime]


class _Round:
    """Goes through the certificates that match, so many at a time, and begins anew after the last.

    So nobody waits behind those who cannot be served.
    """

    def __init__(self, store: Store, at_once: int, **where: object) -> None:
        self._store = store
        self._at_once = at_once
        self._where = where
        self._after: str | None = None

    async def some(self) -> list[Certificate]:
        found = await self._store.select(CERTIFICATE, self._where, limit=self._at_once, after=self._after)
        self._after = found[-1].participant_id if len(found) == self._at_once else None
        return found

    @property
    def pause(self) -> float:
        """The seconds to wait before the next: none in the midst of a round."""
        return POLL_SECONDS if self._after is None else 0.0


class Asker:
    """Asks intake about those whose certificate became ready. Whom intake does not know is asked about ever less."""

    def __init__(self, office: Office, now: Now) -> None:
        self._office = office
        self._now = now
        self._waiting = _Round(office.store, _AT_ONCE, identity="wanted")
        self._retry_at: dict[str, tuple[int, float]] = {}
        self._away = 0

    async def ask(self) -> float:
        """Ask about each of those who wait, one at a time; returns the seconds to wait before the next turn."""
        time = asyncio.get_running_loop().time
        for certificate in await self._waiting.some():
            participant_id = certificate.participant_id
            failures, not_before = self._retry_at.get(participant_id, (0, 0.0))
            if time() < not_before:
                continue
            try:
                command, asked = asking.AskIdentity(participant_id), by_the_service(self._now())
                with resumed("ask for an identity", None, chain_id=asked.cause_id):
                    await asking.ask_identity(self._office, command, asked)
            except NobodyThere:
                pause = _AWAY_SECONDS[min(failures, len(_AWAY_SECONDS) - 1)]
                self._retry_at[participant_id] = (failures + 1, time() + pause)
            except IntakeAway:
                self._away += 1
                return _AWAY_SECONDS[min(self._away - 1, len(_AWAY_SECONDS) - 1)]
            else:
                self._retry_at.pop(participant_id, None)
                self._away = 0
        return self._waiting.pause


class IssuanceWorker:
    """Issues what coordinators asked for, portion by portion, the oldest first."""

    def __init__(self, office: Office, now: Now) -> None:
        self._office = office
        self._now = now

    async def issue(self) -> float:
        """Issue one portion; returns the seconds to wait before the next turn."""
        for issuance in await unfinished(self._office.store):
            asked = Asked(issuance.asked_by, self._now(), new_id())
            with resumed("issue a portion", None, chain_id=asked.cause_id):
                await issuing.issue_portion(self._office, issuing.IssuePortion(issuance), asked)
            return 0.0
        return POLL_SECONDS


class SelfIssuer:
    """Issues what is ready in editions whose certificates are issued by themselves (rule 12)."""

    def __init__(self, office: Office, now: Now) -> None:
        self._office = office
        self._now = now
        self._ready = _Round(office.store, issuing.PORTION, standing="ready", issue_by_itself=True, identity="held")
        self._retry_at: dict[str, float] = {}

    async def issue(self) -> float:
        """Returns the seconds to wait before the next turn; one that cannot be issued waits a minute."""
        time = asyncio.get_running_loop().time()
        self._retry_at = {id: until for id, until in self._retry_at.items() if until > time}
        by_edition: dict[str, list[str]] = {}
        for each in await self._ready.some():
            if each.edition_id is not None and each.participant_id not in self._retry_at:
                by_edition.setdefault(each.edition_id, []).append(each.participant_id)
        for edition_id, participant_ids in by_edition.items():
            self._retry_at.update(dict.fromkeys(participant_ids, time + 60.0))
            try:
                command, asked = issuing.IssueReady(edition_id, participant_ids), by_the_service(self._now())
                with resumed("issue what is ready", None, chain_id=asked.cause_id):
                    await issuing.issue_ready(self._office, command, asked)
            except NoSuchEdition:
                self._retry_at.update(dict.fromkeys(participant_ids, time + 2.0))
        return self._ready.pause


class FigureReleaser:
    """Releases the figures of editions for which they are due."""

    def __init__(self, office: Office, now: Now) -> None:
        self._office = office
        self._now = now

    async def release(self) -> float:
        for count in await self._office.store.select(COUNT, {"due_on": {"$ne": None}}, limit=_AT_ONCE):
            await counting.release_figures(self._office, counting.ReleaseFigures(count), by_the_service(self._now()))
        return POLL_SECONDS


def by_the_service(now: datetime) -> Asked:
    """What the service asks of itself."""
    return Asked(THE_SERVICE, now, new_id())


async def ask_identities(shell: Shell) -> None:
    await _in_turns(shell, "asking", Asker(Office.of(shell), shell.clock.now).ask)


async def issue_what_is_asked_for(shell: Shell) -> None:
    await _in_turns(shell, "issuances", IssuanceWorker(Office.of(shell), shell.clock.now).issue)


async def issue_by_itself(shell: Shell) -> None:
    await _in_turns(shell, "issuing", SelfIssuer(Office.of(shell), shell.clock.now).issue)


async def release_figures(shell: Shell) -> None:
    await _in_turns(shell, "telling", FigureReleaser(Office.of(shell), shell.clock.now).release)


async def publish_lists(shell: Shell) -> None:
    """Publish the status lists if an interval of domain time has begun since they were."""
    command = publishing.PublishLists(equipment_of(shell).publish_every)
    await publishing.publish_lists(Office.of(shell), command, by_the_service(shell.clock.now()))


async def keep_lists_published(shell: Shell) -> None:
    async def publish() -> float:
        await publish_lists(shell)
        return POLL_SECONDS

    await _in_turns(shell, "publishing", publish)


async def _in_turns(shell: Shell, name: str, work: Callable[[], Awaitable[float]]) -> None:
    """Do the work whenever this replica holds the lease, for ever."""
    lease = Lease(shell.store, name, new_id())
    while True:
        pause = await work() if await lease.acquire() else POLL_SECONDS
        await asyncio.sleep(pause)


BACKGROUND: tuple[Background, ...] = (
    ask_identities,
    issue_what_is_asked_for,
    issue_by_itself,
    keep_lists_published,
    release_figures,
)
