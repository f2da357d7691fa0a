"""The services ``partner`` and ``topology`` of docker-compose.yml: their words and surroundings, on a real server."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.partners.yard import NAME, OPENED, Yard

ROOT = Path(__file__).resolve().parents[2]
COMPOSED: Mapping[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
SERVICES = 10001
"""The user that the images run as."""


def mounted(service: str, yard: Yard) -> Mapping[str, str]:
    """Where the folders of a service are here, by where it sees them; and the server, by its name there."""
    sources = {"./var/compose": str(yard.secrets.folder), "./var/partners": str(yard.partners)}
    pairs = [each.split(":")[:2] for each in COMPOSED[service]["volumes"]]
    folders = {there: str(Path(sources.get(at) or f"{yard.secrets.folder}/{Path(at).name}")) for at, there in pairs}
    if service == "topology":  # two of the secrets, side by side
        folders["/run/relevo"] = str(yard.secrets.folder)
    return {**folders, "nats://nats:4222": yard.server.url}


def here(text: str, places: Mapping[str, str]) -> str:
    option, equals, value = text.rpartition("=")
    return f"{option}{equals}{places.get(value, value)}"


async def run(service: str, yard: Yard, *words: str) -> str:
    places, composed = mounted(service, yard), COMPOSED[service]
    before = [Path(each).name for each in composed.get("entrypoint", ["relevo"])][1:]
    environment = {name: here(value, places) for name, value in composed.get("environment", {}).items()}
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "relevo_deploy.command",
            *before,
            *(words or (here(each, places) for each in composed["command"])),
        ),
        env={**os.environ, **environment},
        cwd=yard.server.folder,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_a_partner_is_added_beside_containers_and_the_job_of_the_bus_knows_it(yard: Yard) -> None:
    assert "no partners" in await run("partner", yard)
    added = await run("partner", yard, "add", NAME, "--types", "CallOpened")
    assert f"credentials: {yard.credentials}" in added
    await yard.publish(OPENED)
    assert await yard.brought() == [OPENED]
    assert NAME in await run("partner", yard, "list")
    assert await run("topology", yard) == "nothing to do\n"
    async with await yard.connected("operator") as operator:
        await operator.jetstream().delete_consumer("EVENTS_INTAKE", f"{NAME}_intake")
    assert await run("topology", yard) == f"+ consumer {NAME}_intake of EVENTS_INTAKE\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may write files for others")
async def test_what_it_writes_into_a_folder_belongs_to_whom_the_folder_belongs_to(yard: Yard) -> None:
    for path in (yard.secrets.path("bus", ""), *yard.secrets.path("bus", "").iterdir()):
        os.chown(path, SERVICES, SERVICES)
    await run("partner", yard, "add", NAME)
    assert {path.stat().st_uid for path in yard.secrets.path("bus", "").iterdir()} == {SERVICES}
    assert yard.credentials.stat().st_uid == 0
