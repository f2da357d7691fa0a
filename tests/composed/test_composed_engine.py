"""Which engine is taken, what it is asked, and what is said where there is none."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.composed import __main__ as command
from tests.composed.engine import Broken, Engine, NoEngine


def planted(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_first_that_answers_is_taken(tmp_path: Path) -> None:
    away = planted(tmp_path, "docker", "echo 'Cannot connect to the daemon' >&2; exit 1")
    there = planted(tmp_path, "podman", "exit 0")
    assert Engine.found([(away, (away, "compose")), (there, (there,))]) == Engine(there, (there,))


def test_where_there_is_none_each_is_said_to_be_missing_or_why_it_does_not_answer(tmp_path: Path) -> None:
    away = planted(tmp_path, "docker", "echo 'Cannot connect to the daemon' >&2; exit 1")
    with pytest.raises(NoEngine, match=r"docker info: Cannot connect to the daemon; there is no .*podman.*install"):
        Engine.found([(away, (away, "compose")), (str(tmp_path / "podman"), ("podman-compose",))])


def test_the_command_says_that_it_was_skipped_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.argv", ["composed"])
    assert command.main() == 2
    assert "skipped: containers cannot be run here: there is no docker; there is no podman" in capsys.readouterr().err


async def test_podman_is_told_not_to_tie_containers_to_jobs_that_have_ended(tmp_path: Path) -> None:
    """Or it starts none of them again."""
    planted(tmp_path, "compose", f'echo "$@" >> {tmp_path}/asked')
    for program in ("podman", "docker"):
        await Engine(program, (str(tmp_path / "compose"),)).up({})
    assert (tmp_path / "asked").read_text("utf-8").splitlines() == [
        "-p relevo-composed run --rm secrets",
        "-p relevo-composed up -d --no-deps",
        "-p relevo-composed run --rm secrets",
        "-p relevo-composed up -d",
    ]


async def test_what_does_not_run_is_not_killed_and_what_fails_says_its_last_lines(tmp_path: Path) -> None:
    podman = planted(
        tmp_path, "podman", 'case $1 in ps) echo abc;; inspect) echo 0;; *) echo "no such" >&2; exit 3;; esac'
    )
    with pytest.raises(Broken, match="nats does not run"):
        await Engine(podman, (podman,)).kill("nats")
    with pytest.raises(Broken, match="ended with 3:\nno such"):
        await Engine(podman, (podman,)).down()
