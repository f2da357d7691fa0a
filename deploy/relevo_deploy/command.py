"""``relevo``: what operators and developers type.

A command is a function that is found where the table says, and loaded when it is asked for: so ``relevo --help`` loads
none. Its parameters are its options; its docstring is what ``--help`` tells, and its first line stands in the table.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from cyclopts import App, CycloptsError, Group, Parameter

from relevo_deploy import textfile
from relevo_deploy.failed import Failed
from relevo_deploy.variables import strangers

TRY = Group("Try it on one machine", sort_key=1)
OPERATE = Group("Operate it", sort_key=2)
RESTORE = Group("Restore what was lost", sort_key=3)


class Command(NamedTuple):
    """A command: its name, where its function is, and what it is about."""

    name: str
    where: str
    about: str


COMMANDS = {
    TRY: (
        Command("up", "embedded.commands:up", "Bring up the embedded stack and watch over it until Ctrl-C."),
        Command("down", "embedded.commands:down", "End the embedded stack."),
        Command("stop", "embedded.one_server:stop", "Stop one server of the embedded stack; it stays stopped."),
        Command("start", "embedded.one_server:start", "Start one server of the embedded stack again."),
        Command("restart", "embedded.one_server:restart", "Stop one server of the embedded stack, and start it."),
        Command("clock", "embedded.asking:clock", "Show domain time, or move it forward (desk only)."),
        Command("token", "embedded.asking:token", "Print an access token: for staff, or with a receipt code."),
        Command("completion", "completion:completion", "Print what completes commands and options in a shell."),
    ),
    OPERATE: (
        Command("status", "operations.looking:status", "Tell how everything stands, and what to do."),
        Command("verify", "operations.looking:verify", "Compare stores, streams, outboxes and positions."),
        Command("readings", "operations.readings:readings", "Tell whether the services' records are whole."),
        Command("retention", "operations.retention:retention", "Remove what is past its days on the records."),
        Command("backup", "backups.commands:backup", "Back up what a service keeps, without the keys of people."),
        Command("backup-keys", "backups.commands:backup_keys", "Back up the keys of people, apart from all else."),
        Command("check-backup", "backups.commands:check_backup", "Tell whether backups are whole, without any server."),
        Command("secrets", "servers.commands:secrets", "Make the secrets that servers and services are given."),
        Command("mongo-init", "servers.commands:mongo_init", "Make a new mongod ready: replica set, users, rights."),
        Command("signing-keys", "signing_keys:signing_keys", "Show, make, retire or revoke the certificates' keys."),
    ),
    RESTORE: (
        Command("restore", "backups.restoring:restore", "Put a service's database back from a backup."),
        Command("replay", "operations.again:replay", "Deliver a stream's events to one durable again."),
        Command("republish", "operations.again:republish", "Put a service's events into its stream again."),
        Command("rebuild", "operations.again:rebuild", "Fill a read model again from events alone."),
    ),
}
TOPOLOGY = (
    Command("diff", "topology.commands:diff", "Tell what on any server is not as the files say."),
    Command("apply", "topology.commands:apply", "Make the servers agree with the files; safe to repeat."),
    Command("remove", "topology.commands:remove", "Take an identity that no file names any more off the bus."),
    Command("render", "topology.commands:render", "Print the part of nats-server's configuration on whom it believes."),
)
PARTNER = (
    Command("add", "partners.commands:add", "Give a system outside an account on the bus, durables and credentials."),
    Command(
        "list", "partners.commands:listed", "List the partners: which events each has, and how its durables stand."
    ),
    Command(
        "show",
        "partners.commands:show",
        "Show what a partner may have and where its credentials are, or a program for it.",
    ),
    Command(
        "rotate",
        "partners.commands:rotate",
        "Give a partner new credentials; all before are worth nothing at once.",
    ),
    Command("remove", "partners.commands:remove", "Take a partner off the bus, with its durables and credentials."),
)
DEAD_LETTERS = (
    Command("list", "operations.dead_letters:listed", "List what was set aside, and why."),
    Command("show", "operations.dead_letters:show", "Show one of them, as it was set aside."),
    Command("retry", "operations.dead_letters:retried", "Try again, with what waits behind."),
    Command("drop", "operations.dead_letters:dropped", "Give up one, or all of a code: they never take effect there."),
)
_DEAD_LETTERS = """List, show, retry and drop events that were set aside.

What a consumer cannot handle is set aside with its reason, and holds the later events of its own aggregate behind it.
Everything else flows. Mend the cause (a newer version of the service, a missing event), then retry: what waits behind
follows in its order. Drop only what must never take effect."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 done and the answer is no (``topology diff``), 2 could not be done."""
    words = sys.argv[1:] if words is None else words
    if unknown := strangers(os.environ):
        print(*(f"relevo: {each}" for each in unknown), sep="\n", file=sys.stderr)
        return 2
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # over TLS it warns of each connection that is closed as usual
    code = _run(words)
    folder = textfile.folder_of()
    if folder is None or not words or words[0] not in textfile.COMMANDS or _HELP & set(words):
        return code
    try:
        textfile.command_over(folder, words[0], code)
    except Failed as failed:
        print(f"relevo: {failed}", file=sys.stderr)
        return 2
    return code


def _run(words: Sequence[str]) -> int:
    app = application(words)
    try:
        code: int | None = app(words, result_action="return_value", exit_on_error=False, print_error=False)
    except CycloptsError as wrong:
        wrong.verbose = False
        asked = " ".join(("relevo", *(wrong.command_chain or ())))
        print(f"relevo: {wrong}\nsee: {asked} --help", file=sys.stderr)
        return 2
    except Failed as failed:
        print(f"relevo: {failed}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    if code is None:  # what there is was shown: an answer to whoever asked for that, nothing done to whoever did not
        return 0 if _HELP & set(words) else 2
    return code


_HELP = {"-h", "--help"}


def application(words: Container[str] = ()) -> App:
    """All commands. Those that are asked for by these words tell of themselves."""
    app = App(
        name="relevo",
        help="Run and operate Relevo. `relevo COMMAND --help` tells all about one command.",
        version_flags=(),
        default_parameter=Parameter(negative=()),
        suppress_keyboard_interrupt=False,
    )
    for group, commands in COMMANDS.items():
        _add(app, commands, words, group)
    topology = App(
        name="topology",
        help="Compare the bus with the files, and make it agree.",
        group=OPERATE,
        sort_key=len(COMMANDS[OPERATE]),
    )
    _add(topology, TOPOLOGY, words)
    app.command(topology)
    partner = App(
        name="partner",
        help="Systems outside that read public events: add, list, show, rotate and remove them.",
        group=OPERATE,
        sort_key=len(COMMANDS[OPERATE]) + 1,
    )
    _add(partner, PARTNER, words)
    app.command(partner)
    dead_letters = App(name="dead-letters", help=_DEAD_LETTERS, group=RESTORE, sort_key=-1)
    _add(dead_letters, DEAD_LETTERS, words)
    app.command(dead_letters)
    app["--help"].show = False
    return app


def _add(app: App, commands: Iterable[Command], words: Container[str], group: Group | None = None) -> None:
    for order, each in enumerate(commands):
        about = None if each.name in words else each.about
        app.command(f"relevo_deploy.{each.where}", name=each.name, help=about, group=group, sort_key=order)


if __name__ == "__main__":
    sys.exit(main())
