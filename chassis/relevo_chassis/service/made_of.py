"""What a service is made of, as its ``main.py`` lists it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.types import ASGIApp

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.deadlines import OnDue
from relevo_chassis.delivery.indexes import INDEXES
from relevo_chassis.delivery.rebuild import ReadModel
from relevo_chassis.delivery.store import Index
from relevo_chassis.given.remarks import Remark
from relevo_chassis.given.shell import Background, Shell, ShellCheck
from relevo_chassis.http import catalogue
from relevo_chassis.http import records as pages
from relevo_chassis.http.routes import Routes
from relevo_chassis.kept import KeptRows
from relevo_chassis.measures import Measure
from relevo_chassis.operations import routes as operations
from relevo_chassis.people.ending import Ending
from relevo_chassis.people.erasures import EraseAgain, Erased
from relevo_chassis.people.records import chain
from relevo_chassis.people.root import ROOT
from relevo_chassis.people.vault import KEYS, SEALED

Remarks = Callable[[Shell], Awaitable[Sequence[Remark]]]
"""What a service tells its operators of itself besides what every service does."""
Measured = Callable[[Shell], Awaitable[float]]
"""How a gauge of a service's own stands now; costs no more than a few queries by an index. May raise ``Busy``."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a service is made of, as its ``main.py`` lists it.

    ``remembers`` says whom its own store knows to be erased: their keys are destroyed again before anything is
    taken in. ``before_ready`` runs once, right after that; ``erase_again`` is given every erasure there was, before
    the service is ready and ``background`` begins; ``ending`` is how a retention class of a person ends here, which
    is done again likewise; ``rows`` say why what lies in ``collections`` is kept; ``bodies`` are media types taken
    besides JSON, with their largest size in bytes; ``read_models`` are what can be made again from events alone;
    ``measures`` are gauges of its own, without labels, each with how it is found every few seconds; ``texts`` is
    the package whose texts say what it refuses, in the languages of people; ``equip`` makes, once, when it starts,
    what it needs for itself; ``middleware`` is around all that it answers.
    """

    title: str
    version: str
    routers: Sequence[Routes]
    kinds: Sequence[Kind[Any]] = ()
    collections: Sequence[str] = ()
    indexes: Mapping[str, Sequence[Index]] = field(default_factory=dict)
    rows: Mapping[str, Sequence[KeptRows]] = field(default_factory=dict)
    subscriptions: Sequence[Subscription] = ()
    on_due: Mapping[str, OnDue] = field(default_factory=dict)
    equip: Callable[[Shell], object] | None = None
    background: Sequence[Background] = ()
    remembers: Erased | None = None
    before_ready: Sequence[Background] = ()
    erase_again: EraseAgain | None = None
    ending: Ending | None = None
    checks: Mapping[str, ShellCheck] = field(default_factory=dict)
    bodies: Mapping[str, int] = field(default_factory=dict)
    read_models: Sequence[ReadModel] = ()
    remarks: Remarks | None = None
    measures: Mapping[Measure, Measured] = field(default_factory=dict)
    texts: str | None = None
    middleware: Sequence[Callable[[ASGIApp], ASGIApp]] = ()

    @property
    def every_router(self) -> Sequence[APIRouter]:
        """Its own, and those that every service has."""
        return (*self.routers, pages.ROUTER, operations.ROUTER, catalogue.ROUTER)

    @property
    def stored(self) -> Mapping[str, Sequence[Index]]:
        """Every collection that it keeps with its indexes, those of the chassis among them."""
        names = [*(kind.name for kind in self.kinds), *self.collections, ROOT.name, KEYS, SEALED]
        return {**dict.fromkeys(names, ()), **INDEXES, **chain.INDEXES, **self.indexes}
