"""What a command or an incoming event asks of the committer: which aggregates, which decision, once per what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any, Generic, NamedTuple, Protocol, cast

from pydantic import BaseModel
from typing_extensions import TypeVar

from relevo_contracts import Event

S = TypeVar("S", bound=BaseModel)
A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True, default=None)
"""What a decision answers; ``Decision`` and ``Change`` by themselves are those without an answer."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """A kind of aggregate: the collection that holds it and the frozen model of its state."""

    name: str
    model: type[S]

    def __call__(self, id: str) -> Ref[S]:
        return Ref(self, id)


@dataclass(frozen=True, slots=True)
class Ref(Generic[S]):
    """One aggregate."""

    kind: Kind[S]
    id: str


class Row(NamedTuple):
    """A document written in the same transaction as the change: put whole (made or replaced), or removed.

    A blind write: a decision must not rely on what such a row said before. With ``keep``, a row that is there stays as
    it is. With ``new``, the id was drawn for this row and nothing can be there; that costs the store least. One that is
    ``traced`` is taken up again later, and keeps the trace of its change as ``traceparent`` for whoever does that.
    """

    collection: str
    id: str
    document: Mapping[str, Any] | None
    keep: bool = False
    new: bool = False
    traced: bool = False


class Found:
    """The aggregates a change named, as they stand when it is decided; ``None`` for one that does not exist.

    ``by`` is who asks for the change.
    """

    __slots__ = ("_states", "by")

    def __init__(self, states: Mapping[tuple[str, str], BaseModel | None], by: str | None = None) -> None:
        self._states = states
        self.by = by

    def __getitem__(self, ref: Ref[S]) -> S | None:
        return cast("S | None", self._states[ref.kind.name, ref.id])


class New(NamedTuple):
    """The new state of an aggregate."""

    ref: Ref[Any]
    state: BaseModel


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it goes on record, with who asked for the change (``Change.by``): ids and codes, never text.

    ``code`` says what was decided (``call_closed``), ``about`` which aggregate, whose version as it was found goes on
    record too. It is found again under the ids of ``under`` as well. ``because`` is the code of a reason that anybody
    may see; any other is sealed: ``reason`` is its row, written with the change, of which the record holds the hash.
    """

    code: str
    about: Ref[Any]
    under: Sequence[str] = ()
    because: str | None = None
    reason: Row | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as it goes on record: who opens which sealed field sets of whom, and what for."""

    by: str
    purpose: str
    field_sets: Sequence[str]
    person_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Decision(Generic[A_co]):
    """What a decision leads to: new states, events (each takes the next sequence of its own aggregate), rows, answer,
    and what goes on record with it.

    An event's aggregate must be among the aggregates that the change named, under its contract's aggregate name
    and id. A named aggregate that gets no new state is guarded: if it changes before the commit, all is decided anew.
    """

    states: Sequence[New] = ()
    events: Sequence[Event] = ()
    rows: Sequence[Row] = ()
    answer: A_co = cast(Any, None)  # noqa: RUF009 (no call of a function that does anything)
    on_record: Sequence[Decided | Reading] = ()


Decide = Callable[[Found], Decision[A_co]]


@dataclass(frozen=True, slots=True)
class Once:
    """A change that takes effect once for its key, for ever.

    ``seal`` turns the decision's answer into what is stored, as ciphertext; ``sealed_for`` names the key of a
    person that it is sealed under, or is ``None`` for the service's own.
    """

    key: str
    fingerprint: str
    seal: Callable[[Any], bytes]
    sealed_for: str | None = None


class Repeat(NamedTuple):
    """The stored answer of a change whose once-key was seen before."""

    sealed: bytes
    sealed_for: str | None


def unrepeated(outcome: A | Repeat) -> A:
    """The answer of a change that was not asked for once. Raises ``TypeError`` for one that was, and was repeated."""
    if isinstance(outcome, Repeat):
        raise TypeError("the first answer is sealed; only whoever asked for the change once can give it again")
    return outcome


class Source(NamedTuple):
    """Where an incoming event stands: the durable that brought it, its aggregate, its sequence. ``digest`` is of what
    it says, where that is known."""

    consumer: str
    aggregate: str
    aggregate_id: str
    sequence: int
    digest: bytes | None = None

    @property
    def position_id(self) -> str:
        return f"{self.consumer}|{self.aggregate}/{self.aggregate_id}"


class Due(NamedTuple):
    """The deadline that a change comes from: its row's id and instant. It takes effect if the row is still there so."""

    key: str
    due_at: datetime


