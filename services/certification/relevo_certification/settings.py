"""What certification needs to be told beside what every service needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from relevo_certification.credential.keys import BadKeys, did_of, load
from relevo_certification.pdf.signature import BadSigner, PaperSigner
from relevo_chassis.given.settings import ServiceSettings, read_secret


class CertificationSettings(ServiceSettings):
    """Settings of certification, from ``RELEVO_…``."""

    service: str = "certification"
    intake_url: str = Field(description="where intake's HTTP API is, for the one question it is asked")
    intake_audience: str = Field(default="intake", description="the audience of a token for intake")
    client_id: str = Field(default="certification", description="this service's own client at the token issuer")
    client_secret_file: Path | None = Field(default=None, description="its secret; required in production")
    public_url: str = Field(description="the site under which verification pages are reached; no path")
    signing_keys: Path = Field(description="the folder of signing keys; see the service's README")
    pdf_signer: Path | None = Field(
        default=None, description="a PKCS#12 file whose key signs PDFs (PAdES); unsigned if left out"
    )
    pdf_signer_passphrase_file: Path | None = Field(default=None, description="what opens it, if it is sealed")
    status_list_minutes: Annotated[int, Field(ge=1, le=1440, description="domain time between two lists")] = 15
    verifications_per_minute: Annotated[int, Field(ge=1, le=100_000, description="for one address")] = 600

    @field_validator("public_url")
    @classmethod
    def _site(cls, value: str) -> str:
        try:
            did_of(value)
        except BadKeys as bad:
            raise ValueError(str(bad)) from None
        return value.rstrip("/")

    @field_validator("signing_keys")
    @classmethod
    def _loadable(cls, value: Path) -> Path:
        try:
            load(value, "did:web:localhost")
        except BadKeys as bad:
            raise ValueError(str(bad)) from None
        return value

    @model_validator(mode="after")
    def _signer_loadable(self) -> Self:
        try:
            self.paper_signer()
        except BadSigner as bad:
            raise ValueError(f"PDF_SIGNER: {bad}") from None
        return self

    def paper_signer(self) -> PaperSigner | None:
        """What signs PDFs, if anything does."""
        if self.pdf_signer is None:
            return None
        sealed_by = self.pdf_signer_passphrase_file
        return PaperSigner.load(self.pdf_signer, read_secret(sealed_by) if sealed_by else None)

    @property
    def did(self) -> str:
        return did_of(self.public_url)

    @property
    def status_list_interval(self) -> timedelta:
        return timedelta(minutes=self.status_list_minutes)

    def client_secret(self) -> str:
        """Read anew each time, so that it can be changed without a restart; a secret."""
        return read_secret(self.client_secret_file) if self.client_secret_file else "development"

    def _production(self) -> Iterable[str]:
        yield from super()._production()
        for name in ("public_url", "intake_url"):
            if not getattr(self, name).startswith("https:"):
                yield f"{name.upper()}: must be https in production"
        if (urlsplit(self.public_url).hostname or "") in ("localhost", "127.0.0.1", "::1"):
            yield "PUBLIC_URL: must be reachable by anybody who is shown a certificate"
        if self.pdf_signer is not None and self.pdf_signer.stat().st_mode & 0o077:
            yield "PDF_SIGNER: must be readable by the service alone"
        if self.client_secret_file is None:
            yield "CLIENT_SECRET_FILE: the service has its own client at the issuer in production"
