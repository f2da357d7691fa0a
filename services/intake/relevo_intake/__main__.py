"""How intake starts: ``relevo-intake``, or ``python -m relevo_intake``."""

from __future__ import annotations

from relevo_chassis.starting import start


def main() -> None:
    start("relevo_intake.main:SERVICE", "relevo_intake.settings:IntakeSettings")


if __name__ == "__main__":
    main()
