"""What a service finds on real servers: a database, a key and a folder of its own, as its settings name them."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from relevo_chassis.clock import move
from relevo_chassis.given.settings import PREFIX, ServiceSettings
from relevo_chassis.people.keys import KEY_BYTES

S = TypeVar("S", bound=ServiceSettings)
NOBODY, NOBODY_ELSE = "http://127.0.0.1:9", "http://127.0.0.1:9/people"


@dataclass(frozen=True)
class Surroundings:
    """The settings that every service needs, by their names, and a folder for its files."""

    folder: Path
    values: Mapping[str, Any]

    @classmethod
    def of(cls, folder: Path, *, mongo_url: str, mongo_database: str, nats_url: str) -> Surroundings:
        values = {
            "environment": "development",
            "mongo_url": mongo_url,
            "mongo_database": mongo_database,
            "nats_url": nats_url,
            "service_key_file": key_file(folder / "key"),
            "oidc_issuer": NOBODY,
            "people_issuer": NOBODY_ELSE,
            "http_port": 9,
        }
        return cls(folder, values)

    def settings(self, kind: type[S], **more: Any) -> S:
        return kind(**{**self.values, **more})

    def environment(self, **more: Any) -> dict[str, str]:
        """The same for a process of its own."""
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in {**self.values, **more}.items()}

    @property
    def clock_file(self) -> Path:
        return self.folder / "clock"

    def clock_at(self, at: datetime) -> Path:
        """The file of a clock that goes on from an instant; it may be moved forward again."""
        move(self.clock_file, at)
        return self.clock_file


def key_file(path: Path) -> Path:
    """A file with a new key of a service, in place of the one that was there."""
    path.write_text(base64.b64encode(os.urandom(KEY_BYTES)).decode())
    path.chmod(0o600)
    return path
