"""The process that decides a selection: candidates in, decisions out, one JSON value a line (``process.py`` starts it).

It has no key, can open no file and no connection, and its memory and processor time are bounded by the kernel. What it
holds ends with it, and none of it is ever dumped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from relevo_chassis.capped.inside import confine
from relevo_intake.domain.selection.deciding import Candidate, Demand, Terms, conclude, in_order, problem_of
from relevo_intake.solver.highs import NotProven, solve

AT_ONCE = 200


def main() -> int:
    most_bytes, most_seconds = (int(each) for each in sys.argv[1:])
    confine(most_bytes, most_seconds)
    try:
        decide(sys.stdin.buffer)
    except NotProven:
        answer({"failed": "not_proven"})
    except MemoryError:
        answer({"failed": "too_large"})
    return 0


def decide(lines: Iterable[bytes]) -> None:
    """Candidates in slices, then the terms; then nothing more comes in."""
    candidates, raw_terms = list[Candidate](), dict[str, Any]()
    for line in lines:
        value = json.loads(line)
        if isinstance(value, dict):
            raw_terms = value
        else:
            candidates += [Candidate(*each) for each in value]
    if not raw_terms:
        return  # whoever asked has gone
    terms = Terms(**{**raw_terms, "demands": [Demand(*each) for each in raw_terms["demands"]]})
    ordered = in_order(terms.seed, candidates)
    del candidates
    conclusion, decided = conclude(terms, ordered, solve(problem_of(terms, ordered)))
    answer({"conclusion": conclusion._asdict()})
    for start in range(0, len(decided), AT_ONCE):
        answer([(*each.candidate, *each[1:]) for each in decided[start : start + AT_ONCE]])


def answer(value: Any) -> None:
    sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
