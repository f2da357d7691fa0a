"""Signing PDFs so that readers of PDF show who issued one, and that nothing in it was changed (PAdES baseline B-B)."""

from __future__ import annotations

import asyncio
import io
from datetime import datetime
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession

_HOW = PdfSignatureMetadata(
    field_name="Signature",
    md_algorithm="sha256",
    subfilter=SigSeedSubFilter.PADES,
    certify=True,
    docmdp_permissions=MDPPerm.NO_CHANGES,
)


class BadSigner(ValueError):
    """The file with the key and certificates that sign PDFs cannot be opened, or lacks one of them."""


class PaperSigner:
    """Signs with one key. May be called from any thread that runs no event loop."""

    def __init__(self, signer: SimpleSigner) -> None:
        self._signer = signer

    @classmethod
    def load(cls, file: Path, passphrase: str | None) -> PaperSigner:
        """From a PKCS#12 file with a private key, its certificate and those above it. Raises ``BadSigner``."""
        try:
            secret = passphrase.encode() if passphrase else None
            signer = SimpleSigner.load_pkcs12(str(file), passphrase=secret)  # type: ignore[no-untyped-call]
        except Exception as failed:
            raise BadSigner(f"{BadSigner.__doc__} ({type(failed).__name__})") from None
        if signer is None or signer.signing_cert is None:
            raise BadSigner(BadSigner.__doc__)
        return cls(signer)

    @property
    def ends_at(self) -> datetime:
        """Until when its certificate is valid."""
        certificate = self._signer.signing_cert
        if certificate is None:
            raise BadSigner(BadSigner.__doc__)
        ends: datetime = certificate.not_valid_after
        return ends

    def signed(self, pdf: bytes, at: datetime) -> bytes:
        """The PDF with a signature that nobody sees on the page and that allows no change.

        It says ``at`` or, if the certificate was not yet valid then, when it became so, which is the same for all: the
        second in which somebody fetched it is told to nobody.
        """
        certificate = self._signer.signing_cert
        says = max(at, certificate.not_valid_before) if certificate is not None else at
        signing = _SaysWhen(_HOW, self._signer, says)
        writer = _AsItWas(io.BytesIO(pdf))
        made: io.BytesIO = asyncio.run(signing.async_sign_pdf(writer))
        return made.getvalue()


class _AsItWas(IncrementalPdfFileWriter):
    """Leaves alone what the PDF says of itself: pyHanko would write the second of the signing into it."""

    def _update_meta(self) -> None:
        pass


class _SaysWhen(PdfSigner):
    def __init__(self, how: PdfSignatureMetadata, signer: SimpleSigner, at: datetime) -> None:
        super().__init__(how, signer)
        self._at = at

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session
