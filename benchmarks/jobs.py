"""The program of a measured process: reads a job a line, answers each with a line of figures."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import uvloop

from benchmarks import consuming, history, hopping, raw_parts, rebuilding, replicas, tracing
from benchmarks.place import Place

Job = Callable[..., Awaitable[dict[str, Any]]]

JOBS: Mapping[str, Job] = {
    "consume": consuming.consume,
    "consume_traced": tracing.consume_traced,
    "consume_raw": consuming.consume_raw,
    "consume_by_hand": consuming.consume_by_hand,
    "hop_tell": hopping.publish,
    "hop_take": hopping.consume,
    "hop_raw": raw_parts.timed,
    "rebuild": partial(consuming.consume, publishes=False),
    "read_raw": rebuilding.read_raw,
    "history": history.laid_down,
    "consume_together": replicas.consume_together,
}


def main() -> None:
    """One event loop for all jobs, the one that services run on. What anything else prints goes to the log."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            answers.write(json.dumps(runner.run(_done(json.loads(line)))) + "\n")
            answers.flush()


async def _done(order: dict[str, Any]) -> dict[str, Any]:
    try:
        return await JOBS[order["job"]](Place(**order["place"]), **order["given"])
    except Exception as failure:
        traceback.print_exc()
        return {"failed": f"{type(failure).__name__}: {failure}"}


if __name__ == "__main__":
    main()
