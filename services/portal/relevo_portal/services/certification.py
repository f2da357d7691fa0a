"""Certification: the certificate of whoever did both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import StringConstraints

from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered, Api, Away, Download, NothingThere, known, read

Standing = Literal["waiting", "ready", "issued", "revoked", "other"]
"""How a certificate stands; ``other`` is what a newer certification may say."""
Review = Literal["verification_withdrawn", "onsite_corrected", "participant_withdrawn", "other"]
"""Why a certificate is under review."""
Revoked = Literal["issued_in_error", "requirements_not_met", "misuse", "asked_by_holder", "key_compromised", "other"]
"""Why one was revoked."""
Superseded = Literal["name_corrected", "facts_corrected", "key_replaced", "other"]
"""Why another took its place."""
Display = Literal["named", "unnamed"]
"""Who may see the name: anybody who has the link, or nobody."""
InvitationStatus = Literal["valid", "over", "withdrawn", "changed", "other"]
"""How an invitation stands."""
Paper = Literal["certificate.pdf", "credential.json", "credential.jwt"]
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class Issued(Answered):
    """One that was issued, with the link that its holder may pass on."""

    issued_at: datetime
    verification_url: str
    superseded_at: datetime | None = None
    superseded_because: Annotated[Superseded | None, known(Superseded, "other")] = None


class Certificate(Answered):
    """How it stands; ``issued`` from the first to the one that stands, or stood last."""

    standing: Annotated[Standing, known(Standing, "other")]
    under_review: Annotated[Review | None, known(Review, "other")] = None
    issued: tuple[Issued, ...] = ()
    revoked_at: datetime | None = None
    revoked_because: Annotated[Revoked | None, known(Revoked, "other")] = None


class _Displayed(Answered):
    display: Display | None


class Facts(Answered):
    """What the certificate is called, and who vouches for it."""

    title: str
    issuer: str


class Verified(Answered):
    """What anybody is told who has the link; ``holder`` is ``None`` when the name is not shown."""

    holder: str | None = None
    texts: Mapping[Language, Facts]
    issued_on: date


class WalletOffer(Answered):
    """An offer to a wallet, which can be used once: what the wallet scans, and the digits that it asks for."""

    offer: Annotated[
        str, StringConstraints(pattern=r"^openid-credential-offer://\?credential_offer_uri=https?[%\w.~-]+$")
    ]
    transaction_code: str
    over_at: datetime


class InvitationMade(Answered):
    """An invitation that was made; its code is on the paper alone."""

    made_at: datetime
    language: Language
    valid_until: date
    status: Annotated[InvitationStatus, known(InvitationStatus, "other")]


class InvitationSays(Answered):
    issuer: str
    occasion: str
    place: str
    costs: str | None = None


class InvitationStated(Answered):
    """What an invitation made now states besides the name."""

    texts: Mapping[Language, InvitationSays]
    address: str
    first_on: date
    last_on: date


class Invitations(Answered):
    """Those that were made, how many more can be, and what another would state, once that is set."""

    made: tuple[InvitationMade, ...]
    left: int
    is_over: bool
    stated: InvitationStated | None


class Certification(Api):
    """Certification's HTTP API, as a participant may use it."""

    service = "certification"

    async def invitations(self, token: str, language: Language) -> Invitations:
        """Raises ``NothingThere`` for whoever is not invited."""
        answer = await self.answer("/me/invitations", token, language)
        if answer.status_code == 409:
            raise NothingThere()
        return read(answer, Invitations)

    async def invite(
        self, passport_name: str, written_in: Language, token: str, once: str, language: Language
    ) -> Download:
        """The invitation with this name as a file, made once for the key. Raises ``NothingThere``, ``Declined`` or
        ``FieldsDeclined``."""
        body = {"passport_name": passport_name, "language": written_in}
        answer = await self.do("/me/invitations", token, once, language, body)
        return Download(answer.content, answer.headers.get("content-type", ""))

    async def certificate(self, token: str, language: Language) -> Certificate | None:
        """``None`` while nothing is known of one."""
        try:
            return await self.read("/me/certificate", token, language, Certificate)
        except NothingThere:
            return None

    async def paper(self, paper: Paper, token: str, language: Language) -> Download:
        """A file to take along, which goes on record there. Raises ``NothingThere`` or ``Declined``."""
        return await self.download(f"/me/certificate/{paper}", token, language)

    async def display(self, token: str, language: Language) -> Display | None:
        """Who may see the name; ``None`` while nobody said. That it is read goes on record. Raises ``NothingThere``."""
        return (await self.read("/me/certificate/display", token, language, _Displayed)).display

    async def choose_display(self, display: Display, token: str, once: str, language: Language) -> None:
        """Decide it, once for the key. Raises ``NothingThere``, ``Declined`` or ``FieldsDeclined``."""
        await self.do("/me/certificate/choose-display", token, once, language, {"display": display})

    async def offer_to_wallet(self, token: str, once: str, language: Language) -> WalletOffer:
        """Offer the certificate to a wallet, once for the key. Raises ``NothingThere`` or ``Declined``."""
        return read(await self.do("/me/certificate/wallet", token, once, language), WalletOffer)

    async def verified(self, link: str, language: Language) -> Verified:
        """What a link tells anybody. Raises ``NothingThere``."""
        token = urlsplit(link).path.rpartition("/")[2]
        if not _TOKEN.match(token):
            raise Away()
        answer = await self.asked("GET", f"/verifications/{token}", {"Accept-Language": language})
        if answer.status_code == 404:
            raise NothingThere()
        return read(answer, Verified)
