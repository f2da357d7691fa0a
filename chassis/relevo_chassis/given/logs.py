"""Structured logs without personal data: one JSON object a line, of allowed fields only.

An event is a constant sentence; what varies goes into fields, and a field that is not on the list is left out. Of an
exception only its class and the lines of code it passed are told, never its text. The same holds for libraries.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.contextvars import merge_contextvars

_WHO = frozenset({"event", "level", "at", "service", "version", "environment", "state", "port"})
_FAULT = frozenset({"logger", "where", "template", "exception", "trace", "failure", "failures", "reason", "code"})
_REQUEST = frozenset({"method", "route", "status", "ms"})
_DELIVERY = frozenset({"durable", "stream", "subject", "sequence", "expected", "collection", "kind", "key", "check"})
_FIGURE = frozenset({"count", "size", "attempt", "deliveries", "pending", "seconds", "age_seconds"})
ALLOWED = _WHO | _FAULT | _REQUEST | _DELIVERY | _FIGURE

_ID = re.compile(r"[0-9a-f]{32}\Z")
_ID_FIELD = re.compile(r"[a-z_]*_id\Z")
_LONGEST = 200

Log = structlog.typing.FilteringBoundLogger


def logger(service: str, level: str, out: TextIO) -> Log:
    """A logger that writes to ``out``."""
    made = structlog.wrap_logger(structlog.PrintLogger(out), _processors(service), _wrapper(level))
    return cast(Log, made.bind())


def configure(service: str, level: str = "info") -> Log:
    """Send all that this process logs to standard output, and return the service's logger.

    Libraries are heard from warnings on.
    """
    structlog.configure(_processors(service), _wrapper(level), logger_factory=structlog.PrintLoggerFactory(sys.stdout))
    log = cast(Log, structlog.get_logger())
    root = logging.getLogger()
    root.handlers[:] = [_Foreign(log)]
    root.setLevel(max(_number(level), logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers[:], library.propagate = [], name != "uvicorn.access"
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # what a client sends amiss is counted, not told
    return log


def _processors(service: str) -> list[Any]:
    def stamped(_: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        return {"at": at, "level": method, "service": service, **event}

    return [
        merge_contextvars,
        stamped,
        _without_values,
        _allowed,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _wrapper(level: str) -> type[Log]:
    return structlog.make_filtering_bound_logger(_number(level))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


class _Foreign(logging.Handler):
    """Takes what libraries log: where, and the template of the message when it has one, without its values."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name, "where": f"{Path(record.pathname).name}:{record.lineno}"}
        if record.args and isinstance(record.msg, str):
            fields["template"] = record.msg
        if isinstance(record.msg, BaseException):
            fields["exc_info"] = record.msg
        elif record.exc_info and record.exc_info[1]:
            fields["exc_info"] = record.exc_info[1]
        level = record.levelname.lower()
        getattr(self._log, level if level in ("warning", "error", "critical") else "info")("library", **fields)


def _without_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turn ``exc_info`` into the exception's class and the lines of code it passed."""
    exc_info = event.pop("exc_info", None)
    error = exc_info if isinstance(exc_info, BaseException) else sys.exc_info()[1] if exc_info else None
    if error is not None:
        event["exception"] = _class_of(error)
        event["trace"] = _lines(error.__traceback__)
    return event


def _allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in event.items():
        if name == "trace":
            kept[name] = value
        elif name in ALLOWED and isinstance(value, str | int | float | bool):
            kept[name] = value[:_LONGEST] if isinstance(value, str) else value
        elif _ID_FIELD.match(name) and isinstance(value, str) and _ID.match(value):
            kept[name] = value
    return kept


def _class_of(error: BaseException) -> str:
    names = [f"{type(error).__module__}.{type(error).__qualname__}"]
    cause = error.__cause__ or error.__context__
    while cause is not None and len(names) < 5:
        names.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        cause = cause.__cause__ or cause.__context__
    return " from ".join(names)


def _lines(trace: TracebackType | None) -> list[str]:
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-20:]]
