"""Docker or Podman, whichever runs here, and the stack of docker-compose.yml in it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "relevo-composed"
"""Of its own, so that its volumes are nobody else's, and may go."""
CANDIDATES = (("docker", ("docker", "compose")), ("podman", ("podman-compose",)))
_LAST_LINES = 25


class Broken(RuntimeError):
    """A command failed; the text is its last lines."""


class NoEngine(RuntimeError):
    """Containers cannot be run here; the text says what was tried."""


@dataclass(frozen=True)
class Engine:
    """What runs containers, and the words that compose takes."""

    program: str
    compose: Sequence[str]

    @classmethod
    def found(cls, candidates: Sequence[tuple[str, Sequence[str]]] = CANDIDATES) -> Engine:
        """The first that answers. Raises ``NoEngine``."""
        tried = []
        for program, compose in candidates:
            why = _silent([program, "info"]) or _silent([*compose, "version"])
            if why is None:
                return cls(program, tuple(compose))
            tried.append(why)
        raise NoEngine(f"containers cannot be run here: {'; '.join(tried)}. Start Docker, or install Podman")

    @property
    def ties(self) -> Sequence[str]:
        """podman-compose ties each container to those that it depends on, and Podman starts none again by itself while
        one of them has ended, as the job ``secrets`` has."""
        return ("--no-deps",) if self.program == "podman" else ()

    async def build(self) -> None:
        """One image after the other. Raises ``Broken``."""
        await self._composed("build", environment={"BUILDAH_ISOLATION": os.environ.get("BUILDAH_ISOLATION", "chroot")})

    async def up(self, environment: Mapping[str, str]) -> None:
        """First the job that makes the secrets, then everything. Raises ``Broken``."""
        await self._composed("run", "--rm", "secrets")
        await self._composed("up", "-d", *self.ties, environment=environment)

    async def down(self) -> None:
        """End it, and remove its volumes. Raises ``Broken``."""
        await self._composed("down", "-v")

    async def process(self, service: str) -> int:
        """The first process of a service's container; 0 while there is none. Raises ``Broken``."""
        labels = [f"label=com.docker.compose.{key}={value}" for key, value in _named(service)]
        filters = [word for label in labels for word in ("--filter", label)]
        [container] = (await run(self.program, "ps", "-aq", *filters)).split()
        return int(await run(self.program, "inspect", "-f", "{{.State.Pid}}", container))

    async def kill(self, service: str) -> int:
        """What a crash looks like: kill -9 to the first process, which is returned."""
        pid = await self.process(service)
        if not pid:
            raise Broken(f"{service} does not run")
        os.kill(pid, signal.SIGKILL)
        return pid

    async def logs(self, service: str) -> str:
        return await self._composed("logs", service)

    async def _composed(self, *words: str, environment: Mapping[str, str] | None = None) -> str:
        return await run(*self.compose, "-p", PROJECT, *words, environment=environment)


def _named(service: str) -> Sequence[tuple[str, str]]:
    return (("project", PROJECT), ("service", service))


def _silent(words: Sequence[str]) -> str | None:
    """Why a program does not answer; None when it does."""
    try:
        answer = subprocess.run(words, capture_output=True, text=True, timeout=60)  # noqa: S603
    except FileNotFoundError:
        return f"there is no {words[0]}"
    lines = answer.stderr.strip().splitlines() or ["it says nothing"]
    return f"{' '.join(words)}: {lines[-1]}" if answer.returncode else None


async def run(*words: str, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints. Raises ``Broken``."""
    child = await asyncio.create_subprocess_exec(
        *words,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await child.communicate()
    if child.returncode:
        last = (output + errors).decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
        raise Broken(f"{' '.join(words)} ended with {child.returncode}:\n" + "\n".join(last))
    return output.decode()
