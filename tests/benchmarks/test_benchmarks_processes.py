"""What a process is said to use is what it uses."""

from __future__ import annotations

import os
import time

from benchmarks.processes import cpu_seconds, own_mib, proportional_mib


def test_processor_time_is_counted_in_seconds() -> None:
    before, began = cpu_seconds(os.getpid()), time.process_time()
    while time.process_time() - began < 0.2:
        sum(range(10_000))
    assert 0.15 <= cpu_seconds(os.getpid()) - before <= time.process_time() - began + 0.05


def test_memory_is_counted_in_mebibytes() -> None:
    own, proportional = own_mib(os.getpid()), proportional_mib(os.getpid())
    filled = bytearray(os.urandom(32 * 2**20))
    assert own_mib(os.getpid()) - own > 30
    assert proportional_mib(os.getpid()) - proportional > 30
    assert len(filled) == 32 * 2**20
