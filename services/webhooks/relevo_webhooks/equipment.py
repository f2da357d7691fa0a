"""What webhooks makes for itself when it starts, once: the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from relevo_chassis.given.shell import Shell
from relevo_webhooks.commands.office import Office
from relevo_webhooks.sending.addresses import Networks
from relevo_webhooks.sending.endpoint import Endpoints
from relevo_webhooks.sending.sender import Post, process_time
from relevo_webhooks.settings import WebhooksSettings


@dataclass(frozen=True, slots=True)
class Equipment:
    """``allowed`` are the networks in which endpoints may be although they are not public."""

    post: Post
    allowed: Networks = ()
    plain_http: bool = False
    now: Callable[[], datetime] = process_time


def equip(shell: Shell) -> Equipment:
    settings = shell.settings
    if not isinstance(settings, WebhooksSettings):
        raise TypeError("webhooks runs on WebhooksSettings")
    endpoints = Endpoints(settings.trust(), settings.allowed_networks)
    return Equipment(endpoints.post, settings.allowed_networks, settings.webhooks_plain_http)


def equipment_of(shell: Shell) -> Equipment:
    if not isinstance(shell.equipment, Equipment):
        raise TypeError("the shell is not that of webhooks: it has no Equipment")
    return shell.equipment


def office_of(shell: Shell) -> Office:
    equipment = equipment_of(shell)
    return Office(shell.committer, shell.store, shell.vault.service_key, equipment.post, equipment.now)
