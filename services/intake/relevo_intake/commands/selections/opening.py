"""Who is considered, and what is weighed of them: read and opened some at a time, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from relevo_chassis.delivery.change import Asked, Refusal
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.call import Call
from relevo_intake.domain.review import merit_of_scores
from relevo_intake.domain.sealed import Profile
from relevo_intake.domain.selection.deciding import ByHand, Candidate
from relevo_intake.domain.selection.rules import SelectionRules, marks_of
from relevo_intake.store.people import CONTACT, slices, standing_slices


class CallIsStillOpen(Refusal):
    """A selection is made after the call has closed."""


class ContactsAreUndecided(Refusal):
    """Of some contacts nobody has said which application stands; a coordinator decides on each first (rule 1)."""


class ReviewsAreMissing(Refusal):
    """Some applications have fewer reviews than the selection asks for; assign reviewers, or ask for fewer."""


class NobodyToSelect(Refusal):
    """No application stands in this call."""


class Considered(NamedTuple):
    """An application that stands and was reviewed."""

    person_id: str
    application_id: str
    merit: int


async def considered_in(store: Store, call: Call, least_reviews: int) -> list[Considered]:
    """All that a selection considers.

    Raises ``CallIsStillOpen``, ``ContactsAreUndecided``, ``NobodyToSelect`` or ``ReviewsAreMissing``.
    """
    if not call.closed:
        raise CallIsStillOpen(call_id=call.call_id)
    undecided = await store.count(CONTACT, {"undecided": True, "call_id": call.call_id})
    if undecided:
        raise ContactsAreUndecided(contacts=undecided)
    found, short = list[Considered](), list[str]()
    async for some in standing_slices(store, call):
        for each in some:
            merit = merit_of_scores(call.criteria.rubric, each.scores) if len(each.scores) >= least_reviews else None
            if merit is None:
                short.append(each.application_id)
            else:
                found.append(Considered(each.person_id, each.application_id, merit))
    if short:
        raise ReviewsAreMissing(applications=len(short), application_id=short[0], least_reviews=least_reviews)
    if not found:
        raise NobodyToSelect(call_id=call.call_id)
    return found


async def opened(
    office: Office,
    asked: Asked,
    considered: Sequence[Considered],
    rules: SelectionRules,
    by_hand: Mapping[str, ByHand],
) -> AsyncIterator[list[Candidate]]:
    """What is weighed of each, put on record before it is opened; whoever was erased a moment ago is left out."""
    for some in slices(considered):
        people = [each.person_id for each in some]
        await record_reading(office.commits, asked, "selection", [Profile.field_set], people)
        profiles = await office.vault.open_many(people, Profile.field_set, Profile)
        yield [
            Candidate(
                person_id=each.person_id,
                application_id=each.application_id,
                merit=each.merit,
                country=profile.country,
                marks=marks_of(profile, rules),
                salt=new_id(),
                by_hand=by_hand.get(each.application_id, ""),
            )
            for each in some
            if (profile := profiles[each.person_id]) is not None
        ]
