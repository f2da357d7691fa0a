"""``relevo status`` and ``relevo verify``: look, and say what is wrong and what to do next."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from nats.errors import Error as NatsError

from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.stream import StreamUnread
from relevo_contracts import SERVICES
from relevo_deploy import textfile
from relevo_deploy.backups.receipts import by_service, receipts_in
from relevo_deploy.embedded.board import table
from relevo_deploy.failed import Failed
from relevo_deploy.operations.accepted import Accepted, Sifted, accepted_in, sift, write_down
from relevo_deploy.operations.columns import columns
from relevo_deploy.operations.overview import Overview, look
from relevo_deploy.operations.reach import EMBEDDED, Reach, Servers, of_operators, reach_of
from relevo_deploy.parameters import AsJson, File, Flag
from relevo_deploy.reconcile.judgement import EVENTS, PARKED, Check, judge, lasting, together
from relevo_deploy.reconcile.reading import count_events, read
from relevo_deploy.reconcile.scope import AUDITOR, shares
from relevo_deploy.topology.jetstream import JetStreamRefused

AGAIN_SECONDS = 2.0


async def status(*, as_json: AsJson = False, servers: Servers = EMBEDDED) -> int:
    """Tell how everything stands, and what to do.

    Services, consumers, what waits, dead letters, gaps, topology. Each line that says what is wrong says what to do
    next.

    Exit codes: 0 all is well, 1 something is wrong, 2 it cannot be told (no stack, no token, no answer to judge by).
    """
    reach = reach_of(servers)
    overview = await look(reach)
    if folder := textfile.folder_of():
        textfile.streams_seen(folder, {each.name: each.full for each in overview.streams if each.exists})
    print(json.dumps(_as_json(overview), indent=2) if as_json else _as_text(reach, overview))
    return overview.exit_code


async def verify(
    *,
    as_json: AsJson = False,
    first: Annotated[int, Parameter(metavar="N", help="How many of each kind to show.")] = 10,
    everything: Annotated[Flag, Parameter(name="--all", help="Show what agrees as well.")] = False,
    known: Annotated[File | None, of_operators("KNOWN", "FILE"), Parameter(help="What was accepted before.")] = None,
    accept: Annotated[
        str | None, Parameter(metavar="WHY", help="With --known: write down there what stands for good, and why.")
    ] = None,
    servers: Servers = EMBEDDED,
) -> int:
    """Compare stores, streams, outboxes and positions.

    Reconciles, reading and changing nothing; can run every night, while everything runs:

    - outbox numbered: the events of each aggregate are 1, 2, 3 ... in the outbox, without hole or double
    - stores against outbox: each aggregate has told as many events as its own state counts
    - outbox told: nothing has waited for the relay for more than a minute
    - outbox against stream: what was sent is in the stream, as long as the stream keeps it
    - stream against outbox: what is in the stream was told by the service whose stream it is
    - order in the stream: first occurrences stand in the order of their sequence
    - positions against stream: what a durable acknowledged took effect; nothing took effect that was not told
    - parked: nothing is set aside

    A forged message or a wrong order in a stream stands for good, since streams let nothing be deleted. When somebody
    has looked into it, --known FILE --accept WHY writes it down. From then on the very same is passed over with
    --known FILE, and counted. What can be mended is never accepted.

    Events that a service published between a backup and its restore are not in its outbox any more. They are named as
    such, by the receipt that relevo restore wrote into the file of --restores, and without it as somebody else's.

    What is in flight is looked at twice. It reads as the user auditor of NATS and MongoDB, who may read outboxes,
    positions and counts, and neither people nor keys.

    Exit codes: 0 all agree, 1 they do not, 2 they cannot be read.
    """
    began = time.monotonic()
    reach = reach_of(servers)
    accepted = accepted_in(known)
    checks = await _judged(reach)
    if any(not each.ok for each in checks):
        await asyncio.sleep(AGAIN_SECONDS)
        checks = lasting(checks, await _judged(reach))
    found = sift(checks, accepted)
    if accept is not None:
        return _accept(reach, known, accepted, [each.check for each in found], accept.strip())
    reports = [_check(each, first) for each in found]
    ok = all(each.check.ok for each in found)
    if as_json:
        print(json.dumps({"ok": ok, "seconds": round(time.monotonic() - began, 1), "checks": reports}, indent=2))
    else:
        print(_judgement(reports, ok, everything))
    return 0 if ok else 1


def _accept(reach: Reach, known: Path | None, accepted: Sequence[Accepted], new: Sequence[Check], because: str) -> int:
    if known is None:
        raise Failed("say with --known FILE where it is to be written down")
    if not because:
        raise Failed("say with --accept WHY why it stays")
    count = write_down(known, accepted, new, because)
    left = sum(len(each.offences) for each in new) - count
    if count:
        reach.note("accepted what verify found", count=count, known=str(known))
    print(f"{count} accepted in {known}" if count else "nothing to accept")
    if left:
        print(f"{left} can be mended and were not accepted; see: relevo verify")
    return 1 if left else 0


async def _judged(reach: Reach) -> list[Check]:
    restores = by_service(receipts_in(reach.restores))
    with ExitStack() as closing:
        stores = {service: reach.store(service) for service in reach.services if service in SERVICES}
        for store in stores.values():
            closing.callback(store.close)
        try:
            async with reach.nats(AUDITOR) as client:
                parts = shares(await count_events(stores))
                return together(
                    [
                        judge(replace(await read(reach.topology, stores, client, each), restores=restores))
                        for each in parts
                    ]
                )
        except (Busy, StreamUnread, JetStreamRefused, NatsError) as refused:
            raise Failed(f"cannot read it all: {str(refused) or type(refused).__name__}") from None


def _check(found: Sifted, first: int) -> dict[str, Any]:
    check = found.check
    report: dict[str, Any] = {
        "check": check.name,
        "of": check.of,
        "ok": check.ok,
        "compared": check.compared,
        "offending": len(check.offences),
        "accepted": found.accepted,
        "expected": [f"{restore}: {count} events published since" for restore, count in check.expected],
    }
    wrong = {"says": check.says, "first": [each.text for each in check.offences[:first]], "do": check.do}
    return report if check.ok else {**report, **wrong}


def _judgement(reports: Sequence[Mapping[str, Any]], ok: bool, everything: bool) -> str:
    lines = []
    if everything:
        rows = [(each["check"], each["of"], str(each["compared"]), _mark(each)) for each in reports]
        lines.append(columns(("check", "of", "compared", ""), rows))
    for each in (each for each in reports if not each["ok"]):
        lines.append(f"WRONG  {each['check']} of {each['of']}: {each['says']} ({each['offending']})")
        lines += [f"       - {offence}" for offence in each["first"]]
        lines.append(f"       do: {each['do']}")
    for each in reports:
        lines += [f"NOTE   {each['check']} of {each['of']}: {restore}, expected" for restore in each["expected"]]
    events = sum(each["compared"] for each in reports if each["check"] == EVENTS)
    durables = sum(each["check"] == PARKED for each in reports)
    accepted = sum(each["accepted"] for each in reports)
    but = f", but for {accepted} that were accepted" if accepted else ""
    lines.append(f"{events} events, {durables} durables: {'all agree' if ok else 'they do not agree'}{but}")
    return "\n".join(lines)


def _mark(report: Mapping[str, Any]) -> str:
    return "ok" if report["ok"] else f"{report['offending']} WRONG"


def _as_json(overview: Overview) -> dict[str, Any]:
    return {
        "ok": overview.exit_code == 0,
        "findings": [each._asdict() for each in overview.findings],
        "services": overview.services,
        "streams": [each._asdict() for each in overview.streams],
        "durables": [each._asdict() for each in overview.durables],
    }


def _as_text(reach: Reach, overview: Overview) -> str:
    lines = []
    if reach.stack:
        ready = {name: bool(status and status.get("ready")) for name, status in overview.services.items()}
        lines += [table(reach.stack.place, tuple(overview.services), ready), ""]
    lines += [_services(overview), "", _durables(overview), ""]
    for each in overview.findings:
        lines += [f"{each.level.upper():8}{each.where}: {each.says}", f"        do: {each.do}"]
    lines.append(("all is well", "something is wrong", "it cannot be told whether all is well")[overview.exit_code])
    return "\n".join(lines)


def _services(overview: Overview) -> str:
    head = ("service", "ready", "unsent", "oldest", "parked", "held", "deadlines failing")
    rows = [
        (
            service,
            "yes" if status["ready"] else "NO",
            str(status["outbox"]["unsent"]),
            f"{status['outbox']['oldest_seconds']:.0f} s",
            str(sum(each["parked"] for each in status["durables"])),
            str(sum(each["held"] for each in status["durables"])),
            str(status["deadlines"]["failing"]),
        )
        if status
        else (service, "NO" if status is None else "?", "?", "?", "?", "?", "?")
        for service, status in overview.services.items()
    ]
    return columns(head, rows)


def _absent(overview: Overview, service: str) -> str:
    return "stopped" if service in overview.stopped else "NO"


def _durables(overview: Overview) -> str:
    rows = [
        (each.name, each.stream, *((str(each.pending), str(each.in_hand)) if each.exists else ("GONE", "")))
        for each in overview.durables
    ]
    return columns(("durable", "stream", "pending", "in hand"), rows)
