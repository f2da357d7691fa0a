"""One trace from what was asked to its last effect; what comes late or again begins one of its own, linked to it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevo_chassis import traces
from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.change import Change, Decision, Found, NotYet, Refusal, Row
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import Consumer, Subscription
from relevo_chassis.delivery.outbox import COMMITTED_AT
from relevo_chassis.delivery.parked import Message
from relevo_chassis.delivery.publisher import NotPublished, publish_in_order
from relevo_chassis.delivery.traced import PROMPT_SECONDS, TracedCommits, TracedPublisher, is_prompt
from relevo_contracts import Envelope
from relevo_contracts.intake import ParticipantEnrolled
from relevo_contracts.traceparent import HEADER
from relevo_testkit.fakes import FakeDelivery, FakeStore, FakeStream
from relevo_testkit.movers import NOW, Movers, id_of, outbox_of
from relevo_testkit.spans import Kept, kept, links_of, parent_of, place_of

MOVERS = Movers(ParticipantEnrolled)
SUBJECT = "intake.participant.enrolled"
ELSEWHERE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"


class Seen(Refusal):
    """It was seen before."""


@pytest.fixture
def spans() -> Iterator[Kept]:
    with kept() as made:
        yield made


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def commits(store: FakeStore) -> AsyncIterator[TracedCommits]:
    committer = Committer(store)
    committer.start()
    yield TracedCommits(committer)
    await committer.close()


def passed_on(event: ParticipantEnrolled, envelope: Envelope) -> Change[int]:
    """What a handler does that tells an event in turn, of another aggregate of the same kind."""
    return replace(MOVERS.move(int(event.participant_id, 16) + 1, envelope.id), chain_id=envelope.chain_id)


def consumer_of(commits: TracedCommits, handler: object = passed_on) -> Consumer:
    return Consumer(Subscription("here_there", "EVENTS_INTAKE", {ParticipantEnrolled: handler}), commits)  # type: ignore[dict-item]


async def published(store: FakeStore, number: int = -1) -> Message:
    """The last message, as a relay tells it and a durable delivers it."""
    stream = FakeStream()
    row = outbox.unsent((await outbox_of(store))[number])
    await publish_in_order(TracedPublisher(stream), [row])
    (wire,) = stream.messages
    return Message("here_there", wire.subject, wire.headers, wire.body, 1, 1)


async def asked(commits: TracedCommits, number: int = 1) -> None:
    """A command, within a request that is a trace."""
    with traces.within(traces.begun("POST /seats/{number}")):
        await commits.commit(MOVERS.move(number, id_of(number)))


async def test_one_trace_goes_from_a_request_to_what_a_handler_tells_in_turn(
    spans: Kept, store: FakeStore, commits: TracedCommits
) -> None:
    await asked(commits)
    message = await published(store)
    await consumer_of(commits).receive(message, FakeDelivery())
    again = await published(store)
    request, process = spans.one("POST"), spans.one("process")
    first, second = spans.named("commit")
    assert parent_of(first) == place_of(request)
    assert message.headers[HEADER] == f"{place_of(first)}-01"
    assert parent_of(process) == place_of(first)
    assert parent_of(second) == place_of(process)
    assert again.headers[HEADER] == f"{place_of(second)}-01"
    assert [parent_of(each) for each in spans.named("publish")] == [place_of(first), place_of(second)]
    assert {each.context.trace_id for each in spans.all if each.context} == {
        request.context and request.context.trace_id
    }
    assert not any(each.links for each in spans.all)


async def test_a_trace_that_is_not_kept_is_told_by_no_event(store: FakeStore, commits: TracedCommits) -> None:
    with kept(sampled=0.0) as spans:
        await asked(commits)
        await commits.commit(MOVERS.move(3, id_of(3)).of(None, f"{ELSEWHERE}-00"))
        message = await published(store, 0)
        headers = {**message.headers, HEADER: f"{ELSEWHERE}-00", COMMITTED_AT: "0"}
        await consumer_of(commits).receive(message._replace(headers=headers), FakeDelivery())
    assert [{HEADER, COMMITTED_AT} & row["headers"].keys() for row in await outbox_of(store)] == [set()] * 3
    assert spans.all == ()


async def test_without_a_trace_nothing_is_said_of_one(spans: Kept, store: FakeStore, commits: TracedCommits) -> None:
    await commits.commit(MOVERS.move(1, id_of(1)))
    await consumer_of(commits).receive(await published(store), FakeDelivery())
    for row in await outbox_of(store):
        assert not {HEADER, COMMITTED_AT} & row["headers"].keys()
    assert spans.all == ()


@pytest.mark.parametrize(
    ("deliveries", "seconds", "late"),
    [(1, 0, False), (1, 30, False), (1, PROMPT_SECONDS + 1, True), (2, 0, False), (2, 4.5, True), (9, 4.5, True)],
)
async def test_what_comes_late_or_from_a_replica_that_was_killed_begins_a_trace_of_its_own(
    deliveries: int, seconds: float, late: bool, spans: Kept, store: FakeStore, commits: TracedCommits
) -> None:
    await asked(commits)
    message = (await published(store))._replace(deliveries=deliveries)
    committed_at = int(message.headers[COMMITTED_AT]) - int(seconds * 1000)
    headers = {**message.headers, COMMITTED_AT: str(committed_at)}
    await consumer_of(commits).receive(message._replace(headers=headers), FakeDelivery())
    first, second = spans.named("commit")
    process = spans.one("process")
    assert links_of(process) == ([place_of(first)] if late else [])
    assert parent_of(process) == (None if late else place_of(first))
    assert parent_of(second) == place_of(process)
    assert (second.context.trace_id == first.context.trace_id) is not late
    await published(store)
    row = (await outbox_of(store))[-1]
    assert row["headers"][HEADER] == f"{place_of(second)}-01"


async def test_what_is_told_late_is_linked_as_well(
    spans: Kept, store: FakeStore, commits: TracedCommits, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(commits)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + PROMPT_SECONDS + 1)
    await published(store)
    publish = spans.one("publish")
    assert (parent_of(publish), links_of(publish)) == (None, [place_of(spans.one("commit"))])


async def test_a_late_one_is_kept_only_if_the_first_was_whatever_the_lot_says(store: FakeStore) -> None:
    for sampled, flag, count in ((0.0, "01", 1), (1.0, "00", 0)):
        with kept(sampled) as spans:
            traces.begun("deadline", link=f"{ELSEWHERE}-{flag}").end()
            assert len(spans.all) == count


@pytest.mark.parametrize(("failure", "failed"), [(NotYet("x"), False), (ValueError("Berta"), True), (Seen(), False)])
async def test_a_step_says_how_it_ended_by_the_class_of_it_alone(
    failure: Exception, failed: bool, spans: Kept, store: FakeStore, commits: TracedCommits
) -> None:
    def fails(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        def decide(found: Found) -> Decision:
            raise failure

        return Change((), decide, envelope.time, envelope.id, envelope.chain_id)

    await asked(commits)
    await consumer_of(commits, fails).receive(await published(store), FakeDelivery())
    for each in (spans.one("process"), spans.named("commit")[-1]):
        assert (each.attributes or {}).get("error.type" if failed else "relevo.outcome") == type(failure).__name__
        assert each.status.is_ok is not failed
        assert (each.events, each.status.description) == ((), None)


async def test_a_message_that_was_not_taken_ends_its_step(
    spans: Kept, store: FakeStore, commits: TracedCommits
) -> None:
    await asked(commits)
    stream = FakeStream()
    stream.refuse = lambda _: NotPublished("Berta")
    rows = [outbox.unsent(each) for each in await outbox_of(store)]
    await publish_in_order(TracedPublisher(stream), rows)
    assert (spans.one("publish").attributes or {})["error.type"] == "NotPublished"


async def test_a_row_that_is_taken_up_later_keeps_the_trace_it_comes_from(
    spans: Kept, store: FakeStore, commits: TracedCommits
) -> None:
    rows = [
        Row("letters", "a", {"kind": "x"}, traced=True),
        Row("letters", "b", {"kind": "x"}),
        Row("letters", "c", None),
    ]
    change = Change((), lambda _: Decision(rows=rows), NOW, id_of(1))
    await commits.commit(change)
    assert await store.row("letters", "a") == {"_id": "a", "kind": "x"}
    with traces.within(traces.begun("POST /seats/{number}")):
        await commits.commit(change)
    traced = f"{place_of(spans.one('commit'))}-01"
    assert await store.row("letters", "a") == {"_id": "a", "kind": "x", "traceparent": traced}
    assert await store.row("letters", "b") == {"_id": "b", "kind": "x"}


@given(value=st.one_of(st.none(), st.text(max_size=20), st.integers().map(str), st.lists(st.text())))
def test_whatever_says_when_it_was_committed_is_believed_or_late(value: object) -> None:
    assert is_prompt({COMMITTED_AT: value}) in (True, False)
    assert not is_prompt({})
