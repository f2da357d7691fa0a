"""How certification starts: ``relevo-certification``, or ``python -m relevo_certification``."""

from __future__ import annotations

from relevo_chassis.starting import start


def main() -> None:
    start("relevo_certification.main:SERVICE", "relevo_certification.settings:CertificationSettings")


if __name__ == "__main__":
    main()
