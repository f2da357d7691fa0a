"""After the play: ask the services, look from outside, wait until all has arrived, read everything, judge it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from relevo_demo import privacy
from relevo_demo.answered import Answered, ask
from relevo_demo.api import until
from relevo_demo.audit import Findings, judge
from relevo_demo.evidence import DEAD_LETTERS, STREAMS, Auditor, Evidence, auditor, readable, service_durables
from relevo_demo.outside import Read, look
from relevo_demo.portal.visitors import Left
from relevo_demo.privacy import Searched
from relevo_demo.replay import Played
from relevo_demo.story.applicants import canaries_of
from relevo_demo.story.cast import Stage
from relevo_deploy.embedded.place import Place

Records = Mapping[str, Sequence[Mapping[str, Any]]]
"""What each service says of a record of its own, by the name of the record."""


class Used(NamedTuple):
    """How the portal's pages were used; ``because`` says why not in a browser."""

    left: Sequence[Left]
    because: str


class Inspected(NamedTuple):
    """What was read, and what follows from it."""

    evidence: Evidence
    findings: Findings
    searched: Searched
    records: Records
    answered: Answered
    read: Read
    visitors: Used


async def inspect(stage: Stage, played: Played, place: Place) -> Inspected:
    """Ask as people would; then count, compare and search, with the keys to the servers and no part in the services."""
    with stage.progress.phase("the services asked what befell people", 1):
        answered = await ask(stage, played)
    read = await look(stage, played)
    async with auditor(place) as reader:
        with stage.progress.phase("everything told has arrived", 1):
            await until("the quiet after the play", lambda: _quiet(reader), within_seconds=300)
        with stage.progress.phase("streams and stores read", 2) as advance:
            messages = {stream: await reader.messages(stream) for stream in (*STREAMS, DEAD_LETTERS)}
            advance()
            written = await reader.oplog()
            documents = await reader.documents(written)
    letters = await _letters(stage)
    events, strange = readable([each for stream in STREAMS for each in messages[stream]])
    dead = len(messages[DEAD_LETTERS]) + strange
    evidence = Evidence(events, dead, service_durables(), documents, letters, await stage.api.desk.refused())
    with stage.progress.phase("judged: lost, doubled, canaries", 2) as advance:
        findings = judge(evidence)
        advance()
        canaries = [*canaries_of(played.applied.cast.people), *sorted(stage.planted)]
        left = await stage.visitors.left()
        answers = [each async for each in privacy.of_answers(stage.api, stage.call_id, canaries)]
        places: Iterable[privacy.Place] = chain(
            privacy.of_messages([each for found in messages.values() for each in found]),
            privacy.of_documents(documents),
            privacy.of_writes(written),
            privacy.of_logs(place.folder),
            privacy.of_letters(letters),
            privacy.of_visitors(left),
            answers,
        )
        searched = privacy.search(canaries, places)
    used = Used(left, stage.visitors.because)
    return Inspected(evidence, findings, searched, await _records(stage), answered, read, used)


async def _records(stage: Stage) -> Records:
    """What each service says of its records of who opened whose sealed data, and of who decided what."""
    operator = await stage.api.token("olga", "operator")
    return {
        record: [
            await stage.api.get(service, f"/operations/records/{record}", token=operator) for service in stage.api.urls
        ]
        for record in ("readings", "decisions")
    }


async def _quiet(reader: Auditor) -> bool:
    return await reader.unsent() == 0 and await reader.waiting(service_durables()) == 0


async def _letters(stage: Stage) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    while more := await stage.api.desk.mails(after=len(found), limit=10_000):
        found += more
    return found
