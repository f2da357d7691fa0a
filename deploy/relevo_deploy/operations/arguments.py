"""What operators may say to ``relevo``, and the help that they get."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from relevo_chassis.given.settings import RECORD_DAYS
from relevo_contracts import SERVICES
from relevo_deploy.operations import again, dead_letters, looking, readings, retention
from relevo_deploy.operations.reach import ENVIRONMENT

Fold = Callable[[argparse.ArgumentParser], None]

_REACH = f"""
Without options it is about the embedded stack. For other servers name them, here or in the environment as
{ENVIRONMENT}SERVICES, {ENVIRONMENT}NATS_URL and so on."""
_STATUS = """How everything stands: services, consumers, what waits, dead letters, gaps, topology.
Each line that says what is wrong says what to do next.

exit codes: 0 all is well, 1 something is wrong, 2 it cannot be told (no stack, no token, no answer to judge by)"""
_VERIFY = """Reconciles, reading and changing nothing; can run every night, while everything runs:

  outbox numbered            the events of each aggregate are 1, 2, 3 ... in the outbox, without hole or double
  stores against outbox      each aggregate has told as many events as its own state counts
  outbox told                nothing has waited for the relay for more than a minute
  outbox against stream      what was sent is in the stream, as long as the stream keeps it
  stream against outbox      what is in the stream was told by the service whose stream it is
  order in the stream        first occurrences stand in the order of their sequence
  positions against stream   what a durable acknowledged took effect; nothing took effect that was not told
  parked                     nothing is set aside

A forged message or a wrong order in a stream stands for good, since streams let nothing be deleted. When somebody has
looked into it, --known FILE --accept WHY writes it down; from then on the very same is passed over with --known FILE,
and counted. What can be mended is never accepted.

What is in flight is looked at twice. It reads as the user auditor of NATS and MongoDB, who may read outboxes, positions
and counts, and neither people nor keys.

exit codes: 0 all agree, 1 they do not, 2 they cannot be read"""
_READINGS = """Every service writes down who opened whose sealed data, when and what for, and who decided what, on which
version. Within seconds entries are put into segments that the service signs, each with the one before. This has each
service read its records from the first entry to the last, and tells where one was changed, left out, put in or moved;
nothing of what is in them leaves the service. Whoever can write to a database can cut a record back to an earlier end:
that is found by the ends that --kept FILE keeps from one time to the next, on another machine than the database.

    20 3 * * *  relevo readings --kept /somewhere/else/ends.json

exit codes: 0 all are whole and as they were, 1 one is not, 2 it cannot be told of one"""
_RETENTION = """After RELEVO_RECORD_DAYS a service lets entries of its records go, segment by segment, under its
signature; they are shown no more. It may itself remove nothing from a record: this removes them where they lie, as the
user retention of MongoDB, who can do that and nothing else. Nothing goes from a record that is not whole, and nothing
that is younger than --days, whatever a service says.

    40 3 * * *  relevo retention

exit codes: 0 done, 1 a record is not whole and stays as it is, 2 a service could not be asked, or MongoDB refuses"""
_DEAD_LETTERS = """What a consumer cannot handle is set aside with its reason, and holds the later events of its own
aggregate behind it; everything else flows. Mend the cause (a newer version of the service, a missing event), then
retry: what waits behind follows in its order. Drop only what must never take effect."""
_REPLAY = """Delivers the events of a stream to one durable again: deletes it and makes it anew as its file says, from
the first message, from a message on (--from-message) or from an instant on (--since). What took effect before is
passed over, because each consumer keeps its position in the commit of the effect; what was missed takes effect now.
It tells how many events did."""
_REBUILD = """Empties a read model and fills it again from the first event. Only what a service declares as a read model
can be rebuilt (relevo status --json lists them under read_models); its durables are deleted meanwhile, and made anew
even when the command is broken off and repeated."""
_REPUBLISH = """Has a service tell events of its outbox again, in their order and with the ids that they had, such as
after its stream was lost: relevo topology apply, relevo republish SERVICE, relevo verify. Without options all of them.
Nothing takes effect twice by it."""


def add(commands: Any, folder: Fold) -> None:
    """The operator's commands."""
    status = _command(commands, "status", looking.status, "how everything stands, and what to do", _STATUS, folder)
    status.add_argument("--json", action="store_true", help="for programs")
    verify = _command(commands, "verify", looking.verify, "stores against streams against outboxes", _VERIFY, folder)
    verify.add_argument("--json", action="store_true", help="for programs")
    verify.add_argument("--first", type=int, default=10, metavar="N", help="how many of each kind to show (10)")
    verify.add_argument("--all", action="store_true", help="show what agrees as well")
    verify.add_argument("--known", metavar="FILE", help=f"what was accepted before (or {ENVIRONMENT}KNOWN)")
    verify.add_argument("--accept", metavar="WHY", help="with --known: write down there what stands for good, and why")
    about = "whether the records of who read whose data and who decided what are whole"
    read = _command(commands, "readings", readings.readings, about, _READINGS, folder)
    read.add_argument("--json", action="store_true", help="for programs")
    read.add_argument("--kept", metavar="FILE", help=f"the ends of last time (or {ENVIRONMENT}KEPT); written anew")
    about = "remove what is past its days on the records"
    old = _command(commands, "retention", retention.retention, about, _RETENTION, folder)
    old.add_argument("--days", type=_positive, default=RECORD_DAYS, metavar="N", help=f"at least ({RECORD_DAYS:,})")
    _dead_letters(commands, folder)
    _again(commands, folder)


