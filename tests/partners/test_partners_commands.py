"""``relevo partner`` against a real nats-server that is named by its address, its secrets and a folder of partners."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from tests.partners.yard import CLOSED, NAME, OPENED, RELEASE, Yard, add, agree, is_refused, listed

from relevo_contracts import CONTRACTS, SERVICES
from relevo_contracts.partners import PUBLIC
from relevo_contracts.table import LOOK
from relevo_deploy.failed import Failed
from relevo_deploy.partners import commands, files
from relevo_deploy.topology import commands as topology_commands
from relevo_deploy.topology.bus import reached
from relevo_deploy.topology.files import default_folder, read_topology
from relevo_deploy.topology.rights import STREAMS, claims_of
from relevo_testkit.waiting import until


async def test_a_partner_is_added_at_once_and_gets_the_events_that_were_asked_for_and_no_others(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    await yard.publish(OPENED, CLOSED)
    assert await add(yard, "CallOpened", "ProgrammePublished") == 0
    assert await yard.brought() == [OPENED]
    assert await yard.brought("scheduling") == []
    async with await yard.connected() as client:
        info = await client.jetstream(prefix=LOOK).consumer_info("EVENTS_INTAKE", f"{NAME}_intake")
    assert (info.config.max_ack_pending, info.config.ack_wait) == (1, 30)
    output = capsys.readouterr()
    assert f"credentials: {yard.credentials}\n" in output.out
    assert "SEED" not in output.out + output.err
    assert stat.S_IMODE(yard.credentials.stat().st_mode) == 0o600
    assert json.loads(output.err.splitlines()[-1])["did"] == "added a partner"
    assert await agree(yard)


async def test_a_partner_hears_the_public_events_and_no_other(yard: Yard) -> None:
    await add(yard)
    public, heard = {each.subject for each in PUBLIC}, set[str]()

    async def note(message: Msg) -> None:
        heard.add(message.subject)

    async with await yard.connected() as client:
        for each in public:
            await client.subscribe(each, cb=note)
        await client.flush()
        for service in SERVICES:
            credentials = yard.secrets.bus.credentials(service, RELEASE)
            async with await yard.connected(service, credentials) as publisher:
                for contract in (each for each in CONTRACTS if each.model.service == service):
                    await publisher.jetstream().publish(contract.subject, b"{}")
        brought = [each for service in SERVICES for each in await yard.brought(service)]
        assert sorted(brought) == sorted(public) == sorted(heard)
        for each in (OPENED, "$JS.API.CONSUMER.CREATE.EVENTS_INTAKE"):
            with pytest.raises(NatsTimeout):
                await client.request(each, b"{}", timeout=0.3)


def test_an_account_imports_what_its_partner_may_ask_for_and_nothing_else(tmp_path: Path) -> None:
    file = files.new_partner(NAME, PUBLIC, "oldest", datetime.now(UTC))
    files.write(tmp_path, file)
    topology = read_topology(default_folder(), partners=tmp_path)
    accounts = {each.name: each.name for each in topology.identities} | {STREAMS: STREAMS}
    claims = claims_of(file.identity, topology, accounts, "signer")
    asked = {each["subject"] for each in claims["imports"] if each["type"] == "service"}
    assert len(asked) == 3 * len(file.identity.take)
    assert {each.get("local_subject", "").split(".")[0] for each in claims["imports"]} == {"", LOOK}
    assert all(subject.split(".")[-1] in (*file.identity.take, ">") for subject in asked)
    assert {each["account"] for each in claims["imports"] if each["type"] == "stream"} == set(SERVICES)
    assert "exports" not in claims
    assert "streams" not in claims["limits"]


async def test_a_partner_may_have_all_public_events_unless_it_is_said_which(yard: Yard) -> None:
    await add(yard)
    found = files.kept_in(yard.partners)[NAME]
    assert sorted(found.subjects) == sorted(found.identity.hear) == sorted(each.subject for each in PUBLIC)


async def test_added_again_nothing_is_done_and_its_credentials_and_place_stay(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    await yard.publish(OPENED)
    await add(yard, "CallOpened")
    before = yard.credentials.read_text(), (yard.partners / f"{NAME}.json").read_text()
    assert await yard.brought() == [OPENED]
    capsys.readouterr()
    await add(yard)
    assert capsys.readouterr().out.startswith("nothing to do\n")
    assert (yard.credentials.read_text(), (yard.partners / f"{NAME}.json").read_text()) == before
    assert await yard.brought() == []


async def test_with_other_types_it_has_those_from_then_on_and_keeps_its_place(yard: Yard) -> None:
    await add(yard, "CallOpened", "ProgrammePublished")
    await yard.publish(OPENED)
    assert await yard.brought() == [OPENED]
    before = yard.credentials.read_text()
    await add(yard, "CallOpened", "CallClosed")
    assert yard.credentials.read_text() == before
    await yard.publish(OPENED, CLOSED)
    assert await yard.brought() == [OPENED, CLOSED]
    assert await agree(yard)


async def test_one_that_begins_now_is_not_brought_what_was_told_before_and_misses_nothing_when_its_durable_is_lost(
    yard: Yard,
) -> None:
    await yard.publish(OPENED)
    await add(yard, begin="now")
    await yard.publish(CLOSED)
    async with await yard.connected("operator") as operator:
        assert await operator.jetstream().delete_consumer("EVENTS_INTAKE", f"{NAME}_intake")
    assert await topology_commands.apply(where=yard.where) == 0
    assert await yard.brought() == [CLOSED]


async def test_the_list_says_what_waits_and_what_is_out_and_since_when(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    await add(yard, "CallOpened")
    await yard.publish(OPENED, OPENED, OPENED)
    async with await yard.connected() as client:
        pull = await client.jetstream().pull_subscribe_bind(f"{NAME}_intake", "EVENTS_INTAKE")
        [first] = await pull.fetch(timeout=5)
        await first.ack_sync()
        await pull.fetch(timeout=5)
    [partner] = (await listed(yard, capsys))["partners"]
    [durable] = partner["durables"]
    assert (partner["name"], partner["events"], partner["differs"]) == (NAME, ["CallOpened"], [])
    assert (durable["waiting"], durable["out"]) == (1, 1)
    assert durable["acknowledged_at"] <= durable["delivered_at"]
    assert await commands.listed(where=yard.where) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split()[0] == NAME
    assert "s ago" in line
    assert await commands.show(NAME, where=yard.where) == 0
    assert "EVENTS_INTAKE: CallOpened" in capsys.readouterr().out


async def test_a_lost_durable_and_a_lost_account_are_told_and_made_again(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    await add(yard, "CallOpened")
    async with reached(yard.server.url, yard.secrets.bus, RELEASE) as bus:
        await bus.remove(NAME, RELEASE)
    [partner] = (await listed(yard, capsys))["partners"]
    assert partner["differs"] == [f"+ consumer {NAME}_intake of EVENTS_INTAKE", f"+ identity {NAME}"]
    assert await commands.listed(where=yard.where) == 1
    assert f"do: relevo partner add {NAME}" in capsys.readouterr().out
    assert await topology_commands.apply(where=yard.where) == 0
    await yard.publish(OPENED)
    assert await yard.brought() == [OPENED]


async def test_who_is_removed_is_cut_off_and_nothing_is_left(yard: Yard, tmp_path: Path) -> None:
    await add(yard)
    kept = tmp_path / "kept.creds"
    kept.write_text(yard.credentials.read_text())
    client = await yard.connected()
    with pytest.raises(Failed, match=f"partner remove {NAME}"):
        await topology_commands.remove(NAME, where=yard.where)
    assert await commands.remove(NAME, where=yard.where) == 0
    await until(lambda: _is_cut_off(client))
    await client.close()
    assert await is_refused(yard, kept)
    assert await agree(yard)
    assert not yard.credentials.parent.exists()
    assert not yard.secrets.path("bus", f"{NAME}.json").exists()
    with pytest.raises(Failed, match="there is no partner observatory"):
        await commands.remove(NAME, where=yard.where)
    await add(yard, "CallOpened")
    assert await is_refused(yard, kept)
    assert await yard.brought() == []


async def _is_cut_off(client: Client) -> bool:
    return not client.is_connected


async def test_rotated_credentials_are_worth_nothing_at_once_and_the_new_ones_go_on_where_the_old_were(
    yard: Yard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await add(yard, "CallOpened")
    await yard.publish(OPENED)
    assert await yard.brought() == [OPENED]
    old = [tmp_path / f"{number}.creds" for number in range(3)]
    for each in old:  # within a second, perhaps
        each.write_text(yard.credentials.read_text())
        client = await yard.connected()
        assert await commands.rotate(NAME, where=yard.where) == 0
        await until(lambda client=client: _is_cut_off(client))  # type: ignore[misc]
        await client.close()
    output = capsys.readouterr()
    assert "SEED" not in output.out + output.err
    assert [await is_refused(yard, each) for each in old] == [True, True, True]
    assert stat.S_IMODE(yard.credentials.stat().st_mode) == 0o600
    await yard.publish(OPENED)
    assert await yard.brought() == [OPENED]
    assert await agree(yard)
    assert await topology_commands.apply(where=yard.where) == 0
    assert await is_refused(yard, old[0])


async def test_who_is_no_partner_is_not_rotated(yard: Yard) -> None:
    await add(yard)
    for name in ("intake", "nobody"):
        with pytest.raises(Failed, match=f"no partner {name} .*; there are {NAME}"):
            await commands.rotate(name, where=yard.where)


async def test_others_partners_stay_as_they_are(yard: Yard) -> None:
    await add(yard, name="a")
    await add(yard, name="a_intake")
    await commands.remove("a", where=yard.where)
    assert await agree(yard)
    assert [*files.kept_in(yard.partners)] == ["a_intake"]
