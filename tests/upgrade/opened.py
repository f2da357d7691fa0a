"""Whether the models of whatever packages Python finds read what is stored: ``python opened.py FOLDER SERVICE...``.

``FOLDER`` has for each service a file of BSON documents, each with a ``kind`` and a ``state``. Those of kinds that the
packages do not know are passed over: nobody reads them there. Prints how many were read of each kind, and what could
not be read, without what is in it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from bson import decode_file_iter
from bson.codec_options import CodecOptions
from pydantic import ValidationError


def opened(service: str, rows: Path) -> dict[str, Any]:
    kinds = {kind.name: kind.model for kind in import_module(f"relevo_{service}.main").SERVICE.kinds}
    read: Counter[str] = Counter()
    unread: list[str] = []
    with rows.open("rb") as stored:
        row: dict[str, Any]
        for row in decode_file_iter(stored, CodecOptions(tz_aware=True)):
            if row["kind"] not in kinds:
                continue
            try:
                kinds[row["kind"]].model_validate(row["state"])
                read[row["kind"]] += 1
            except ValidationError as why:
                places = [".".join(map(str, each["loc"])) for each in why.errors(include_input=False)]
                unread.append(f"{row['kind']} {row['_id']}: {', '.join(places)}")
    return {"read": dict(read), "unread": unread}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    print(json.dumps({service: opened(service, folder / f"{service}.bson") for service in sys.argv[2:]}))
