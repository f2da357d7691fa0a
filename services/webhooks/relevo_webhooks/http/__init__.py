"""The HTTP door, for operators."""

from __future__ import annotations

from relevo_webhooks.http import deliveries, subscriptions

ROUTERS = (subscriptions.router, deliveries.router)
