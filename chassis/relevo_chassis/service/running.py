"""The parts of a service that live as long as its process: started in order, ended in reverse."""

from __future__ import annotations

import asyncio
import functools
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace

import httpx

from relevo_chassis.clock import Clock, StackClock, SystemClock
from relevo_chassis.delivery.cancelling import cancelled
from relevo_chassis.delivery.change import Busy, Unknown
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.deadlines import Sweeper
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.rebuild import Rebuild
from relevo_chassis.delivery.relay import Relay
from relevo_chassis.delivery.repair import Repair
from relevo_chassis.delivery.seams import Seams
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.traced import TracedCommits, TracedPublisher
from relevo_chassis.given import telemetry
from relevo_chassis.given.bus import Bus
from relevo_chassis.given.logs import Log
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.given.pressure import Bounded
from relevo_chassis.given.remarks import Remark
from relevo_chassis.given.settings import ServiceSettings, read_secret
from relevo_chassis.given.shell import Background, Shell, ShellCheck
from relevo_chassis.http.tokens import IssuedTokens, Issuer, IssuerKeys, Tokens
from relevo_chassis.ids import new_id
from relevo_chassis.measures import BUILD, LOOP_LAG
from relevo_chassis.operations.figures import DeliveryFigures, key_check, needed_checks, wanted_checks
from relevo_chassis.operations.health import Check
from relevo_chassis.operations.parts import Operations
from relevo_chassis.operations.sampling import Looks, Samples, watch_loop
from relevo_chassis.people.erasures import catch_up, in_turn
from relevo_chassis.people.keys import FileKey, KeyServiceAway, KeyWrapper, TransitKey, WrongServiceKey
from relevo_chassis.people.records.keeping import Records
from relevo_chassis.people.root import opened_vault
from relevo_chassis.people.vault import Vault
from relevo_chassis.service.made_of import Service
from relevo_contracts import PEOPLE

START_SECONDS = 60.0
SILENT_SECONDS = 2.5
"""Longer than a round trip to MongoDB: a client that lives does not let its transaction wait for so long."""
_RESTART_SECONDS = (1.0, 5.0, 30.0)


async def _no_remarks(_: Shell) -> Sequence[Remark]:
    return ()


