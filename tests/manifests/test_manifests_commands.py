"""Every command that the manifests run, or that their README has one type, is one of ours as it is."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.manifests.rendering import (
    KUBERNETES,
    NO_KUBECTL,
    OVERLAYS,
    Object,
    containers_of,
    files,
    kubectl,
    of_kind,
    plain,
    pod_of,
    rendered,
)

from relevo_deploy.command import application
from relevo_deploy.operations.reach import Servers

README = (KUBERNETES / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
TYPED = [line for block in BLOCKS for line in block.replace("\\\n", "").splitlines()]
RUN = {
    plain(each): container["args"]
    for _, each in files()
    if each["kind"] in ("Job", "CronJob") and (pod := pod_of(each))
    for container in containers_of(pod)
}


def parses(words: Sequence[str]) -> None:
    """Raises what ``relevo`` answers words with that it does not know."""
    application(words).parse_args(list(words), exit_on_error=False, print_error=False)


@pytest.mark.parametrize("job", RUN)
def test_what_a_job_runs_is_a_command_with_its_options(job: str) -> None:
    parses(RUN[job])


def test_every_command_of_ours_that_the_readme_has_one_type_is_there() -> None:
    ours = [shlex.split(line, comments=True)[1:] for line in TYPED if line.startswith("relevo ")]
    assert ours
    for words in ours:
        parses(words)


def test_every_folder_that_the_readme_has_one_apply_is_rendered_and_nothing_is_applied_but_such() -> None:
    applied = {folder for line in TYPED for folder in re.findall(r"-k (\S+)", line)}
    assert applied
    assert applied <= {f"deploy/kubernetes/overlays/{each}" for each in OVERLAYS}


def variables() -> set[str]:
    """What ``relevo`` reads of its environment when it is about named servers."""
    hints = inspect.get_annotations(Servers, eval_str=True)
    found = {name for hint in hints.values() for each in hint.__metadata__ if (name := getattr(each, "env_var", None))}
    return {name for each in found for name in ((each,) if isinstance(each, str) else each)}


@pytest.mark.parametrize("overlay", [each for each in OVERLAYS if each.endswith(("operations", "servers"))])
@pytest.mark.skipif(not kubectl(), reason=NO_KUBECTL)
def test_what_a_command_is_given_of_servers_is_what_it_reads(overlay: str) -> None:
    shared = [each["data"] for each in of_kind(rendered(overlay), "ConfigMap")]
    own = [
        {each["name"]: each["value"] for each in container.get("env", ())}
        for each in rendered(overlay)
        if (pod := pod_of(each))
        for container in containers_of(pod)
    ]
    assert shared
    assert {name for each in (*shared, *own) for name in each} <= variables()


def secrets_of(each: Object) -> Iterator[str]:
    """The Secrets that a pod mounts."""
    for volume in (pod_of(each) or {"spec": {}})["spec"].get("volumes", ()):
        if "secret" in volume:
            yield volume["secret"]["secretName"]
        for source in volume.get("projected", {}).get("sources", ()):
            yield source["secret"]["name"]


def test_the_readme_names_every_secret_and_no_other() -> None:
    _, _, table = README.partition("| Secret | holds |")
    cells = [line.split("|")[1] for line in table.split("\n\n")[0].splitlines()[2:]]
    in_readme = {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
    mounted = {
        name for path, each in files() if "trial" not in path.relative_to(KUBERNETES).parts for name in secrets_of(each)
    } | {"operations-tls"}
    asked = {
        source["name"]
        for _, each in files()
        if each["kind"] == "TriggerAuthentication"
        for source in each["spec"]["secretTargetRef"]
    }
    doors = {name for name in mounted if name.endswith("-tls")}
    assert in_readme == (mounted - doors) | asked | {"<service>-tls", "operations-tls"}


def test_whatever_stands_behind_a_makefile_s_help_is_there() -> None:
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text("utf-8")
    assert re.search(r"^manifests: setup ## .+\n\t\$\(BIN\)/python -m tests\.manifests$", makefile, re.MULTILINE)
