"""One way to believe servers over TLS, for every command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from relevo_deploy.trust import trust


def authority(folder: Path, name: str) -> Path:
    """The certificate of an authority, in a file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.crt"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


def test_the_named_authority_is_believed_besides_those_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path, "system")))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "nowhere"))
    believed = {each["subject"][0][0][1] for each in trust(authority(tmp_path, "named")).get_ca_certs()}
    assert believed == {"system", "named"}


def test_a_file_that_is_no_certificate_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "none.crt"
    path.write_text("nothing")
    with pytest.raises(OSError, match="certificate"):
        trust(path)
