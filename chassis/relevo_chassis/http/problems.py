"""Problem details (RFC 9457) for everything that is refused; they name ids and what to do, never what was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from relevo_chassis.delivery.change import Busy, Refusal, Unknown
from relevo_chassis.http.fields import wrong_fields
from relevo_chassis.http.tokens import IssuerAway
from relevo_chassis.languages import Language
from relevo_chassis.languages.loading import TextsIncomplete
from relevo_chassis.languages.preference import language_of, spoken_in
from relevo_chassis.languages.sentences import OWN, OWN_TEXTS, Sentences
from relevo_chassis.people.keys import KeyServiceAway
from relevo_chassis.people.vault import NoLongerKept, PersonErased
from relevo_chassis.wrong import FieldsRefused, WrongField
from relevo_contracts.published import in_words

MEDIA_TYPE = "application/problem+json"
ROOMS = ("delivery", "people", "http", "given", "operations", "service")
"""Of the chassis, in which refusals are defined."""
PLAIN = "about:blank"

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TITLES = {
    404: "There is nothing here",
    405: "This method is not taken here",
    408: "The request took too long to arrive",
    413: "The body is too large",
    415: "The body is not of a type taken here",
    503: "Try again in a moment",
}


class NotWellFormed(FieldsRefused):
    """The request is not well formed; correct the fields listed under errors."""

    within = ""


class Fault(Exception):
    """Something broke that is not the caller's fault."""


class ProblemSummary(NamedTuple):
    """What is told of every refusal of a kind, whatever it is about."""

    title: str
    status: int
    detail: str
    retry_after_seconds: int | None = None


def summary_of(kind: type[BaseException]) -> ProblemSummary:
    """What is told of a kind of refusal."""
    if issubclass(kind, Refusal):
        return ProblemSummary(title_of(kind), kind.status, title_of(kind), kind.retry_after_seconds)
    return _SUMMARIES[kind]


def type_of(refusal: type[BaseException]) -> str:
    """The stable type of a broken rule: ``urn:relevo:problem:call-is-closed`` for ``CallIsClosed``."""
    return f"urn:relevo:problem:{_WORD_START.sub('-', refusal.__name__).lower()}"


def slug_of(refusal: type[BaseException]) -> str:
    """The last part of its type: its name in the catalogue of problems."""
    return type_of(refusal).rpartition(":")[2]


def example_of(kind: type[BaseException]) -> dict[str, Any]:
    """A refusal of this kind, as it goes on the wire."""
    title, status, detail, _ = summary_of(kind)
    example = {"type": type_of(kind), "title": title, "status": status, "detail": detail}
    if issubclass(kind, FieldsRefused):
        where = f"{kind.within or 'body'}.name"
        example["errors"] = [{"where": where, "code": "missing", "reason": "is missing; send it"}]
    elif issubclass(kind, Refusal) and kind.where:
        example["errors"] = [{"where": kind.where, "code": _code_of(type_of(kind)), "reason": title}]
    return example | ({"fault_id": "5f2c1d0e9b8a47f6a1b2c3d4e5f60718"} if kind is Fault else {})


def title_of(refusal: type[BaseException]) -> str:
    """The first line of the docstring: the rule in one sentence, without the number that it has in the code."""
    return in_words((refusal.__doc__ or refusal.__name__).strip().splitlines()[0])


class Problem(JSONResponse):
    """A problem as it goes on the wire, not to be kept by any cache.

    In English as it stands; sent to a request that prefers another of our languages, in that one, by the sentences of
    the application. Type, codes and facts are the same in all.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        type: str,
        title: str,
        status: int,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
        because: str = "",
        errors: Sequence[WrongField] = (),
    ) -> None:
        self._type, self._title, self._detail, self._because = type, title, detail, because
        self._facts, self._errors = {**(facts or {}), **({"because": because} if because else {})}, errors
        super().__init__(self._content(status, "en", OWN), status, {"Cache-Control": "no-store", **(headers or {})})
        spoken_in(self, "en")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        language = language_of(Request(scope), otherwise="en")
        if language != "en":
            sentences = getattr(scope["app"].state, "sentences", OWN) if "app" in scope else OWN
            self.body = self.render(self._content(self.status_code, language, sentences))
            self.headers["Content-Length"] = str(len(self.body))
            self.headers["Content-Language"] = language
        await super().__call__(scope, receive, send)

    def _content(self, status: int, language: Language, say: Sentences) -> dict[str, Any]:
        name = self._type.rpartition(":")[2]
        plain = self._type == PLAIN
        title = say.of_status(status, language, self._title) if plain else say.title(name, language, self._title)
        content = {**self._facts, "type": self._type, "title": title, "status": status}
        if self._detail is not None:
            content["detail"] = say.detail(name, self._because, language, self._detail, self._facts)
        if self._errors:
            rule = (_code_of(self._type), title)
            content["errors"] = [_translated(each, language, say, rule) for each in self._errors]
        return content


def _translated(field: WrongField, language: Language, say: Sentences, rule: tuple[str, str]) -> dict[str, str]:
    code, title = rule
    reason = title if field.code == code else say.reason(field.code, language, field.reason, field.facts)
    return {"where": field.where, "code": field.code, "reason": reason}


def of_refusal(refusal: Refusal) -> Problem:
    """The problem of a broken rule."""
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if refusal.status == 401 else {}
    if refusal.retry_after_seconds is not None:
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    kind = type(refusal)
    return Problem(
        type_of(kind),
        title_of(kind),
        refusal.status,
        in_words(str(refusal)),
        headers=headers,
        facts=refusal.facts,
        because=refusal.because,
        errors=_errors_of(refusal),
    )


def _errors_of(refusal: Refusal) -> Sequence[WrongField]:
    """The wrong fields. One that the refusal as a whole is about has its type for a code, and its rule for a reason."""
    if isinstance(refusal, FieldsRefused):
        return refusal.placed
    kind = type(refusal)
    return (WrongField(refusal.where, _code_of(type_of(kind)), title_of(kind)),) if refusal.where else ()


def _code_of(type: str) -> str:
    return type.rpartition(":")[2].replace("-", "_")


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """The problem that an HTTP status alone tells."""
    return Problem(PLAIN, _TITLES.get(status, "The request is not taken"), status, headers=headers)


def of_fault(fault_id: str) -> Problem:
    """Something broke that is not the caller's fault; the id leads to it in the log."""
    title, status, detail, _ = _SUMMARIES[Fault]
    return Problem(
        type_of(Fault), title, status, detail.replace("the fault_id", fault_id), facts={"fault_id": fault_id}
    )


