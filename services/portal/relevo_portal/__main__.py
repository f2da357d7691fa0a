"""How the portal starts: ``relevo-portal``, or ``python -m relevo_portal``."""

from __future__ import annotations

from relevo_chassis.starting import start


def main() -> None:
    start("relevo_portal.main:SERVICE", "relevo_portal.settings:PortalSettings")


if __name__ == "__main__":
    main()
