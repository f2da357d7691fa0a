"""How webhooks starts: ``relevo-webhooks``, or ``python -m relevo_webhooks``."""

from __future__ import annotations

from relevo_chassis.starting import start


def main() -> None:
    start("relevo_webhooks.main:SERVICE", "relevo_webhooks.settings:WebhooksSettings")


if __name__ == "__main__":
    main()