def install(app: FastAPI, texts: str | None) -> None:
    """Answer every refusal of this application with a problem, in the words of this package.

    Raises ``TextsIncomplete`` when they do not say a refusal of the package or of the chassis.
    """
    app.state.sentences = sentences_of(texts) if texts else OWN

    async def refusal(_: Request, error: Exception) -> Problem:
        assert isinstance(error, Refusal)  # noqa: S101 (the framework dispatches by this class)
        return of_refusal(error)

    async def validation(_: Request, error: Exception) -> Problem:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return of_refusal(NotWellFormed(wrong_fields(error.errors())))

    async def status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        if error.status_code != 405:
            return of_status(error.status_code, error.headers)
        allow = {"Allow": ", ".join(methods_of(request.app, request.scope["path"]))}
        return Response(None, 204, allow) if request.method == "OPTIONS" else of_status(405, allow)

    app.add_exception_handler(Refusal, refusal)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, status)
    for kind in _SUMMARIES.keys() - {Fault}:
        app.add_exception_handler(kind, _otherwise)  # type: ignore[arg-type]


def sentences_of(package: str) -> Sentences:
    """What this package and the chassis say of their refusals. Raises ``TextsIncomplete`` if they forgot one."""
    sentences = Sentences(OWN_TEXTS, package)
    names = {type_of(kind).rpartition(":")[2] for kind in _refusals_of(package.partition(".")[0])}
    if lacking := sentences.lacking(names):
        raise TextsIncomplete(f"texts of {package} do not say {', '.join(lacking)}")
    return sentences


def _refusals_of(package: str, of: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for kind in of.__subclasses__():
        if kind.__module__.startswith((f"{package}.", *(f"relevo_chassis.{room}." for room in ROOMS))):
            yield kind
        yield from _refusals_of(package, kind)


def methods_of(app: FastAPI, path: str) -> list[str]:
    """Every method that something at this path takes."""
    found = {"OPTIONS"}
    for route in iter_route_contexts(app.routes):
        if route.methods and route.path_regex.match(path):
            found |= route.methods
    return sorted(found | {"HEAD"} if "GET" in found else found)


_SUMMARIES: Mapping[type[BaseException], ProblemSummary] = {
    Busy: ProblemSummary(
        "The service is busy", 503, "Nothing was changed. Repeat the request with the same Idempotency-Key.", 1
    ),
    Unknown: ProblemSummary(
        "The outcome is not known yet",
        503,
        "It may or may not have taken effect. Repeat the request with the same Idempotency-Key to find out.",
        1,
    ),
    KeyServiceAway: ProblemSummary(
        "The key service is away", 503, "Nothing was changed. Repeat the request in a moment.", 1
    ),
    IssuerAway: ProblemSummary(
        "The token issuer is away", 503, "Tokens cannot be checked. Repeat the request in a moment.", 1
    ),
    PersonErased: ProblemSummary("This person was erased", 410, "Nothing about them can be read any more."),
    NoLongerKept: ProblemSummary(
        "This is no longer kept", 410, "Its time is over: it can be neither read nor added to. All else stays."
    ),
    Fault: ProblemSummary(
        "Something broke here",
        500,
        "Repeat the request with the same Idempotency-Key; if it breaks again, report the fault_id.",
    ),
}
"""Of what is refused without being a ``Refusal``."""


async def _otherwise(_: Request, error: Exception) -> Problem:
    kind = next(each for each in type(error).__mro__ if each in _SUMMARIES)
    title, status, detail, retry = _SUMMARIES[kind]
    headers = {} if retry is None else {"Retry-After": str(retry)}
    return Problem(type_of(kind), title, status, detail, headers=headers)
