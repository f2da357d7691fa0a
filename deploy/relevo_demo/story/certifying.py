"""Certificates: previewed, issued in one action, fetched, some superseded, one revoked (rules 12, 13 and 18)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from relevo_demo.api import Misbehaved, together, until
from relevo_demo.story import on_pages
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.story.changing import AFTER
from relevo_demo.story.changing import CERTIFICATION as SERVICE

ISSUED_AFTER_DAYS = 100
_FORMS = {"credential.json": "credential", "credential.jwt": "jwt", "certificate.pdf": "pdf"}


class Fetched(NamedTuple):
    """One certificate as its holder has it: the files, and what the public link said when all was done. ``token`` is
    the last part of it.

    Those of one that was replaced were fetched before; afterwards nobody gets them any more.
    """

    holder: Participant
    certificate_id: str
    token: str
    link: str
    issued_at: datetime
    folder: Path
    expected: str
    public: Mapping[str, Any]
    superseded_by: str | None


@dataclass(frozen=True)
class Certified:
    """What the phase leaves; ``did`` and the two lists are files as the issuer serves them."""

    issued: int
    fetched: tuple[Fetched, ...]
    did: Path
    status_list: Path
    refresh_list: Path
    now: datetime


async def certify(stage: Stage, participants: Sequence[Participant], fulfilled: int, folder: Path) -> Certified:
    """Issue what is ready, change names, revoke one, and fetch everything as a holder and a stranger would."""
    by_id = {each.participant_id: each for each in participants}
    edition, token = stage.edition, await stage.coordinator()
    await stage.at(edition.at(edition.last_on + timedelta(days=ISSUED_AFTER_DAYS), 10))
    with stage.progress.phase("certificates: previewed and issued", 3) as advance:
        await until(f"{fulfilled} certificates ready", lambda: _ready(stage, fulfilled))
        advance()
        previewed = stage.api.every(SERVICE, f"/editions/{stage.edition_id}/issue", token)
        if problems := [row async for row in previewed if row["outcome"] != "issue"]:
            raise Misbehaved(f"certificates that cannot be issued: {problems[:3]}")
        advance()
        rows = await _issue(stage, token)
    changing = [each for each in participants if each.person.part in AFTER]
    with stage.progress.phase("certificates: names corrected, hidden, shown", len(changing)) as advance:
        for one in changing:
            await _papers(stage, one, rows[one.participant_id], folder)
            await AFTER[one.person.part](stage, one)
            advance()
    await _seen_on_pages(stage, [by_id[id] for id in rows if by_id[id].person.way])
    revoked = [by_id[id] for id in rows if not by_id[id].person.part][-1]
    await _revoke(stage, revoked)
    await _lists_published(stage)
    return await _fetched(stage, [by_id[id] for id in rows], folder, revoked)


async def _issue(stage: Stage, token: str) -> dict[str, str]:
    """Have what is ready issued, in one action; the certificate of each participant."""
    asked = await stage.api.call("POST", SERVICE, f"/editions/{stage.edition_id}/issue", token=token, expected=(202,))
    place = asked.headers["location"]

    async def finished() -> bool:
        return bool((await stage.api.get(SERVICE, place, token=token))["state"] == "finished")

    await until("all certificates issued", finished)
    rows = stage.api.every(SERVICE, f"{place}/rows", token, outcome="issued")
    return {row["participant_id"]: row["certificate_id"] async for row in rows}


async def _seen_on_pages(stage: Stage, holders: Sequence[Participant]) -> None:
    """Who uses the portal finds the link for strangers there."""
    for one in holders:
        issued = (await stage.api.get(SERVICE, "/me/certificate", token=await one.token(stage.api)))["issued"]
        if await on_pages.see_certificate(stage, one) != issued[-1]["verification_url"]:
            raise Misbehaved(f"the portal shows participant {one.participant_id} another link than their certificate's")


async def _ready(stage: Stage, count: int) -> bool:
    listed = stage.api.every(
        SERVICE, f"/editions/{stage.edition_id}/certificates", await stage.coordinator(), standing="ready"
    )
    return len([each async for each in listed if each["identity"] == "held"]) == count


async def _revoke(stage: Stage, one: Participant) -> None:
    path = f"/certificates/{one.participant_id}/revoke"
    await stage.api.post(SERVICE, path, {"because": "issued_in_error"}, token=await stage.coordinator())


async def _lists_published(stage: Stage) -> None:
    """Status lists are published at set moments; let two of them pass, and the day be told."""
    before = await stage.api.get(SERVICE, "/status/1")
    edition = stage.edition
    await stage.at(edition.at(edition.last_on + timedelta(days=ISSUED_AFTER_DAYS + 1), 13))

    async def newer() -> bool:
        now = await stage.api.get(SERVICE, "/status/1")
        return bool(now["validFrom"] > before["validFrom"])

    with stage.progress.phase("certificates: status list published", 1):
        await until("a newer status list", newer)


async def _fetched(stage: Stage, holders: Sequence[Participant], folder: Path, revoked: Participant) -> Certified:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    did, status, refresh = (folder / name for name in ("did.json", "status-list.json", "refresh-list.json"))
    for path, file in (("/.well-known/did.json", did), ("/status/1", status), ("/status/1/refresh", refresh)):
        served = await stage.api.call("GET", SERVICE, path)
        await asyncio.to_thread(file.write_bytes, served.content)
    with stage.progress.phase("certificates: fetched in every form", len(holders)) as advance:
        found = await together(
            holders, lambda one: _fetch(stage, one, folder, is_revoked=one is revoked), advance, at_once=6
        )
    return Certified(
        len(holders), tuple(one for each in found for one in each), did, status, refresh, await stage.api.desk.now()
    )


async def _fetch(stage: Stage, holder: Participant, folder: Path, *, is_revoked: bool) -> list[Fetched]:
    """All certificates of one holder, the superseded one before its successor."""
    own_token = await holder.token(stage.api)
    seen = await stage.api.get(SERVICE, "/me/certificate", token=own_token)
    fetched = []
    for issued in seen["issued"]:
        id, successor = issued["certificate_id"], issued["superseded_by_id"]
        own, token = await _papers(stage, holder, id, folder, gone=successor is not None), token_of(issued)
        public = await stage.api.get(SERVICE, f"/verifications/{token}")
        written = json.dumps(public, ensure_ascii=False, indent=2)
        await asyncio.to_thread((own / "verification.json").write_text, written, encoding="utf-8")
        expected = "revoked" if is_revoked else "superseded" if successor else "valid"
        at = datetime.fromisoformat(issued["issued_at"])
        fetched.append(Fetched(holder, id, token, issued["verification_url"], at, own, expected, public, successor))
    return fetched


async def _papers(stage: Stage, holder: Participant, id: str, folder: Path, gone: bool = False) -> Path:
    """Lay the papers of one certificate in a folder of its own; ``gone`` if nobody is to get them (rule 18)."""
    token, own = await holder.token(stage.api), folder / "certificates" / id
    await asyncio.to_thread(own.mkdir, parents=True, exist_ok=True)
    for name in _FORMS:
        path = f"/me/certificate/{name}"
        how: dict[str, Any] = {"token": token, "params": {"certificate_id": id}, "expected": [410 if gone else 200]}
        answer = await stage.api.call("GET", SERVICE, path, **how)
        if not gone:
            await asyncio.to_thread((own / name).write_bytes, answer.content)
    return own


def token_of(issued: Mapping[str, Any]) -> str:
    return str(urlsplit(issued["verification_url"]).path).rpartition("/")[2]
