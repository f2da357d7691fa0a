"""What webhooks measures of its own, of all subscriptions together: how each goes is answered to operators alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relevo_chassis.delivery.store import Store
from relevo_chassis.given.remarks import Remark
from relevo_chassis.given.shell import Shell
from relevo_chassis.measures import Measure
from relevo_chassis.service.made_of import Measured
from relevo_webhooks.equipment import office_of
from relevo_webhooks.store import failing, gone, oldest_due, parked, waiting


async def deliveries_waiting(shell: Shell) -> float:
    return await waiting(shell.store)


async def oldest_seconds(shell: Shell) -> float:
    """Of subscriptions that are active: what waits for one that is paused is meant to."""
    since, now = await oldest_due(shell.store), office_of(shell).now()
    return max(0.0, (now - since).total_seconds()) if since else 0.0


async def deliveries_parked(shell: Shell) -> float:
    return await parked(shell.store)


async def subscriptions_failing(shell: Shell) -> float:
    return len(await failing(shell.store))


async def subscriptions_gone(shell: Shell) -> float:
    return len(await gone(shell.store))


MEASURES: Mapping[Measure, Measured] = {
    Measure("relevo_webhooks_waiting", "gauge", "Deliveries that wait"): deliveries_waiting,
    Measure(
        "relevo_webhooks_oldest_seconds", "gauge", "How long the first of them for an active subscription has waited"
    ): oldest_seconds,
    Measure(
        "relevo_webhooks_parked", "gauge", "Deliveries that were parked after failing for three days"
    ): deliveries_parked,
    Measure("relevo_webhooks_failing", "gauge", "Subscriptions whose last try failed"): subscriptions_failing,
    Measure(
        "relevo_webhooks_gone", "gauge", "Subscriptions that are paused because their endpoint is gone"
    ): subscriptions_gone,
}


async def remarks(store: Store) -> Sequence[Remark]:
    """What operators are told of what does not arrive. Raises ``Busy``."""
    return (
        Remark(
            count=await parked(store),
            what="deliveries were parked after three days, and hold up what follows on the same thing",
            do="mend the endpoint, or if the outcome is fault what the log calls lane_failed; then retry or drop them: "
            "/subscriptions/{subscription_id}/deliveries?state=parked",
        ),
        Remark(
            count=len(await failing(store)),
            what="subscriptions are failing: the last try went wrong",
            do="look at /subscriptions, and ask whoever runs the endpoint; of a fault, the log says lane_failed",
        ),
        Remark(
            count=len(await gone(store)),
            what="subscriptions were paused because their endpoint answered that it is gone",
            do="resume or remove each: /subscriptions/{subscription_id}",
        ),
    )
