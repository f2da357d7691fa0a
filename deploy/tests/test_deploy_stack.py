"""The embedded stack with a service that does nothing but answer, and the command around it, as processes."""

import asyncio
import json
import os
import shutil
import smtplib
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import KeySet
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from relevo_contracts import PEOPLE
from relevo_deploy.embedded.desk.start import STAFF
from relevo_deploy.embedded.desk_client import Desk, DeskRefused
from relevo_deploy.embedded.orders import Door, OrderRefused, order
from relevo_deploy.embedded.programs import Program
from relevo_deploy.embedded.running import running_in
from relevo_deploy.embedded.stack import PortInUse, Stack, StackRuns, empty
from relevo_deploy.partners import commands as partners
from relevo_deploy.servers.administration import UNFINISHED
from relevo_deploy.topology.reach import Where
from relevo_servers import ServerDidNotStart

IDLE = """
import http.server, json, os, signal, sys
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        told = {name: value for name, value in os.environ.items() if name.startswith("RELEVO_")}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())
    def log_message(self, *told):
        pass
signal.signal(signal.SIGTERM, lambda *told: sys.exit(0))
http.server.HTTPServer(("127.0.0.1", int(os.environ["RELEVO_HTTP_PORT"])), Door).serve_forever()
"""
START = datetime(2019, 9, 12, 9, tzinfo=UTC)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Program:
    script = tmp_path_factory.mktemp("program") / "idle.py"
    script.write_text(IDLE)
    return Program("scheduling", (str(script),))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, idle: Program) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("shared") / "stack"
    async with Stack(folder, clock_start=START, programs=[idle]) as stack:
        yield stack


