"""docker-compose.yml by itself: what its services are told is enough, and what it mounts is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.composed.engine import ROOT
from tests.composed.place import Place
from tests.composed.recovery import KILLED
from tests.documents.settings import classes

from relevo_chassis.given.settings import checked_settings
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.secret_files import SecretFiles

FILE: Mapping[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: Mapping[str, Mapping[str, Any]] = FILE["services"]
JOBS = {"secrets", "topology", "mongo-init", "partner"}
MADE = ("./var/compose", "./var/partners")
"""What is made when it runs, and in no release."""


@pytest.mark.parametrize("name", DEPLOYED)
def test_what_a_service_is_told_is_enough(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path)
    environment = dict(SERVICES[name]["environment"])
    for variable, value in environment.items():
        assert isinstance(value, str), f"{variable}: quote it"
        here = value.replace("/run/relevo/", f"{tmp_path / name}/").replace("/clock/", f"{tmp_path}/")
        monkeypatch.setenv(variable, here)
    secrets.service_key(name)
    secrets.mongo_password(name)
    secrets.signing_keys(name, 2019)
    secrets.put(name, "nats.creds", "credentials")
    (tmp_path / "clock.json").write_text('{"offset_seconds": 0}')
    assert checked_settings(classes()[name]).service == name
    monkeypatch.delenv("RELEVO_MONGO_URL")
    with pytest.raises(Exception, match="RELEVO_MONGO_URL: is missing"):
        checked_settings(classes()[name])


def test_what_is_mounted_is_in_the_tree_or_made_or_a_volume_that_is_declared() -> None:
    for name, each in SERVICES.items():
        for mount in each.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert source.startswith(MADE) or (ROOT / source).exists(), f"{name}: {source}"
                assert source.startswith("./var/") or mount.endswith(":ro"), f"{name}: {mount} can be written to"
            else:
                assert source in FILE["volumes"], f"{name}: {source}"


def test_what_goes_on_is_started_again_is_killed_in_turn_and_what_has_a_page_of_health_is_asked() -> None:
    going_on = {name for name, each in SERVICES.items() if each.get("restart") == "unless-stopped"}
    assert going_on == SERVICES.keys() - JOBS == {*KILLED}
    assert {name for name, each in SERVICES.items() if "healthcheck" in each} == {"desk", *DEPLOYED}
    for name in ("desk", *DEPLOYED):
        [asked] = re.findall(r"127\.0\.0\.1:(\d+)/readyz", SERVICES[name]["healthcheck"]["test"][-1])
        assert f"127.0.0.1:{Place().urls[name].rpartition(':')[2]}:{asked}" in SERVICES[name]["ports"]


def test_every_image_is_built_here_or_of_one_version() -> None:
    for name, each in SERVICES.items():
        if "build" in each:
            assert (ROOT / each["build"]["dockerfile"]).is_file(), name
            assert each["image"].startswith("localhost/relevo-"), name
        else:
            assert re.search(r":v?\d+\.\d+\.\d+", each["image"]), f"{name}: {each['image']} may change"


def test_no_secret_is_in_the_file() -> None:
    """Secrets are files, and whoever is given one finds it below its own folder."""
    assert [each for each in secrets_of(FILE) if not each[1].startswith(("/run/relevo/", "/secrets"))] == []
    planted = {"services": {"nats": {"environment": {"RELEVO_MONGO_PASSWORD_FILE": "/run/relevo/x", "API_KEY": "abc"}}}}
    assert ("API_KEY", "abc") in [*secrets_of(planted)]
    assert [*secrets_of({"command": ["--token=1234567890123456789012345678901234567890"]})]


_SPEAKS_OF_A_SECRET = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|CREDENTIALS")
_LOOKS_RANDOM = re.compile(r"(?<![\w/.-])(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])[\w+/-]{32,}|\d{32,}")


def secrets_of(part: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Values whose name speaks of a secret, and values that look like one."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield from secrets_of(value, str(key))
    elif isinstance(part, list):
        for value in part:
            yield from secrets_of(value, name)
    elif isinstance(part, str) and (_SPEAKS_OF_A_SECRET.search(name) or _LOOKS_RANDOM.search(part)):
        yield name, part
