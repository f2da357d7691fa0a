"""What a route may refuse, said beside it. Documents are made of it, and the testing kit holds it to be complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Refused = type[Exception]
F = TypeVar("F", bound=Callable[..., Any])


def refuses(*kinds: Refused) -> Callable[[F], F]:
    """Of a route, or of something that it depends on: what it may refuse, beside what its own dependencies do and what
    every route does."""

    def marked(function: F) -> F:
        function.__dict__["refuses"] = kinds
        return function

    return marked


def refused_by(function: Any) -> tuple[Refused, ...]:
    """What was said of a function."""
    kinds: tuple[Refused, ...] = getattr(function, "refuses", ())
    return kinds
