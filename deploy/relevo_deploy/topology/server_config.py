"""The part of nats-server's configuration that follows from the topology: who may connect, and who may do what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from relevo_deploy.topology.files import Topology, User

SYSTEM_USER = "system"


class PasswordMissing(LookupError):
    """A user of the topology has no password; the text names the user."""


def user_names(topology: Topology) -> tuple[str, ...]:
    """Everyone who needs a password, the server's own system user among them."""
    return (*(user.name for user in topology.users), SYSTEM_USER)


def authorization(topology: Topology, passwords: Mapping[str, str]) -> str:
    """Two accounts: RELEVO, with JetStream and the topology's users, and SYS for the server's own monitoring.

    Nobody may connect without a password. Raises ``PasswordMissing``.
    """
    if missing := sorted(set(user_names(topology)) - passwords.keys()):
        raise PasswordMissing(f"no password for {', '.join(missing)}; make them with: relevo secrets")
    users = "\n".join(_user(user, passwords[user.name]) for user in topology.users)
    return (
        "accounts {\n"
        f"  RELEVO {{\n    jetstream: enabled\n    users: [\n{users}\n    ]\n  }}\n"
        f"  SYS {{ users: [ {{ user: {SYSTEM_USER}, password: {json.dumps(passwords[SYSTEM_USER])} }} ] }}\n"
        "}\n"
        "system_account: SYS\n"
    )


def _user(user: User, password: str) -> str:
    return (
        f"      {{ user: {json.dumps(user.name)}, password: {json.dumps(password)}, permissions: {{\n"
        f"        publish: {_subjects(user.publish)}\n"
        f"        subscribe: {_subjects(user.subscribe)}\n"
        "      } }"
    )


def _subjects(subjects: Sequence[str]) -> str:
    """An empty list of what is allowed would allow everything; nothing allowed is spelled as everything denied."""
    if not subjects:
        return '{ deny: [">"] }'
    return "{ allow: [" + ", ".join(json.dumps(subject) for subject in subjects) + "] }"
