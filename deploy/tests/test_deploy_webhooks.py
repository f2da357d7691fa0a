"""What the webhook bridge may do on the bus: it hands on to strangers what it is brought."""

from __future__ import annotations

from relevo_contracts import CONTRACTS
from relevo_deploy.deployed import WEBHOOKS
from relevo_deploy.topology.files import Identity, default_folder, read_topology

TOPOLOGY = read_topology(default_folder())
MINE = [each for each in TOPOLOGY.consumers if each.name.startswith(f"{WEBHOOKS}_")]


def test_webhooks_publishes_no_event_takes_its_durables_and_reads_nobodys_erasure() -> None:
    [identity] = [each for each in TOPOLOGY.identities if each.name == WEBHOOKS]
    names = tuple(each.name for each in MINE)
    needed = Identity(
        name=WEBHOOKS, description=identity.description, publish=tuple(f"dlq.{each}" for each in names), take=names
    )
    assert identity == needed


def test_webhooks_is_brought_every_public_event_and_nothing_internal() -> None:
    subjects = {subject for each in MINE for subject in each.config["filter_subjects"]}
    assert subjects == {each.subject for each in CONTRACTS if each.audience == "public"}


def test_one_event_is_out_at_a_time_so_that_aggregates_keep_their_order() -> None:
    assert {each.config["max_ack_pending"] for each in MINE} == {1}
