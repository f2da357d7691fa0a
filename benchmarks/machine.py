"""What figures depend on: the machine, the versions, the state of the tree."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from relevo_servers import find_mongod, find_nats_server

ROOT = Path(__file__).resolve().parent.parent


def described() -> dict[str, Any]:
    """Taken when a run starts, so that the load is that of everything else."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _output_of("git", "-C", str(ROOT), "rev-parse", "--short=10", "HEAD"),
        "changed_since": bool(_output_of("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no")),
        "cores": len(os.sched_getaffinity(0)),
        "processor": _line(Path("/proc/cpuinfo"), "model name"),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "mongod": _output_of(str(find_mongod()), "--version").partition("\n")[0].removeprefix("db version v"),
        "nats_server": _output_of(str(find_nats_server()), "--version").removeprefix("nats-server: v"),
    }


def _output_of(*command: str) -> str:
    """What a program printed, or nothing when there is no such program or it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603 (our own commands)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _line(file: Path, name: str) -> str:
    if not file.exists():
        return platform.processor()
    found = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(name)]
    return found[0].partition(":")[2].strip() if found else platform.processor()
