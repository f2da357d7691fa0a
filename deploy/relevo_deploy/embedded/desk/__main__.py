"""Run the desk: ``python -m relevo_deploy.embedded.desk``."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from relevo_chassis.clock import move
from relevo_deploy.embedded.desk.http import doors
from relevo_deploy.embedded.desk.library import Library, default_library
from relevo_deploy.embedded.desk.mailbox import Mailbox
from relevo_deploy.embedded.desk.tokens import Issuer
from relevo_deploy.secret_files import SecretFiles


def main() -> None:
    options = _arguments()
    pem = SecretFiles(options.secrets).p256("desk", "signing-key.pem")
    if not options.clock_file.exists():
        move(options.clock_file, options.clock or datetime.now(UTC))
    mailbox = Mailbox(options.folder)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await mailbox.open(options.host, options.smtp_port)
        yield
        await mailbox.close()

    app = FastAPI(title="Relevo's desk (development only)", lifespan=lifespan)
    places = dict(each.split("=", 1) for each in options.place)
    app.include_router(
        doors(
            Issuer(options.issuer, pem, places.get("provider")),
            options.clock_file,
            mailbox,
            places,
            Library(options.library),
        )
    )
    app.add_api_route("/readyz", lambda: {"ready": True}, include_in_schema=False)
    uvicorn.run(app, host=options.host, port=options.port, access_log=False, log_level="warning")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m relevo_deploy.embedded.desk", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--issuer", required=True, help="the URL under which services find this desk")
    parser.add_argument("--folder", type=Path, required=True, help="where letters are kept")
    parser.add_argument("--secrets", type=Path, required=True, help="where the signing key is kept")
    parser.add_argument("--clock-file", type=Path, required=True)
    parser.add_argument("--clock", type=_instant, help="where domain time starts, if there is no clock file; else now")
    parser.add_argument("--library", type=Path, default=default_library(), help="whose docs and contracts are shown")
    parser.add_argument("--place", action="append", default=[], metavar="NAME=URL", help="what runs beside it")
    return parser.parse_args()


def _instant(typed: str) -> datetime | None:
    """None of what is empty: a variable that nobody set."""
    found = datetime.fromisoformat(typed) if typed else None
    if found and found.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant needs its time zone, such as Z at the end")
    return found


if __name__ == "__main__":
    main()
