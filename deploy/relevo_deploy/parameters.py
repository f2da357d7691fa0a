"""The kinds of values that ``relevo`` takes, and how each is read from what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter, Token
from cyclopts.validators import Number, mutually_exclusive

from relevo_contracts import SERVICES
from relevo_deploy.deployed import DEPLOYED

STACK_FOLDER = Path("var/stack")


def _instant(_: object, typed: Sequence[Token]) -> datetime:
    try:
        found = datetime.fromisoformat(typed[0].value)
    except ValueError:
        raise ValueError("write an instant such as 2019-09-12T09:00Z") from None
    if found.tzinfo is None:
        raise ValueError("an instant needs its time zone, such as Z at the end")
    return found


def _duration(_: object, typed: Sequence[Token]) -> timedelta:
    text, units = typed[0].value, {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    if text[:-1].isdigit() and text[-1:] in units:
        return timedelta(**{units[text[-1]]: int(text[:-1])})
    raise ValueError("write a number and one of d, h, m, s, such as 3d")


def _services(_: object, typed: Sequence[Token]) -> tuple[str, ...]:
    names = tuple(typed[0].value.split(","))
    if unknown := set(names) - set(DEPLOYED):
        raise ValueError(f"no service {', '.join(sorted(unknown))}; there are {', '.join(DEPLOYED)}")
    return names


def _addresses(_: object, typed: Sequence[Token]) -> Mapping[str, str]:
    pairs = [each.partition("=") for each in typed[0].value.split(",")]
    if not all(name and url for name, _, url in pairs):
        raise ValueError("write NAME=URL for each service, with commas between them")
    return {name: url.rstrip("/") for name, _, url in pairs}


def _unless_empty(_: object, value: str, *, delimiter: str | None = None) -> list[str]:
    """An environment variable that is empty says nothing."""
    return [value] if value else []


def environment(name: str, placeholder: str) -> Parameter:
    """An option that an environment variable may give as well; ``placeholder`` stands for its value in the help."""
    return Parameter(env_var=name, env_var_split=_unless_empty, metavar=placeholder)


def one_of(title: str) -> Group:
    """Options of which one may be given."""
    return Group(title, validator=mutually_exclusive, sort_key=1)


Instant = Annotated[datetime, Parameter(converter=_instant, metavar="INSTANT")]
"""With its time zone."""
Duration = Annotated[timedelta, Parameter(converter=_duration, metavar="DURATION")]
Services = Annotated[tuple[str, ...], Parameter(converter=_services, n_tokens=1, show_default=False, metavar="A,B")]
Service = Annotated[str, Parameter(choices=SERVICES, help="Whose events they are.")]
Owner = Annotated[str, Parameter(choices=DEPLOYED, help="Whose it is.")]
Addresses = Annotated[
    Mapping[str, str], Parameter(converter=_addresses, n_tokens=1, accepts_keys=False, metavar="NAME=URL,...")
]
Count = Annotated[int, Parameter(validator=Number(gte=1), metavar="N")]
"""From 1 on."""
Seconds = Annotated[float, Parameter(metavar="SECONDS")]
Folder = Annotated[Path, Parameter(metavar="FOLDER")]
File = Annotated[Path, Parameter(metavar="FILE")]
Flag = Annotated[bool, Parameter(show_default=False)]
AsJson = Annotated[bool, Parameter(name="--json", show_default=False, help="For programs.")]
StackFolder = Annotated[Path, Parameter(name="--stack", metavar="FOLDER", help="The folder of the embedded stack.")]
