"""How intake shows people: to whom a name is opened, and what for. Nothing else shows one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from relevo_chassis.people.shown import Level, Person, Showing
from relevo_intake.domain.answers import Submission
from relevo_intake.domain.needs import Needs
from relevo_intake.domain.sealed import Display, DraftDossier, Identity, Language, Letters

Audience = Literal["applicant", "coordinator", "reviewer", "blind_reviewer", "travel", "certification"]
Purpose = Literal["review", "selection", "certificate", "casework", "listing", "offer", "own", "needs", "thread"]

SHOWING = Showing[Audience, Purpose](
    {
        ("applicant", "own"): Level.NAME,
        ("coordinator", "casework"): Level.NAME,
        ("coordinator", "listing"): Level.NAME,
        ("reviewer", "review"): Level.NAME,
        ("blind_reviewer", "review"): Level.NOTHING,
        ("travel", "needs"): Level.NAME,
        ("certification", "certificate"): Level.NAME,
    }
)


class AsShown(NamedTuple):
    """An identity as somebody sees it; the name is empty where none is shown.

    ``in_danger``: whatever was chosen, the name is shown nowhere for now.
    """

    name: str
    contact: str | None
    language: Language
    display: Display
    letters: Letters
    in_danger: bool = False


def name_shown(identity: Identity | DraftDossier, to: Audience, purpose: Purpose) -> str | None:
    """What is shown in place of the name."""
    person = Person(identity.name, is_open=identity.display == "named")
    return SHOWING.shown(person, to, purpose).words


def identity_shown(identity: Identity, to: Audience, purpose: Purpose) -> AsShown:
    """An identity as it is shown."""
    name = name_shown(identity, to, purpose) or ""
    return AsShown(name, identity.contact, identity.language, identity.display, identity.letters)


def submission_shown(submission: Submission, to: Audience, purpose: Purpose) -> Submission:
    """All that somebody submitted, as it is shown."""
    name = name_shown(submission.identity, to, purpose) or ""
    return submission.model_copy(update={"identity": submission.identity.model_copy(update={"name": name})})


def draft_shown(content: DraftDossier, to: Audience, purpose: Purpose) -> DraftDossier:
    """What is written in a draft, as it is shown."""
    return content.model_copy(update={"name": name_shown(content, to, purpose)})


def needs_shown(needs: Needs, to: Audience, purpose: Purpose, *, in_danger: bool = False) -> Needs:
    """What somebody needs for the week, as it is shown: without the name for staff while the person is in danger."""
    person = Person(None if in_danger else needs.passport_name or None)
    return needs.model_copy(update={"passport_name": SHOWING.shown(person, to, purpose).words or ""})
