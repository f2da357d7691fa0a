"""Settings that are doubtful are refused before anything starts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relevo_certification.credential.keys import generate
from relevo_certification.settings import CertificationSettings
from relevo_chassis.given.settings import PREFIX, SettingsRefused, checked_settings
from relevo_testkit.surroundings import key_file


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    generate(tmp_path / "signing-keys", 2020)
    return {
        "RELEVO_ENVIRONMENT": "development",
        "RELEVO_MONGO_URL": "mongodb://127.0.0.1:27017/?replicaSet=rs0",
        "RELEVO_MONGO_DATABASE": "certification",
        "RELEVO_NATS_URL": "nats://127.0.0.1:4222",
        "RELEVO_SERVICE_KEY_FILE": str(key_file(tmp_path / "service.key")),
        "RELEVO_OIDC_ISSUER": "http://127.0.0.1:8100",
        "RELEVO_PEOPLE_ISSUER": "http://127.0.0.1:8101",
        "RELEVO_HTTP_PORT": "8104",
        "RELEVO_INTAKE_URL": "http://127.0.0.1:8101",
        "RELEVO_PUBLIC_URL": "http://localhost:8104",
        "RELEVO_SIGNING_KEYS": str(tmp_path / "signing-keys"),
    }


def checked(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> CertificationSettings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return checked_settings(CertificationSettings)


def test_development_settings_are_taken(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = checked(environment, monkeypatch)
    assert (settings.did, settings.audience) == ("did:web:localhost%3A8104", "certification")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("RELEVO_PUBLIC_URL", "https://oas.test/certificates", "without a path"),
        ("RELEVO_SIGNING_KEYS", "/nowhere", "private Ed25519"),
        ("RELEVO_PDF_SIGNER", "/nowhere.p12", "signs? PDFs|sign PDFs"),
        ("RELEVO_STATUS_LIST_MINUTES", "0", "STATUS_LIST_MINUTES"),
        ("RELEVO_VERIFICATIONS_PER_MINUTE", "0", "VERIFICATIONS_PER_MINUTE"),
    ],
)
def test_a_bad_value_is_refused(
    environment: dict[str, str], name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsRefused, match=message):
        checked({**environment, name: value}, monkeypatch)


def test_production_asks_for_https_a_public_site_and_a_client_secret(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsRefused) as refused:
        checked({**environment, "RELEVO_ENVIRONMENT": "production"}, monkeypatch)
    for name in ("PUBLIC_URL: must be https", "INTAKE_URL", "PUBLIC_URL: must be reachable", "CLIENT_SECRET_FILE"):
        assert name in str(refused.value)
