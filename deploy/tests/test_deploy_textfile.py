"""What commands write for Prometheus: how they ended, whole, and nothing of what they do not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from relevo_chassis.measures import OF_COMMANDS
from relevo_deploy import command, textfile
from relevo_deploy.failed import Failed
from relevo_testkit.measured import figure, misfits


def test_a_command_of_the_night_says_how_it_ended_also_when_it_could_not_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(textfile.VARIABLE, str(tmp_path))
    assert command.main(["verify", "--stack", str(tmp_path / "nothing")]) == 2
    page = (tmp_path / "relevo_verify.prom").read_text("utf-8")
    assert figure(page, "relevo_command_exit_code", command="verify") == 2
    assert (figure(page, "relevo_command_ended_timestamp_seconds", command="verify") or 0) > 1.7e9
    assert misfits(page, OF_COMMANDS) == []


def test_the_next_run_replaces_what_the_last_one_wrote(tmp_path: Path) -> None:
    for code in (1, 0):
        textfile.command_over(tmp_path, "readings", code)
    page = (tmp_path / "relevo_readings.prom").read_text("utf-8")
    assert figure(page, "relevo_command_exit_code", command="readings") == 0
    assert [each.name for each in tmp_path.iterdir()] == ["relevo_readings.prom"]


def test_help_and_other_commands_write_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(textfile.VARIABLE, str(tmp_path))
    assert command.main(["verify", "--help"]) == 0
    assert command.main(["token", "--no-such-option"]) == 2
    assert [*tmp_path.iterdir()] == []


def test_streams_say_how_full_they_are(tmp_path: Path) -> None:
    textfile.streams_seen(tmp_path, {"EVENTS_INTAKE": 0.5, "DLQ": 0.0})
    page = (tmp_path / "relevo_streams.prom").read_text("utf-8")
    assert figure(page, "relevo_stream_full_ratio", stream="EVENTS_INTAKE") == 0.5
    assert misfits(page, OF_COMMANDS) == []


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Failed, match=textfile.VARIABLE):
        textfile.command_over(tmp_path / "nowhere", "verify", 0)
    monkeypatch.setenv(textfile.VARIABLE, str(tmp_path / "nowhere"))
    assert command.main(["verify", "--stack", str(tmp_path / "nothing")]) == 2
    assert "nowhere" in capsys.readouterr().err