class Running:
    """The parts of a service that live as long as its process."""

    def __init__(self, service: Service, settings: ServiceSettings, log: Log, metrics: Metrics, seams: Seams) -> None:
        self._seams = seams
        self._service = service
        self._settings = settings
        self._log = log
        self._metrics = metrics
        self._client = httpx.AsyncClient(timeout=5.0, follow_redirects=False, trust_env=False, verify=settings.trust())
        self._store = Store.connected(settings.mongo_address, settings.mongo_database)
        self._committer = Committer(seams.backend(self._store))
        self._bounded = Bounded(TracedCommits(self._committer), self._store, settings.outbox_bound)
        self._bus = Bus(settings, service.subscriptions, self._bounded, log, between=seams.delivered)
        self._sweeper: Sweeper | None = None
        self._records: Records | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, needed: dict[str, Check], wanted: dict[str, Check]) -> Shell:
        """Start everything in order; returns when the service may take requests.

        MongoDB is waited for, up to a minute; NATS is joined in the background. Raises ``WrongServiceKey``,
        ``ClockUnreadable``, ``TracingNotInstalled``, ``Busy`` or ``KeyServiceAway``.
        """
        telemetry.configure(self._settings)
        clock: Clock = StackClock(self._settings.clock_file) if self._settings.clock_file else SystemClock()
        self._committer.start()
        vault = await self._opened(clock)
        records = self._records = Records(self._store, vault.service_key)
        await records.sealer.begin()
        self._committer.recorder = records.recorder
        shell = self._shell(clock, vault, records)
        if self._service.remembers:
            await self._service.remembers.destroy_again(self._store)
        if ending := self._service.ending:
            await ending.keep_ended(self._store, self._committer, self._service.remembers, clock.now())
        for prepare in self._service.before_ready:
            await prepare(shell)
        holder = new_id()
        publisher = TracedPublisher(self._seams.publisher(self._bus.jetstream))
        leases = {each: Lease(self._store, each, holder) for each in ("relay", "sweeper", "records")}
        self._relay = Relay(self._store, publisher, leases["relay"], self._committer.outgoing)
        parts = [self._service.erase_again, ending.destroy_again if ending else None]
        erase_again = in_turn(*(each for each in parts if each))
        self._bus.start(self._relay, functools.partial(catch_up, shell, erase_again) if any(parts) else None)
        sweeper = Sweeper(self._store, self._bounded, leases["sweeper"], clock.now, self._service.on_due)
        self._sweeper = sweeper
        sweeper.start()
        self._run_beside(shell, leases["records"])
        figures = DeliveryFigures(self._committer, self._bounded, self._relay, sweeper, self._bus.consumers, leases)
        self._figures = figures
        self._metrics.registry.register(figures)
        self._metrics.registry.register(records)
        needed.update({**needed_checks(self._store, self._bus, figures), "keys": key_check(self._wrapper())})
        needed.update({name: _bound(check, shell) for name, check in self._service.checks.items()})
        wanted.update({**wanted_checks(self._bus, figures), "records": records.check})
        return shell

    def _shell(self, clock: Clock, vault: Vault, records: Records) -> Shell:
        shell = Shell(
            settings=self._settings,
            clock=clock,
            store=self._store,
            vault=vault,
            records=records,
            committer=self._bounded,
            tokens=self._tokens(),
            log=self._log,
            metrics=self._metrics,
            client=self._client,
        )
        equip = self._service.equip
        return replace(shell, equipment=equip(shell)) if equip else shell

    def operations(self, shell: Shell, needed: Mapping[str, Check], wanted: Mapping[str, Check]) -> Operations:
        """What operators are given of a service that has started."""
        return Operations(
            service=self._settings.service,
            version=self._service.version,
            store=self._store,
            commits=self._bounded,
            vault=shell.vault,
            clock=shell.clock,
            log=self._log,
            bus=self._bus,
            figures=self._figures,
            records=shell.records,
            repair=Repair(self._store, self._bounded, self._bus.consumers.each),
            rebuild=Rebuild(self._store, self._bus.consumers, self._service.read_models),
            needed=needed,
            wanted=wanted,
            remarks=functools.partial(self._service.remarks or _no_remarks, shell),
        )

    def measure(self, shell: Shell, parts: Operations) -> Samples:
        """Look at what cannot be looked at for each scrape, for as long as the service runs."""
        own = {each: functools.partial(found, shell) for each, found in self._service.measures.items()}
        samples, registry = Samples(Looks(parts, own).by_sample), self._metrics.registry
        registry.register(samples)
        BUILD.gauge(registry).labels(parts.service, parts.version).set(1)
        lag = LOOP_LAG.histogram(registry)

        async def sample(_: Shell) -> None:
            await samples.keep()

        async def loop(_: Shell) -> None:
            await watch_loop(lag)

        for work in (sample, loop):
            self._beside(work, shell)
        return samples

    async def stop(self) -> None:
        """In reverse: take no more events, finish what was begun, acknowledge, tell what can be told, close.

        A part that has ended by itself says here why, and keeps none of the others from ending in order.
        """
        await cancelled(self._tasks)
        sweeper = [self._sweeper.close] if self._sweeper is not None else []
        seal = [self._records.sealer.seal] if self._records is not None else []
        parts = (self._bus.stop_fetching, *sweeper, self._committer.close, *seal, self._bus.leave, self._client.aclose)
        for close in parts:
            try:
                await close()
            except Exception as error:
                self._log.error("a part of the service had ended", exc_info=error)
        self._store.close()

    async def _opened(self, clock: Clock) -> Vault:
        wrapper = self._wrapper()
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while True:
            try:
                await self._store.ping()
                await self._store.prepare((), self._service.stored)
                return await opened_vault(self._store, self._committer, wrapper, clock.now())
            except (Busy, Unknown, KeyServiceAway) as away:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                self._log.warning("the store or the key service does not answer yet", exc_info=away)
                await asyncio.sleep(1)

    def _wrapper(self) -> KeyWrapper:
        settings = self._settings
        if settings.service_key_file is not None:
            return FileKey.read(settings.service_key_file)
        url, key, token_file = settings.key_service_url, settings.key_service_key, settings.key_service_token_file
        if url is None or key is None or token_file is None:
            raise WrongServiceKey("the settings name neither a key file nor a whole key service")
        return TransitKey(self._client, url, key, read_secret(token_file))

    def _tokens(self) -> Tokens:
        settings = self._settings
        staff, people = (
            IssuerKeys(self._client, url, keep_seconds=settings.jwks_seconds)
            for url in (settings.oidc_issuer, settings.people_issuer)
        )
        issuers = [
            Issuer(settings.oidc_issuer, staff, others=PEOPLE),
            Issuer(settings.people_issuer, people, roles=PEOPLE),
        ]
        return IssuedTokens(issuers, audience=settings.audience, services=settings.services)

    def _run_beside(self, shell: Shell, sealing: Lease) -> None:
        async def watch(_: Shell) -> None:
            await self._bounded.watch()

        async def guard(_: Shell) -> None:
            await self._guarded()

        async def keep_records(_: Shell) -> None:
            await shell.records.keep(sealing, shell.clock.now, self._settings.record_days)

        for work in (watch, guard, keep_records, abort_silent, *self._service.background):
            self._beside(work, shell, None if work in (watch, guard, keep_records) else self._bus.erasures_done)

    def _beside(self, work: Background, shell: Shell, after: asyncio.Event | None = None) -> None:
        self._tasks.append(asyncio.create_task(_kept_up(work, shell, after), name=_name(work)))

    async def _guarded(self) -> None:
        """End the process, so as to be started anew, when a part has ended that nothing here can do without."""
        while not (stopped := self._stopped_part()):  # noqa: ASYNC110 (their ends have no one event)
            await asyncio.sleep(1)
        self._log.critical("a part has ended; ending so as to be started anew", key=stopped)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.Event().wait()

    def _stopped_part(self) -> str | None:
        parts = {"committer": self._committer.alive, "sweeper": self._sweeper is None or self._sweeper.alive}
        if self._bus.joined:
            parts |= {"relay": self._relay.alive, "consumers": self._bus.consumers.alive}
        return next((name for name, alive in parts.items() if not alive), None)


async def _kept_up(work: Background, shell: Shell, after: asyncio.Event | None) -> None:
    if after is not None:
        await after.wait()
    failures = 0
    while True:
        try:
            await work(shell)
        except Exception as error:
            shell.log.error("a background task failed and is started again", key=_name(work), exc_info=error)
            shell.metrics.task_failures.labels(_name(work).rpartition(".")[2]).inc()
        await asyncio.sleep(_RESTART_SECONDS[min(failures, len(_RESTART_SECONDS) - 1)])
        failures += 1


async def abort_silent(shell: Shell) -> None:
    """Let nobody wait for long for what a replica that was killed had begun to write."""
    while True:
        await asyncio.sleep(SILENT_SECONDS / 2)
        try:
            aborted = await shell.store.abort_silent(SILENT_SECONDS)
        except Busy:
            continue
        if aborted:
            shell.log.warning("transactions of a silent client were given up", count=aborted)


def _bound(check: ShellCheck, shell: Shell) -> Check:
    return lambda: check(shell)


def _name(work: Background) -> str:
    return str(getattr(work, "__qualname__", type(work).__qualname__))
