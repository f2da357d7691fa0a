"""Makes what is handed out: the credential in its two securings, and the PDF."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import datetime

from relevo_certification.calendar import dated_at, day_begins_at, day_of, issued_on
from relevo_certification.credential import jwt, proof, sealed_name, status_list, text
from relevo_certification.credential.keys import Keys
from relevo_certification.credential.status_list import SignedList
from relevo_certification.domain.certificate import Issued
from relevo_certification.domain.edition import EditionFacts
from relevo_certification.domain.invitation import Invitation
from relevo_certification.domain.sealed import Identity, Papers
from relevo_certification.domain.status_entry import StatusPurpose
from relevo_certification.pdf import invitation
from relevo_certification.pdf.signature import PaperSigner
from relevo_certification.pdf.typeset import Sheet, Typesetter
from relevo_certification.shown import name_shown
from relevo_chassis.ids import new_id


class Press:
    """Signs and typesets. Slow: call it from a worker thread. Any thread may, one at a time gets its turn."""

    def __init__(self, keys: Keys, public_url: str, typesetter: Typesetter, signer: PaperSigner | None = None) -> None:
        self.keys = keys
        self.public_url = public_url.rstrip("/")
        self._issuer = text.Issuer(keys.did, self.public_url)
        self._typesetter = typesetter
        self.signer = signer
        self._one_at_a_time = threading.Lock()

    def papers(self, edition_id: str, made: Issued, identity: Identity, tried: bool = True) -> Papers:
        """Credential and VC-JWT of one certificate, under fresh ids. The name is in them only if its holder chose so.

        Raises ``CannotTypeset`` when its PDF could not be made, unless that is not ``tried``.
        """
        name = name_shown(identity, "anybody", "verification")
        on_paper = name_shown(identity, "bearer", "verification") if name is None else None
        sealed = None if on_paper is None else sealed_name.seal(on_paper)
        particulars = text.Particulars(
            credential_id=new_id(),
            subject_id=new_id(),
            entry=text.Entry(made.list_number, made.position),
            valid_from=dated_at(made),
            language=identity.language,
            name=name,
            sealed_name=sealed_name.digest(sealed) if sealed else None,
        )
        document = text.credential(self._issuer, edition_id, made.facts, particulars)
        with self._one_at_a_time:
            signed = proof.secured(document, self.keys, dated_at(made))
            token = jwt.secured(document, self.keys, dated_at(made))
        credential = json.dumps(signed, ensure_ascii=False, indent=2)
        papers = Papers(
            certificate_id=made.certificate_id,
            identity=identity,
            credential=credential,
            jwt=token,
            sealed_name=sealed,
        )
        if tried:
            self.sample(made.facts, identity, made.issued_at)
        return papers

    def pdf(self, papers: Papers, made: Issued, verify_url: str, name: str) -> bytes:
        """The certificate on paper with this name; the same each time, the signature aside. Raises ``CannotTypeset``.

        The link on it opens the name that it bears, if its holder does not show it.
        """
        sealed = papers.sealed_name
        sheet = Sheet(
            name=name,
            language=papers.identity.language,
            facts=made.facts,
            issued_on=issued_on(made),
            verify_url=f"{verify_url}#{sealed.key}" if sealed else verify_url,
            credential=papers.credential.encode(),
        )
        pdf = self._typesetter.pdf(sheet)
        return self.signer.signed(pdf, dated_at(made)) if self.signer else pdf

    def sample(self, facts: EditionFacts, identity: Identity, at: datetime) -> bytes:
        """A PDF to look at before anything is issued: without a credential, and with a link that leads nowhere."""
        link = self.verification_url("0" * 26)
        return self._typesetter.pdf(Sheet(identity.name, identity.language, facts, day_of(facts, at), link, b"{}"))

    def invitation(self, made: Invitation, name: str, code: str | None) -> bytes:
        """An invitation on paper with this name; the same each time, the signature aside. Raises ``CannotTypeset``.

        Without a code it is one to look at, with a link that leads nowhere, and not signed.
        """
        made_on = day_of(made.facts, made.made_at)
        printed = code or "0" * 26
        link = self.invitation_url(printed)
        sheet = invitation.InvitationSheet(name, made.language, made.stated, made_on, link, printed)
        pdf = self._typesetter.invitation(sheet)
        return self.signer.signed(pdf, day_begins_at(made.facts, made_on)) if self.signer and code else pdf

    def status_list(self, number: int, purpose: StatusPurpose, positions: Sequence[int], at: datetime) -> SignedList:
        """The list of those places for which the purpose holds."""
        with self._one_at_a_time:
            return status_list.signed(self._issuer, self.keys, number, purpose, positions, at)

    def verification_url(self, token: str) -> str:
        return f"{self.public_url}/v/{token}"

    def invitation_url(self, code: str) -> str:
        return f"{self.public_url}/i/{code}"
