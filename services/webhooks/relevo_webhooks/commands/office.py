"""What the use cases of webhooks need from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.vault import ServiceKey
from relevo_webhooks.sending.sender import Post


@dataclass(frozen=True, slots=True)
class Office:
    """``now`` is process time: what is sent is a matter of the network, and not of the course."""

    commits: Commits
    store: Store
    key: ServiceKey
    post: Post
    now: Callable[[], datetime]
