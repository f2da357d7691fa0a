"""What a process has used so far, as the kernel of Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024


def cpu_seconds(pid: int) -> float:
    """Processor time in user and system mode since its start, of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def own_mib(pid: int) -> float:
    """Memory that it has filled itself: pages of files, such as libraries, come and go with the system's cache."""
    return _kib(pid, "status", "RssAnon") / _MIB


def proportional_mib(pid: int) -> float:
    """Memory that it holds, each shared page divided among those that share it: may be summed over processes."""
    return _kib(pid, "smaps_rollup", "Pss") / _MIB


def _kib(pid: int, file: str, name: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise ValueError(f"/proc/{pid}/{file} has no {name}")
