"""The command, as a process of its own, and what it rests on."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relevo_deploy.embedded.place import Ports
from relevo_deploy.embedded.programs import PROGRAMS
from relevo_deploy.secret_files import SecretFiles
from relevo_servers import ServerMissing
from relevo_servers.process import find_program

START = datetime(2019, 9, 12, 9, tzinfo=UTC)


def test_fixed_ports_are_the_documented_ones() -> None:
    ports = Ports.fixed()
    assert [ports[each.name] for each in PROGRAMS] == [8101, 8102, 8103, 8104, 8105, 8106]
    assert (ports["desk"], ports["nats"], ports["mongo"]) == (8100, 8110, 8112)


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first, again = SecretFiles(tmp_path), SecretFiles(tmp_path)
    assert first.password("intake", "mongo.password") == again.password("intake", "mongo.password")
    assert first.bus.root.id == again.bus.root.id
    assert first.bus.account("intake").id == again.bus.account("intake").id != again.bus.account("partner").id
    assert {path.name for path in first.signing_keys("certification", 2026).iterdir()} == {
        "key-2026-1.pem",
        "key-2026-2.pem",
    }
    assert len(list(again.signing_keys("certification", 2027).iterdir())) == 2


def relevo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "relevo_deploy.command", *words, "--stack", str(folder)]
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.usefixtures("no_process_left")
def test_the_command_brings_a_stack_up_tells_of_it_and_takes_it_down(tmp_path: Path) -> None:
    up = relevo(tmp_path, "up", "--detach", "--free-ports", "--services", "scheduling", "--clock", START.isoformat())
    assert up.returncode == 0, up.stderr
    assert "desk" in up.stdout
    try:
        assert relevo(tmp_path, "status").returncode == 0
        assert relevo(tmp_path, "topology", "diff").stdout == "no differences\n"
        assert relevo(tmp_path, "topology", "apply").stdout == "nothing to do\n"
        different = relevo(tmp_path, "topology", "diff", "--overlay", "production")
        assert (different.returncode, "num_replicas: 1 -> 3" in different.stdout) == (1, True)
        impossible = relevo(tmp_path, "topology", "apply", "--overlay", "production")
        assert (impossible.returncode, "STREAM.UPDATE" in impossible.stderr) == (2, True)
        partner = relevo(tmp_path, "partner", "add", "observatory", "--types", "ProgrammePublished", "CallOpened")
        assert (partner.returncode, "secrets/observatory/nats.creds" in partner.stdout) == (0, True)
        replayed = relevo(tmp_path, "replay", "observatory_intake")
        assert (replayed.returncode, "--partner" in replayed.stderr) == (2, True)
        assert "added a partner" in (tmp_path / "logs" / "operations.log").read_text()
        assert relevo(tmp_path, "status").returncode == 0
        assert relevo(tmp_path, "topology", "diff").stdout == "no differences\n"
        assert relevo(tmp_path, "clock", "--by", "3d").stdout.startswith("2019-09-15T09:")
        back = relevo(tmp_path, "clock", "--to", "2019-09-12T09:00Z")
        assert (back.returncode, "is before" in back.stderr) == (2, True)
        assert relevo(tmp_path, "token", "--role", "coordinator").stdout.count(".") == 2
        stopped = relevo(tmp_path, "stop", "scheduling")
        assert (stopped.returncode, "relevo start scheduling" in stopped.stdout) == (0, True), stopped.stderr
        status = relevo(tmp_path, "status")
        assert (status.returncode, status.stdout.count("was stopped by command")) == (1, 1)
        assert "do: relevo start scheduling" in status.stdout
        assert relevo(tmp_path, "start", "scheduling").stdout == "scheduling is ready\n"
        assert relevo(tmp_path, "status").returncode == 0
        again = relevo(tmp_path, "up", "--free-ports")
        assert (again.returncode, "relevo down" in again.stderr) == (2, True)
    finally:
        assert relevo(tmp_path, "down").returncode == 0
    assert "no stack runs" in relevo(tmp_path, "status").stderr
    assert relevo(tmp_path, "down").stdout.startswith("no stack runs")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("relevo dead-l", "dead-letters"),
        ("relevo dead-letters dr", "drop"),
        ("relevo dead-letters drop --co", "--code"),
    ],
)
def test_bash_completes_commands_and_options(typed: str, completed: str) -> None:
    script = subprocess.run(
        [sys.executable, "-m", "relevo_deploy.command", "completion", "bash"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    words = typed.split()
    ask = f'COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _relevo; echo "${{COMPREPLY[@]}}"'
    bash = ["/bin/bash", "-c", f"{script}\n{ask}"]
    found = subprocess.run(bash, capture_output=True, text=True, timeout=60, check=True).stdout  # noqa: S603
    assert completed in found.split()


@pytest.mark.usefixtures("no_process_left")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_however_the_command_ends(
    tmp_path: Path, number: signal.Signals, descendants: Callable[[int], set[int]]
) -> None:
    command = [sys.executable, "-m", "relevo_deploy.command", "up", "--free-ports", "--services", "scheduling"]
    with subprocess.Popen([*command, "--stack", str(tmp_path)], stdout=subprocess.DEVNULL) as up:  # noqa: S603
        wait_for(tmp_path / "stack.json")
        servers = descendants(up.pid)
        assert len(servers) == 4
        up.send_signal(number)
        assert up.wait(60) == (0 if number is not signal.SIGKILL else -9)
    until = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in servers):
        assert time.monotonic() < until
        time.sleep(0.1)


def wait_for(path: Path, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, f"no {path}"
        time.sleep(0.1)


def test_where_the_wheels_have_no_build_it_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for program, variable in (("nats-server", "RELEVO_NATS_SERVER"), ("mongod", "RELEVO_MONGOD")):
        with pytest.raises(ServerMissing, match=r"relevo up --nats-url .* --mongo-url"):
            find_program(program, variable, wheel=None)
        monkeypatch.setenv(variable, str(tmp_path / "none"))
        with pytest.raises(ServerMissing, match=variable):
            find_program(program, variable, wheel=None)
