"""How scheduling starts: ``relevo-scheduling``, or ``python -m relevo_scheduling``."""

from __future__ import annotations

from relevo_chassis.starting import start


def main() -> None:
    start("relevo_scheduling.main:SERVICE", "relevo_scheduling.settings:SchedulingSettings")


if __name__ == "__main__":
    main()
