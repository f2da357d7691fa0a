"""Wires scheduling together and serves it."""

from __future__ import annotations

from importlib.metadata import version

from relevo_chassis.edge.erasures import as_delivered
from relevo_chassis.edge.server import run
from relevo_chassis.edge.settings import read_settings
from relevo_chassis.edge.shell import Service, Shell, application
from relevo_scheduling.commands import keys
from relevo_scheduling.commands.attendance import SETTLE, on_settle_due
from relevo_scheduling.commands.people import LEAVE, on_leave_due
from relevo_scheduling.consumers import SUBSCRIPTIONS
from relevo_scheduling.http import ROUTERS
from relevo_scheduling.settings import SchedulingSettings
from relevo_scheduling.store import INDEXES, KINDS, ROWS


async def replay_erasures(shell: Shell) -> None:
    """Keep erased who is known here to be (rule 14), should older keys have been restored."""
    await keys.replay_erasures(shell.store)


SERVICE = Service(
    title="Relevo scheduling",
    version=version("relevo-scheduling"),
    routers=ROUTERS,
    kinds=KINDS,
    collections=ROWS,
    indexes=INDEXES,
    subscriptions=SUBSCRIPTIONS,
    on_due={SETTLE: on_settle_due, LEAVE: on_leave_due},
    before_ready=(replay_erasures,),
    erase_again=as_delivered(SUBSCRIPTIONS),
)


def main() -> None:
    settings = read_settings(SchedulingSettings)
    run(application(settings, SERVICE), settings)


if __name__ == "__main__":
    main()
