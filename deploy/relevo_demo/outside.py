"""Looking from outside, when all is done: every public route, and every paper that can still be fetched, is read for
names that were given up (rule 18), and for words that are only ever kept sealed.

Which routes are public is taken from the services' own OpenAPI documents: those that ask for no credential. So a new
one is read too, or says that nobody knows what to ask it for.
"""

from __future__ import annotations

import asyncio
import base64
import io
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from pypdf import PdfReader

from relevo_chassis.ids import new_code
from relevo_contracts import SERVICES
from relevo_demo.api import Misbehaved, together
from relevo_demo.edition import LANGUAGES
from relevo_demo.replay import Played
from relevo_demo.story.cast import Stage
from relevo_demo.story.certifying import Fetched
from relevo_demo.story.parts import CORRECTED, HIDDEN
from relevo_demo.verification import CREDENTIALS

_PARAMETER = re.compile(r"\{(\w+)\}")
_ANSWERS = (200, 404, 410)
Known = Mapping[tuple[str, str], Sequence[str]]
"""What a public route of a service may be asked for, by the name of the parameter."""


class FormerName(NamedTuple):
    """The word of a name that nobody is to find; a ``hidden`` one stands on its holder's own paper."""

    participant_id: str
    word: str
    hidden: bool


class Read(NamedTuple):
    """How many names and sealed words were looked for, on how many public routes, in how many answers and papers, and
    where one was.

    ``own`` are the papers of those who hide the name, which bear it for their holders alone: that it is found there
    shows that it would be found elsewhere. ``hidden`` is how many there are.
    """

    former_names: int
    hidden: int
    sealed_words: int
    routes: int
    answers: int
    papers: int
    own: int
    found: tuple[str, ...]


class _Request(NamedTuple):
    """A public route, filled in."""

    service: str
    route: str
    path: str
    params: Mapping[str, str]
    accept: str


async def look(stage: Stage, played: Played) -> Read:
    """Ask what anybody may ask, and what holders may still fetch."""
    former_names = former_names_in(played)
    nobodys = {*stage.planted, *(each.word for each in former_names)}
    requests = [each async for each in _all_public(stage, _known(stage, played))]
    with stage.progress.phase("every public route read from outside", len(requests)) as advance:
        answers = await together(requests, lambda one: _answer(stage, one), advance, at_once=8)
    found = [f"{one.service} {one.route}" for one, text in zip(requests, answers, strict=True) if _in(text, nobodys)]
    papers = [(each, name) for each in played.certified.fetched if not each.superseded_by for name in _PAPERS]
    own = 0
    for one, name in papers:
        text, theirs = await asyncio.to_thread(_text_of, one.folder / name), _theirs(former_names, one, name)
        own += _in(text, theirs)
        if _in(text, nobodys - theirs):
            found.append(f"{name} of certificate {one.certificate_id}")
    return Read(
        former_names=len(former_names),
        hidden=sum(each.hidden for each in former_names),
        sealed_words=len(stage.planted),
        routes=len({(each.service, each.route) for each in requests}),
        answers=len(requests),
        papers=len(papers),
        own=own,
        found=tuple(dict.fromkeys(found)),
    )


def former_names_in(played: Played) -> list[FormerName]:
    """The names that were corrected or hidden, by a word that stands nowhere else."""
    gone = CORRECTED | HIDDEN
    return [
        FormerName(each.participant_id, each.person.canaries[0], each.person.part in HIDDEN)
        for each in played.selected.participants
        if each.person.part in gone
    ]


def readable(content: bytes) -> str:
    """What an answer or a paper says in words: the text of a PDF with all that is attached, the payload of a JWT."""
    if content.startswith(b"%PDF-"):
        pdf = PdfReader(io.BytesIO(content))
        attached = (each for files in pdf.attachments.values() for each in files)
        pages = [str(pdf.metadata), *(page.extract_text() for page in pdf.pages)]
        return "\n".join([*pages, *(readable(each) for each in attached)])
    text = content.decode("utf-8", "replace")
    if re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", text.strip()):
        return "\n".join(_decoded(part) for part in text.strip().split(".")[:2])
    return text


_READ_BY_PEOPLE = ("text/html", "text/calendar", "*/*")
_PDF = "certificate.pdf"
_PAPERS = (*CREDENTIALS, _PDF)


def _decoded(part: str) -> str:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")


def _text_of(path: Path) -> str:
    return readable(path.read_bytes())


def _in(text: str, words: Iterable[str]) -> bool:
    """Whether one of them is there, wherever lines are broken."""
    whole = "".join(text.lower().split())
    return any(each in whole for each in words)


def _theirs(former_names: Iterable[FormerName], one: Fetched, name: str) -> set[str]:
    """What the paper of somebody who hides the name bears all the same."""
    return {
        each.word for each in former_names
        if each.hidden and each.participant_id == one.holder.participant_id and name == _PDF
    }  # fmt: skip


def _known(stage: Stage, played: Played) -> Known:
    """All that somebody who was given every link, and guessed every id, could ask for."""
    tokens = [each.token for each in played.certified.fetched]
    return {
        ("intake", "call_id"): [stage.call_id],
        ("intake", "code"): [*stage.codes],
        ("scheduling", "edition_id"): [stage.edition_id],
        ("scheduling", "code"): played.week.calendars,
        ("certification", "token"): tokens,
        ("certification", "number"): ["1"],
        ("certification", "code"): [*played.invitations, new_code()],  # the last is that of one that never was
        ("certification", "address"): [new_code()],  # nothing is offered to a wallet
        **{(service, "name"): ["not-well-formed"] for service in SERVICES},
    }


async def _all_public(stage: Stage, known: Known) -> AsyncIterator[_Request]:
    for service in SERVICES:
        document = await stage.api.get(service, "/openapi.json")
        for route, operations in document["paths"].items():
            if (operation := operations.get("get")) and "security" not in operation:
                for each in filled_in(service, route, operation, known):
                    yield each


def filled_in(service: str, route: str, operation: Mapping[str, Any], known: Known) -> Iterator[_Request]:
    """A public route with all that can be asked of it, in every language and every form that it answers in.

    Raises ``Misbehaved`` for one with a parameter of which nobody knows what it may be.
    """
    names, parameters = _PARAMETER.findall(route), operation.get("parameters", ())
    if unknown := [name for name in names if (service, name) not in known]:
        raise Misbehaved(f"GET {service}{route} is public, and nobody here knows what {unknown[0]} may be")
    forms = list(operation["responses"].get("200", {}).get("content", {})) or ["*/*"]
    spoken = LANGUAGES if any(each["name"] == "lang" for each in parameters) else ("",)
    requests = [(form, language) for form in forms for language in (spoken if form in _READ_BY_PEOPLE else spoken[:1])]
    for values in product(*(known[service, name] for name in names)):
        path = route.format_map(dict(zip(names, values, strict=True)))
        for accept, language in requests:
            yield _Request(service, route, path, {"lang": language} if language else {}, accept)


async def _answer(stage: Stage, one: _Request) -> str:
    how: dict[str, Any] = {"params": one.params, "accept": one.accept, "expected": _ANSWERS}
    return readable((await stage.api.call("GET", one.service, one.path, **how)).content)
