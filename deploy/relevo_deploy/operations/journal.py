"""What an operator's command changed, written down: one JSON object a line, no person's data."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def write(journal: Path | None, did: str, **facts: str | int | None) -> None:
    """Append a line to a file, if there is one, and show it on standard error."""
    line: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "who": getpass.getuser(),
        "did": did,
        **{name: value for name, value in facts.items() if value is not None},
    }
    text = json.dumps(line)
    if journal is not None:
        journal.parent.mkdir(parents=True, exist_ok=True)
        with journal.open("a", encoding="utf-8") as lines:
            lines.write(text + "\n")
    print(text, file=sys.stderr)
