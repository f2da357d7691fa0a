"""The guide for subscribers, entered block by block as it stands there, beside a stack that runs."""

from __future__ import annotations

from pathlib import Path

import nats
from tests.contracts import guide
from tests.documents.terminal import terminal

from relevo_contracts import SERVICES, stream_of
from relevo_deploy.embedded.programs import PROGRAMS
from relevo_deploy.embedded.stack import Stack
from relevo_servers import free_port
from relevo_testkit.waiting import until


async def nothing_in_hand(stack: Stack) -> None:
    """Until all that the partner was given is acknowledged: what it dies with would come again after half a minute."""

    async def answered() -> bool:
        found = [await operator.jetstream().consumer_info(stream_of(each), f"{guide.NAME}_{each}") for each in SERVICES]
        return not any(each.num_ack_pending or each.num_pending for each in found)

    credentials = str(stack.place.secrets.path("operator", "nats.creds"))
    async with await nats.connect(
        stack.nats_url, user_credentials=credentials, inbox_prefix=b"_INBOX_operator"
    ) as operator:
        await until(answered)


def here(block: str, stack: Stack) -> str:
    """A block at the ports of this stack: the usual ones may be taken."""
    for usual, url in (("8101", stack.url("intake")), ("8106", stack.url("webhooks")), ("8110", stack.nats_url)):
        block = block.replace(f"localhost:{usual}", f"localhost:{url.rpartition(':')[2]}")
    return block


async def test_whoever_enters_what_the_guide_says_has_each_event_once_in_every_program(tmp_path: Path) -> None:
    folder, services = tmp_path / "var" / "stack", ("intake", "webhooks")
    programs, endpoint = [each for each in PROGRAMS if each.name in services], str(free_port())
    async with (
        Stack(folder, programs=programs, services=services) as stack,
        terminal(tmp_path, ".venv", "contracts") as screen,
    ):
        added, started, opened, killed, looked, other, node, poisoned, rotated, hooked, over = (
            here(block, stack).replace("8190", endpoint) for block in guide.blocks()
        )
        await screen.enter(added)
        for name, source in guide.programs().items():
            (tmp_path / "var" / guide.NAME / name).write_text(source)
        await screen.enter(started)
        for block, times in ((opened, 1), (killed, 2)):
            await screen.enter(block)
            await screen.shows(" CallOpened(", times)
            await nothing_in_hand(stack)
        await screen.enter(looked)
        await screen.shows(" relevo.intake.CallOpened.v1\n", 2)
        await screen.enter(other)
        await screen.shows(" CallOpened(", 3)
        await nothing_in_hand(stack)
        await screen.enter(node)
        await screen.shows("1 relevo.intake.CallOpened.v1 30 seats")
        await nothing_in_hand(stack)
        await screen.enter(poisoned)
        await screen.shows("not_a_cloud_event")
        await screen.shows("1 relevo.intake.CallOpened.v1 30 seats", 2)
        await nothing_in_hand(stack)
        await screen.enter(rotated)
        await screen.shows("1 relevo.intake.CallOpened.v1 30 seats", 3)
        await nothing_in_hand(stack)
        await screen.enter(hooked)
        await screen.shows("by HTTP: 1 relevo.intake.CallOpened.v1")
        await screen.shows("1 relevo.intake.CallOpened.v1 30 seats", 4)
        await screen.enter(over)
        assert screen.text.count(" CallOpened(") == 3


def test_the_guide_has_a_program_for_each_way_and_every_other_block_is_entered() -> None:
    assert [*guide.programs()] == ["subscribe.py", "stream.py", "receive.py"]
    assert guide.EXAMPLE.is_file()
    fences = guide.TEXT.count("\n```") // 2
    assert len(guide.blocks()) + len(guide.programs()) == fences - 1, "make up is the one that is not entered"
