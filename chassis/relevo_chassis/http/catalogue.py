"""The catalogue of problems: every refusal that a service can give, for people as a page and for programs as JSON.

It is made of the classes of the refusals and of what routes say that they refuse.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from html import escape
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.answers import EVERY_ROUTE, Answers, answers_of, sends
from relevo_chassis.http.once import answer_json
from relevo_chassis.http.page import page, security_policy
from relevo_chassis.http.problems import example_of, slug_of, summary_of, type_of
from relevo_chassis.http.refusals import Refused, refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import language_of, spoken_in
from relevo_chassis.languages.sentences import Sentences
from relevo_contracts.published import in_words

ROUTER = Routes(prefix="/problems", tags=["problems"])
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}code,pre{font-size:.9em;overflow-wrap:anywhere;white-space:pre-wrap}"
    "dt{font-weight:600;margin-top:1rem}dd{margin:0}a{color:#0b57a4}"
)
_POLICY = security_policy(style=_STYLE)


class NoSuchProblem(Refusal):
    """No problem has this name; the list has those that there are."""

    status = 404


class ProblemKind(BaseModel):
    """A kind of refusal."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="the last part of its type", examples=["not-allowed"])
    type: str = Field(description="what a refusal is known by: stable", examples=["urn:relevo:problem:not-allowed"])
    status: int
    title: str = Field(description="the rule that was broken")
    meaning: str | None = Field(description="more about it, where there is more to say")
    retry_after_seconds: int | None = Field(description="when to come again, if that alone may help")
    everywhere: bool = Field(description="whether every route may give it")
    given_by: tuple[str, ...] = Field(description="the operations that may give it; none when all may")
    example: dict[str, Any]


class Catalogue(BaseModel):
    """Every kind of refusal that this service can give, by name."""

    model_config = ConfigDict(frozen=True)

    problems: tuple[ProblemKind, ...]


@ROUTER.get("", response_model=Catalogue, responses=sends("text/html"))
async def list_problems(request: Request) -> Response:
    """Every kind of refusal that this service can give, told in the language asked for; in a browser as a page."""
    language = language_of(request, otherwise="en")
    found = _translated_to(language, request)
    return _page(_listed(found), language) if _is_read(request) else _data(found, language)


@ROUTER.get("/{name}", response_model=ProblemKind, responses=sends("text/html") | sends("text/html", status=404))
@refuses(NoSuchProblem)
async def read_problem(name: str, request: Request) -> Response:
    """One kind of refusal: what it means, with an example; in a browser as a page."""
    language = language_of(request, otherwise="en")
    kinds = {each.name: each for each in _translated_to(language, request).problems}
    if name not in kinds:
        if _is_read(request):
            return _page(f"<h1>{escape(kinds[slug_of(NoSuchProblem)].title)}</h1>", language, 404)
        raise NoSuchProblem()
    return _page(_html_of(kinds[name]), language) if _is_read(request) else _data(kinds[name], language)


def catalogue_of(answers: Iterable[Answers]) -> Catalogue:
    """The catalogue of all that operations may refuse. Raises ``ValueError`` for two kinds of one type."""
    operations: dict[Refused, set[str]] = {}
    for each in answers:
        for kind in each.kinds:
            operations.setdefault(kind, set()).add(each.name)
    if len({type_of(kind) for kind in operations}) != len(operations):
        raise ValueError("two refusals have the same name; it is what they are known by")
    return Catalogue(problems=tuple(_kind(kind, operations[kind]) for kind in sorted(operations, key=slug_of)))


def _kind(kind: Refused, given_by: Iterable[str]) -> ProblemKind:
    title, status, _, retry = summary_of(kind)
    everywhere = kind in EVERY_ROUTE
    return ProblemKind(
        name=slug_of(kind),
        type=type_of(kind),
        status=status,
        title=title,
        meaning=in_words(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[2]) or None,
        retry_after_seconds=retry,
        everywhere=everywhere,
        given_by=() if everywhere else tuple(sorted(given_by)),
        example=example_of(kind),
    )


def _is_read(request: Request) -> bool:
    """Whether people ask, with their browser."""
    return "text/html" in request.headers.get("accept", "")


def _translated_to(language: Language, request: Request) -> Catalogue:
    """The application's catalogue, made once, with its rules in this language."""
    state = request.app.state
    if not hasattr(state, "catalogue"):
        state.catalogue = catalogue_of(answers_of(request.app))
    made: Catalogue = state.catalogue
    say: Sentences = state.sentences
    translated = [
        each.model_copy(update={"title": say.title(each.name, language, each.title)}) for each in made.problems
    ]
    return Catalogue(problems=tuple(translated))


def _data(content: Catalogue | ProblemKind, language: Language) -> Response:
    response = answer_json(content).response()
    spoken_in(response, language)
    response.headers.add_vary_header("Accept")
    return response


def _page(content: str, language: Language, status: int = 200) -> Response:
    head = f'<meta charset="utf-8"><title>Problems</title><style>{_STYLE}</style>'
    html = f'<!doctype html><html lang="{language}">{head}<body>{content}</body></html>'
    response = page(html, language, _POLICY, status)
    response.headers.add_vary_header("Accept")
    return response


def _listed(found: Catalogue) -> str:
    rows = "".join(
        f'<dt><a href="/problems/{each.name}"><code>{each.name}</code></a> ({each.status})</dt>'
        f"<dd>{escape(each.title)}</dd>"
        for each in found.problems
    )
    return f"<h1>What may be refused</h1><dl>{rows}</dl>"


def _html_of(kind: ProblemKind) -> str:
    where = "Every route may give it." if kind.everywhere else ""
    routes = "".join(f"<li><code>{escape(each)}</code></li>" for each in kind.given_by)
    meaning = f"<p>{escape(kind.meaning)}</p>" if kind.meaning else ""
    example = escape(answer_json(kind.example).body)
    return (
        f"<h1>{escape(kind.title)}</h1>{meaning}<p><code>{kind.type}</code>, status {kind.status}</p>"
        f"<pre>{example}</pre><p>{where}</p><ul>{routes}</ul>"
        f'<p><a href="/problems">All that may be refused</a></p>'
    )
