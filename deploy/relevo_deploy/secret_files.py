"""Secrets as files that only their owner can read: made once, kept, never printed.

One folder per owner: ``<service>/`` holds what the service is given (``nats.creds``, ``mongo.password``,
``service.key``), ``<identity>/nats.creds`` is for people and tools, ``bus/`` for whoever administers the bus
(``topology/keys.py``), ``admin/mongo.password`` for the database's administrator, ``mongo/key`` is what the members
of the replica set show each other.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from relevo_deploy.signing_keys import key_files, new_pair, private_pem
from relevo_deploy.topology.keys import BusKeys
from relevo_servers import owner_only


class SecretFiles:
    """A folder of secrets. What is missing is made when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def path(self, owner: str, name: str) -> Path:
        return self.folder / owner / name

    def password(self, owner: str, name: str) -> str:
        """256 random bits, safe in a URL and in a configuration file."""
        return self.made(owner, name, lambda: secrets.token_urlsafe(32))

    def service_key(self, service: str) -> Path:
        """The key that wraps the keys of people: 32 random bytes in base64."""
        self.made(service, "service.key", lambda: base64.b64encode(secrets.token_bytes(32)).decode())
        return self.path(service, "service.key")

    def replica_set_key(self) -> str:
        return self.made("mongo", "key", lambda: base64.b64encode(secrets.token_bytes(512)).decode())

    def p256(self, owner: str, name: str) -> str:
        """A signing key for ES256, as PEM."""
        return self.made(owner, name, lambda: private_pem(ec.generate_private_key(ec.SECP256R1())))

    def signing_keys(self, service: str, year: int) -> Path:
        """The folder of an issuer's signing keys, ``key-<year>-<n>.pem``: Ed25519 and P-256, made when it has none."""
        folder = self.path(service, "signing-keys")
        if not key_files(folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new_pair(folder, year)
        return folder

    @cached_property
    def bus(self) -> BusKeys:
        """Who may connect to NATS and do what."""
        return BusKeys(self)

    def mongo_admin_password(self) -> str:
        return self.mongo_password("admin")

    def mongo_password(self, user: str) -> str:
        """A user's password in MongoDB: a service's, which has a database of its name, or an operator's."""
        return self.password(user, "mongo.password")

    def put(self, owner: str, name: str, content: str) -> None:
        """Write a file whole, in place of one that is there. What root writes belongs to whom the folder belongs to."""
        path = self.path(owner, name)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        new = path.with_name(f".{name}.{os.getpid()}")
        with open(new, "w", opener=owner_only, encoding="ascii") as file:
            file.write(content)
        if os.geteuid() == 0:
            whose = path.parent.stat()
            os.chown(new, whose.st_uid, whose.st_gid)
        new.replace(path)

    def remove(self, owner: str, name: str) -> None:
        """Remove a secret if it is there, and its owner's folder when nothing else is in it."""
        path = self.path(owner, name)
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def made(self, owner: str, name: str, make: Callable[[], str]) -> str:
        """A secret; made when it is not there yet."""
        path = self.path(owner, name)
        if not path.exists():
            self.put(owner, name, make())
        return path.read_text(encoding="ascii")
