"""Our wheels are the same whenever and wherever they are built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.images.containerfiles import IMAGES, ROOT

CARRIED = [ROOT / "contracts", ROOT / "chassis", ROOT / "servers", *(path.parent for path in IMAGES.values())]
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "tests", ".hypothesis", "fonts")


def built(folder: Path, where: Path, modified: int, mask: int) -> dict[str, str]:
    """The digest of the wheel of a package that lies in a folder of its own, with these times and rights."""
    source = shutil.copytree(folder, where / "source" / folder.name, ignore=_LEFT_OUT)
    for path in source.rglob("*"):
        os.utime(path, (modified, modified))
        path.chmod(path.stat().st_mode & ~mask)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(where / "wheels"), str(source)], check=True, cwd=where)  # noqa: S603
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (where / "wheels").iterdir()}


@pytest.mark.parametrize("folder", CARRIED, ids=lambda path: path.name)
def test_a_wheel_built_twice_is_the_same(folder: Path, tmp_path: Path) -> None:
    """Of files that were written in other years, by people with other rights, in another folder."""
    once = built(folder, tmp_path / "a", modified=1_000_000_000, mask=0o000)
    again = built(folder, tmp_path / "elsewhere" / "b", modified=1_700_000_000, mask=0o077)
    assert len(once) == 1
    assert once == again