@pytest.mark.usefixtures("no_process_left")
async def test_a_stack_comes_up_and_leaves_no_process_when_it_ends(tmp_path: Path, idle: Program) -> None:
    async with Stack(tmp_path / "stack", programs=[idle]) as stack:
        pids = [stack.pid(name) for name in ("nats", "mongo", "desk", "scheduling")]
        assert all(pids)
        async with httpx.AsyncClient() as client:
            assert (await client.get(stack.url("scheduling"))).status_code == 200
    for pid in pids:
        assert pid
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_service_is_told_its_own_secrets_and_nobody_elses(stack: Stack) -> None:
    async with httpx.AsyncClient() as client:
        environment = (await client.get(stack.url("scheduling"))).json()
    assert environment["RELEVO_SERVICE"] == environment["RELEVO_MONGO_USER"] == "scheduling"
    assert environment["RELEVO_NATS_INBOX_PREFIX"] == "_INBOX_scheduling"
    files = [
        Path(value) for name, value in environment.items() if name.endswith("_FILE") and name != "RELEVO_CLOCK_FILE"
    ]
    assert {path.parent.name for path in files} == {"scheduling"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert "password" not in " ".join(value for value in environment.values() if "/" not in value)


async def test_every_secret_is_readable_by_its_owner_alone_and_no_two_are_equal(stack: Stack) -> None:
    secrets = [path for path in stack.place.secrets_folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in secrets} == {0o700}
    assert len({path.read_bytes() for path in secrets}) == len(secrets)


@pytest.mark.parametrize("name", ["scheduling", "desk", "nats", "mongo"])
async def test_what_is_killed_is_started_again_within_ten_seconds(stack: Stack, name: str) -> None:
    before = stack.pid(name)
    await stack.kill(name)
    await stack.ready(name, within_seconds=10)
    assert stack.pid(name) not in (None, before)


async def test_what_was_stopped_on_purpose_stays_stopped_until_it_is_started(stack: Stack) -> None:
    await stack.stop_one("scheduling")
    await asyncio.sleep(1.2)
    assert stack.pid("scheduling") is None
    await stack.start_one("scheduling")
    assert stack.pid("scheduling")


async def test_another_process_stops_and_starts_one_server_and_the_stack_says_so(stack: Stack) -> None:
    before, running = stack.pid("scheduling"), running_in(stack.folder)
    assert await order(running.door, "stop", "scheduling") == "scheduling is stopped, until: relevo start scheduling"
    assert await order(running.door, "stop", "scheduling")
    assert stack.pid("scheduling") is None
    assert running_in(stack.folder).stopped == {"scheduling"}
    assert await order(running.door, "start", "scheduling") == "scheduling is ready"
    started = stack.pid("scheduling")
    assert await order(running.door, "start", "scheduling") == "scheduling is ready"
    assert (stack.pid("scheduling"), running_in(stack.folder).stopped) == (started, frozenset())
    assert await order(running.door, "restart", "scheduling") == "scheduling is ready"
    assert stack.pid("scheduling") not in (None, before, started)
    await stack.kill("scheduling")
    await stack.ready("scheduling", within_seconds=10)


async def test_an_order_that_is_not_the_owners_or_names_nothing_changes_nothing(stack: Stack) -> None:
    door, before = running_in(stack.folder).door, stack.pid("scheduling")
    with pytest.raises(OrderRefused, match=r"the stack runs no cook; it runs .*scheduling"):
        await order(door, "stop", "cook")
    with pytest.raises(OrderRefused, match="owner"):
        await order(Door(door.port, "guessed"), "stop", "scheduling")
    for line in (b"\n", b"[]\n", b"{}\n", b'{"key": "x", "what": "burn", "name": "mongo"}\n', b"\xff\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(line)
        assert b"refused" in await reader.readline()
        writer.close()
    assert stack.pid("scheduling") == before


async def test_what_does_not_start_by_command_is_said_with_its_log_and_stays_stopped(tmp_path: Path) -> None:
    script = tmp_path / "idle.py"
    script.write_text(IDLE)
    async with Stack(tmp_path / "stack", programs=[Program("scheduling", (str(script),))]) as stack:
        door = running_in(stack.folder).door
        script.write_text("raise SystemExit(78)")
        with pytest.raises(
            OrderRefused, match=r"did not start \(exit code 78\); see .*; then: relevo start scheduling"
        ):
            await order(door, "restart", "scheduling")
        assert running_in(stack.folder).stopped == {"scheduling"}
    with pytest.raises(OrderRefused, match="does not answer"):
        await order(door, "start", "scheduling")


async def test_the_desk_says_where_everything_is(stack: Stack) -> None:
    async with stack.desk() as desk:
        assert (await desk.places())["scheduling"] == stack.url("scheduling")


async def test_data_secrets_letters_and_time_survive_on_other_ports_and_fresh_empties_them(
    tmp_path: Path, idle: Program
) -> None:
    folder = tmp_path / "stack"
    async with Stack(folder, clock_start=START, programs=[idle]) as first:
        await asyncio.to_thread(keep_one, first)
        await asyncio.to_thread(send, first, "someone@relevo.invalid")
        async with first.desk() as desk:
            moved = await desk.move_clock(START + timedelta(days=60))
    async with Stack(folder, clock_start=START, programs=[idle]) as second:
        assert second.place.mongo_url != first.place.mongo_url
        assert await asyncio.to_thread(kept, second) == 1
        async with second.desk() as desk:
            assert await desk.now() >= moved
            assert [mail["to"] for mail in await desk.mails()] == [["someone@relevo.invalid"]]
        with pytest.raises(StackRuns):
            empty(folder)
    empty(folder)
    async with Stack(folder, clock_start=START, programs=[idle]) as third:
        assert await asyncio.to_thread(kept, third) == 0
        async with third.desk() as desk:
            assert await desk.now() < moved
            assert await desk.mails() == []


async def test_partners_are_there_again_after_a_restart_and_fresh_removes_them(tmp_path: Path, idle: Program) -> None:
    folder = tmp_path / "stack"
    async with Stack(folder, programs=[idle]) as first:
        assert await partners.add("observatory", types=("CallOpened",), where=Where(stack=folder)) == 0
        before = first.place.secrets.path("observatory", "nats.creds").read_text()
    await asyncio.to_thread(shutil.rmtree, folder / "nats")  # with its accounts and durables
    async with Stack(folder, programs=[idle]) as second:
        assert second.place.secrets.path("observatory", "nats.creds").read_text() == before
        assert await partners.listed(where=Where(stack=folder)) == 0
    empty(folder)
    assert not first.place.partners.exists()


async def test_a_service_whose_restore_was_broken_off_stays_stopped_and_the_others_start(
    tmp_path: Path, idle: Program
) -> None:
    def leave_half(stack: Stack) -> None:
        with mongo(stack, "admin") as client:
            client["scheduling"][UNFINISHED].insert_one({})

    other = Program("portal", idle.command)
    folder, two = tmp_path / "stack", ("scheduling", "portal")
    async with Stack(folder, services=two, programs=[idle, other]) as first:
        await asyncio.to_thread(leave_half, first)
    async with Stack(folder, services=two, programs=[idle, other]) as second:
        assert running_in(folder).stopped == {"scheduling"}
        assert second.pid("scheduling") is None
        assert second.pid("portal")


async def test_what_was_acknowledged_survives_kill_9_of_the_database(stack: Stack) -> None:
    await asyncio.to_thread(keep_one, stack)
    await stack.kill("mongo")
    await stack.ready("mongo", within_seconds=10)
    assert await asyncio.to_thread(kept, stack) == 1


def mongo(stack: Stack, user: str = "scheduling") -> MongoClient[dict[str, object]]:
    password = stack.place.secrets.password(user, "mongo.password")
    return MongoClient(stack.place.mongo_url, username=user, password=password, serverSelectionTimeoutMS=20_000)


def keep_one(stack: Stack) -> None:
    with mongo(stack) as client:
        client["scheduling"]["room"].replace_one({"_id": "one"}, {}, upsert=True)


def kept(stack: Stack) -> int:
    with mongo(stack) as client:
        return client["scheduling"]["room"].count_documents({})


def send(stack: Stack, to: str) -> None:
    letter = EmailMessage()
    letter["To"], letter["From"], letter["Subject"] = to, "noreply@relevo.invalid", "Sobre su solicitud"
    letter.set_content("Mañana <b>más</b>.")
    with smtplib.SMTP("127.0.0.1", stack.ports["smtp"]) as server:
        server.send_message(letter)


def answer_to(stack: Stack, to: str) -> int:
    """What the mail server says to an address."""
    with smtplib.SMTP("127.0.0.1", stack.ports["smtp"]) as server:
        server.ehlo()
        server.mail("noreply@relevo.invalid")
        return server.rcpt(to)[0]


async def test_a_service_sees_no_database_but_its_own(stack: Stack) -> None:
    def look() -> None:
        with mongo(stack) as client:
            client["scheduling"]["room"].find_one()
            for name in ("intake", "admin", "local"):
                with pytest.raises(OperationFailure, match="not authorized"):
                    client[name]["things"].find_one()
        nobody: MongoClient[dict[str, object]] = MongoClient(stack.place.mongo_url)
        with nobody, pytest.raises(OperationFailure, match="requires auth"):
            nobody["scheduling"]["things"].find_one()

    await asyncio.to_thread(look)


async def test_the_clock_moves_forward_only(stack: Stack) -> None:
    async with stack.desk() as desk:
        assert START <= await desk.now() < START + timedelta(minutes=10)
        later = START + timedelta(days=3)
        assert await desk.move_clock(later) >= later
        with pytest.raises(DeskRefused, match="409"):
            await desk.move_clock(START)
        assert await desk.now() >= later
    assert set(json.loads(stack.place.clock_file.read_text())) == {"offset_seconds"}


async def test_a_token_is_what_rfc_9068_asks_and_verifies_against_the_published_keys(stack: Stack) -> None:
    async with stack.desk() as desk, httpx.AsyncClient() as client:
        token = await desk.token("ana", ["coordinator"], "intake", lifetime_seconds=60)
        found = (await client.get(f"{stack.url('desk')}/.well-known/openid-configuration")).json()
        keys = (await client.get(found["jwks_uri"])).json()
    read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["ES256"])
    assert read.header["typ"] == "at+jwt"
    assert read.claims["iss"] == found["issuer"] == stack.url("desk")
    assert (read.claims["sub"], read.claims["aud"]) == ("ana", "intake")
    assert read.claims["roles"] == ["coordinator"]
    assert read.claims["exp"] - read.claims["iat"] == 60
    assert all("d" not in key for key in keys["keys"])


async def test_the_desk_gives_nobody_the_roles_of_people_without_an_account(stack: Stack) -> None:
    async with stack.desk() as desk:
        for role in PEOPLE:
            with pytest.raises(DeskRefused, match="receipt code"):
                await desk.token("ana", ["coordinator", role], "intake")


async def test_a_service_gets_a_token_by_client_credentials(stack: Stack) -> None:
    async with httpx.AsyncClient() as client:
        form = {"grant_type": "client_credentials", "audience": "intake"}
        answer = await client.post(f"{stack.url('desk')}/token", data=form, auth=("certification", "development"))
        keys = (await client.get(f"{stack.url('desk')}/jwks.json")).json()
        refused = await client.post(f"{stack.url('desk')}/token", json={"subject": "a"})
    read = jwt.decode(answer.json()["access_token"], KeySet.import_key_set(keys), algorithms=["ES256"])
    assert (read.claims["sub"], read.claims["roles"], read.claims["aud"]) == ("certification", ["service"], "intake")
    assert refused.status_code == 422


async def test_the_first_page_says_what_runs_where_and_who_comes_in_as_what(stack: Stack) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(stack.url("desk"))
    for name, url in (("scheduling", stack.url("scheduling")), ("nats", stack.nats_url)):
        assert f"<th>{name}" in answer.text
        assert url in answer.text
    assert "<th>portal" not in answer.text
    assert all(f"<th>{role}" in answer.text for role in STAFF)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_buttons_turn_the_clock_on_and_no_other_site_does(stack: Stack) -> None:
    async with stack.desk() as desk, httpx.AsyncClient() as client:
        before, turn = await desk.now(), f"{stack.url('desk')}/clock/on"
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        answers = [
            await client.post(turn, data={"by": "30d"}, headers=elsewhere),
            await client.post(turn, data={"by": "-1d"}),
            await client.post(turn, data={"by": "7d"}),
        ]
        assert [each.status_code for each in answers] == [403, 422, 303]
        assert timedelta(days=7) <= await desk.now() - before < timedelta(days=8)


async def test_letters_are_kept_for_whoever_looks_and_shown_without_their_markup(stack: Stack) -> None:
    await asyncio.to_thread(send, stack, "Someone@relevo.invalid")
    await asyncio.to_thread(send, stack, "other@relevo.invalid")
    async with stack.desk() as desk, httpx.AsyncClient() as client:
        [mail] = await desk.mails("someone@relevo.invalid")
        assert (mail["subject"], mail["text"].strip()) == ("Sobre su solicitud", "Mañana <b>más</b>.")
        assert [each["to"] for each in await desk.mails(after=mail["id"])] == [["other@relevo.invalid"]]
        page = (await client.get(f"{stack.url('desk')}/letters")).text
    assert "Mañana &lt;b&gt;más&lt;/b&gt;." in page


async def test_letters_to_a_marked_domain_are_refused_for_good_and_those_beside_it_are_taken(stack: Stack) -> None:
    addresses = ("ana@refused.invalid", "ana@Mail.Refused.Invalid", "ana@notrefused.invalid", "refused@mail.invalid")
    answers = [await asyncio.to_thread(answer_to, stack, each) for each in addresses]
    assert answers == [550, 550, 250, 250]
    async with stack.desk() as desk, httpx.AsyncClient() as client:
        assert await desk.refused() == ["ana@refused.invalid", "ana@Mail.Refused.Invalid"]
        assert "Refused for good: ana@refused.invalid" in (await client.get(f"{stack.url('desk')}/letters")).text
        assert await desk.mails("ana@refused.invalid") == []


async def test_two_stacks_do_not_share_a_folder(stack: Stack, idle: Program) -> None:
    with pytest.raises(StackRuns, match="relevo down"):
        await Stack(stack.folder, programs=[idle]).start()


async def test_a_port_in_use_is_named(tmp_path: Path, stack: Stack, idle: Program) -> None:
    other = Stack(tmp_path / "other", ports=stack.ports, programs=[idle])
    other.ports_free_within_seconds = 0
    with pytest.raises(PortInUse, match=f"nats {stack.ports['nats']}"):
        await other.start()


@pytest.mark.usefixtures("no_process_left")
async def test_a_service_that_does_not_start_takes_the_stack_down_with_its_log_named(tmp_path: Path) -> None:
    broken = Program("scheduling", ("-c", "print('what is missing'); raise SystemExit(78)"))
    with pytest.raises(ServerDidNotStart, match=r"scheduling did not start \(exit code 78\); see .*scheduling\.log"):
        await Stack(tmp_path / "stack", programs=[broken]).start()
    assert "what is missing" in (tmp_path / "stack" / "logs" / "scheduling.log").read_text()


async def test_a_desk_refuses_what_it_does_not_know(stack: Stack) -> None:
    async with Desk(stack.url("desk")) as desk:
        with pytest.raises(DeskRefused, match="422"):
            await desk.token("a", [], "intake", lifetime_seconds=0)
