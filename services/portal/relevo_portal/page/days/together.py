"""Sessions that several participants held together, as each of them sees the others' word."""

from __future__ import annotations

from typing import NamedTuple

from relevo_chassis.ids import new_id
from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import number
from relevo_chassis.languages.days import day
from relevo_portal.page.frame import Frame, made
from relevo_portal.page.parts import Facts
from relevo_portal.services.multiplier_tracking import Commitment, TogetherLink, TogetherLinks
from relevo_portal.words.days import TEXTS, Agreed


class Item(NamedTuple):
    """What somebody says of a session of this person, and what was answered; ``once`` is the key of another answer."""

    title: str
    answer: str
    facts: Facts
    own_id: str
    other_id: str
    revision: int
    once: str


def together_page(frame: Frame, found: Commitment, links: TogetherLinks, problem: str | None = None) -> str:
    """What others say to have held together with this person, to be answered; and what this person says."""
    numbers = {each.session_id: at for at, each in enumerate(found.sessions, 1)}
    theirs = [_item(each, each.together_with, each.session_id, numbers, frame.language) for each in links.theirs]
    mine = [_item(each, each.session_id, each.together_with, numbers, frame.language) for each in links.mine]
    return made("days/together.html", frame, days=TEXTS[frame.language], theirs=theirs, mine=mine, problem=problem)


def _item(link: TogetherLink, own_id: str, other_id: str, numbers: dict[str, int], language: Language) -> Item:
    words = TEXTS[language]
    agreed: Agreed = "open" if link.agreed is None else "yes" if link.agreed else "no"
    facts = [
        (words.fields["held_on"].label, day(link.held_on, language)),
        (words.fields["minutes"].label, number(link.minutes, language)),
        (words.fields["people"].label, number(link.people, language)),
    ]
    title = words.session.title.format(number=numbers.get(own_id, 0))
    return Item(title, words.together.answers[agreed], facts, own_id, other_id, link.revision, new_id())
