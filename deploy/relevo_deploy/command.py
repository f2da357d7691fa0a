"""``relevo``: what operators and developers type."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from relevo_contracts import SERVICES
from relevo_deploy.embedded import commands as stack
from relevo_deploy.embedded.place import FIRST_PORT
from relevo_deploy.operations import arguments as operations
from relevo_deploy.operations.arguments import instant as _instant
from relevo_deploy.servers import commands as servers
from relevo_deploy.signing_keys import signing_keys
from relevo_deploy.told import Failed
from relevo_deploy.topology import commands as topology

STACK_FOLDER = Path("var/stack")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 done and the answer is no (``topology diff``), 2 could not be done."""
    given = _parser().parse_args(arguments)
    try:
        return int(asyncio.run(given.run(given)))
    except Failed as failed:
        print(f"relevo: {failed}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="relevo", description="Run and operate Relevo.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _stack_commands(commands)
    _desk_commands(commands)
    operations.add(commands, _folder_option)
    _topology_commands(commands)
    _server_commands(commands)
    return parser


def _stack_commands(commands: Any) -> None:
    up = _command(commands, "up", stack.up, "bring up the embedded stack and watch over it until Ctrl-C")
    up.add_argument("--detach", action="store_true", help="return when all is ready; end it with: relevo down")
    up.add_argument("--fresh", action="store_true", help="first remove the data, secrets and logs of earlier runs")
    up.add_argument(
        "--clock", type=_instant, metavar="INSTANT", help="where domain time starts, e.g. 2019-09-12T09:00Z"
    )
    up.add_argument("--services", type=_services, default=SERVICES, metavar="A,B", help="only these services")
    ports = up.add_mutually_exclusive_group()
    ports.add_argument("--port-base", type=int, default=FIRST_PORT, metavar="PORT", help=f"default {FIRST_PORT}")
    ports.add_argument("--free-ports", action="store_true", help="take whatever ports are free")
    up.add_argument("--nats-url", help="use this NATS; its users are those of the stack's secrets")
    up.add_argument("--mongo-url", help="use this MongoDB; its users are those of the stack's secrets")
    up.add_argument("--secrets", type=Path, metavar="FOLDER", help="default: secrets in the stack's folder")
    _command(commands, "down", stack.down, "end the embedded stack")


def _desk_commands(commands: Any) -> None:
    clock = _command(commands, "clock", stack.clock, "show domain time, or move it forward (embedded stack only)")
    moves = clock.add_mutually_exclusive_group()
    moves.add_argument("--to", type=_instant, metavar="INSTANT", help="e.g. 2019-12-09T08:00-05:00")
    moves.add_argument("--by", type=_duration, metavar="DURATION", help="e.g. 3d, 12h, 30m")
    token = _command(commands, "token", stack.token, "print an access token from the stack's desk (development only)")
    token.add_argument("--subject", default="developer")
    token.add_argument("--role", action="append", default=[], dest="roles", help="may be given several times")
    token.add_argument("--audience", action="append", default=[], help="default: every service")
    token.add_argument("--participant-id")


def _topology_commands(commands: Any) -> None:
    group = commands.add_parser("topology", help="streams, durables and identities of the bus")
    within = group.add_subparsers(required=True, metavar="COMMAND")
    for name, run, about in (
        ("diff", topology.diff, "print what on any server is not as the files say (exit code 1: something)"),
        ("apply", topology.apply, "make the servers agree with the files; safe to repeat"),
        ("remove", topology.remove, "take an identity that no file names any more off the bus, with its durables"),
    ):
        parser = within.add_parser(name, help=about, description=about)
        parser.set_defaults(run=run)
        if name == "remove":
            parser.add_argument("identity")
        parser.add_argument("--url", help="default: the embedded stack's NATS")
        parser.add_argument(
            "--secrets", type=Path, metavar="FOLDER", help="holds bus/ and operator/ (default: the stack's)"
        )
        parser.add_argument("--ca-file", type=Path, help="whom to trust for tls:// (default: the system's authorities)")
        parser.add_argument("--wait", type=int, default=0, metavar="SECONDS", help="for a server that is starting")
        _topology_options(parser)
    render = within.add_parser(
        "render", help="print the part of nats-server's configuration that says whom it believes"
    )
    render.set_defaults(run=topology.render)
    render.add_argument("--secrets", type=Path, required=True, metavar="FOLDER", help="where keys are, or go")
    render.add_argument(
        "--accounts-folder", type=Path, required=True, metavar="FOLDER", help="where the server keeps accounts"
    )
    _topology_options(render)


def _topology_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help="where the files are (default: RELEVO_TOPOLOGY, or this release's)")
    parser.add_argument("--overlay", help="e.g. production: three copies of every stream")
    _folder_option(parser)


def _server_commands(commands: Any) -> None:
    secrets = _command(commands, "secrets", servers.secrets, "make the secrets that servers and services are given")
    secrets.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="those that exist are kept")
    secrets.add_argument(
        "--accounts-folder", type=Path, default=Path("/data/accounts"), metavar="FOLDER",
        help="where nats-server keeps accounts (default /data/accounts, as in docker-compose.yml)",
    )  # fmt: skip
    secrets.add_argument(
        "--owner", action="append", default=[], metavar="FOLDER=UID", help="hand a folder to a user of a container"
    )
    about = "show the keys by which certificates are signed; make a pair, retire one, mark one as compromised"
    signing = _command(commands, "signing-keys", signing_keys, about)
    signing.add_argument("keys", type=Path, metavar="FOLDER", help="e.g. SECRETS/certification/signing-keys")
    what = signing.add_mutually_exclusive_group()
    what.add_argument("--new", action="store_true", help="make one of each algorithm; the newest signs")
    what.add_argument("--retire", metavar="KEY", help="keep its public half, which verifies what it signed")
    what.add_argument("--compromised", metavar="KEY", help="others may have it: it is to verify nothing any more")
    signing.add_argument("--since", type=_instant, metavar="INSTANT", help="with --compromised (default: now)")
    mongo = _command(commands, "mongo-init", servers.mongo_init, "initiate a replica set of one and make its users")
    mongo.add_argument("--address", default="127.0.0.1:27017", help="over loopback the first time")
    mongo.add_argument("--member", help="the name under which services reach it (default: the address)")
    mongo.add_argument("--secrets", type=Path, required=True, metavar="FOLDER")
    mongo.add_argument("--wait", type=int, default=60, metavar="SECONDS")


def _command(commands: Any, name: str, run: Callable[..., Any], about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    _folder_option(parser)
    return parser


def _folder_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stack",
        type=Path,
        default=STACK_FOLDER,
        metavar="FOLDER",
        help=f"the stack's folder (default {STACK_FOLDER})",
    )


def _duration(text: str) -> timedelta:
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    if text[:-1].isdigit() and text[-1:] in units:
        return timedelta(**{units[text[-1]]: int(text[:-1])})
    raise argparse.ArgumentTypeError("write a number and one of d, h, m, s, such as 3d")


def _services(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(SERVICES):
        raise argparse.ArgumentTypeError(f"no service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
