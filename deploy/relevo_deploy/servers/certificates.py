"""An authority of this installation, and the certificates by which its servers are known over TLS.

Kept among the secrets. ``authority/`` holds the key that signs, which no container is given. Each server's folder has
``server.key``, ``server.crt`` and both in one file, ``server.pem``, as mongod wants them. Who connects to servers has
``ca.crt`` in the own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from relevo_deploy.failed import Failed
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.signing_keys import private_pem

AUTHORITY, CA = "authority", "ca.crt"
AUTHORITY_LASTS = timedelta(days=3650)
CERTIFICATE_LASTS = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=60)
_EARLIER = timedelta(hours=1)
"""Machines' clocks differ."""
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


class Authority(NamedTuple):
    """Who signs. ``pem`` is its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return _pem(self.certificate)


def authority(files: SecretFiles, now: datetime) -> Authority:
    """The authority; made when there is none. Raises ``Failed``."""
    key = serialization.load_pem_private_key(files.p256(AUTHORITY, "ca.key").encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Failed(
            f"{files.path(AUTHORITY, 'ca.key')} is no key of an elliptic curve; remove {AUTHORITY} for a new one"
        )
    made = files.made(AUTHORITY, CA, lambda: _pem(_own_certificate(key, now)))
    return Authority(key, x509.load_pem_x509_certificate(made.encode()))


def certify(files: SecretFiles, server: str, names: Sequence[str], now: datetime) -> bool:
    """Give a server a key and a certificate for these names; whether any was made.

    One that is there is kept, unless it is for other names, of another authority, or ends within ``RENEWED_BEFORE``.
    The server shows a new one when it is started anew.
    """
    signer = authority(files, now)
    if _is_good(files, server, names, signer, now):
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    pem, plain = _pem(_certificate(key.public_key(), names, signer, now)), private_pem(key)
    files.put(server, "server.crt", pem)
    files.put(server, "server.key", plain)
    files.put(server, "server.pem", pem + plain)
    return True


def trust(files: SecretFiles, owner: str, now: datetime) -> None:
    """Tell an owner whom to believe."""
    pem, path = authority(files, now).pem, files.path(owner, CA)
    if not path.exists() or path.read_text(encoding="ascii") != pem:
        files.put(owner, CA, pem)


def _is_good(files: SecretFiles, server: str, names: Sequence[str], signer: Authority, now: datetime) -> bool:
    try:
        kept = x509.load_pem_x509_certificate(files.path(server, "server.pem").read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    until = kept.not_valid_after_utc - RENEWED_BEFORE
    stated = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return until > now and list(stated) == _stated(names) and kept.issuer == signer.certificate.subject


def _own_certificate(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Relevo {x509.random_serial_number():x}"[:40])])
    made = _begun(name, name, key.public_key(), now, AUTHORITY_LASTS)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return made.add_extension(_may("key_cert_sign", "crl_sign"), critical=True).sign(key, hashes.SHA256())


def _certificate(
    key: ec.EllipticCurvePublicKey, names: Sequence[str], signer: Authority, now: datetime
) -> x509.Certificate:
    """For a server, which is also a client of its fellows where they are several."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    signers = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
    made = _begun(name, signer.certificate.subject, key, now, CERTIFICATE_LASTS)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_may("digital_signature"), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage(both), critical=False)
    made = made.add_extension(x509.SubjectAlternativeName(_stated(names)), critical=False)
    return made.add_extension(signers, critical=False).sign(signer.key, hashes.SHA256())


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), now - _EARLIER, now + lasts)
    return made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _may(*usages: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{each: each in usages for each in _USAGES})


def _stated(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_general(each) for each in names]


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
