"""What reviews say of an application together: their mean, how far they lie apart, criterion by criterion."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from relevo_contracts.model import Frozen
from relevo_intake.domain.call import Criterion
from relevo_intake.domain.review.scores import Review, merit_of


class Assessment(Frozen):
    """Basis points, 0 to 10,000, as the selection weighs them.

    ``merit`` is the mean over the reviews, ``spread`` the highest review less the lowest, ``criteria`` the mean of each
    criterion alone; nothing without reviews.
    """

    reviews: int = 0
    merit: int | None = None
    spread: int | None = None
    criteria: dict[str, int] = Field(default_factory=dict)


def assess(rubric: Sequence[Criterion], reviews: Sequence[Review]) -> Assessment:
    """What the reviews of one application come to."""
    each_merit = [merit for review in reviews if (merit := merit_of(rubric, [review])) is not None]
    if not each_merit:
        return Assessment()
    criteria = {each.code: merit_of([each], reviews) or 0 for each in rubric}
    return Assessment(
        reviews=len(reviews),
        merit=merit_of(rubric, reviews),
        spread=max(each_merit) - min(each_merit),
        criteria=criteria,
    )
