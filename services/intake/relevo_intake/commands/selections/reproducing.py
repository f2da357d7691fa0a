"""A selection computed again from what was stored of it, and compared (rule 3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from relevo_chassis.delivery.change import Asked
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.vault import Vault
from relevo_contracts.model import Frozen
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.selections.computing import SelectionIsNotProven
from relevo_intake.commands.selections.stored import selection_of, signature, weighed_in
from relevo_intake.domain.selection.deciding import Candidate, Conclusion, Line
from relevo_intake.domain.selection.proposal import Selection, SelectionIsInfeasible
from relevo_intake.domain.selection.rules import Weighed, terms_of
from relevo_intake.solver.process import NotDecided, SolverProcess, solver_process
from relevo_intake.store.choosing import outcomes_of
from relevo_intake.store.people import SLICE


class Reproduction(Frozen):
    """Whether a selection comes out the same from its stored inputs, and whether its signed record is whole."""

    selection_id: str
    complete: bool = Field(description="whether the inputs of everybody are still there")
    erased: tuple[str, ...] = Field(description="applications whose inputs are gone with the person or by retention")
    inputs_match: bool | None = Field(description="null when inputs are gone")
    outcomes_match: bool | None = Field(description="null when inputs are gone")
    objective: int
    reproduced_objective: int | None
    record_signed: bool
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReproduceSelection:
    """Which selection to compute again."""

    selection_id: str


async def reproduce_selection(office: Office, query: ReproduceSelection, asked: Asked) -> Reproduction:
    """Compute the selection again from what was stored, and compare; say what is gone when something is.

    What coordinators decided by hand is part of what was stored. Raises ``SelectionIsInfeasible``,
    ``SelectionIsBeingComputed``, ``SelectionWasGivenUp`` or ``SelectionIsNotProven``.
    """
    store, vault = office.store, office.vault
    selection = await selection_of(store, query.selection_id)
    selection.must_be_computed()
    if selection.state == "infeasible":
        raise SelectionIsInfeasible(selection_id=query.selection_id)
    erased = list[str]()
    again, same = None, False
    try:
        async with solver_process() as deciding:
            async for rows in _stored(office, selection, asked):
                erased += await _hand_over(vault, selection, rows, deciding)
            if not erased:
                again = await deciding.conclusion(terms_of(selection.rules))
                same = await _same_lines(store, selection, deciding)
    except NotDecided:
        raise SelectionIsNotProven(selection_id=query.selection_id) from None
    return _compared(vault, selection, erased, again, same)


async def _stored(office: Office, selection: Selection, asked: Asked) -> AsyncIterator[list[dict[str, Any]]]:
    """The rows of a selection, some at a time, put on record before they are opened."""
    for first in range(0, selection.considered, SLICE):
        rows = await outcomes_of(office.store, selection.selection_id, first=first, limit=SLICE)
        people = [row["person_id"] for row in rows]
        await record_reading(office.commits, asked, "selection", [Weighed.field_set], people)
        yield rows


async def _hand_over(
    vault: Vault, selection: Selection, rows: Sequence[Mapping[str, Any]], deciding: SolverProcess
) -> list[str]:
    """Hand over what was weighed; returns the applications of which it is gone."""
    weighed = weighed_in(rows, await vault.keys_of((row["person_id"] for row in rows), Weighed))
    there = {id: one for id, one in weighed.items() if one.selection_id == selection.selection_id}
    await deciding.send([_candidate(id, one) for id, one in there.items()])
    return [row["application_id"] for row in rows if row["person_id"] not in there]


def _candidate(person_id: str, one: Weighed) -> Candidate:
    return Candidate(person_id, one.application_id, one.merit, one.country, one.marks, one.salt, one.by_hand)


async def _same_lines(store: Store, selection: Selection, deciding: SolverProcess) -> bool:
    """Whether each row says what comes out again."""
    first = 0
    async for lines in deciding.lines():
        rows = await outcomes_of(store, selection.selection_id, first=first, limit=len(lines))
        first += len(lines)
        if [_of_row(row) for row in rows] != [_of_line(each) for each in lines]:
            return False
    return first == selection.considered


def _of_row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("application_id", "decided", "merit", "place", "rank"))


def _of_line(line: Line) -> tuple[Any, ...]:
    return line.candidate.application_id, line.decided, line.candidate.merit, line.place, line.rank


def _compared(
    vault: Vault, selection: Selection, erased: Sequence[str], again: Conclusion | None, same: bool
) -> Reproduction:
    return Reproduction(
        selection_id=selection.selection_id,
        complete=again is not None,
        erased=tuple(erased),
        inputs_match=again.inputs_sha256 == selection.inputs_sha256 if again else None,
        outcomes_match=same and again.outcomes_sha256 == selection.outcomes_sha256 if again else None,
        objective=selection.merit,
        reproduced_objective=again.merit if again else None,
        record_signed=selection.signature == signature(vault, selection),
        record=selection.signed_part(),
    )
