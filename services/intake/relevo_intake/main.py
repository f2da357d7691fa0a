"""Intake, wired: what it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version

from relevo_chassis.delivery.change import Busy, Unknown
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.given.remarks import Remark
from relevo_chassis.given.shell import Shell
from relevo_chassis.ids import new_id
from relevo_chassis.people.erasures import Erasing
from relevo_chassis.service.made_of import Service
from relevo_contracts import Envelope
from relevo_contracts.intake import PersonErased
from relevo_intake.commands import persons
from relevo_intake.commands.guarding import keep_watching
from relevo_intake.commands.needs import keep_needs_destroyed
from relevo_intake.commands.office import Office
from relevo_intake.commands.recovery import keep_answering
from relevo_intake.commands.refilling import keep_seats_refilled
from relevo_intake.commands.selections.applying import notify_all_others
from relevo_intake.commands.selections.running import TIDY_SECONDS, give_up_interrupted
from relevo_intake.consumers import SUBSCRIPTIONS
from relevo_intake.deadlines import ON_DUE
from relevo_intake.equipment import equip, equipment_of
from relevo_intake.http import ROUTERS
from relevo_intake.http.confirmations import FORM
from relevo_intake.letters.arrival import remarks
from relevo_intake.letters.gathering import Gatherer
from relevo_intake.letters.mail import SmtpMail
from relevo_intake.letters.sender import Sender
from relevo_intake.letters.truth import facts_now
from relevo_intake.measures import MEASURES
from relevo_intake.settings import IntakeSettings
from relevo_intake.store import COLLECTIONS, ENDING, ERASED, INDEXES, KINDS, ROWS
from relevo_intake.store.guarding import attacked_calls


async def send_letters(shell: Shell) -> None:
    """Send what is queued, for as long as the service runs."""
    settings = shell.settings
    if not isinstance(settings, IntakeSettings):
        raise TypeError("intake runs on IntakeSettings")
    mail = SmtpMail(settings.smtp_url, settings.smtp_user, settings.smtp_password)
    sender = Sender(
        shell.store,
        shell.vault,
        mail,
        lambda rows: facts_now(shell.store, rows, shell.clock.now()),
        mail_from=settings.mail_from,
        public_url=settings.public_url,
        door_url=settings.door_url,
        per_second=settings.letters_per_second,
    )
    await sender.run(Lease(shell.store, "letters", new_id()))


async def gather_letters(shell: Shell) -> None:
    """Gather what can wait, for as long as the service runs."""
    gatherer = Gatherer(shell.store, lambda rows: facts_now(shell.store, rows, shell.clock.now()), now=shell.clock.now)
    await gatherer.run(Lease(shell.store, "gathering", new_id()))


async def erase_again(shell: Erasing, envelopes: Sequence[Envelope]) -> None:
    """Erase whom this store does not know to be erased, should it have been restored from before that (rule 14)."""
    erasures = [(each.event, each.cause_id) for each in envelopes if isinstance(each.event, PersonErased)]
    await persons.erase_again(Office(shell.committer, shell.store, shell.vault), erasures)


async def refill_seats(shell: Shell) -> None:
    """Call up the waitlist for whatever came free, for as long as the service runs."""
    lease = Lease(shell.store, "seats", new_id())
    await keep_seats_refilled(Office.of(shell), shell.clock.now, lease)


async def answer_lost_codes(shell: Shell) -> None:
    """See to whoever lost their code, for as long as the service runs."""
    await keep_answering(Office.of(shell), shell.clock.now, Lease(shell.store, "lost", new_id()))


async def destroy_needs(shell: Shell) -> None:
    """Destroy what was needed for a week once its time is over, for as long as the service runs."""
    await keep_needs_destroyed(Office.of(shell), shell.clock.now, Lease(shell.store, "needs", new_id()))


async def watch_calls(shell: Shell) -> None:
    """See when a call is under attack and when no more, for as long as the service runs."""
    settings, equipment = shell.settings, equipment_of(shell)
    if not isinstance(settings, IntakeSettings):
        raise TypeError("intake runs on IntakeSettings")
    lease = Lease(shell.store, "guarding", new_id())
    office, attack, now = Office.of(shell), settings.attack_beginnings, shell.clock.now
    await keep_watching(office, equipment.beginnings, attack, now, lease)


async def remarked(shell: Shell) -> Sequence[Remark]:
    """What operators are told of letters, and of calls under attack."""
    attacked = Remark(
        count=len(await attacked_calls(shell.store)),
        what="calls are under attack, and want proofs of whoever begins",
        do="look at /calls/{call_id}/guard; coordinators can say when a call wants proofs",
    )
    return [*await remarks(shell.store), attacked]


async def finish_selections(shell: Shell) -> None:
    """Give up what a process that ended was computing, and tell those whom it had still to tell, again and again."""
    office, lease = Office.of(shell), Lease(shell.store, "selections", new_id())
    while True:
        with suppress(Busy, Unknown):
            if await lease.acquire():
                now = shell.clock.now()
                await give_up_interrupted(office, now)
                await notify_all_others(office, now)
        await asyncio.sleep(TIDY_SECONDS)


SERVICE = Service(
    title="Relevo intake",
    texts="relevo_intake",
    version=version("relevo-intake"),
    routers=ROUTERS,
    kinds=KINDS,
    collections=COLLECTIONS,
    rows=ROWS,
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    on_due=ON_DUE,
    bodies={FORM: 1024},
    equip=equip,
    remembers=ERASED,
    erase_again=erase_again,
    ending=ENDING,
    background=(
        send_letters,
        gather_letters,
        refill_seats,
        finish_selections,
        answer_lost_codes,
        destroy_needs,
        watch_calls,
    ),
    remarks=remarked,
    measures=MEASURES,
)
