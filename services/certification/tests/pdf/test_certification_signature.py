"""PDFs signed by PAdES, where the settings name a signer: whole they verify, changed they do not."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from asn1crypto.x509 import Certificate as Asn1Certificate  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from relevo_certification.domain.certificate import Issued
from relevo_certification.domain.edition import LANGUAGES
from relevo_certification.domain.invitation import Invitation, InvitationTerms
from relevo_certification.domain.sealed import Identity
from relevo_certification.pdf.signature import BadSigner, PaperSigner
from relevo_certification.pdf.typeset import Typesetter
from relevo_certification.press import Press

LINK = "https://certificados.oas.test/v/0123456789ABCDEFGHJKMNPQRS"
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def certificate(name: str, key: Any, by: tuple[x509.Name, Any] | None, since: datetime = SINCE) -> x509.Certificate:
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signs = by or (own, key)
    usage = x509.KeyUsage(by is not None, by is not None, False, False, False, by is None, by is None, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(SINCE + timedelta(days=36500))
        .add_extension(x509.BasicConstraints(by is None, None), critical=True)
        .add_extension(usage, critical=True)
        .sign(signs, SHA256())
    )


class Authority:
    """Who vouches for the signer, and the file that it gave out."""

    def __init__(self, folder: Path, since: datetime = SINCE) -> None:
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = certificate("Test authority", root_key, None)
        signer = certificate("Test institution", key, (self.root.subject, root_key), since)
        sealed = pkcs12.serialize_key_and_certificates(
            b"signer", key, signer, [self.root], BestAvailableEncryption(b"a passphrase")
        )
        self.file = folder / "signer.p12"
        self.file.write_bytes(sealed)
        self.file.chmod(0o600)

    def judges(self, pdf: bytes) -> Any:
        root = Asn1Certificate.load(self.root.public_bytes(Encoding.DER))
        [signature] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        return validate_pdf_signature(signature, ValidationContext(trust_roots=[root]))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def made(making: Any) -> Issued:
    return Issued(certificate_id="1" * 32, issued_at=making.issued_at, facts=making.facts(), list_number=1, position=77)


def pdf(keys: Any, making: Any, made: Issued, authority: Authority, name: str = "María José Ñáñez") -> bytes:
    signer = PaperSigner.load(authority.file, "a passphrase")
    press = Press(keys, making.site, Typesetter(), signer)
    papers = press.papers(making.edition_id, made, Identity(name=name, language="es", named=True))
    return press.pdf(papers, made, LINK, name)


def test_a_signer_says_until_when_its_certificate_is_valid(authority: Authority) -> None:
    signer = PaperSigner.load(authority.file, "a passphrase")
    assert signer.ends_at == SINCE + timedelta(days=36500)


def test_a_signed_pdf_verifies_and_is_still_what_it_was(
    keys: Any, making: Any, made: Issued, authority: Authority
) -> None:
    content = pdf(keys, making, made, authority)
    status = authority.judges(content)
    assert (status.bottom_line, status.intact, status.trusted, status.coverage.name) == (
        (True, True, True, "ENTIRE_FILE")
    )
    assert status.signing_cert.subject.native["common_name"] == "Test institution"
    assert [*PdfReader(io.BytesIO(content)).attachments] == ["credential.json"]
    document: Any = pymupdf.open(stream=content)  # type: ignore[no-untyped-call]
    assert "María José Ñáñez" in document[0].get_text()
    assert "<pdfuaid:part>1" in document.get_xml_metadata()


def test_a_signed_pdf_that_was_changed_does_not_verify(
    keys: Any, making: Any, made: Issued, authority: Authority, tmp_path: Path
) -> None:
    content = pdf(keys, making, made, authority)
    changed = bytearray(content)
    changed[content.index(b"/Title") + 8] ^= 1
    assert not authority.judges(bytes(changed)).intact
    file = tmp_path / "certificate.pdf"
    file.write_bytes(content)
    document: Any = pymupdf.open(file)  # type: ignore[no-untyped-call]
    document[0].insert_text((300, 300), "Otra Persona")
    document.saveIncr()
    assert not authority.judges(file.read_bytes()).bottom_line


def test_the_signature_tells_the_day_of_the_certificate_and_not_when_it_was_fetched(
    keys: Any, making: Any, made: Issued, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    assert authority_says(keys, making, made, authority) == datetime(2020, 2, 20, 5, tzinfo=UTC)
    content = pdf(keys, making, made, authority)
    metadata = PdfReader(io.BytesIO(content)).metadata
    assert metadata is not None
    assert {metadata.creation_date, metadata.modification_date} == {datetime(2020, 2, 20, tzinfo=UTC)}
    later = datetime(2021, 6, 1, tzinfo=UTC)
    assert authority_says(keys, making, made, Authority(tmp_path, since=later)) == later


def authority_says(keys: Any, making: Any, made: Issued, authority: Authority) -> Any:
    return authority.judges(pdf(keys, making, made, authority)).signer_reported_dt


def test_a_file_that_does_not_sign_is_refused_before_anything_starts(tmp_path: Path, authority: Authority) -> None:
    nothing = tmp_path / "nothing.p12"
    nothing.write_bytes(b"nothing")
    for file, passphrase in ((nothing, None), (authority.file, "wrong"), (tmp_path / "absent", None)):
        with pytest.raises(BadSigner):
            PaperSigner.load(file, passphrase)


def test_an_invitation_is_signed_like_a_certificate_and_says_the_day_on_which_it_was_made(
    keys: Any, making: Any, authority: Authority
) -> None:
    press = Press(keys, making.site, Typesetter(), PaperSigner.load(authority.file, "a passphrase"))
    terms = InvitationTerms.model_validate(
        {"address": "1889 F Street", "contact": "+1 202", "texts": {language: {} for language in LANGUAGES}}
    )
    at, facts = datetime(2020, 3, 1, 2, tzinfo=UTC), making.facts()
    invitation = Invitation(invitation_id="1" * 32, made_at=at, language="es", facts=facts, terms=terms)
    content = press.invitation(invitation, "MARÍA JOSÉ ÑÁÑEZ", "0123456789ABCDEFGHJKMNPQRS")
    status = authority.judges(content)
    assert (status.bottom_line, status.intact, status.coverage.name) == (True, True, "ENTIRE_FILE")
    assert status.signer_reported_dt == datetime(2020, 2, 29, 5, tzinfo=UTC)
    changed = bytearray(content)
    changed[content.index(b"/Title") + 8] ^= 1
    assert not authority.judges(bytes(changed)).intact
