"""What the portal says of the certificate, in every language: see ``texts/paper/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.services.certification import Display, Review, Revoked, Standing, Superseded
from relevo_portal.services.multiplier_tracking import CommitmentState
from relevo_portal.services.scheduling import WeekStanding
from relevo_portal.words import Passage

File = Literal["document.pdf", "document.json", "document.jwt"]
"""What a file is called where it is kept: nothing that says what it is."""


class StepWords(Words):
    """How far somebody is with what leads to the certificate."""

    title: str
    week: str
    days: str
    weeks: Mapping[WeekStanding, str]
    commitments: Mapping[CommitmentState, str]
    unknown: str
    to_week: str
    to_days: str


class FilesWords(Words):
    title: str
    lead: str
    links: Mapping[File, str]
    hints: Mapping[File, str]


class ShareWords(Words):
    title: str
    warning: str
    address: str
    address_hint: str
    revoked: str


class ViewWords(Words):
    """Who sees the name: what stands, and what each choice means."""

    link: str
    title: str
    lead: str
    now: str
    unsaid: str
    choices: Mapping[Display, Passage]
    stranger: Mapping[Display, Sequence[str]]
    ask: Mapping[Display, str]
    sure: Mapping[Display, Passage]
    after: Sequence[str]
    button: Mapping[Display, str]
    not_done: str
    declined: str


class FieldsWords(Words):
    """What to copy into a profile elsewhere, after a warning."""

    link: str
    title: str
    warning: Sequence[str]
    show: str
    to_copy: str
    name: str
    issuer: str
    month: str
    address: str
    address_hint: str
    number: str
    number_hint: str


class PaperWords(Words):
    above: str
    standing: Mapping[Standing, Passage]
    issued_at: str
    revoked_at: str
    because: str
    revoked: Mapping[Revoked, str]
    review: Passage
    reviews: Mapping[Review, str]
    earlier: str
    superseded_at: str
    superseded: Mapping[Superseded, str]
    correct: Passage
    correct_link: str
    no_file: str
    back: str
    steps: StepWords
    files: FilesWords
    share: ShareWords
    view: ViewWords
    fields: FieldsWords


TEXTS = Texts(PaperWords, "relevo_portal", "paper")
