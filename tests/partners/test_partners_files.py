"""What is refused before anybody is asked: names, events, and files that would give a partner more."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.partners.yard import NAME

from relevo_contracts import BY_MODEL, CONTRACTS
from relevo_contracts.intake import CallOpened
from relevo_contracts.partners import PUBLIC
from relevo_deploy.failed import Failed
from relevo_deploy.partners import commands, files
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology.reach import Where


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Observatory", "begin with a letter"),
        ("a-b", "begin with a letter"),
        ("_a", "begin with a letter"),
        ("a.b", "begin with a letter"),
        ("../a", "begin with a letter"),
        ("", "begin with a letter"),
        ("a" * 64, "begin with a letter"),
        ("intake", "somebody else"),
        ("portal", "somebody else"),
        ("operator", "somebody else"),
        ("bus", "somebody else"),
        ("system", "somebody else"),
        ("defaults", "somebody else"),
        ("intake_friends", "look like those of intake"),
    ],
)
@pytest.mark.parametrize("command", [commands.add, commands.remove])
async def test_a_name_that_cannot_be_is_refused_and_nothing_is_asked(
    tmp_path: Path, name: str, says: str, command: Callable[..., Awaitable[int]]
) -> None:
    where = Where(url="nats://127.0.0.1:1", secrets=tmp_path / "secrets", partners=tmp_path / "partners")
    with pytest.raises(Failed, match=says):
        await command(name, where=where)
    assert os.listdir(tmp_path) == []


async def test_internal_and_unknown_events_are_refused_by_name_and_the_public_ones_are_listed(tmp_path: Path) -> None:
    where = Where(url="nats://127.0.0.1:1", secrets=tmp_path / "secrets", partners=tmp_path / "partners")
    internal = [each.model.__name__ for each in CONTRACTS if each.audience == "internal"]
    for names, says in ((["CallOpend"], "there is no event CallOpend;"), (internal[:1], f"outside: {internal[0]};")):
        with pytest.raises(Failed, match=says) as refused:
            await commands.add(NAME, types=("CallOpened", *names), where=where)
        assert all(each.model.__name__ in str(refused.value) for each in PUBLIC)
    assert os.listdir(tmp_path) == []


async def test_without_a_server_or_a_folder_it_says_what_to_name_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    nowhere = Where(stack=tmp_path / "stack")
    with pytest.raises(Failed, match="--partners"):
        await commands.add(NAME, where=nowhere)
    with pytest.raises(Failed, match="--url"):
        await commands.add(NAME, where=replace(nowhere, partners=tmp_path / "partners"))
    with pytest.raises(Failed, match="--secrets"):
        await commands.add(NAME, where=replace(nowhere, partners=tmp_path / "partners", url="nats://127.0.0.1:1"))
    away = Where(url="nats://127.0.0.1:1", secrets=tmp_path / "secrets", partners=tmp_path / "partners")
    with pytest.raises(Failed, match=r"no bus/root\.seed"):
        await commands.add(NAME, where=away)
    assert os.listdir(tmp_path) == []
    assert SecretFiles(tmp_path / "secrets").bus.root
    with pytest.raises(Failed, match=r"127\.0\.0\.1:1"):
        await commands.add(NAME, where=away)
    assert not (tmp_path / "partners").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"publish": ["events.intake.call.opened.v1"]}, "nothing else"),
        ({"look": True}, "nothing else"),
        ({"administer": True}, "nothing else"),
        ({"read": ["EVENTS_INTAKE"]}, "nothing else"),
        ({"hear": ["events.intake.>"]}, "single public events"),
        ({"hear": ["events.intake.application.submitted.v1"]}, "single public events"),
        ({"take": ["scheduling_intake"]}, "its own durables"),
    ],
)
def test_a_file_that_would_give_a_partner_more_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    refused(tmp_path, says, identities=change)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"filter_subjects": ["events.intake.>"]}, "single public events"),
        ({"filter_subjects": []}, "single public events"),
        ({"filter_subjects": ["events.intake.application.submitted.v1"]}, "single public events"),
        ({"max_ack_pending": 2}, "max_ack_pending is 1"),
        ({"stream": "ERASURES"}, "on EVENTS_SERVICE"),
        ({"name": "scheduling_intake"}, "on EVENTS_SERVICE"),
    ],
)
def test_a_durable_that_would_bring_a_partner_more_is_refused(tmp_path: Path, change: Any, says: str) -> None:
    refused(tmp_path, says, consumers=change)


def test_a_file_has_the_name_of_its_partner(tmp_path: Path) -> None:
    refused(tmp_path, "other.json is of observatory", file="other")


def refused(
    folder: Path,
    says: str,
    identities: dict[str, Any] | None = None,
    consumers: dict[str, Any] | None = None,
    file: str = NAME,
) -> None:
    right = files.new_partner(NAME, [BY_MODEL[CallOpened]], "oldest", datetime.now(UTC)).model_dump(
        mode="json", exclude_none=True
    )
    for part, change in (("identities", identities), ("consumers", consumers)):
        right[part] = [{**right[part][0], **(change or {})}]
    (folder / f"{file}.json").write_text(json.dumps(right))
    with pytest.raises(Failed, match=says):
        files.kept_in(folder)
