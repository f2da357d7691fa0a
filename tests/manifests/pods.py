"""Pods of a rendered overlay, run as processes of this machine: their files, environment and words as they are there.

What is not there is the cluster: names, policies, limits, probes of its own, and the image around the program.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.manifests.rendering import Object, of_kind, pod_of

_BIN = Path(__file__).resolve().parents[2] / ".venv" / "bin"
_VARIABLE = re.compile(r"\$\((\w+)\)")


@dataclass(frozen=True)
class Pod:
    """The one container of a pod that is ours, with a folder in place of ``/run``.

    ``secrets`` is where ``relevo secrets`` made them. ``instead`` says what stands in place of addresses in a cluster.
    """

    objects: Sequence[Object]
    owner: Object
    folder: Path
    secrets: Path
    certificate: Path
    instead: Mapping[str, str]

    @property
    def container(self) -> Object:
        pod = pod_of(self.owner)
        assert pod
        return dict(pod["spec"]["containers"][0])

    def environment(self) -> Mapping[str, str]:
        """What the manifests say, and what a process needs anywhere."""
        found: dict[str, str] = {}
        for source in self.container["envFrom"]:
            name = source["configMapRef"]["name"]
            (settings,) = [each for each in of_kind(self.objects, "ConfigMap") if each["metadata"]["name"] == name]
            found |= settings["data"]
        found |= {each["name"]: each["value"] for each in self.container.get("env", ())}
        return {"PATH": os.environ["PATH"], **{name: self._here(value) for name, value in found.items()}}

    def words(self) -> list[str]:
        """What a job's container is started with."""
        environment = self.environment()
        words = [_VARIABLE.sub(lambda found: environment[found[1]], each) for each in self.container["args"]]
        return [self._here(each) for each in words]

    def _here(self, value: str) -> str:
        for there, here in self.instead.items():
            value = value.replace(there, here)
        return value.replace("/run/", f"{self.folder}/")

    def mount(self) -> set[Path]:
        """Lay its files as the kubelet does; returns which. Raises ``FileNotFoundError`` for what no Secret has."""
        pod = pod_of(self.owner)
        assert pod
        volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
        for each in self.container["volumeMounts"]:
            place = self.folder / each["mountPath"].removeprefix("/run/").removeprefix("/")
            place.mkdir(parents=True, exist_ok=True)
            for source, name, mode in self._files(volumes[each["name"]]):
                path = place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, path)
                path.chmod(mode)
        return self.files()

    def files(self) -> set[Path]:
        return {path for path in self.folder.rglob("*") if path.is_file()}

    def _files(self, volume: Object) -> Iterator[tuple[Path, str, int]]:
        """Each file of a volume: where it is from, its name there, its mode."""
        if "secret" in volume:
            secret = volume["secret"]
            for source, name in self._of_secret(secret["secretName"], secret.get("items")):
                yield source, name, secret["defaultMode"]
        for each in volume.get("projected", {}).get("sources", ()):
            for source, name in self._of_secret(each["secret"]["name"], each["secret"]["items"]):
                yield source, name, volume["projected"]["defaultMode"]

    def _of_secret(self, name: str, items: Sequence[Mapping[str, str]] | None) -> Iterator[tuple[Path, str]]:
        owner, keys, _ = name.partition("-signing-keys")
        folder = self.secrets / owner.replace("-", "_") / keys.removeprefix("-")
        if name.endswith("-tls"):
            folder = self.certificate
        if items is None:
            yield from ((path, path.name) for path in folder.iterdir() if path.is_file())
        else:
            yield from ((folder / each["key"], each["path"]) for each in items)


async def done(pod: Pod) -> tuple[int, str]:
    """Run a job's container to its end: its exit code, and what it said."""
    running = await asyncio.create_subprocess_exec(
        str(_BIN / "relevo"),
        *pod.words(),
        env=pod.environment(),
        cwd="/",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await running.communicate()
    return running.returncode or 0, output.decode()


@asynccontextmanager
async def running(pod: Pod, program: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A service of this program until the block ends; then it is asked to end, and has the pod's patience for it."""
    spec = pod_of(pod.owner)
    assert spec
    with (pod.folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(_BIN / program), env=pod.environment(), cwd="/", stdout=log, stderr=asyncio.subprocess.STDOUT
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(spec["spec"]["terminationGracePeriodSeconds"]):
                await process.wait()
