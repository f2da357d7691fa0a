"""Every deployed service has on its ``/metrics`` what is listed, and nothing else."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import httpx

from relevo_chassis.measures import EVERY_SERVICE
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.measured import measures_of
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.embedded.stack import Stack
from relevo_testkit.measured import misfits
from relevo_testkit.waiting import until


async def test_what_every_service_measures_is_listed_with_kind_meaning_and_labels(tmp_path: Path) -> None:
    async with (
        Stack(tmp_path / "stack", services=DEPLOYED) as stack,
        httpx.AsyncClient(timeout=10, trust_env=False) as client,
    ):
        for name in DEPLOYED:
            await stack.ready(name, within_seconds=60)
            service: Service = import_module(f"relevo_{name}.main").SERVICE
            wanted, page = {each.name for each in measures_of(service)}, ""

            async def all_there(name: str = name, wanted: set[str] = wanted) -> bool:
                nonlocal page
                page = (await client.get(f"{stack.url(name)}/metrics")).text
                return wanted <= {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}

            await until(all_there, 30)
            assert (name, misfits(page, measures_of(service))) == (name, [])


def test_no_service_measures_under_a_name_of_every_service_or_of_another_one() -> None:
    names = [each.name for each in EVERY_SERVICE]
    for name in DEPLOYED:
        names += [each.name for each in import_module(f"relevo_{name}.main").SERVICE.measures]
    assert len(set(names)) == len(names)
