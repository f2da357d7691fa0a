"""The release before this tree, laid out from the history of the clone: its programs run beside those of here."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import relevo_certification

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ROOT / "deploy" / "releases.toml"
_MADE_BY_SETUP = ("contexts", "fonts")


class NoHistory(RuntimeError):
    """The commit of the release is not in this clone; the text says which, and what to do."""


@dataclass(frozen=True)
class Release:
    """A release that was laid out in ``folder``: its packages, to be run by the Python and the libraries of here."""

    version: str
    commit: str
    folder: Path

    @property
    def packages(self) -> Sequence[Path]:
        projects = [*self.folder.glob("*/pyproject.toml"), *self.folder.glob("services/*/pyproject.toml")]
        return sorted(path.parent for path in projects)

    @property
    def services(self) -> Sequence[str]:
        return sorted(path.parent.name for path in self.folder.glob("services/*/pyproject.toml"))

    def environment(self, of: Mapping[str, str]) -> dict[str, str]:
        """Such that Python finds its packages before those of this tree."""
        path = os.pathsep.join(map(str, self.packages))
        return {**of, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}

    @property
    def pins(self) -> Mapping[str, str]:
        return pins(self.folder)


def pins(tree: Path) -> Mapping[str, str]:
    """Libraries at the versions that the services of a tree are shipped with."""
    lines = [line for path in tree.glob("services/*/requirements.txt") for line in path.read_text("utf-8").splitlines()]
    return dict(line.split()[0].split("==", 1) for line in lines if "==" in line.split(" ")[0])


def last_release() -> tuple[str, str]:
    """Version and commit of the last one that ``deploy/releases.toml`` names."""
    last = tomllib.loads(RELEASES.read_text("utf-8"))["releases"][-1]
    return last["version"], last["commit"]


def laid_out(folder: Path) -> Release:
    """The last release in a folder. Raises ``NoHistory``."""
    version, commit = last_release()
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", commit]
    done = subprocess.run(command, capture_output=True)  # noqa: S603
    if done.returncode:
        raise NoHistory(
            f"needs commit {commit[:12]} (release {version}) in this clone, and git; in a shallow clone: "
            "git fetch --unshallow"
        )
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    _with_assets(folder)
    return Release(version, commit, folder)


def _with_assets(folder: Path) -> None:
    """What ``make setup`` puts into a package of certification is in no commit; that of this tree serves both."""
    there = folder / "services/certification/relevo_certification/assets"
    here = Path(relevo_certification.__path__[0]) / "assets"
    for name in _MADE_BY_SETUP:
        (there / name).symlink_to(here / name)
