"""What may be typed after ``relevo``, what it says of itself, and what it says to words that it does not know."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from relevo_contracts import SERVICES
from relevo_deploy.command import (
    COMMANDS,
    DEAD_LETTERS,
    OPERATE,
    PARTNER,
    RESTORE,
    TOPOLOGY,
    TRY,
    Command,
    application,
    main,
)
from relevo_deploy.embedded.commands import Wanted
from relevo_deploy.operations.reach import Servers

ENVIRONMENT = "RELEVO_OPERATOR_"
REACH = (
    "services token-command issuer client-id client-secret-file nats-url nats-credentials-file mongo-url mongo-user "
    "mongo-password-file ca-file overlay journal restores"
).split()
ALSO = ("known", "kept", "desk")
"""What has a variable beside these."""
OPERATED = ["stack", "folder", "partners", *REACH]
BUS = ["url", "secrets", "partners", "ca-file", "wait", "stack", "folder", "overlay"]
OPTIONS = {
    "up": "detach fresh clock services port-base free-ports nats-url mongo-url ca-file secrets stack".split(),
    "down": ["stack"],
    "stop": ["stack"],
    "start": ["stack"],
    "restart": ["stack"],
    "clock": ["to", "by", "desk", "stack"],
    "token": ["subject", "role", "audience", "receipt", "desk", "stack"],
    "completion": [],
    "status": ["json", *OPERATED],
    "verify": ["json", "first", "all", "known", "accept", *OPERATED],
    "readings": ["json", "kept", *OPERATED],
    "retention": ["days", *OPERATED],
    "backup": ["all", "into", "keep", *OPERATED],
    "backup-keys": ["all", "into", "keep", *OPERATED],
    "check-backup": [],
    "secrets": ["into", "accounts-folder", "certificate", "owner"],
    "mongo-init": ["secrets", "address", "member", "url", "ca-file", "wait"],
    "signing-keys": ["new", "retire", "compromised", "since"],
    "topology diff": BUS,
    "topology apply": BUS,
    "topology remove": BUS,
    "topology render": ["secrets", "accounts-folder", "folder", "overlay"],
    "partner add": ["types", "from", "example", *BUS],
    "partner list": ["json", *BUS],
    "partner show": ["example", "url", "secrets", "partners", "ca-file", "wait", "stack"],
    "partner rotate": BUS,
    "partner remove": BUS,
    "dead-letters list": ["durable", "code", "json", *OPERATED],
    "dead-letters show": OPERATED,
    "dead-letters retry": ["all", "durable", "code", *OPERATED],
    "dead-letters drop": ["all", "durable", "code", "yes", *OPERATED],
    "restore": ["keys", "replace", *OPERATED],
    "replay": ["from-message", "since", "partner", "wait", *OPERATED],
    "republish": ["since", "until", "lane", "first", "last", "slice", "wait", *OPERATED],
    "rebuild": ["settle", "wait", *OPERATED],
}
NAMED: Mapping[str, Command] = {
    **{each.name: each for commands in COMMANDS.values() for each in commands},
    **{f"topology {each.name}": each for each in TOPOLOGY},
    **{f"partner {each.name}": each for each in PARTNER},
    **{f"dead-letters {each.name}": each for each in DEAD_LETTERS},
}


@pytest.fixture(autouse=True)
def a_terminal_of_80_columns_where_nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for each in (*REACH, "folder", "partners", "secrets", *ALSO):
        monkeypatch.delenv(variable(each), raising=False)
    monkeypatch.chdir(tmp_path)


def variable(option: str) -> str:
    ours = {"folder": "RELEVO_TOPOLOGY", "partners": "RELEVO_PARTNERS", "url": "RELEVO_OPERATOR_NATS_URL"}
    return ours.get(option) or f"{ENVIRONMENT}{option.replace('-', '_').upper()}"


def typed(*words: str) -> dict[str, Any]:
    """What a command would be called with."""
    _, bound, _ = application(words).parse_args(words, exit_on_error=False, print_error=False)
    bound.apply_defaults()
    return bound.arguments


def function_of(command: str) -> Any:
    app = application(command.split())
    for name in command.split():
        app = app[name]
    return app.default_command


def test_every_command_is_found_and_its_first_line_stands_in_the_list() -> None:
    assert set(NAMED) == set(OPTIONS)
    for name, each in NAMED.items():
        function = function_of(name)
        assert inspect.iscoroutinefunction(function), name
        assert (inspect.getdoc(function) or "").split("\n\n")[0] == each.about, name


@pytest.mark.parametrize("command", OPTIONS)
def test_help_names_every_option_and_its_environment_variable(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    output = capsys.readouterr().out
    options = re.findall(r"^│ [* ]{0,3}--([a-z-]+)", output, re.MULTILINE)
    assert sorted(options) == sorted(OPTIONS[command])
    variables = re.findall(r"env\s+var:\s*(\w+)", re.sub(r"│\n│ *", " ", output))
    also = REACH if "issuer" in options else ["url", "secrets", "ca-file"] if "partners" in options else []
    named = (*also, "folder", "partners", "overlay", *ALSO)
    assert sorted(variables) == sorted(variable(each) for each in options if each in named)
    assert max(len(line.rstrip()) for line in output.splitlines()) <= 80


@pytest.mark.parametrize(
    ("words", "listed"),
    [([], [*(each for each in OPTIONS if " " not in each), "topology", "partner", "dead-letters"]),
     (["topology"], [each.name for each in TOPOLOGY]),
     (["partner"], [each.name for each in PARTNER]),
     (["dead-letters"], [each.name for each in DEAD_LETTERS])],
)  # fmt: skip
def test_without_a_command_it_lists_them_and_has_done_nothing(
    words: list[str], listed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    output = capsys.readouterr().out
    assert sorted(re.findall(r"^│ ([a-z-]+) ", output, re.MULTILINE)) == sorted(listed)
    assert main([*words, "--help"]) == main([*words, "-h"]) == 0


def test_commands_are_listed_by_what_one_wants_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    output = capsys.readouterr().out
    places = [output.index(f"─ {each.name} ─") for each in (TRY, OPERATE, RESTORE)]
    assert places == sorted(places)
    assert (
        places[0]
        < output.index("│ up ")
        < places[1]
        < output.index("│ status ")
        < places[2]
        < output.index("│ replay ")
    )


def test_a_list_of_commands_loads_none_of_them() -> None:
    list_them = "from relevo_deploy.command import main; main(['--help'])"
    asked = f"import json, sys; {list_them}; json.dump([*sys.modules], sys.stderr)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    loaded = set(json.loads(done.stderr))
    assert not loaded & {"pydantic", "httpx", "nats", "pymongo", "motor", "cryptography", "relevo_chassis"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("bogus", "bogus"),
        ("topology bogus", "bogus"),
        ("status --bogus", "--bogus"),
        ("status --jso", "--json"),
        ("status extra", "extra"),
        ("secrets", "--into"),
        ("replay", "DURABLE"),
        ("replay scheduling_intake --from-message 0", "--from-message"),
        ("replay scheduling_intake --from-message 1 --since 2019-09-12T09:00Z", "--since"),
        ("replay scheduling_intake --since 2019-09-12T09:00", "time zone"),
        ("republish portal", "intake"),
        ("retention --days 0", "--days"),
        ("up --port-base x", "--port-base"),
        ("up --port-base 9000 --free-ports", "--free-ports"),
        ("up --clock yesterday", "2019-09-12T09:00Z"),
        ("up --services intake,post", "no service post"),
        ("clock --by 3x", "3d"),
        ("clock --by 3d --to 2019-09-12T09:00Z", "--to"),
        ("signing-keys keys --new --retire key-2026-1", "--retire"),
        ("completion tcsh", "bash"),
        ("status --services intake", "NAME=URL"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_says_where_help_is(
    words: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("relevo: ")
    assert says in output.err
    asked = next((each for each in NAMED if words.startswith(each)), "topology" if "topology" in words else "")
    assert output.err.endswith(f"see: {f'relevo {asked}'.rstrip()} --help\n")


def test_a_variable_of_the_environment_stands_for_an_option_that_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in (*REACH, "folder", "partners"):
        monkeypatch.setenv(variable(option), "intake=http://there/" if option == "services" else f"of-{option}")
    servers = typed("status")["servers"]
    for option in (*REACH, "folder", "partners"):
        of_it = f"of-{option}"
        kind = Path if option.endswith("-file") or option in ("folder", "partners", "journal", "restores") else str
        assert getattr(servers, option.replace("-", "_")) == (
            {"intake": "http://there"} if option == "services" else kind(of_it)
        )
    servers = typed("status", "--nats-url", "tls://here", "--services=certification=http://here/")["servers"]
    assert (servers.nats_url, servers.services) == ("tls://here", {"certification": "http://here"})
    assert servers.issuer == "of-issuer"


def test_a_variable_that_is_empty_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in (*REACH, "folder", "partners", "kept", "known"):
        monkeypatch.setenv(variable(option), "")
    assert typed("readings") == {"as_json": False, "kept_in": None, "servers": Servers()}
    assert typed("verify")["known"] is None


def test_a_variable_that_cannot_be_meant_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELEVO_OPERATOR_SERVICES", "intake")
    assert main(["status"]) == 2
    assert "RELEVO_OPERATOR_SERVICES" in capsys.readouterr().err


def test_a_variable_whose_name_is_mistyped_is_refused_with_the_one_that_is_nearest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELEVO_OPERATOR_NATS_ULR", "tls://here")
    monkeypatch.setenv("RELEVO_OPERATOR_WEATHER", "fine")
    monkeypatch.setenv("RELEVO_MONGO_URL", "a service's")
    assert main(["readings"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "relevo: RELEVO_OPERATOR_NATS_ULR stands for no option of any command, RELEVO_OPERATOR_NATS_URL does; "
        "correct its name or remove it",
        "relevo: RELEVO_OPERATOR_WEATHER stands for no option of any command; correct its name or remove it",
    ]


def test_a_stack_that_is_left_to_itself_is_wanted_as_it_was_asked_for(tmp_path: Path) -> None:
    usual = typed("up")["wanted"]
    assert usual == Wanted() == typed("up", *usual.words)["wanted"]
    other = typed(
        "up", "--clock", "2019-09-12T12:00Z", "--services", "intake,scheduling", "--free-ports",
        "--stack", str(tmp_path), "--nats-url", "nats://there", "--mongo-url", "mongodb://there/?a=b&c=d",
        "--secrets", "kept",
    )["wanted"]  # fmt: skip
    assert (other.clock, other.services) == (datetime(2019, 9, 12, 12, tzinfo=UTC), SERVICES[:2])
    assert typed("up", *other.words)["wanted"] == other
    assert typed("up", *typed("up", "--port-base", "9000")["wanted"].words)["wanted"].port_base == 9000


def test_what_may_be_given_several_times_is_kept_in_its_order() -> None:
    token = typed("token", "--role", "coordinator", "--audience", "intake", "--role", "operator")
    assert (token["roles"], token["audience"]) == (("coordinator", "operator"), ("intake",))
    assert typed("secrets", "--into", "there", "--owner", "a=1", "--owner", "b=2")["owners"] == ("a=1", "b=2")