class Parking(Enum):
    """How a change stands to what is set aside of its incoming event's aggregate."""

    PARK = auto()
    """The event is set aside: its position stays and holds all later ones of its aggregate."""
    PARK_BEHIND = auto()
    """The same, but only while an earlier event of its aggregate is set aside; otherwise it comes in its turn."""
    RETRY = auto()
    """The event comes from those set aside, in its turn."""
    RETRY_LAST = auto()
    """The same, and nothing is set aside behind it: its aggregate flows again."""


@dataclass(frozen=True, slots=True)
class Change(Generic[A_co]):
    """One thing to commit.

    ``decide`` is pure and may be called more than once; what it raises goes to the caller and nothing is written.
    ``now`` is domain time, asked once at the edge. ``cause_id`` is the id of the command or of the incoming event;
    the ids of the events that follow derive from it.
    """

    refs: Sequence[Ref[Any]]
    decide: Decide[A_co]
    now: datetime
    cause_id: str
    chain_id: str | None = None
    once: Once | None = None
    source: Source | None = None
    due: Due | None = None
    parking: Parking | None = None
    by: str | None = None
    """Who asks for it and goes on record with what is decided: a caller, or the service itself."""
    traceparent: str | None = None
    """The step of a trace that it belongs to, which the events that follow tell; no decision depends on it."""

    def of(self, source: Source | None, traceparent: str | None = None) -> Change[A_co]:
        """The same change, asked for by the incoming event that stands there, as part of its trace."""
        return replace(self, source=source, traceparent=traceparent)


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it was given: by whom, when (domain time), under which id, and once per what.

    ``by`` goes on record with what is decided. The ids of the events that follow derive from ``cause_id``. Without
    ``once`` a repetition of the command is a command of its own.
    """

    by: str
    now: datetime
    cause_id: str
    once: Once | None = None

    def change(self, refs: Sequence[Ref[Any]], decide: Decide[A]) -> Change[A]:
        """What the command asks of the committer."""
        return Change(refs, decide, self.now, self.cause_id, once=self.once, by=self.by)


class Refusal(Exception):
    """A rule was broken. Subclasses are named after the rule (``CallIsClosed``) and are never stored.

    The first line of the docstring is the rule, as it is told in English; other languages have it in their texts. Where
    a rule is broken in several ways, ``because`` is the code of this one and ``words`` say it: the same wherever the
    code is, so that others can be put in their place. Facts are ids, days, counts and codes, for the words to name in
    braces and for whoever asked to read, and never a person's data. ``status`` is the HTTP status it is answered with;
    ``retry_after_seconds`` is told with it.
    """

    status: int = 409
    where: str = ""
    """The field that is wrong, if one is (``body.held_on``); of a refusal with status 422 the one to look at."""
    retry_after_seconds: int | None = None

    def __init__(self, because: str = "", words: str = "", /, **facts: str | int | Sequence[str] | None) -> None:
        super().__init__(words.format_map(facts) if because else (self.__doc__ or "").strip().splitlines()[0])
        self.because = because
        self.facts = facts


class NotYet(Exception):
    """An incoming event needs something that has not arrived; it is held back and delivered again."""


class OnceKeyReused(Refusal):
    """The same Idempotency-Key was used before with another body; use a new key for a new request."""

    status = 422
    where = "header.idempotency-key"


class Busy(Exception):
    """The change could not be committed now (conflict after conflict, or no primary); the same call may be repeated."""


class AlreadyTaken(Exception):
    """An id or a unique value is taken by something that the change does not name; to repeat it does not help."""


class Commits(Protocol):
    """Whatever commits changes."""

    async def commit(self, change: Change[A]) -> A | Repeat:
        """Commit a change and return its decision's answer, or a ``Repeat`` when its once-key was seen before.

        Returns after a majority of the replica set has journaled it. Raises what ``decide`` raised, ``OnceKeyReused``,
        ``Busy`` when nothing was written, or ``Unknown`` when it may or may not have been.
        """
        ...


class CommitsMany(Commits, Protocol):
    """Whatever commits changes, and many at a time."""

    async def commit_all(self, changes: Sequence[Change[Any]]) -> list[Any]:
        """Commit changes that arrived together, each for itself, in their order.

        Returns for each what ``commit`` returns, or the exception that it raises; one that fails fails alone.
        """
        ...


class Unknown(Exception):
    """The commit's outcome is not known; repeat the call with the same once-key to find out."""
