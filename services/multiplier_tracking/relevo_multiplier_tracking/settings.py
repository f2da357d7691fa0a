"""What this service needs to be told beyond what every service does: nothing."""

from __future__ import annotations

from relevo_chassis.given.settings import ServiceSettings


class MultiplierTrackingSettings(ServiceSettings):
    """The service's settings, from the environment."""

    service: str = "multiplier_tracking"
    mongo_database: str = "multiplier_tracking"