def _dead_letters(commands: Any, folder: Fold) -> None:
    about = "events that were set aside: list, show, retry, drop"
    group = commands.add_parser("dead-letters", help=about, description=_DEAD_LETTERS, formatter_class=_Plain)
    within = group.add_subparsers(required=True, metavar="COMMAND")
    listed = _command(within, "list", dead_letters.listed, "what was set aside, and why", "", folder)
    listed.add_argument("--durable", help="only what this one set aside")
    listed.add_argument("--json", action="store_true", help="for programs")
    shown = _command(within, "show", dead_letters.shown, "one of them", "", folder)
    shown.add_argument("id")
    about = "try again, with what waits behind (exit code 1: it fails still)"
    retried = _command(within, "retry", dead_letters.retried, about, "", folder)
    retried.add_argument("id", nargs="?")
    retried.add_argument("--all", action="store_true", help="the first of each aggregate, and what waits behind it")
    retried.add_argument("--durable", help="with --all: only what this one set aside")
    dropped = _command(within, "drop", dead_letters.dropped, "give one up: it never takes effect there", "", folder)
    dropped.add_argument("id")
    dropped.add_argument("--yes", action="store_true", help="it is meant")


def _again(commands: Any, folder: Fold) -> None:
    replay = _command(commands, "replay", again.replay, "a stream's events to one durable again", _REPLAY, folder)
    replay.add_argument("durable", help="such as scheduling_intake")
    begin = replay.add_mutually_exclusive_group()
    begin.add_argument("--from-message", type=_positive, metavar="N", help="from this place in the stream on")
    begin.add_argument("--since", type=instant, metavar="INSTANT", help="from this instant on, process time")
    replay.add_argument("--partner", action="store_true", help="a partner is meant, who gets every event again")
    rebuild = _command(commands, "rebuild", again.rebuild, "a read model from events alone", _REBUILD, folder)
    rebuild.add_argument("service", choices=SERVICES)
    rebuild.add_argument("read_model", metavar="READ_MODEL")
    rebuild.add_argument("--settle", type=float, default=30, metavar="SECONDS", help="for what is in hand (30)")
    about = "a service's events into its stream again"
    republish = _command(commands, "republish", again.republish, about, _REPUBLISH, folder)
    republish.add_argument("service", choices=SERVICES)
    republish.add_argument("--since", type=instant, metavar="INSTANT", help="committed at this instant or later")
    republish.add_argument("--until", type=instant, metavar="INSTANT", help="committed before this instant")
    republish.add_argument("--lane", metavar="AGGREGATE/ID", help="only this aggregate's")
    republish.add_argument("--first", type=_positive, metavar="N", help="with --lane: from this sequence on")
    republish.add_argument("--last", type=_positive, metavar="N", help="with --lane: up to this sequence")
    republish.add_argument("--slice", type=_positive, default=5_000, metavar="N", help="so many at a time (5000)")
    for each in (replay, rebuild, republish):
        each.add_argument("--wait", type=float, default=600, metavar="SECONDS", help="for it to catch up (600)")


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of a description."""


def _command(commands: Any, name: str, run: Any, about: str, more: str, folder: Fold) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=about, description=more or about, epilog=_REACH, formatter_class=_Plain
    )
    parser.set_defaults(run=run)
    folder(parser)
    reach = parser.add_argument_group("servers other than the embedded stack's")
    reach.add_argument("--services", metavar="NAME=URL,...", help="the address of each service that is operated")
    reach.add_argument("--token-command", metavar="COMMAND", help="prints an access token; {audience} is the service")
    reach.add_argument("--issuer", metavar="URL", help="or: who gives tokens for client credentials")
    reach.add_argument("--client-id", help="the client, whose tokens have the role operator")
    reach.add_argument("--client-secret-file", type=Path, metavar="FILE")
    reach.add_argument("--nats-url", metavar="URL")
    about = "default among a stack's secrets: operator's, and auditor's to verify"
    reach.add_argument("--nats-credentials-file", type=Path, metavar="FILE", help=about)
    reach.add_argument("--mongo-url", metavar="URL", help="without user; each service's database has its name")
    reach.add_argument("--mongo-user", help="default: auditor, and retention to remove")
    reach.add_argument("--mongo-password-file", type=Path, metavar="FILE")
    reach.add_argument("--ca-file", type=Path, metavar="FILE", help="whom to trust for tls:// and https://")
    reach.add_argument("--folder", type=Path, help="the topology files (default: RELEVO_TOPOLOGY, or this release's)")
    reach.add_argument("--overlay", help="of the topology, e.g. production")
    reach.add_argument("--journal", type=Path, metavar="FILE", help="where it is written down what was changed")
    return parser


def instant(text: str) -> datetime:
    """An instant with its time zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant needs its time zone, such as Z at the end")
    return found


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number from 1 on")
    return number
