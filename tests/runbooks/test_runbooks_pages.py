"""Which pages there are for whoever operates it, that each is found from the index, and that its settings are taken."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from tests.runbooks.pages import FOLDER, INDEX, text

from relevo_chassis.given.settings import ServiceSettings, checked_settings
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.secret_files import SecretFiles

WANTED = {
    *("try", "install", "configure", "size", "operate", "rotate", "restore", "runbooks"),
    *("lose-a-node", "lose-a-stream", "full-disk", "poison", "partner-gone-wrong", "erase-a-person", "incident"),
}
PAGES = sorted(path.name for path in FOLDER.glob("*.md") if path != INDEX)


def test_there_is_a_page_for_each_thing_that_one_may_have_to_do() -> None:
    assert {f"{name}.md" for name in WANTED} - set(PAGES) == set()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_found_from_the_index(page: str) -> None:
    assert f"]({page})" in INDEX.read_text("utf-8")


@pytest.mark.parametrize("page", sorted(WANTED - {"try", "install", "configure", "size", "rotate", "runbooks"}))
def test_a_page_for_when_something_is_wrong_says_what_one_sees_and_what_to_do(page: str) -> None:
    assert re.search(r"^\| what you see \| look at \| do \|$", text(f"{page}.md"), re.MULTILINE)


def environment(service: str, secrets: Path) -> dict[str, str]:
    """What the page on settings has for a service in production, with its secrets from a folder."""
    named: list[tuple[str, str]] = re.findall(r"^([^\n]+)\n\n```ini\n(.*?)^```", text("configure.md"), re.M | re.S)
    shared, own = (block for _, block in named[:2])
    title = service.replace("_", " ").capitalize()
    added = "".join(block for heading, block in named[2:] if heading == f"{title}:")
    lines = f"{shared}{own}{added}".replace("SERVICE", "\0").replace("RELEVO_\0", "RELEVO_SERVICE").splitlines()
    pairs = [line.replace("_\0_", "_SERVICE_").replace("\0", service).partition("=") for line in lines]
    here = {name: value.strip("'") for name, _, value in pairs}
    return {name: value.replace("/etc/relevo", str(secrets / service)) for name, value in here.items()}


@pytest.mark.parametrize("service", DEPLOYED)
def test_the_settings_of_production_that_the_page_shows_are_taken_by_each_service(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = SecretFiles(tmp_path)
    files.service_key(service)
    files.signing_keys(service, 2026)
    for name in ("mongo.password", "nats.creds", "client.secret"):
        files.password(service, name)
    (tmp_path / service / "ca.pem").touch()
    settings = import_module(f"relevo_{service}.settings")
    [kind] = [
        each
        for each in vars(settings).values()
        if isinstance(each, type) and issubclass(each, ServiceSettings) and each is not ServiceSettings
    ]
    named = environment(service, tmp_path)
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert checked_settings(kind, named).environment == "production"
