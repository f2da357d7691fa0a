"""What scheduling is told by its environment: nothing beyond what every service is."""

from __future__ import annotations

from relevo_chassis.given.settings import ServiceSettings


class SchedulingSettings(ServiceSettings):
    service: str = "scheduling"
