import base64
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from relevo_chassis.given.settings import ServiceSettings, SettingsRefused, checked_settings, read_settings

SECRET = "kX9-canary-2fQ"


class Settings(ServiceSettings):
    service: str = "service-a"
    greeting: str = "hello"


def secret(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment that is taken in production."""
    for name in [name for name in os.environ if name.upper().startswith("RELEVO_")]:
        monkeypatch.delenv(name)
    return {
        "RELEVO_ENVIRONMENT": "production",
        "RELEVO_MONGO_URL": "mongodb://db1.internal:27017,db2.internal/?replicaSet=rs0&tls=true",
        "RELEVO_MONGO_DATABASE": "service_a",
        "RELEVO_MONGO_USER": "service_a",
        "RELEVO_MONGO_PASSWORD_FILE": secret(tmp_path / "mongo", f"{SECRET}/@1\n"),
        "RELEVO_NATS_URL": "tls://nats1.internal:4222,tls://nats2.internal:4222",
        "RELEVO_NATS_CREDENTIALS_FILE": secret(tmp_path / "nats", SECRET + "2\r\n"),
        "RELEVO_SERVICE_KEY_FILE": secret(tmp_path / "key", base64.b64encode(os.urandom(32)).decode() + "\n"),
        "RELEVO_OIDC_ISSUER": "https://login.internal/realms/a",
        "RELEVO_PEOPLE_ISSUER": "https://people.internal",
        "RELEVO_HTTP_PORT": "8080",
    }


def read(environment: dict[str, str], **changed: str | None) -> Settings:
    whole = {**environment, **changed}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in whole.items():
            if value is not None:
                patch.setenv(name, value)
        return checked_settings(Settings, os.environ)


def refused(environment: dict[str, str], **changed: str | None) -> str:
    with pytest.raises(SettingsRefused) as error:
        read(environment, **changed)
    assert SECRET not in str(error.value)
    return str(error.value)


def test_sound_settings_are_taken(environment: dict[str, str]) -> None:
    settings = read(environment)
    assert settings.audience == "service-a"
    assert settings.http_host == "127.0.0.1"
    assert settings.mongo_address.startswith(f"mongodb://service_a:{SECRET}%2F%401@db1.internal")
    assert settings.nats_servers == ["tls://nats1.internal:4222", "tls://nats2.internal:4222"]
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    "name", ["ENVIRONMENT", "MONGO_URL", "MONGO_DATABASE", "NATS_URL", "OIDC_ISSUER", "PEOPLE_ISSUER", "HTTP_PORT"]
)
def test_a_missing_setting_is_named(environment: dict[str, str], name: str) -> None:
    del environment[f"RELEVO_{name}"]
    assert refused(environment) == f"RELEVO_{name}: is missing; set it"


@pytest.mark.parametrize(
    "name", ["MONGO_URL", "NATS_CREDENTIALS_FILE", "OIDC_ISSUER", "HTTP_PORT", "OIDC_AUDIENCE", "GREETING"]
)
@pytest.mark.parametrize("value", ["", "  ", "changeme", "CHANGEME-please", "<your value>", " x", "x\n", "example"])
def test_an_empty_sample_or_padded_value_is_refused(environment: dict[str, str], name: str, value: str) -> None:
    assert refused(environment, **{f"RELEVO_{name}": value}).startswith(f"RELEVO_{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("HTTP_PORT", "0"),
        ("HTTP_PORT", "65536"),
        ("HTTP_PORT", "http"),
        ("MONGO_URL", "http://db1.internal"),
        ("MONGO_URL", "mongodb://"),
        ("MONGO_URL", "mongodb://db1.internal:port/?tls=true"),
        ("MONGO_URL", "mongodb://db1.internal:99999/?tls=true"),
        ("MONGO_URL", f"mongodb://user:{SECRET}@db1.internal/?tls=true"),
        ("NATS_URL", "tls://nats1.internal,"),
        ("NATS_URL", "nats1.internal:4222"),
        ("NATS_URL", f"tls://user:{SECRET}@nats1.internal"),
        ("NATS_INBOX_PREFIX", "_INBOX"),
        ("NATS_INBOX_PREFIX", "_INBOX.>"),
        ("OIDC_ISSUER", "login.internal"),
        ("OIDC_ISSUER", "ftp://login.internal"),
        ("OIDC_ISSUER", "https://"),
        ("JWKS_SECONDS", "0"),
        ("OUTBOX_BOUND", "0"),
        ("OUTBOX_BOUND", "-1"),
        ("LOG_LEVEL", "loud"),
        ("MONGO_DATABASE", "a/b"),
        ("MONGO_DATABASE", "$admin"),
        ("TRACING_ENDPOINT", "collector:4318"),
        ("MONGO_PASSWORD_FILE", "/nowhere/at/all"),
        ("CA_FILE", "/nowhere/at/all"),
    ],
)
def test_a_value_that_cannot_be_is_refused(environment: dict[str, str], name: str, value: str) -> None:
    message = refused(environment, **{f"RELEVO_{name}": value})
    assert message.startswith(f"RELEVO_{name}: ")
    assert message.count("\n") == 0


def test_an_unknown_setting_is_refused(environment: dict[str, str]) -> None:
    message = refused(environment, RELEVO_MONGO_PASSWORD=SECRET)
    assert message == (
        "RELEVO_MONGO_PASSWORD: is not a setting of this service, RELEVO_MONGO_PASSWORD_FILE is; "
        "correct its name or remove it"
    )
    message = refused(environment, RELEVO_WHATEVER="x")
    assert message == "RELEVO_WHATEVER: is not a setting of this service; correct its name or remove it"


def test_what_only_the_operators_command_reads_is_passed_over(environment: dict[str, str]) -> None:
    for name in ("OPERATOR_NATS_URL", "OPERATOR_ISSUER", "TOPOLOGY", "DATABASES", "NATS_SERVER", "MONGOD"):
        assert read(environment, **{f"RELEVO_{name}": "x"}).http_port == 8080
    for name in ("OPERATORS", "TOPOLOGY_FILE", "OPERATED"):
        assert "is not a setting" in refused(environment, **{f"RELEVO_{name}": "x"})


def test_a_setting_given_in_two_cases_is_refused(environment: dict[str, str]) -> None:
    assert "set more than once" in refused(environment, relevo_http_port="8081")


def test_all_that_is_wrong_is_told_at_once_a_line_each(environment: dict[str, str]) -> None:
    lines = refused(environment, RELEVO_HTTP_PORT="x", RELEVO_MONGO_URL="y", RELEVO_STRANGE="z").splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == [
        "RELEVO_HTTP_PORT",
        "RELEVO_MONGO_URL",
        "RELEVO_STRANGE",
    ]


def test_a_key_and_a_key_service_exclude_each_other(environment: dict[str, str], tmp_path: Path) -> None:
    service = {
        "RELEVO_KEY_SERVICE_URL": "https://keys.internal/v1/transit",
        "RELEVO_KEY_SERVICE_TOKEN_FILE": secret(tmp_path / "token", "a token of its own"),
        "RELEVO_KEY_SERVICE_KEY": "service-a",
    }
    assert "one of the two" in refused(environment, **service)
    assert "one of the two" in refused(environment, RELEVO_SERVICE_KEY_FILE=None)
    assert read(environment, RELEVO_SERVICE_KEY_FILE=None, **service).key_service_key == "service-a"
    assert "KEY_SERVICE_KEY" in refused(
        environment, RELEVO_SERVICE_KEY_FILE=None, **{**service, "RELEVO_KEY_SERVICE_KEY": None}
    )
    assert "https" in refused(
        environment, RELEVO_SERVICE_KEY_FILE=None, **{**service, "RELEVO_KEY_SERVICE_URL": "http://keys.internal"}
    )


@pytest.mark.parametrize("name", ["MONGO_USER", "MONGO_PASSWORD_FILE"])
def test_user_and_password_come_together(environment: dict[str, str], name: str) -> None:
    assert "set both or neither" in refused(environment, **{f"RELEVO_{name}": None})


def test_shared_credentials_are_refused(environment: dict[str, str], tmp_path: Path) -> None:
    same = secret(tmp_path / "same", SECRET + "2")
    assert "same secret" in refused(environment, RELEVO_MONGO_PASSWORD_FILE=same)


@pytest.mark.parametrize("text", ["", "\n", "changeme\n", "password", "<secret>"])
@pytest.mark.parametrize("name", ["MONGO_PASSWORD_FILE", "NATS_CREDENTIALS_FILE", "SERVICE_KEY_FILE"])
def test_an_empty_or_sample_secret_is_refused(
    environment: dict[str, str], tmp_path: Path, name: str, text: str
) -> None:
    path = secret(tmp_path / "bad", text)
    assert refused(environment, **{f"RELEVO_{name}": path}).startswith(f"RELEVO_{name}: ")


@pytest.mark.parametrize("size", [0, 1, 16, 31, 33, 64])
def test_a_key_of_the_wrong_length_is_refused(environment: dict[str, str], tmp_path: Path, size: int) -> None:
    path = secret(tmp_path / "bad", base64.b64encode(os.urandom(size)).decode())
    assert refused(environment, RELEVO_SERVICE_KEY_FILE=path).startswith("RELEVO_SERVICE_KEY_FILE: ")


@pytest.mark.parametrize("name", ["MONGO_PASSWORD_FILE", "SERVICE_KEY_FILE"])
@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o666])
def test_a_secret_that_everybody_can_read_is_refused(environment: dict[str, str], name: str, mode: int) -> None:
    path = Path(environment[f"RELEVO_{name}"])
    path.chmod(mode)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert "chmod o-rwx" in refused(environment)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("OIDC_ISSUER", "http://login.internal", "https"),
        ("PEOPLE_ISSUER", "http://people.internal", "https"),
        ("NATS_URL", "nats://nats1.internal:4222", "tls://"),
        ("NATS_URL", "tls://nats1.internal,nats://nats2.internal", "tls://"),
        ("MONGO_URL", "mongodb://db1.internal/?replicaSet=rs0", "tls=true"),
        ("MONGO_URL", "mongodb://db1.internal/?tls=false", "tls=true"),
        ("MONGO_URL", "mongodb+srv://db.internal/?tls=false", "tls=true"),
        ("MONGO_URL", "mongodb://db1.internal/?tls=true&tlsInsecure=true", "certificates"),
        ("MONGO_URL", "mongodb://db1.internal/?tls=true&tlsAllowInvalidCertificates=true", "certificates"),
        ("OIDC_ISSUER", "https://login.example.com", "sample host"),
        ("PEOPLE_ISSUER", "https://people.example.com", "sample host"),
        ("NATS_URL", "tls://nats.example.org", "sample host"),
    ],
)
def test_production_refuses_plain_text_and_sample_hosts(
    environment: dict[str, str], name: str, value: str, says: str
) -> None:
    message = refused(environment, **{f"RELEVO_{name}": value})
    assert message.startswith(f"RELEVO_{name}: ")
    assert says in message


def test_one_issuer_is_not_both(environment: dict[str, str]) -> None:
    message = refused(environment, RELEVO_PEOPLE_ISSUER=environment["RELEVO_OIDC_ISSUER"])
    assert message.startswith("RELEVO_PEOPLE_ISSUER: is OIDC_ISSUER")


def test_production_refuses_the_movable_clock(environment: dict[str, str], tmp_path: Path) -> None:
    clock = secret(tmp_path / "clock.json", '{"offset_seconds": 0}')
    assert refused(environment, RELEVO_CLOCK_FILE=clock).startswith("RELEVO_CLOCK_FILE: ")


def test_production_refuses_to_go_without_users(environment: dict[str, str]) -> None:
    message = refused(environment, RELEVO_NATS_CREDENTIALS_FILE=None)
    assert message.startswith("RELEVO_NATS_CREDENTIALS_FILE: ")


def test_development_takes_what_production_refuses(environment: dict[str, str], tmp_path: Path) -> None:
    plain: dict[str, Any] = {
        "RELEVO_ENVIRONMENT": "development",
        "RELEVO_OIDC_ISSUER": "http://127.0.0.1:9000",
        "RELEVO_NATS_URL": "nats://127.0.0.1:4222",
        "RELEVO_MONGO_URL": "mongodb://127.0.0.1:27017/?replicaSet=rs0",
        "RELEVO_CLOCK_FILE": secret(tmp_path / "clock.json", '{"offset_seconds": 0}'),
    }
    assert read(environment, **plain).environment == "development"


def test_a_service_with_bad_settings_says_so_and_exits_with_78(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**environment, "RELEVO_HTTP_PORT": "x"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        read_settings(Settings)
    assert stopped.value.code == 78
    assert capsys.readouterr().err.startswith("RELEVO_HTTP_PORT: ")


@pytest.mark.parametrize("value", ["proxy.internal", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.0/8;10.1.0.0/16"])
def test_proxies_are_networks_and_never_everybody(environment: dict[str, str], value: str) -> None:
    assert refused(environment, RELEVO_TRUSTED_PROXIES=value).startswith("RELEVO_TRUSTED_PROXIES: ")
    assert read(environment, RELEVO_TRUSTED_PROXIES="10.0.0.0/8, 2001:db8::1").trusted_proxies


@pytest.mark.parametrize("value", ["certification", "=a", "a=", "a=b,a=c", "a=b,c=b"])
def test_each_service_is_known_by_one_subject(environment: dict[str, str], value: str) -> None:
    assert refused(environment, RELEVO_SERVICE_SUBJECTS=value).startswith("RELEVO_SERVICE_SUBJECTS: ")
    found = read(environment, RELEVO_SERVICE_SUBJECTS="certification=a1=, portal=b2").services
    assert found == {"a1=": "certification", "b2": "portal"}
