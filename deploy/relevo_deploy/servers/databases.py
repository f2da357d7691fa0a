"""What MongoDB has to hold before services and auditor come: views and users."""

from __future__ import annotations

from relevo_chassis.servers import set_reader, set_users, set_views
from relevo_deploy.reconcile.scope import VIEWS
from relevo_deploy.secret_files import SecretFiles


def set_up(url: str, secrets: SecretFiles) -> None:
    """Make all of it, or bring it up to this release; ``url`` is an administrator's. Raises ``MongoRefused``."""
    set_views(url, VIEWS)
    set_users(url, secrets.mongo_users())
    set_reader(url, secrets.mongo_reader())
