"""What follows from how everything stands: each thing that is wrong is said once, with what to do."""

from dataclasses import replace
from typing import Any

import pytest

from relevo_deploy.operations.overview import DurableLine, Finding, Overview, StreamLine
from relevo_deploy.servers.administration import MongodSettings
from relevo_deploy.topology.jetstream import Difference
from relevo_servers import TRANSACTION_SECONDS

DURABLE = "scheduling_intake"
QUIET = DurableLine(DURABLE, "EVENTS_INTAKE", True, in_hand_max=1024, quiet_seconds=4000)


def status(**changes: Any) -> dict[str, Any]:
    sound = {
        "ready": True,
        "failing": {},
        "degraded": {},
        "durables": [durable()],
        "outbox": {"unsent": 0, "oldest_seconds": 0.0, "relay_failures": 0},
        "deadlines": {"waiting": 9, "overdue": 0, "failing": 0},
        "rebuilding": [],
    }
    return sound | changes


def durable(**changes: Any) -> dict[str, Any]:
    sound = {"durable": DURABLE, "exists": True, "parked": 0, "held": 0, "longest_held_seconds": 0.0, "gaps": []}
    return sound | changes


SOUND = Overview({"scheduling": status()}, streams=[StreamLine("EVENTS_INTAKE", True, 5, 5)], durables=[QUIET])
SILENT = replace(SOUND, services={"scheduling": None}, refusals={"scheduling": "no answer"})
WAITING = durable(held=2, longest_held_seconds=90.0, gaps=[f"{DURABLE}|participant/1#3"])


def service(**changes: Any) -> Overview:
    return replace(SOUND, services={"scheduling": status(**changes)})


def line(**changes: Any) -> Overview:
    return replace(SOUND, durables=[QUIET._replace(**changes)])


def differing(action: Any, what: str) -> Overview:
    return replace(SOUND, differences=[Difference(action, what, {})])


def test_all_is_well_when_nothing_waits() -> None:
    assert (SOUND.findings, SOUND.exit_code) == ([], 0)


@pytest.mark.parametrize(
    ("overview", "where", "says", "do"),
    [
        (replace(SOUND, nats="refused"), "nats", "cannot be asked: refused", "its log"),
        (SILENT, "scheduling", "no answer", "its log"),
        (replace(SILENT, stopped={"scheduling"}), "scheduling", "was stopped by command", "relevo start scheduling"),
        (replace(SOUND, stopped={"nats"}), "nats", "was stopped by command", "relevo start nats"),
        (service(failing={"keys": "the key service is away"}), "scheduling keys", "key service", "log of scheduling"),
        (service(degraded={"nats": "NATS is away"}), "scheduling nats", "NATS is away", "log of scheduling"),
        (service(deadlines={"failing": 2}), "scheduling", "2 deadlines keep failing", "deadline_failed"),
        (service(rebuilding=["heard"]), "scheduling", "rebuilding of heard", "relevo rebuild scheduling heard"),
        (service(durables=[durable(parked=3)]), DURABLE, "3 events were set aside", "relevo dead-letters list"),
        (service(durables=[WAITING]), DURABLE, "first scheduling_intake|participant/1#3", "relevo verify"),
        (line(pending=4, quiet_seconds=90), DURABLE, "none was taken for 90 s", "whether scheduling runs"),
        (line(in_hand=1024), DURABLE, "all of 1024", "log of scheduling"),
        (differing("create", "stream EVENTS_INTAKE"), "EVENTS_INTAKE", "does not exist", "relevo republish intake"),
        (differing("create", f"consumer {DURABLE} of X"), "consumer", "does not exist", "relevo topology apply"),
        (differing("update", "stream DLQ"), "stream DLQ", "not as the files say", "relevo topology apply"),
        (replace(SOUND, streams=[StreamLine("DLQ", True, full=0.81)]), "stream DLQ", "81% full", "raise its limit"),
        (replace(SOUND, streams=[StreamLine("DLQ", True, away=["two"])]), "nats two", "not answer", "start it again"),
        (replace(SOUND, members_away=["b:1"]), "mongodb b:1", "member of the replica set", "start it again"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_once_with_what_to_do(overview: Overview, where: str, says: str, do: str) -> None:
    [finding] = overview.findings
    assert overview.exit_code == 1
    assert finding.level == "wrong"
    assert where in finding.where
    assert says in finding.says
    assert do in finding.do


@pytest.mark.parametrize(
    "overview",
    [
        line(pending=4, quiet_seconds=1),
        line(in_hand=10),
        service(durables=[durable(held=2, longest_held_seconds=3.0, gaps=["x"])]),
        replace(SOUND, streams=[StreamLine("DLQ", True, full=0.79)]),
    ],
)
def test_what_is_under_way_is_not_wrong(overview: Overview) -> None:
    assert (overview.findings, overview.exit_code) == ([], 0)


def test_a_missing_durable_is_said_by_the_topology_and_not_again_by_readiness() -> None:
    missing = service(failing={"bus": f"missing: {DURABLE}"}, durables=[durable(exists=False)])
    both = replace(missing, differences=[Difference("create", f"consumer {DURABLE} of EVENTS_INTAKE", {})])
    assert [each.where for each in both.findings] == [f"consumer {DURABLE} of EVENTS_INTAKE"]


def test_what_waits_for_a_partner_is_noted_and_nothing_is_wrong() -> None:
    overview = line(name="partner_intake", pending=4)
    assert [each.level for each in overview.findings] == ["note"]
    assert overview.exit_code == 0


def test_what_a_service_remarks_is_noted_with_its_count() -> None:
    remark = {"count": 3, "what": "letters could not be delivered", "do": "see the mail server"}
    overview = service(remarks=[remark])
    assert overview.findings == [
        Finding("note", "scheduling", "3 letters could not be delivered", "see the mail server")
    ]
    assert overview.exit_code == 0


WELL_SET = MongodSettings(TRANSACTION_SECONDS, False)


@pytest.mark.parametrize(
    ("mongo", "says", "do"),
    [
        (WELL_SET._replace(transaction_seconds=60), "for 60 s", "transactionLifetimeLimitSeconds=10"),
        (WELL_SET._replace(scripting=True), "runs JavaScript", "security.javascriptEnabled: false"),
        ("not authorized", "not authorized", "mongo-init"),
    ],
)
def test_a_mongod_that_is_not_set_as_it_should_be_is_noted(mongo: MongodSettings | str, says: str, do: str) -> None:
    overview = replace(SOUND, mongo=mongo)
    [finding] = overview.findings
    assert (finding.level, overview.exit_code) == ("note", 0)
    assert says in finding.says
    assert do in finding.do
    assert replace(SOUND, mongo=WELL_SET).findings == []


def test_a_service_that_does_not_know_the_operator_leaves_it_untold_unless_something_else_is_wrong() -> None:
    unknown = replace(SOUND, services={"scheduling": {}}, refusals={"scheduling": "403"})
    assert (unknown.exit_code, unknown.findings[0].level) == (2, "unknown")
    assert replace(unknown, nats="refused").exit_code == 1
