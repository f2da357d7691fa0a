"""How multiplier tracking starts: ``relevo-multiplier-tracking``, or ``python -m relevo_multiplier_tracking``."""

from __future__ import annotations

from relevo_chassis.starting import start


def main() -> None:
    start("relevo_multiplier_tracking.main:SERVICE", "relevo_multiplier_tracking.settings:MultiplierTrackingSettings")


if __name__ == "__main__":
    main()
