"""Write the OpenAPI documents of services, whose differences are what is reviewed when a route changes.

python -m relevo_chassis.service.published FOLDER PACKAGE... [--check]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from fastapi import FastAPI

from relevo_chassis.given import logs
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.service.assembly import assembled
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.written import service_of


def unstarted(service: Service) -> FastAPI:
    """The routes of a service with all that they answer, and nothing behind them: for documents alone."""
    app = FastAPI(title=service.title, version=service.version)
    assembled(
        app,
        service.every_router,
        log=logs.logger("openapi", "error", sys.stderr),
        metrics=Metrics(),
        texts=service.texts,
    )
    return app


def document_of(service: Service) -> str:
    """The document as a running service serves it, for people to read."""
    return json.dumps(unstarted(service).openapi(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """0 when all is written or up to date; 1 when ``--check`` finds a stale document."""
    parser = argparse.ArgumentParser(prog="python -m relevo_chassis.service.published", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a document is stale")
    parser.add_argument("folder", type=Path)
    parser.add_argument("packages", nargs="+", help="each with a SERVICE in its main")
    asked = parser.parse_args(arguments)
    stale = False
    for package in asked.packages:
        text = document_of(service_of(package))
        path = asked.folder / f"{package.removeprefix('relevo_')}.openapi.json"
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if asked.check:
            print(f"{path} is not what the routes give; run: make schemas", file=sys.stderr)
            stale = True
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
