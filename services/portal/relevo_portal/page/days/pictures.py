"""What the page with the pictures of a session shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from relevo_chassis.ids import new_id
from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import number
from relevo_portal.page.frame import Frame, made
from relevo_portal.services.multiplier_tracking import Picture, Session
from relevo_portal.words import days, pictures


class PictureForm(NamedTuple):
    """The form for another picture: the key under which it is done once, and what was wrong with the last.

    A browser does not keep the file that was chosen, so that each is affirmed anew to show nobody.
    """

    once: str = ""
    faults: Mapping[str, str] = {}
    problem: str | None = None


class Item(NamedTuple):
    """A picture that is kept: what it is called here, how much it costs to look at, where; ``once`` is the key of its
    removal."""

    title: str
    see: str
    source: str
    picture_id: str
    once: str


def link_text(language: Language) -> str:
    return pictures.TEXTS[language].link


def pictures_page(frame: Frame, session: Session, at: int, form: PictureForm) -> str:
    """Pictures are not loaded before somebody wants to see one: a line may be poor."""
    text = pictures.TEXTS[frame.language]
    labels = {"picture": text.field.label, "affirmed": text.affirmed}
    whole = [(None, form.problem)] if form.problem else []
    return made(
        "days/pictures.html",
        frame,
        text=text,
        back=days.TEXTS[frame.language].session.back,
        above=days.TEXTS[frame.language].session.title.format(number=at),
        at=at,
        session=session,
        left=text.left.format(count=session.pictures_left),
        form=form._replace(once=form.once or new_id()),
        faults=[*whole, *((name, fault) for name, fault in form.faults.items() if name in labels)],
        items=[_item(each, at, place, frame) for place, each in enumerate(session.pictures, 1)],
        rejected=[text.rejected_because.format(because=each.because_text) for each in session.rejected_pictures],
    )


def _item(picture: Picture, at: int, place: int, frame: Frame) -> Item:
    text = pictures.TEXTS[frame.language]
    kilobytes = number(max(1, round(picture.size_bytes / 1_000)), frame.language)
    return Item(
        title=text.item.format(number=place),
        see=text.see.format(kilobytes=kilobytes),
        source=f"/days/pictures/{at}/{place}{frame.keep}",
        picture_id=picture.picture_id,
        once=new_id(),
    )
