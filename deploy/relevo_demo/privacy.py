"""Whether anything personal got out of the vault: planted canaries looked for wherever they must not be.

Canaries are random strings in every personal field of two synthetic people, in the names of those who give theirs up,
and in every reason and word that is only ever kept sealed. Every contact of the population ends in one of two domains
that stand nowhere else, which makes each of them a canary too. What is searched is all that is in clear:
each message of each stream with its headers, the log of each server, what ``/metrics`` answers, each document of each
collection of each database, every entry of the database server's own log of writes, subjects and texts of letters,
answers to malformed requests that hold canaries, and what those who use the portal's pages leave: the addresses that
they asked for, the titles of their windows, what lies in their browsers. Their receipt codes are looked for too.
Addresses of letters are left out: a letter has to arrive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from relevo_contracts import SERVICES
from relevo_demo.api import Api
from relevo_demo.evidence import Document, Message
from relevo_demo.portal.visitors import Left
from relevo_deploy.embedded.desk.mailbox import REFUSED_DOMAIN

CONTACT_DOMAIN = "correo.example"
CONTACT_DOMAINS = (CONTACT_DOMAIN, REFUSED_DOMAIN)


class Place(NamedTuple):
    """Something in clear: what kind of place, which one, and what it holds."""

    kind: str
    name: str
    content: bytes


class Searched(NamedTuple):
    """How many canaries were planted, in how many places of each kind they were looked for, where any was found.

    ``collections`` are those whose documents were among the places, as ``<database>.<collection>``.
    """

    planted: int
    places: Mapping[str, int]
    found: tuple[str, ...]
    collections: tuple[str, ...]


def search(canaries: Iterable[str], places: Iterable[Place]) -> Searched:
    """Look for all canaries in all places, in whatever case."""
    wanted = [each.lower().encode() for each in sorted({*canaries, *CONTACT_DOMAINS})]
    counted: Counter[str] = Counter()
    found, collections = [], set()
    for place in places:
        counted[place.kind] += 1
        if place.kind == "documents":
            collections.add(place.name.partition(" ")[0])
        content = place.content.lower()
        if any(each in content for each in wanted):
            found.append(f"{place.kind} {place.name}")
    return Searched(len(wanted), dict(counted), tuple(found), tuple(sorted(collections)))


def of_messages(messages: Sequence[Message]) -> Iterable[Place]:
    for each in messages:
        yield Place("messages", f"{each.stream} {each.number}", f"{each.subject} {each.headers}".encode() + each.body)


def of_documents(documents: Mapping[str, Mapping[str, Sequence[Document]]]) -> Iterable[Place]:
    """Documents as Python writes them down: every key, text and byte of them, escapes only outside ASCII."""
    for database, collections in documents.items():
        for collection, found in collections.items():
            for each in found:
                yield Place("documents", f"{database}.{collection} {each['_id']}", repr(each).encode())


def of_writes(oplog: Sequence[Document]) -> Iterable[Place]:
    for number, each in enumerate(oplog):
        yield Place("writes", f"oplog {number}", repr(each).encode())


def of_logs(folder: Path) -> Iterable[Place]:
    for path in sorted(folder.rglob("*.log")):
        yield Place("logs", path.name, path.read_bytes())


def of_letters(letters: Sequence[Document]) -> Iterable[Place]:
    for each in letters:
        yield Place("letters", str(each["id"]), f"{each['subject']}\n{each['text']}".encode())


def of_visitors(left: Sequence[Left]) -> Iterable[Place]:
    """What using the portal's pages left: in addresses, which others keep, in titles, and in the browser itself."""
    for number, each in enumerate(left, 1):
        yield Place("addresses", f"visitor {number}", "\n".join(each.addresses).encode())
        yield Place("titles", f"visitor {number}", "\n".join(each.titles).encode())
        yield Place("browsers", f"visitor {number}", each.kept.encode())


async def of_answers(api: Api, call_id: str, canaries: Sequence[str]) -> AsyncIterator[Place]:
    """What the services answer when asked for figures, and to requests that are wrong and hold canaries."""
    for service in SERVICES:
        yield Place("metrics", service, (await api.call("GET", service, "/metrics")).content)
    first = canaries[0]
    broken = {name: f"{first}@{CONTACT_DOMAIN}" for name in ("name", "country", "sex", "language")}
    refused = range(400, 500)
    answers = [
        await api.call("POST", "intake", f"/calls/{call_id}/applications", broken, expected=refused),
        await api.call("GET", "intake", f"/applications/{first}", receipt=first, expected=refused),
        await api.call("GET", "certification", f"/verifications/{first}", expected=refused),
        await api.call("POST", "multiplier_tracking", "/me/support-requests", broken, expected=refused),
        await api.call("GET", "scheduling", f"/calendars/{first}.ics", expected=refused),
    ]
    for answer in answers:
        yield Place("refusals", answer.request.url.path, answer.content)
