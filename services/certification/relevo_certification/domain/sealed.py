"""What is only ever sealed, under the key of the person whom it is about: all of it for their certificate."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from relevo_certification.domain.edition import Language
from relevo_certification.domain.kept import NAMED, PAPERS
from relevo_chassis.kept import Kept, Sealed
from relevo_contracts.model import Frozen

CERTIFICATE = "certificate"
RETENTIONS: tuple[str, ...] = (CERTIFICATE,)
"""The retention classes, for each of which a person has a key of their own here."""


class Identity(Sealed):
    """What a certificate shows of a person, as intake told it or a coordinator corrected it."""

    kept: ClassVar[Kept] = NAMED
    retention: ClassVar[str] = CERTIFICATE

    name: str
    language: Language
    named: bool
    in_danger: bool = False
    """Intake's word that the name is shown nowhere for now, whoever decided what (rule 25); never on a certificate."""


class Choice(Sealed):
    """What the holder decided here, and when within the last day, for it tells that a name is hidden.

    It goes before what the application said.
    """

    kept: ClassVar[Kept] = NAMED
    retention: ClassVar[str] = CERTIFICATE

    named: bool
    made_at: tuple[datetime, ...] = ()


class SealedName(Frozen):
    """A name that the paper alone opens: ``ciphertext`` is for anybody who has the link, ``key`` for the paper.

    Both are base64url without padding.
    """

    key: str
    ciphertext: str


class Papers(Frozen):
    """What was made for one certificate, for it may hold the name."""

    certificate_id: str
    identity: Identity
    credential: str
    jwt: str
    sealed_name: SealedName | None = None


class Portfolio(Sealed):
    """The papers of the certificate that stands; those of one that was replaced are gone (rule 18)."""

    kept: ClassVar[Kept] = PAPERS
    retention: ClassVar[str] = CERTIFICATE

    papers: tuple[Papers, ...]

    def of(self, certificate_id: str) -> Papers | None:
        """``None`` when another took its place meanwhile."""
        return next((each for each in self.papers if each.certificate_id == certificate_id), None)
