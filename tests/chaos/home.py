"""Whose files a service of a storm is started from: those of the tree, or of the last release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.upgrade.release import ROOT, Release, laid_out

SETTABLE = ROOT / "tests" / "upgrade" / "settable.py"


@dataclass(frozen=True)
class Home:
    """Where a service is started from. ``release`` is ``None`` for the tree."""

    release: Release | None = None
    settings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By service, what it can be given here: with anything else it does not start."""

    @property
    def folder(self) -> Path:
        return self.release.folder if self.release else ROOT

    @property
    def label(self) -> str:
        return "the release" if self.release else "the tree"

    def path(self, of: Mapping[str, str]) -> dict[str, str]:
        """An environment in which Python finds the packages of here, and keeps what it compiled of them."""
        if self.release is None:
            return dict(of)
        found = self.release.environment(of)
        return {name: value for name, value in found.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def environment(self, service: str, offered: Mapping[str, str]) -> dict[str, str]:
        """Of what the tree gives a service, what is meant for the one of here."""
        known = {f"RELEVO_{name.upper()}" for name in self.settings.get(service, ())}
        kept = {name: value for name, value in offered.items() if name in known or not name.startswith("RELEVO_")}
        return self.path(kept if self.release else offered)


THE_TREE = Home()


def released(folder: Path, services: Sequence[str]) -> Home:
    """The last release in a folder, for these services to be started from. Raises ``NoHistory``."""
    home = Home(laid_out(folder.resolve()))
    return Home(home.release, settable(home, services))


def settable(home: Home, services: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """By service, the names of all that it can be given."""
    command = [sys.executable, str(SETTABLE), *services]
    done = subprocess.run(command, env=home.path(os.environ), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{home.label}: {done.stderr}")
    found: dict[str, list[str]] = json.loads(done.stdout)
    return {service: frozenset(names) for service, names in found.items()}
