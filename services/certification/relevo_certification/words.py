"""What certification says to people, in every language: see ``texts/``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from relevo_certification.domain.edition import EditionFacts
from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import counted
from relevo_chassis.languages.days import span
from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_contracts.certification import RevokedBecause

Moment = Literal["valid", "revoked", "superseded", "about", "unknown", "too_many"]
"""What the page is about: a certificate by its status, who issues them, or nothing."""

InvitationMoment = Literal["valid", "over", "withdrawn", "changed", "about", "unknown", "too_many"]
"""What the page of invitations is about: one by its status, how one is verified, or nothing."""

Result = Literal["onsite_hours", "multiplier_hours", "multiplier_people"]
"""What a credential measures."""


class CertificateWords(Words):
    """The paper, and the evidence in the credential."""

    document_title: str
    certifies: str
    completed: str
    onsite: str
    passed_on: str
    support: str
    issued: str
    verify: str
    qr_alt: str
    attachment: str


class CountWords(Words):
    hours: Counted
    people: Counted


class MomentWords(Words):
    """The heading of the page, and a sentence with it."""

    title: str
    more: str


class PageWords(Words):
    """The verification page."""

    heading: str
    see_new: str
    issuer_id: str
    issuer_keys: str
    holder: str
    holder_withheld: str
    holder_gone: str
    holder_sealed: str
    name_compare: str
    name_wrong: str
    name_unable: str
    name_script: str
    course: str
    issuer: str
    onsite: str
    criteria: str
    criteria_revoked: str
    passed_on: str
    passed_on_value: str
    supporter: str
    signed_by: str
    issued: str
    revoked_on: str
    reason: str
    compare: str
    downloads: str
    download_credential: str
    download_jwt: str
    download_pdf: str
    how: str
    language: str
    moments: Mapping[Moment, MomentWords]
    revoked_because: Mapping[RevokedBecause, str]


class InvitationPaperWords(Words):
    """The invitation on paper."""

    title: str
    to: str
    invites: str
    taking_part: str
    days: str
    place: str
    address: str
    costs: str
    contact: str
    valid_until: str
    asks: str
    as_stated: str
    verify: str
    verify_more: str
    code: str
    qr_alt: str


class CodeWords(Words):
    """The field for the code on an invitation."""

    label: str
    hint: str
    button: str


class CompareWords(Words):
    """Whether a name is the one on an invitation."""

    title: str
    lead: str
    label: str
    button: str
    same: str
    other: str
    unreadable: str


class InvitationPageWords(Words):
    """The page on which an invitation is verified."""

    heading: str
    occasion: str
    institution: str
    days: str
    place: str
    address: str
    contact: str
    made: str
    valid_until: str
    silent: str
    language: str
    moments: Mapping[InvitationMoment, MomentWords]
    code: CodeWords
    compare: CompareWords


class InvitationWords(Words):
    paper: InvitationPaperWords
    page: InvitationPageWords


class WalletWords(Words):
    """What a wallet shows of a certificate that is offered to it: ``where`` the code is that it asks for."""

    name: str
    where: str


class CertificationWords(Words):
    certificate: CertificateWords
    results: Mapping[Result, str]
    counts: CountWords
    page: PageWords
    wallet: WalletWords


TEXTS = Texts(CertificationWords, "relevo_certification")
INVITATION_TEXTS = Texts(InvitationWords, "relevo_certification", "invitation")


def hours(count: int, language: Language) -> str:
    return counted(TEXTS[language].counts.hours, count, language)


def people(count: int, language: Language) -> str:
    return counted(TEXTS[language].counts.people, count, language)


def onsite(facts: EditionFacts, language: Language) -> str:
    """Where and when the on-site week was, and how long: a sentence of paper and credential."""
    place, when = facts.texts[language].place, span(facts.first_on, facts.last_on, language)
    return TEXTS[language].certificate.onsite.format(place=place, span=when, hours=hours(facts.hours, language))


def passed_on(facts: EditionFacts, language: Language) -> str:
    """To how many people it was passed on, and for how long, at least: a sentence of paper and credential."""
    return TEXTS[language].certificate.passed_on.format(
        people=people(facts.multiplier_people, language), hours=hours(facts.multiplier_hours, language)
    )
