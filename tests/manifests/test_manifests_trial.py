"""The trial as its manifests say: processes of this machine in place of pods, on real servers, behind real doors."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from tests.manifests.doors import NGINX, NO_NGINX, SERVICE, Door, certify, free_ports, open_door
from tests.manifests.pods import Pod, done, running
from tests.manifests.reach import HEALTH, OPERATIONS, PEOPLE
from tests.manifests.rendering import NO_KUBECTL, kubectl, rendered, the

from relevo_deploy.command import main
from relevo_deploy.secret_files import SecretFiles
from relevo_servers import MongoServer
from relevo_servers.nats import NatsServer

pytestmark = [
    pytest.mark.skipif(not kubectl(), reason=NO_KUBECTL),
    pytest.mark.skipif(not NGINX, reason=NO_NGINX),
]


@dataclass(frozen=True)
class Trial:
    """Servers that are up, and where a pod's files are laid."""

    folder: Path
    instead: Mapping[str, str]

    def pod(self, kind: str, name: str, overlay: str, instead: Mapping[str, str] = MappingProxyType({})) -> Pod:
        objects = rendered(overlay)
        owner, folder = the(objects, kind, name), self.folder / name
        return Pod(objects, owner, folder, self.folder / "secrets", self.folder, {**instead, **self.instead})


@pytest.fixture
async def trial(tmp_path: Path) -> AsyncIterator[Trial]:
    secrets = SecretFiles(tmp_path / "secrets")
    accounts = tmp_path / "accounts"
    words = ["secrets", "--into", str(secrets.folder), "--accounts-folder", str(accounts)]
    assert await asyncio.to_thread(main, words) == 0
    certify(tmp_path)
    (tmp_path / "ca.crt").write_bytes((tmp_path / "tls.crt").read_bytes())
    config = secrets.path("nats", "bus.conf").read_text("ascii")
    mongo = MongoServer(tmp_path / "mongo", admin_password=secrets.mongo_admin_password())
    async with NatsServer(tmp_path / "nats", config=config) as nats, mongo:
        there = the(rendered("trial/servers"), "ConfigMap", "servers")["data"]
        yield Trial(
            tmp_path,
            {
                there["RELEVO_OPERATOR_NATS_URL"]: nats.url,
                there["RELEVO_OPERATOR_MONGO_URL"]: f"{mongo.url_for()}&authSource=admin",
            },
        )


async def prepared(trial: Trial) -> None:
    """Run both jobs, twice: the second time there is nothing left to do."""
    for _ in range(2):
        for name in ("topology", "databases"):
            job = trial.pod("Job", name, "trial/servers")
            laid = job.mount()
            code, output = await done(job)
            assert (code, job.files() - laid) == (0, set()), output


async def whole(door: Door, pod: Pod) -> None:
    """Wait until a service has started, and ask as its other probes do."""
    probe = pod.container["startupProbe"]
    async with asyncio.timeout(probe["periodSeconds"] * probe["failureThreshold"]):
        while (await door.ask(HEALTH, probe["httpGet"]["path"])).status_code != 200:  # noqa: ASYNC110 (a probe)
            await asyncio.sleep(0.1)
    for each in ("readinessProbe", "livenessProbe"):
        assert (await door.ask(HEALTH, pod.container[each]["httpGet"]["path"])).status_code == 200


async def test_from_its_secrets_to_a_page_that_the_portal_makes_of_what_intake_answers_it(trial: Trial) -> None:
    """Jobs, two services and their doors, started with what the manifests give them and with nothing else."""
    await prepared(trial)
    ports = {name: free_ports() for name in ("intake", "portal")}
    address = {"https://intake:8443": f"https://localhost:{ports['intake'][PEOPLE]}"}
    async with AsyncExitStack() as stack:
        doors, processes = {}, []
        for name in ports:
            pod = trial.pod("Deployment", name, "trial", {"8000": str(ports[name][SERVICE]), **address})
            pod.mount()
            for each in ("tls.crt", "tls.key"):
                shutil.copyfile(trial.folder / each, pod.folder / each)
            door = doors[name] = await stack.enter_async_context(open_door(pod.folder, ports[name]))
            processes.append(await stack.enter_async_context(running(pod, f"relevo-{name}")))
            await whole(door, pod)
        intake, portal = doors.values()
        assert "relevo_" in (await intake.ask(HEALTH, "/metrics")).text
        assert (await intake.ask(OPERATIONS, "/operations/status")).status_code == 401
        assert (await intake.ask(PEOPLE, "/operations/status")).status_code == 404
        assert (await intake.ask(PEOPLE, "/calls")).json()["items"] == []
        assert (await portal.ask(PEOPLE, "/calls")).status_code == 200
        processes[0].terminate()
        await processes[0].wait()
        assert (await portal.ask(PEOPLE, "/calls")).status_code == 503
    assert [each.returncode for each in processes] == [0, 0]
