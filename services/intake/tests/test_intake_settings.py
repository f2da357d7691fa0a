"""What intake refuses to start with."""

from __future__ import annotations

from pathlib import Path

import pytest

from relevo_chassis.given.settings import SettingsRefused, checked_settings
from relevo_intake.settings import IntakeSettings


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_folder: Path) -> pytest.MonkeyPatch:
    """Settings that are taken, for development."""
    key = tmp_path / "key"
    key.write_text("k1:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=")
    key.chmod(0o600)
    for name, value in {
        "ENVIRONMENT": "development",
        "SERVICE": "intake",
        "MONGO_URL": "mongodb://127.0.0.1:27017",
        "MONGO_DATABASE": "intake",
        "NATS_URL": "nats://127.0.0.1:4222",
        "OIDC_ISSUER": "http://127.0.0.1:8100",
        "PEOPLE_ISSUER": "http://127.0.0.1:8101",
        "TOKEN_KEYS": str(key_folder),
        "HTTP_PORT": "8101",
        "SERVICE_KEY_FILE": str(key),
        "SMTP_URL": "smtp://127.0.0.1:2525",
        "MAIL_FROM": "letters@relevo.net",
        "PUBLIC_URL": "http://127.0.0.1:8105",
    }.items():
        monkeypatch.setenv(f"RELEVO_{name}", value)
    return monkeypatch


def test_what_the_stack_sets_is_taken(environment: pytest.MonkeyPatch) -> None:
    settings = checked_settings(IntakeSettings)
    assert (settings.smtp_url, settings.smtp_password) == ("smtp://127.0.0.1:2525", None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "http://127.0.0.1:25"),
        ("SMTP_URL", "smtp://127.0.0.1"),
        ("SMTP_URL", "smtp://user:word@127.0.0.1:25"),
        ("MAIL_FROM", "letters"),
        ("MAIL_FROM", "a b@relevo.net"),
        ("TOKEN_KEYS", "/nowhere"),
        ("AUDIENCES", "somewhere=else"),
        ("AUDIENCES", "scheduling"),
        ("PUBLIC_URL", "ftp://relevo.net"),
        ("PUBLIC_URL", "https://relevo.net/?q=1"),
        ("SMTP_USER", "intake"),
        ("SMTP_PASSWORD_FILE", "/nowhere"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_never_quoted(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(f"RELEVO_{name}", value)
    with pytest.raises(SettingsRefused, match=f"RELEVO_{name}") as refused:
        checked_settings(IntakeSettings)
    assert value not in str(refused.value) or name == "SMTP_USER"


def test_production_refuses_letters_and_links_without_tls(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RELEVO_ENVIRONMENT", "production")
    with pytest.raises(SettingsRefused) as refused:
        checked_settings(IntakeSettings)
    assert "RELEVO_SMTP_URL: must be smtps://" in str(refused.value)
    assert "RELEVO_PUBLIC_URL: must be https" in str(refused.value)
